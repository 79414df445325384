//! The state of an actor and whether it has a message in hand, in one word.
//!
//! The loop marks itself busy in the same step in which it learns the state, so `deactivate` cannot slip between the
//! two: it changes the state and then waits until the busy bit is clear.

use ringkernel_core::runtime::KernelState;
use ringkernel_core::sync::atomic::{AtomicU32, Ordering};

const BUSY: u32 = 1 << 8;
const STATE: u32 = BUSY - 1;

pub(crate) struct Lifecycle(AtomicU32);

impl Lifecycle {
    pub(crate) fn new() -> Self {
        Self(AtomicU32::new(encode(KernelState::Created)))
    }

    /// The state.
    pub(crate) fn state(&self) -> KernelState {
        // Acquire pairs with the Release of `change`, so that what was set up before a state is visible with it.
        decode(self.0.load(Ordering::Acquire))
    }

    /// Whether a message is in hand.
    pub(crate) fn is_busy(&self) -> bool {
        // Acquire pairs with the Release of `end_work`: what the handler did is visible.
        self.0.load(Ordering::Acquire) & BUSY != 0
    }

    /// Sets `to` if `allowed` accepts the state. Returns the state before, in `Err` when it was not accepted.
    pub(crate) fn change(
        &self,
        to: KernelState,
        allowed: impl Fn(KernelState) -> bool,
    ) -> Result<KernelState, KernelState> {
        let mut word = self.0.load(Ordering::Acquire);
        loop {
            let from = decode(word);
            if !allowed(from) {
                return Err(from);
            }
            let next = encode(to) | word & BUSY;
            // Release publishes what led to the change to `state`; Acquire sees what led to the one before.
            match self.0.compare_exchange_weak(word, next, Ordering::AcqRel, Ordering::Acquire) {
                Ok(_) => return Ok(from),
                Err(current) => word = current,
            }
        }
    }

    /// Marks a message as in hand if the state is `Active`.
    pub(crate) fn begin_work(&self) -> bool {
        // One step for both: a deactivation before it is seen here, one after it sees the busy bit.
        let before = self.0.fetch_or(BUSY, Ordering::AcqRel);
        if decode(before) == KernelState::Active {
            return true;
        }
        self.end_work();
        false
    }

    /// Marks that no message is in hand.
    pub(crate) fn end_work(&self) {
        // Release publishes the handler's work to whoever sees the bit clear in `is_busy`.
        self.0.fetch_and(!BUSY, Ordering::AcqRel);
    }
}

const STATES: [KernelState; 7] = [
    KernelState::Created,
    KernelState::Launched,
    KernelState::Active,
    KernelState::Deactivated,
    KernelState::Terminating,
    KernelState::Terminated,
    KernelState::Failed,
];

fn encode(state: KernelState) -> u32 {
    STATES.iter().position(|known| *known == state).map_or(0, |index| index as u32)
}

fn decode(word: u32) -> KernelState {
    STATES[(word & STATE) as usize]
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn every_state_survives_the_word_with_and_without_the_busy_bit() {
        for state in STATES {
            assert_eq!(decode(encode(state)), state);
            assert_eq!(decode(encode(state) | BUSY), state);
        }
    }

    #[test]
    fn a_change_keeps_the_busy_bit_and_reports_the_state_before() {
        let lifecycle = Lifecycle::new();
        assert_eq!(lifecycle.change(KernelState::Active, |_| true), Ok(KernelState::Created));
        assert!(lifecycle.begin_work());
        assert_eq!(
            lifecycle.change(KernelState::Deactivated, KernelState::can_deactivate),
            Ok(KernelState::Active)
        );
        assert!(lifecycle.is_busy());
        lifecycle.end_work();
        assert!(!lifecycle.begin_work());
        assert!(!lifecycle.is_busy());
        assert_eq!(lifecycle.change(KernelState::Created, |_| false), Err(KernelState::Deactivated));
    }
}

#[cfg(all(test, loom))]
mod loom_tests {
    use super::*;
    use ringkernel_core::sync::{Arc, UnsafeCell};

    #[test]
    fn after_a_deactivation_no_work_is_going_on() {
        loom::model(|| {
            let lifecycle = Arc::new(Lifecycle::new());
            lifecycle.change(KernelState::Active, |_| true).unwrap();
            let state = Arc::new(UnsafeCell::new(0u32));
            let worker = {
                let (lifecycle, state) = (lifecycle.clone(), state.clone());
                loom::thread::spawn(move || {
                    if lifecycle.begin_work() {
                        state.with_mut(|value| unsafe { *value += 1 });
                        lifecycle.end_work();
                    }
                })
            };
            lifecycle.change(KernelState::Deactivated, KernelState::can_deactivate).unwrap();
            while lifecycle.is_busy() {
                loom::thread::yield_now();
            }
            // loom reports a race if the worker is still, or again, in its work.
            state.with_mut(|value| unsafe { *value += 1 });
            worker.join().unwrap();
            assert_eq!(lifecycle.state(), KernelState::Deactivated);
        });
    }
}
