//! What can be wrong with a module.

use thiserror::Error;

/// What is wrong with a module, and in which function.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Invalid {
    /// An index leads nowhere, or to something that comes later.
    #[error("in `{function}`: {what} {index} does not come before its use")]
    Order {
        /// The function.
        function: String,
        /// What the index is of.
        what: &'static str,
        /// The index.
        index: u32,
    },
    /// A type is not the one that is needed.
    #[error("in `{function}`: {what}: expected {expected}, found {found}")]
    Type {
        /// The function.
        function: String,
        /// What has the type.
        what: String,
        /// The type that is needed.
        expected: String,
        /// The type that is there.
        found: String,
    },
    /// Something stands where it must not.
    #[error("in `{function}`: {what}")]
    Misplaced {
        /// The function.
        function: String,
        /// What it is.
        what: String,
    },
}
