//! Host memory of users that the device copies by itself, because its pages are locked.
//!
//! Copies of other memory go through that of a stream. This is the list that tells which is which.

use std::collections::BTreeMap;
use std::sync::{PoisonError, RwLock};

use ringkernel_core::memory::Pages;

use super::DriverError;
use super::context::Context;
use super::locked::PageLocked;

/// Pages that a context has locked for a user.
#[derive(Debug)]
pub(crate) struct UserPages {
    context: Context,
    pages: PageLocked,
}

/// The locked memory of users: first addresses and sizes, which do not overlap.
#[derive(Debug, Default)]
pub(super) struct Ranges(RwLock<BTreeMap<usize, usize>>);

impl UserPages {
    /// Locks pages.
    ///
    /// # Errors
    /// [`DriverError::Busy`] while a grid runs; [`DriverError::OutOfMemory`]; each with the pages.
    pub(crate) fn lock(context: &Context, pages: Pages) -> Result<Self, (Pages, DriverError)> {
        let bytes = pages.bytes();
        let pages = PageLocked::lock(context, pages, bytes)?;
        let mut ranges = context.direct().0.write().unwrap_or_else(PoisonError::into_inner);
        ranges.insert(pages.address().addr(), bytes);
        drop(ranges);
        Ok(Self { context: context.clone(), pages })
    }
}

impl Drop for UserPages {
    fn drop(&mut self) {
        // The pages are unlocked after this.
        let mut ranges = self.context.direct().0.write().unwrap_or_else(PoisonError::into_inner);
        ranges.remove(&self.pages.address().addr());
    }
}

impl Ranges {
    /// Whether these bytes are in one of them.
    pub(super) fn contain(&self, bytes: &[u8]) -> bool {
        let ranges = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let first = bytes.as_ptr().addr();
        ranges.range(..=first).next_back().is_some_and(|(begin, size)| first + bytes.len() <= begin + size)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_bytes_that_are_all_in_one_range_are_contained() {
        let bytes = [0u8; 64];
        let begin = bytes.as_ptr().addr();
        let ranges = Ranges(RwLock::new(BTreeMap::from([(begin + 8, 8), (begin + 16, 8)])));
        for (from, to, contained) in
            [(8, 16, true), (9, 12, true), (16, 24, true), (7, 9, false), (15, 17, false), (24, 25, false)]
        {
            assert_eq!(ranges.contain(&bytes[from..to]), contained, "{from}..{to}");
        }
    }
}
