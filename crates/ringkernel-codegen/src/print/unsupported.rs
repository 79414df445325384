//! The error of printers.

/// What a program needs and the target does not have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{feature}")]
#[non_exhaustive]
pub struct Unsupported {
    /// What is missing, in words for the user.
    pub feature: String,
}
