//! The results as text: one table of targets, one of contestants, one of floors.
//!
//! - `tables`: which rows there are
//! - `crossover`: for which sizes of a batch somebody else wins
//! - `grid`: columns under each other, which is readable as text and valid as Markdown
//! - `page`: the section of a Markdown file that holds it all
//! - `machine`: what was measured on, and with what

mod crossover;
mod grid;
mod machine;
mod page;
mod tables;

pub use crossover::crossover;
pub use grid::Grid;
pub use machine::Machine;
pub use page::{replace_section, section};
pub use tables::{contestants, floors, targets};
