//! Which handlers have lately been so quick that a caller may run them itself.
//!
//! A call to an idle actor is handled fastest by the thread that makes it: nothing has to be handed over, and nobody has to
//! be woken. But a handler that takes long would hold up whatever else that thread has to do, so each handler has to earn it.

use ringkernel_core::sync::atomic::{AtomicU8, Ordering};

/// What a quick handler takes at most: less than it takes to wake another thread.
const QUICK_NS: u64 = 4_000;

/// Quick messages in a row until callers may run the actor.
const PROVEN: u8 = 16;

/// Trust is worth this many quick messages at most.
const MOST: u8 = 64;

/// What one slow message costs. A thread that the system has held up looks like a slow handler, so one does not cost all.
const LOSS: u8 = 24;

/// Handlers of a kernel that can earn trust; those behind them never do.
const HANDLERS: usize = 8;

/// Trust in each handler of an actor, in quick messages. Written by its loop alone.
#[derive(Default)]
pub(crate) struct Pulse([AtomicU8; HANDLERS]);

impl Pulse {
    /// Notes how long the handler of this index took.
    #[inline]
    pub(crate) fn note(&self, handler: usize, taken_ns: u64) {
        let Some(trust) = self.0.get(handler) else { return };
        let before = trust.load(Ordering::Relaxed);
        if taken_ns <= QUICK_NS {
            if before < MOST {
                trust.store(before + 1, Ordering::Relaxed);
            }
        } else {
            trust.store(before.saturating_sub(LOSS), Ordering::Relaxed);
        }
    }

    /// Whether a caller may run the handler of this index.
    #[inline]
    pub(crate) fn is_quick(&self, handler: usize) -> bool {
        self.0.get(handler).is_some_and(|trust| trust.load(Ordering::Relaxed) >= PROVEN)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trust_is_earned_by_quick_messages_and_lost_by_slow_ones() {
        let pulse = Pulse::default();
        (1..PROVEN).for_each(|_| pulse.note(0, QUICK_NS));
        assert!(!pulse.is_quick(0));
        pulse.note(0, 0);
        assert!(pulse.is_quick(0));
        assert!(!pulse.is_quick(1), "one handler does not vouch for another");
        pulse.note(0, QUICK_NS + 1);
        assert!(!pulse.is_quick(0));
        (0..1000).for_each(|_| pulse.note(0, 1));
        pulse.note(0, u64::MAX);
        assert!(pulse.is_quick(0), "one slow message does not cost all trust");
        pulse.note(0, u64::MAX);
        pulse.note(0, u64::MAX);
        assert!(!pulse.is_quick(0));
        (0..1000).for_each(|_| pulse.note(HANDLERS, 1));
        assert!(!pulse.is_quick(HANDLERS));
    }
}
