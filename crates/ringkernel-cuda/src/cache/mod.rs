//! Compiled programs on disk, found by what they were compiled from.
//!
//! - `programs`: [`ProgramCache`], the compiler with a memory
//! - `folder`: files of bytes by key, bounded in size
//! - `entry`: the form of such a file

pub(crate) mod entry;
mod folder;
mod programs;

#[cfg(test)]
pub(crate) use folder::tests::Temporary;
pub use programs::{CACHE_VARIABLE, ProgramCache};
