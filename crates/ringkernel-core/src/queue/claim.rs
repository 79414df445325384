//! Ownership of one side of a ring for the length of a call through `&self`.
//!
//! The lock-free paths are the halves that `split` returns: they own their side by value. A call through
//! a shared queue must borrow it instead, by a flag. A claim lasts for a few loads and stores and is never held
//! across an await, so a second caller spins, then yields its time slice. A queue whose sides are used by
//! one thread each never finds the flag taken.

use super::cache_line::CacheLine;
use crate::sync::UnsafeCell;
use crate::sync::atomic::{AtomicBool, Ordering};
use crate::sync::{hint, thread};

/// Spins before the first yield.
const SPINS: u32 = if cfg!(loom) { 1 } else { 64 };

/// A side of a ring that callers own in turns.
pub(crate) struct Claim<S>(CacheLine<Claimable<S>>);

struct Claimable<S> {
    taken: AtomicBool,
    side: UnsafeCell<S>,
}

// SAFETY: the side is reached only between an Acquire exchange of the flag and the Release store that follows, so
// that its owners take turns; it moves between their threads, which needs `S: Send`.
unsafe impl<S: Send> Sync for Claim<S> {}

impl<S> Claim<S> {
    pub(crate) fn new(side: S) -> Self {
        Self(CacheLine(Claimable { taken: AtomicBool::new(false), side: UnsafeCell::new(side) }))
    }

    /// Waits for the side and owns it while `call` runs.
    #[inline]
    pub(crate) fn own<R>(&self, call: impl FnOnce(&mut S) -> R) -> R {
        let mut spins = 0;
        let taken = &self.0.taken;
        // Acquire pairs with the Release store in `Release::drop`: the last owner's accesses come before ours.
        while taken.compare_exchange_weak(false, true, Ordering::Acquire, Ordering::Relaxed).is_err() {
            if spins < SPINS {
                spins += 1;
                hint::spin_loop();
            } else {
                thread::yield_now();
            }
        }
        let _release = Release(taken);
        self.0.side.with_mut(|side| {
            // SAFETY: the flag was free and is ours until `_release` goes, so nobody else reaches the side.
            let side = unsafe { &mut *side };
            call(side)
        })
    }

    /// The side, from a queue that nobody shares any more.
    pub(crate) fn into_inner(self) -> S {
        self.0.0.side.into_inner()
    }
}

/// Gives the side back, also when the call panics.
struct Release<'a>(&'a AtomicBool);

impl Drop for Release<'_> {
    #[inline]
    fn drop(&mut self) {
        // Pairs with the Acquire exchange in `own`.
        self.0.store(false, Ordering::Release);
    }
}
