//! Keeping what two threads write in different cache lines.
//!
//! `crossbeam_utils::CachePadded` takes 128 bytes on x86-64, because some processors fetch lines in pairs. For these
//! rings the second line bought nothing measurable, and a thousand actors have thousands of rings.

use std::ops::Deref;

/// A value with its cache line to itself: 64 bytes, 128 where lines are that long.
#[cfg_attr(target_arch = "aarch64", repr(align(128)))]
#[cfg_attr(not(target_arch = "aarch64"), repr(align(64)))]
pub(crate) struct CacheLine<T>(pub(crate) T);

impl<T> Deref for CacheLine<T> {
    type Target = T;

    #[inline(always)]
    fn deref(&self) -> &T {
        &self.0
    }
}
