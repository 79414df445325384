//! The control block of an actor and the codes that its `last_error` field holds.

use std::fmt;

pub use ringkernel_abi::{ControlBlock, SlotCountError};

/// What an error code in [`ControlBlock::last_error`] means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[repr(u32)]
#[non_exhaustive]
pub enum ControlError {
    /// No error.
    #[default]
    None = 0,
    /// The input queue was full.
    InputOverflow = 1,
    /// The output queue was full.
    OutputOverflow = 2,
    /// A message could not be understood.
    InvalidMessage = 3,
    /// Memory ran out.
    AllocationFailed = 4,
    /// A value could not be encoded or decoded.
    SerializationError = 5,
    /// A deadline passed.
    Timeout = 6,
    /// Anything else.
    InternalError = 7,
}

impl ControlError {
    /// The meaning of a code; one that is not defined is an [`InternalError`](Self::InternalError).
    pub const fn from_u32(code: u32) -> Self {
        match code {
            0 => ControlError::None,
            1 => ControlError::InputOverflow,
            2 => ControlError::OutputOverflow,
            3 => ControlError::InvalidMessage,
            4 => ControlError::AllocationFailed,
            5 => ControlError::SerializationError,
            6 => ControlError::Timeout,
            _ => ControlError::InternalError,
        }
    }

    /// The code that stands for this meaning.
    pub const fn as_u32(self) -> u32 {
        self as u32
    }
}

impl fmt::Display for ControlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ControlError::None => "no error",
            ControlError::InputOverflow => "the input queue was full",
            ControlError::OutputOverflow => "the output queue was full",
            ControlError::InvalidMessage => "a message could not be understood",
            ControlError::AllocationFailed => "memory ran out",
            ControlError::SerializationError => "a value could not be encoded or decoded",
            ControlError::Timeout => "a deadline passed",
            ControlError::InternalError => "internal error",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_meanings_convert_both_ways() {
        for code in 0..=7 {
            assert_eq!(ControlError::from_u32(code).as_u32(), code);
        }
        assert_eq!(ControlError::from_u32(8), ControlError::InternalError);
        assert_eq!(ControlError::from_u32(u32::MAX), ControlError::InternalError);
        assert_eq!(ControlError::default(), ControlError::from_u32(ControlBlock::new().last_error));
    }

    #[test]
    fn a_meaning_prints_as_words() {
        assert_eq!(ControlError::Timeout.to_string(), "a deadline passed");
    }
}
