//! Compiled programs on disk, found by what they were compiled from.
//!
//! - `programs`: [`ProgramCache`], the compiler with a memory
//! - `folder`: files of bytes by key, bounded in size
//! - `entry`: the form of such a file

mod entry;
mod folder;
mod programs;

pub use programs::{CACHE_VARIABLE, ProgramCache};
