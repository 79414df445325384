//! A value that counts how often one of its kind was dropped.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Where the drops are counted.
#[derive(Clone, Default)]
pub(super) struct Drops(Arc<AtomicUsize>);

impl Drops {
    pub(super) fn value(&self, number: u64) -> Counted {
        Counted { number, drops: self.clone() }
    }

    pub(super) fn count(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

/// A message with a heap allocation, so that Miri sees a second or a missing drop as well.
pub(super) struct Counted {
    pub(super) number: u64,
    drops: Drops,
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.drops.0.fetch_add(1, Ordering::SeqCst);
    }
}
