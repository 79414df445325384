//! What backends are built of, whatever their device. Users call handles; nothing here concerns them.
//!
//! - `mail`: a message inside a runtime
//! - `output`: the way out of a kernel to the host
//! - `traffic`: message counts
//! - [`launch`]: what is checked before a kernel is launched
//! - `generation`: numbers that tell actors and clocks of one process apart

mod generation;
pub mod launch;
mod mail;
mod output;
mod traffic;

pub use generation::next_generation;
pub use mail::{AnswerTo, Mail};
pub use output::Output;
pub use traffic::Traffic;
