//! The state of an actor, and whether its loop works.
//!
//! The loop reads the state before every message, which costs a load. Only when it begins to work, after it has last seen
//! another state than active, does it set `working`, with a fence before it looks at the state once more; `deactivate`
//! changes the state, with a fence before it looks at `working`. The fences are totally ordered, so either the loop sees
//! that it must not work, or `deactivate` sees that it works and waits until the loop has noticed.

use ringkernel_core::runtime::KernelState;
use ringkernel_core::sync::atomic::{AtomicBool, AtomicU32, Ordering, fence};

pub(crate) struct Lifecycle {
    state: AtomicU32,
    working: AtomicBool,
}

/// What the loop is told when it asks whether it may work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Permission {
    Work,
    /// Not in this state. `noticed` says that the loop has worked until now, and that somebody may wait to hear that it
    /// has stopped.
    Rest {
        state: KernelState,
        noticed: bool,
    },
}

impl Lifecycle {
    pub(crate) fn new() -> Self {
        Self { state: AtomicU32::new(encode(KernelState::Created)), working: AtomicBool::new(false) }
    }

    /// The state.
    pub(crate) fn state(&self) -> KernelState {
        // Acquire pairs with the Release of `change`, so that what was set up before a state is visible with it.
        decode(self.state.load(Ordering::Acquire))
    }

    /// Whether the loop may have a message in hand.
    pub(crate) fn is_working(&self) -> bool {
        // Pairs with the fence in `may_work`, see the module documentation.
        fence(Ordering::SeqCst);
        // Acquire pairs with the Release in `may_work`: what the handler did is visible.
        self.working.load(Ordering::Acquire)
    }

    /// Sets `to` if `allowed` accepts the state. Returns the state before, in `Err` when it was not accepted.
    pub(crate) fn change(
        &self,
        to: KernelState,
        allowed: impl Fn(KernelState) -> bool,
    ) -> Result<KernelState, KernelState> {
        let mut word = self.state.load(Ordering::Acquire);
        loop {
            let from = decode(word);
            if !allowed(from) {
                return Err(from);
            }
            // Release publishes what led to the change to `state`; Acquire sees what led to the one before.
            match self.state.compare_exchange_weak(word, encode(to), Ordering::AcqRel, Ordering::Acquire) {
                Ok(_) => return Ok(from),
                Err(current) => word = current,
            }
        }
    }

    /// Whether the loop, which alone asks, may take a message. It has none in hand when it asks.
    #[inline]
    pub(crate) fn may_work(&self) -> Permission {
        let mut state = self.state();
        // Relaxed: only the loop writes it.
        let working = self.working.load(Ordering::Relaxed);
        if state == KernelState::Active {
            if working {
                return Permission::Work;
            }
            self.working.store(true, Ordering::Relaxed);
            // Pairs with the fence in `is_working`.
            fence(Ordering::SeqCst);
            state = self.state();
            if state == KernelState::Active {
                return Permission::Work;
            }
            self.working.store(false, Ordering::Release);
            return Permission::Rest { state, noticed: true };
        }
        if working {
            // Release publishes the handlers' work to whoever sees in `is_working` that it is over.
            self.working.store(false, Ordering::Release);
        }
        Permission::Rest { state, noticed: working }
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
    STATES[word as usize]
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn every_state_survives_the_word() {
        for state in STATES {
            assert_eq!(decode(encode(state)), state);
        }
    }

    #[test]
    fn the_loop_works_while_active_and_notices_the_end_of_that_once() {
        let lifecycle = Lifecycle::new();
        let rest = |state, noticed| Permission::Rest { state, noticed };
        assert_eq!(lifecycle.may_work(), rest(KernelState::Created, false));
        assert_eq!(lifecycle.change(KernelState::Active, |_| true), Ok(KernelState::Created));
        assert!(!lifecycle.is_working());
        assert_eq!(lifecycle.may_work(), Permission::Work);
        assert!(lifecycle.is_working());
        let before = lifecycle.change(KernelState::Deactivated, KernelState::can_deactivate);
        assert_eq!(before, Ok(KernelState::Active));
        assert!(lifecycle.is_working());
        assert_eq!(lifecycle.may_work(), rest(KernelState::Deactivated, true));
        assert_eq!(lifecycle.may_work(), rest(KernelState::Deactivated, false));
        assert!(!lifecycle.is_working());
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
                    for _ in 0..2 {
                        if lifecycle.may_work() == Permission::Work {
                            state.with_mut(|value| unsafe { *value += 1 });
                        }
                    }
                    // A loop that is woken asks again.
                    while lifecycle.state() == KernelState::Active {
                        loom::thread::yield_now();
                    }
                    lifecycle.may_work();
                })
            };
            lifecycle.change(KernelState::Deactivated, KernelState::can_deactivate).unwrap();
            while lifecycle.is_working() {
                loom::thread::yield_now();
            }
            // loom reports a race if the worker is still, or again, in its work.
            state.with_mut(|value| unsafe { *value += 1 });
            worker.join().unwrap();
            assert_eq!(lifecycle.state(), KernelState::Deactivated);
        });
    }
}
