//! What lanes compute together.
//!
//! - `messages`: numbers and what is left of them
//! - `blocks`: algorithms of one block; `grids`: of several blocks, which do not meet
//! - `meetings`: several blocks that meet in between
//! - `queued`: messages that wait in numbers
//! - `exchange`: what the lanes of a warp and of a block get from each other
//! - `apart`: what not every device has, each in a kernel of its own

pub mod apart;
pub mod blocks;
pub mod exchange;
pub mod grids;
pub mod meetings;
pub mod messages;
pub mod queued;

pub use grids::TellProduct;
pub use messages::{BLOCKS, CLASSES, MOST, Matrices, Matrix, Numbers, Reduced, TILE, Tell};
