//! Ownership of one side of a ring for the length of a call through `&self`.
//!
//! The lock-free paths are the halves that `split` returns: they own their side by type. A call through
//! a shared queue must own it by a flag instead. A claim lasts for a few loads and stores and is never held
//! across an await, so a second caller spins, then yields its time slice. A queue whose sides are used by
//! one thread each never finds the flag taken.

use crate::sync::atomic::{AtomicBool, Ordering};
use crate::sync::{hint, thread};

/// Spins before the first yield.
const SPINS: u32 = if cfg!(loom) { 1 } else { 64 };

pub(super) struct Claim {
    taken: AtomicBool,
}

impl Claim {
    pub(super) fn new() -> Self {
        Self { taken: AtomicBool::new(false) }
    }

    /// Waits for the side and owns it until the guard is dropped.
    #[inline]
    pub(super) fn acquire(&self) -> Claimed<'_> {
        let mut spins = 0;
        // Acquire pairs with the Release store in `drop`: the last owner's accesses come before ours.
        while self.taken.compare_exchange_weak(false, true, Ordering::Acquire, Ordering::Relaxed).is_err() {
            if spins < SPINS {
                spins += 1;
                hint::spin_loop();
            } else {
                thread::yield_now();
            }
        }
        Claimed { claim: self }
    }
}

/// Proof that the caller owns a side.
pub(super) struct Claimed<'a> {
    claim: &'a Claim,
}

impl Drop for Claimed<'_> {
    #[inline]
    fn drop(&mut self) {
        // Pairs with the Acquire exchange in `acquire`.
        self.claim.taken.store(false, Ordering::Release);
    }
}
