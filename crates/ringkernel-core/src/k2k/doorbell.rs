//! How the one receiver of an inbox is woken, without a lock and without memory.
//!
//! The two sides meet as at a [`Gate`](crate::queue::Gate): the receiver announces itself, issues a `SeqCst` fence and looks once
//! more; a sender adds its message, issues a `SeqCst` fence and looks for the announcement. The fences are totally ordered, so at
//! least one of them sees the other.

use std::task::Waker;

use atomic_waker::AtomicWaker;

use crate::sync::atomic::{AtomicBool, Ordering, fence};

#[derive(Debug)]
pub(super) struct Doorbell {
    awaited: AtomicBool,
    waker: AtomicWaker,
}

impl Doorbell {
    pub(super) fn new() -> Self {
        Self { awaited: AtomicBool::new(false), waker: AtomicWaker::new() }
    }

    /// Announces the receiver, which looks once more after this call and then sleeps.
    pub(super) fn announce(&self, waker: &Waker) {
        self.waker.register(waker);
        // Release pairs with the Acquire in `ring`: who sees the announcement finds the waker.
        self.awaited.store(true, Ordering::Release);
        // Pairs with the fence in `is_awaited`.
        fence(Ordering::SeqCst);
    }

    /// Whether the receiver has to be told of a message that was added before this call.
    #[inline]
    pub(super) fn is_awaited(&self) -> bool {
        // Pairs with the fence in `announce`.
        fence(Ordering::SeqCst);
        // Relaxed: ordered by the fences.
        self.awaited.load(Ordering::Relaxed)
    }

    /// Wakes the receiver. This can run code of its executor, so no claim may be held.
    pub(super) fn ring(&self) {
        // Acquire pairs with the Release in `announce`.
        if self.awaited.swap(false, Ordering::Acquire) {
            self.waker.wake();
        }
    }
}
