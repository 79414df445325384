//! Checking what is asked for, with the same answer on every backend.

use crate::error::{Result, RingKernelError};

/// Checks that a copy between the host and a buffer of `size` bytes fits.
///
/// # Errors
/// [`RingKernelError::CopyTooLarge`].
pub fn check_copy(bytes: usize, size: usize) -> Result<()> {
    if bytes > size { Err(RingKernelError::CopyTooLarge { bytes, size }) } else { Ok(()) }
}

/// Checks that addresses can be multiples of `align`.
///
/// # Errors
/// [`RingKernelError::InvalidConfig`] unless it is a power of two.
pub fn check_alignment(align: usize) -> Result<()> {
    if align.is_power_of_two() {
        return Ok(());
    }
    Err(RingKernelError::InvalidConfig(format!("the alignment is {align} bytes; it must be a power of two")))
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_copy_may_be_as_large_as_the_buffer() {
        for (bytes, size, fits) in [(0, 0, true), (8, 8, true), (3, 8, true), (9, 8, false), (1, 0, false)] {
            assert_eq!(check_copy(bytes, size).is_ok(), fits, "{bytes} in {size}");
        }
    }

    #[test]
    fn an_alignment_is_a_power_of_two() {
        for (align, possible) in [(1, true), (256, true), (0, false), (3, false)] {
            assert_eq!(check_alignment(align).is_ok(), possible, "{align}");
        }
    }
}
