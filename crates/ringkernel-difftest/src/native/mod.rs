//! The programs as native Rust: what everything else is compared with.
//!
//! The text of all programs goes into one file, which rustc compiles without optimisation, once with and once without
//! overflow checks. The executable reads inputs from a file and writes what came out of each run.
//!
//! - `source`: the text, and which line of it belongs to which function
//! - `run`: compiling and running it

mod run;
mod source;

pub use run::{Native, NativeError};
