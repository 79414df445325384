//! Where a worker leaves the turn that it keeps while a handler runs, for the watchdog to find.
//!
//! `leave` stores the turn (Release) and `take` swaps it out (Acquire), so that of the worker that comes back and the
//! watchdog that gives up on it exactly one gets the turn, with all that the worker has written before it left it.

use std::ptr;

use ringkernel_core::sync::atomic::{AtomicPtr, Ordering};

use super::task::{HasTask, Turn};

/// A place for one turn.
pub(crate) struct Bench<A: HasTask>(AtomicPtr<A>);

impl<A: HasTask> Default for Bench<A> {
    fn default() -> Self {
        Self(AtomicPtr::new(ptr::null_mut()))
    }
}

impl<A: HasTask> Bench<A> {
    /// Leaves a turn on an empty bench. Only the worker whose bench it is does that.
    pub(crate) fn leave(&self, turn: Turn<A>) {
        // Release publishes what the turn will need to whoever takes it.
        self.0.store(turn.into_ptr(), Ordering::Release);
    }

    /// Takes the turn. The worker and the watchdog may both try.
    pub(crate) fn take(&self) -> Option<Turn<A>> {
        // Relaxed: a null pointer says all that there is to know, and the swap reads no older value than this.
        if self.0.load(Ordering::Relaxed).is_null() {
            return None;
        }
        // Acquire pairs with the Release in `leave`. Nothing is published by an empty bench.
        let turn = self.0.swap(ptr::null_mut(), Ordering::Acquire);
        // SAFETY: only `leave` stores pointers, those of turns; the swap gives each to one caller.
        unsafe { Turn::from_ptr(turn) }
    }
}

#[cfg(all(test, loom))]
mod loom_tests {
    use super::*;
    use crate::protocol::task::{Progress, Task, start, wake};
    use loom::thread;
    use ringkernel_core::sync::{Arc, UnsafeCell};

    struct Actor {
        task: Task<Actor>,
        /// What the worker writes for the turn, ordered by the bench alone.
        message: UnsafeCell<u32>,
    }

    // SAFETY: the tests reach `message` in an order that loom checks.
    unsafe impl Send for Actor {}
    // SAFETY: as above.
    unsafe impl Sync for Actor {}

    impl HasTask for Actor {
        type Value = ();
        fn task(&self) -> &Task<Self> {
            &self.task
        }
    }

    /// Takes the turn, if it is there, and runs it to its end. True if it was there.
    fn take_and_run(bench: &Bench<Actor>) -> bool {
        let Some(turn) = bench.take() else { return false };
        // SAFETY: read before the run, whose wake-up word would order it as well.
        assert_eq!(turn.owner().message.with(|message| unsafe { *message }), 7);
        assert!(turn.run(|_, ()| Progress::Ended).is_none());
        true
    }

    #[test]
    fn a_turn_on_the_bench_is_run_once_by_the_worker_or_the_watchdog() {
        loom::model(|| {
            let actor = Arc::new(Actor { task: Task::new(), message: UnsafeCell::new(0) });
            start(&actor, ());
            let turn = wake(&*actor).expect("it is idle");
            let bench = Arc::new(Bench::default());
            let watchdog = {
                let bench = bench.clone();
                thread::spawn(move || take_and_run(&bench))
            };
            // SAFETY: the only access before the turn is left.
            actor.message.with_mut(|message| unsafe { *message = 7 });
            bench.leave(turn);
            let by_worker = take_and_run(&bench);
            let by_watchdog = watchdog.join().unwrap();
            assert!(by_worker != by_watchdog, "worker: {by_worker}, watchdog: {by_watchdog}");
        });
    }
}
