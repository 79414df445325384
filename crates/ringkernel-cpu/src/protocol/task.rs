//! The wake-up word: who may run an actor, and how no wake-up is lost.
//!
//! `SCHEDULED` is set while exactly one [`Turn`] for the task exists, in a ready queue or on a worker. `NOTIFIED` is
//! set by whoever publishes work. A sender publishes its message, then sets both bits in one step and owns a new turn
//! if `SCHEDULED` was clear. A worker clears `NOTIFIED` before it looks for work, and gives up its turn with a
//! compare-and-swap from `SCHEDULED` alone to idle, which fails if somebody has published meanwhile; it then keeps
//! the turn. A plain store of idle would lose that wake-up; the loom test at the end shows it.

use ringkernel_core::sync::atomic::{AtomicU32, Ordering};
use ringkernel_core::sync::{Arc, UnsafeCell};

const SCHEDULED: u32 = 1;
const NOTIFIED: u32 = 2;

/// Something that is run by whoever holds its turn.
pub(crate) struct Task<T> {
    word: AtomicU32,
    value: UnsafeCell<T>,
}

// SAFETY: `value` is reached only through `Turn::run`, and at most one turn exists at any time (see the module
// documentation), so a shared task never gives two threads access at once. Moving the access between threads needs
// `T: Send` and no more.
unsafe impl<T: Send> Sync for Task<T> {}

/// The owner of a task, from which a turn reaches it.
pub(crate) trait HasTask {
    /// What a turn gives access to.
    type Value;
    /// The task.
    fn task(&self) -> &Task<Self::Value>;
}

/// The right to run a task once. Not `Clone`: the wake-up word hands out one at a time.
pub(crate) struct Turn<A: HasTask>(Arc<A>);

impl<T> Task<T> {
    pub(crate) fn new(value: T) -> Self {
        Self { word: AtomicU32::new(0), value: UnsafeCell::new(value) }
    }
}

/// Announces work that has been published before. Returns the turn if nobody holds it.
pub(crate) fn wake<A: HasTask>(owner: &Arc<A>) -> Option<Turn<A>> {
    // Release publishes the work to the worker's `fetch_and` in `run`; Acquire takes over what the previous turn left
    // when this call creates the next one.
    let before = owner.task().word.fetch_or(SCHEDULED | NOTIFIED, Ordering::AcqRel);
    (before & SCHEDULED == 0).then(|| Turn(Arc::clone(owner)))
}

impl<A: HasTask> Turn<A> {
    /// The owner of the task.
    pub(crate) fn owner(&self) -> &Arc<A> {
        &self.0
    }

    /// Runs the task once. Returns the turn again if there is, or may be, more to do.
    pub(crate) fn run(self, step: impl FnOnce(&mut A::Value)) -> Option<Self> {
        let task = self.0.task();
        // Acquire pairs with the Release of `wake`: work announced before is visible to `step`.
        task.word.fetch_and(!NOTIFIED, Ordering::AcqRel);
        task.value.with_mut(|value| {
            // SAFETY: this turn is the only one of the task, `self` is consumed or returned only after the borrow ends,
            // and the word's AcqRel steps order this access after that of the turn before.
            step(unsafe { &mut *value });
        });
        // Release publishes what the step wrote to the next turn's Acquire in `wake`.
        match task.word.compare_exchange(SCHEDULED, 0, Ordering::AcqRel, Ordering::Acquire) {
            Ok(_) => None,
            Err(_) => Some(self),
        }
    }
}

#[cfg(all(test, loom))]
mod loom_tests {
    use super::*;
    use loom::thread;
    use ringkernel_core::sync::atomic::AtomicBool;

    struct Actor {
        task: Task<u32>,
        mail: [AtomicBool; 2],
        ready: loom::sync::Mutex<Vec<Turn<Actor>>>,
    }

    impl HasTask for Actor {
        type Value = u32;
        fn task(&self) -> &Task<u32> {
            &self.task
        }
    }

    fn actor() -> Arc<Actor> {
        Arc::new(Actor {
            task: Task::new(0),
            mail: [AtomicBool::new(false), AtomicBool::new(false)],
            ready: loom::sync::Mutex::new(Vec::new()),
        })
    }

    fn send(actor: &Arc<Actor>, index: usize) {
        // Relaxed on purpose: the wake-up word alone must publish it.
        actor.mail[index].store(true, Ordering::Relaxed);
        if let Some(turn) = wake(actor) {
            actor.ready.lock().unwrap().push(turn);
        }
    }

    /// Runs ready turns until there is none.
    fn work(actor: &Arc<Actor>) {
        loop {
            let Some(mut turn) = actor.ready.lock().unwrap().pop() else {
                return;
            };
            assert!(Arc::ptr_eq(turn.owner(), actor));
            while let Some(again) = turn.run(|taken| {
                for mail in &actor.mail {
                    // A load and a store, so that the mail itself orders nothing.
                    if mail.load(Ordering::Relaxed) {
                        mail.store(false, Ordering::Relaxed);
                        *taken += 1;
                    }
                }
            }) {
                turn = again;
            }
        }
    }

    #[test]
    fn no_wake_up_is_lost_and_no_two_turns_overlap() {
        loom::model(|| {
            let actor = actor();
            let senders: Vec<_> = (0..2)
                .map(|index| {
                    let actor = actor.clone();
                    thread::spawn(move || send(&actor, index))
                })
                .collect();
            work(&actor);
            senders.into_iter().for_each(|sender| sender.join().unwrap());
            work(&actor);
            // loom's UnsafeCell would have reported two turns at once.
            assert_eq!(actor.task.value.with(|taken| unsafe { *taken }), 2, "a message was never taken");
        });
    }
}
