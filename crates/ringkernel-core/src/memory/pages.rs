//! Whole pages of host memory, which is what a device can have locked.

use std::alloc::{Layout, alloc_zeroed, dealloc};
use std::ptr::NonNull;

use crate::error::{Result, RingKernelError};

/// Whole pages of host memory, all zero at first. No other data shares a page with them.
#[derive(Debug)]
pub struct Pages {
    address: NonNull<u8>,
    layout: Layout,
}

// SAFETY: It owns the memory, and gives only its address.
unsafe impl Send for Pages {}
// SAFETY: As above.
unsafe impl Sync for Pages {}

impl Pages {
    /// Addresses and sizes are multiples of this, in bytes.
    pub const SIZE: usize = 4096;

    /// As many pages as hold so many bytes, at least one.
    ///
    /// # Errors
    /// [`RingKernelError::ResourceExhausted`].
    pub fn zeroed(bytes: usize) -> Result<Self> {
        let exhausted = |reason: &str| RingKernelError::ResourceExhausted {
            what: format!("{bytes} bytes of host memory"),
            reason: reason.into(),
        };
        let rounded = bytes.max(1).checked_next_multiple_of(Self::SIZE);
        let layout = rounded.and_then(|bytes| Layout::from_size_align(bytes, Self::SIZE).ok());
        let layout = layout.ok_or_else(|| exhausted("that is more than a process can address"))?;
        // SAFETY: The size is not zero.
        let address = NonNull::new(unsafe { alloc_zeroed(layout) });
        Ok(Self { address: address.ok_or_else(|| exhausted("the system has not as much"))?, layout })
    }

    /// The address of the first byte.
    pub fn address(&self) -> NonNull<u8> {
        self.address
    }

    /// Their size in bytes.
    pub fn bytes(&self) -> usize {
        self.layout.size()
    }
}

impl Drop for Pages {
    fn drop(&mut self) {
        // SAFETY: It was allocated with this layout, and only the owner frees it.
        unsafe { dealloc(self.address.as_ptr(), self.layout) };
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn pages_are_whole_and_zero() {
        for (bytes, expected) in [(0, 4096), (1, 4096), (4096, 4096), (4097, 8192)] {
            let pages = Pages::zeroed(bytes).unwrap();
            assert_eq!(pages.bytes(), expected);
            assert!(pages.address().as_ptr().addr().is_multiple_of(Pages::SIZE));
            // SAFETY: The pages have as many bytes, which are set.
            let content = unsafe { std::slice::from_raw_parts(pages.address().as_ptr(), pages.bytes()) };
            assert!(content.iter().all(|byte| *byte == 0));
        }
    }

    #[test]
    fn more_than_there_is_is_refused_with_its_size() {
        for bytes in [usize::MAX, isize::MAX as usize, 1 << 62] {
            let error = Pages::zeroed(bytes).unwrap_err().to_string();
            assert!(error.contains(&bytes.to_string()), "{error}");
        }
    }
}
