//! The bound of a mailbox over all its bands, and its closing.
//!
//! A sender takes a credit before it pushes and the owner gives it back when it has taken the message. Closing sets a
//! bit in the same word: every credit taken before it belongs to a message that the owner will still find, and none is
//! given after it. So a message is either refused or found, never lost in between.

use ringkernel_core::sync::atomic::{AtomicUsize, Ordering};

const CLOSED: usize = 1 << (usize::BITS - 1);

pub(crate) struct Credits(AtomicUsize);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoCredit {
    Full,
    Closed,
}

impl Credits {
    pub(crate) fn new() -> Self {
        Self(AtomicUsize::new(0))
    }

    /// Credits taken: messages in the mailbox, or just about to be.
    pub(crate) fn taken(&self) -> usize {
        self.0.load(Ordering::Acquire) & !CLOSED
    }

    /// Takes a credit if fewer than `limit` are taken.
    pub(crate) fn take(&self, limit: usize) -> Result<(), NoCredit> {
        let mut word = self.0.load(Ordering::Relaxed);
        loop {
            if word & CLOSED != 0 {
                return Err(NoCredit::Closed);
            }
            if word >= limit {
                return Err(NoCredit::Full);
            }
            // Acquire pairs with the Release of `give_back`: the slot that is free again is seen as free.
            match self.0.compare_exchange_weak(word, word + 1, Ordering::AcqRel, Ordering::Relaxed) {
                Ok(_) => return Ok(()),
                Err(current) => word = current,
            }
        }
    }

    /// Gives a credit back.
    pub(crate) fn give_back(&self) {
        // Release pairs with the Acquire of `take`.
        self.0.fetch_sub(1, Ordering::AcqRel);
    }

    /// Refuses every further credit.
    pub(crate) fn close(&self) {
        // AcqRel: a `take` before this in the word's order is counted in `taken` after it.
        self.0.fetch_or(CLOSED, Ordering::AcqRel);
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn credits_are_bounded_by_each_takers_limit() {
        let credits = Credits::new();
        assert_eq!(credits.take(1), Ok(()));
        assert_eq!(credits.take(1), Err(NoCredit::Full));
        assert_eq!(credits.take(2), Ok(()));
        credits.give_back();
        assert_eq!(credits.taken(), 1);
        credits.close();
        assert_eq!(credits.take(9), Err(NoCredit::Closed));
        assert_eq!(credits.taken(), 1);
    }
}

#[cfg(all(test, loom))]
mod loom_tests {
    use super::*;
    use ringkernel_core::sync::{Arc, UnsafeCell};

    #[test]
    fn who_got_a_credit_is_counted_when_the_owner_closes() {
        loom::model(|| {
            let credits = Arc::new(Credits::new());
            let sender = {
                let credits = credits.clone();
                loom::thread::spawn(move || credits.take(4).is_ok())
            };
            credits.close();
            // The owner waits for exactly this many messages, and then nobody else's can come.
            let awaited = credits.taken();
            let accepted = sender.join().unwrap();
            assert_eq!(awaited, usize::from(accepted));
        });
    }

    #[test]
    fn a_credit_that_was_given_back_comes_with_a_free_slot() {
        loom::model(|| {
            let shared = Arc::new((Credits::new(), UnsafeCell::new(1u32)));
            shared.0.take(1).unwrap();
            let sender = {
                let shared = shared.clone();
                loom::thread::spawn(move || {
                    if shared.0.take(1).is_ok() {
                        shared.1.with_mut(|slot| unsafe { *slot = 2 });
                    }
                })
            };
            // The owner reads the slot and frees it; loom reports a race if the sender writes it before.
            shared.1.with(|slot| unsafe { assert_eq!(*slot, 1) });
            shared.0.give_back();
            sender.join().unwrap();
        });
    }
}
