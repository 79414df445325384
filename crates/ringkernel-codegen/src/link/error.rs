//! Why a kernel cannot be linked.

use std::fmt;

/// What stands in the source that devices cannot run, and what to write instead.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LinkError {
    /// Source file, as the compiler names it.
    pub file: String,
    /// Line, counted from 1; 0 where the whole kernel is meant.
    pub line: u32,
    /// The construct, and what to do about it.
    pub message: String,
}

impl fmt::Display for LinkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.message)
    }
}

impl std::error::Error for LinkError {}

/// What linking gives.
pub(super) type Result<T, E = LinkError> = std::result::Result<T, E>;
