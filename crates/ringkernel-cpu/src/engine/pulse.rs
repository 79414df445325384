//! Whether an actor's handlers have lately been so quick that a caller may run them itself.
//!
//! A call to an idle actor is handled fastest by the thread that makes it: nothing has to be handed over, and nobody has to
//! be woken. But a handler that takes long would hold up whatever else that thread has to do, so an actor has to earn it.

use ringkernel_core::sync::atomic::{AtomicU32, Ordering};

/// What a quick handler takes at most: less than it takes to wake another thread.
const QUICK_NS: u64 = 4_000;

/// Quick messages in a row until callers may run the actor.
const PROVEN: u32 = 16;

/// Trust is worth this many quick messages at most.
const MOST: u32 = 64;

/// What one slow message costs. A thread that the system has held up looks like a slow handler, so one does not cost all.
const LOSS: u32 = 24;

/// Trust in an actor, in quick messages. Written by its loop alone.
#[derive(Default)]
pub(crate) struct Pulse(AtomicU32);

impl Pulse {
    /// Notes how long a handler took.
    #[inline]
    pub(crate) fn note(&self, taken_ns: u64) {
        let trust = self.0.load(Ordering::Relaxed);
        if taken_ns <= QUICK_NS {
            if trust < MOST {
                self.0.store(trust + 1, Ordering::Relaxed);
            }
        } else {
            self.0.store(trust.saturating_sub(LOSS), Ordering::Relaxed);
        }
    }

    /// Whether a caller may run the actor.
    pub(crate) fn is_quick(&self) -> bool {
        self.0.load(Ordering::Relaxed) >= PROVEN
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trust_is_earned_by_quick_messages_and_lost_by_slow_ones() {
        let pulse = Pulse::default();
        (1..PROVEN).for_each(|_| pulse.note(QUICK_NS));
        assert!(!pulse.is_quick());
        pulse.note(0);
        assert!(pulse.is_quick());
        pulse.note(QUICK_NS + 1);
        assert!(!pulse.is_quick());
        (0..1000).for_each(|_| pulse.note(1));
        pulse.note(u64::MAX);
        assert!(pulse.is_quick(), "one slow message does not cost all trust");
        pulse.note(u64::MAX);
        pulse.note(u64::MAX);
        assert!(!pulse.is_quick());
    }
}
