//! The wake-up word: who may run an actor, and how no wake-up is lost.
//!
//! `SCHEDULED` is set while exactly one [`Turn`] for the task exists, in a ready queue or on a thread that runs it. A
//! sender publishes its message and then wakes: if the word is idle, it takes it from idle to `SCHEDULED` and owns a new
//! turn; otherwise it sets `NOTIFIED`. Who runs a turn clears `NOTIFIED`, if it may be set, before it looks for work, and
//! gives its turn up with a compare-and-swap from `SCHEDULED` alone to idle, which fails if somebody has published
//! meanwhile; it then keeps the turn. A plain store of idle would lose that wake-up; the loom test at the end shows it.
//!
//! The task keeps its owner alive for as long as it has not ended, so a turn is a bare pointer: making and running one
//! touches no reference count. `ENDED` is set for good by the turn in which the task ends.

use std::ptr::NonNull;

use ringkernel_core::sync::atomic::{AtomicU32, Ordering};
use ringkernel_core::sync::{Arc, UnsafeCell};

const SCHEDULED: u32 = 1;
const NOTIFIED: u32 = 2;
/// There is nothing to run any more, and no turn is handed out.
const ENDED: u32 = 4;
/// There is nothing to run yet, and no turn is handed out.
const UNSTARTED: u32 = 8;

/// Something that is run by whoever holds its turn.
pub(crate) struct Task<A: HasTask> {
    word: AtomicU32,
    running: UnsafeCell<Option<Running<A>>>,
}

/// A task that has begun and not ended.
struct Running<A: HasTask> {
    value: A::Value,
    /// Keeps the owner alive while turns point to it.
    owner: Arc<A>,
}

// SAFETY: `running` is reached only by `start`, which one caller gets past, and through a `Turn`, of which at most one exists
// at any time, after `start` (see the module documentation); so a shared task never gives two threads access at once. Moving
// the access between threads needs `Send` of the value, and `Send + Sync` of the owner for its `Arc`.
unsafe impl<A: HasTask<Value: Send> + Send + Sync> Sync for Task<A> {}
// SAFETY: as above.
unsafe impl<A: HasTask<Value: Send> + Send + Sync> Send for Task<A> {}

/// The owner of a task, from which a turn reaches it.
pub(crate) trait HasTask: Sized {
    /// What a turn gives access to.
    type Value;
    /// The task; always the same one.
    fn task(&self) -> &Task<Self>;
}

/// Whether a task has more to do, now or some day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Progress {
    GoesOn,
    Ended,
}

/// The right to run a task once. Not `Clone`: the wake-up word hands out one at a time.
pub(crate) struct Turn<A: HasTask> {
    owner: NonNull<A>,
    /// Whether somebody may have published work since `NOTIFIED` was last cleared.
    notified: bool,
}

// SAFETY: a turn is a pointer to an owner that is alive for as long as the turn exists, and the right to reach the task's
// value; passing it on needs what `Task` needs to be shared.
unsafe impl<A: HasTask<Value: Send> + Send + Sync> Send for Turn<A> {}

impl<A: HasTask> Task<A> {
    /// A task that has yet to be [started](start).
    pub(crate) fn new() -> Self {
        Self { word: AtomicU32::new(UNSTARTED), running: UnsafeCell::new(None) }
    }
}

/// Gives a task what its turns are to run. What was announced before is not remembered: wake it afterwards.
pub(crate) fn start<A: HasTask>(owner: &Arc<A>, value: A::Value) {
    let task = owner.task();
    // Nobody is handed a turn from here until the store below.
    let before = task.word.swap(UNSTARTED | SCHEDULED, Ordering::AcqRel);
    assert_eq!(before, UNSTARTED, "a task is started once");
    let owner = Arc::clone(owner);
    task.running.with_mut(|running| {
        // SAFETY: the swap let only this caller through, and no turn exists before the store below.
        unsafe { *running = Some(Running { value, owner }) }
    });
    // Release publishes the value to the Acquire of the first `wake` that makes a turn.
    task.word.store(0, Ordering::Release);
}

/// Announces work that has been published before. Returns the turn if nobody holds it.
pub(crate) fn wake<A: HasTask>(owner: &A) -> Option<Turn<A>> {
    let word = &owner.task().word;
    let turn = |notified| Some(Turn { owner: NonNull::from(owner), notified });
    // AcqRel: Acquire takes over what the previous turn left; whoever runs the new turn gets all that from this thread,
    // together with the work.
    if word.load(Ordering::Relaxed) == 0
        && word.compare_exchange(0, SCHEDULED, Ordering::AcqRel, Ordering::Relaxed).is_ok()
    {
        return turn(false);
    }
    let mut before = word.load(Ordering::Relaxed);
    loop {
        if before & (ENDED | UNSTARTED) != 0 {
            return None;
        }
        // Release publishes the work to the `fetch_and` in `run`; Acquire as above.
        match word.compare_exchange_weak(
            before,
            before | SCHEDULED | NOTIFIED,
            Ordering::AcqRel,
            Ordering::Relaxed,
        ) {
            Ok(_) if before & SCHEDULED == 0 => return turn(true),
            Ok(_) => return None,
            Err(now) => before = now,
        }
    }
}

impl<A: HasTask> Turn<A> {
    /// The turn as a pointer, from which [`from_ptr`](Self::from_ptr) makes it again.
    pub(crate) fn into_ptr(self) -> *mut A {
        self.owner.as_ptr()
    }

    /// The turn that [`into_ptr`](Self::into_ptr) gave; `None` for a null pointer.
    ///
    /// # Safety
    /// The pointer is null or comes from `into_ptr`, and no other turn is made of it.
    pub(crate) unsafe fn from_ptr(owner: *mut A) -> Option<Self> {
        NonNull::new(owner).map(|owner| Self { owner, notified: true })
    }

    /// The owner of the task.
    pub(crate) fn owner(&self) -> &A {
        // SAFETY: a turn is made only of a task that runs, which holds its owner until the turn that ends it; and that turn
        // is consumed.
        unsafe { self.owner.as_ref() }
    }

    /// Runs the task once. Returns the turn again if there is, or may be, more to do.
    pub(crate) fn run(mut self, step: impl FnOnce(&Arc<A>, &mut A::Value) -> Progress) -> Option<Self> {
        let task = self.owner().task();
        if self.notified {
            // Acquire pairs with the Release of `wake`: work announced before is visible to `step`.
            task.word.fetch_and(!NOTIFIED, Ordering::AcqRel);
        }
        let ended = task.running.with_mut(|running| {
            // SAFETY: this turn is the only one of the task, `self` is consumed or returned only after the borrow ends,
            // and the word's AcqRel steps order this access after that of the turn before.
            let running = unsafe { &mut *running };
            let Running { value, owner } =
                running.as_mut().expect("no turn is made of a task that has ended");
            match step(owner, value) {
                Progress::GoesOn => None,
                Progress::Ended => running.take(),
            }
        });
        if let Some(ended) = ended {
            // Whoever wakes it from now on is told that there is nothing to run. The owner, dropped with `ended`, may go.
            task.word.store(ENDED | SCHEDULED, Ordering::Release);
            drop(ended);
            return None;
        }
        // Release publishes what the step wrote to the next turn's Acquire in `wake`.
        match task.word.compare_exchange(SCHEDULED, 0, Ordering::AcqRel, Ordering::Relaxed) {
            Ok(_) => None,
            Err(_) => {
                self.notified = true;
                Some(self)
            }
        }
    }
}

#[cfg(all(test, loom))]
mod loom_tests {
    use super::*;
    use loom::thread;
    use ringkernel_core::sync::atomic::AtomicBool;

    struct Actor {
        task: Task<Actor>,
        mail: [AtomicBool; 2],
        ready: loom::sync::Mutex<Vec<Turn<Actor>>>,
    }

    impl HasTask for Actor {
        type Value = u32;
        fn task(&self) -> &Task<Self> {
            &self.task
        }
    }

    fn actor() -> Arc<Actor> {
        let actor = Arc::new(Actor {
            task: Task::new(),
            mail: [AtomicBool::new(false), AtomicBool::new(false)],
            ready: loom::sync::Mutex::new(Vec::new()),
        });
        assert!(wake(&*actor).is_none(), "it has not been started");
        start(&actor, 0);
        actor
    }

    fn send(actor: &Actor, index: usize) {
        // Relaxed on purpose: the wake-up word alone must publish it.
        actor.mail[index].store(true, Ordering::Relaxed);
        if let Some(turn) = wake(actor) {
            actor.ready.lock().unwrap().push(turn);
        }
    }

    /// Takes the mail that there is.
    fn take(actor: &Actor, taken: &mut u32) {
        for mail in &actor.mail {
            // A load and a store, so that the mail itself orders nothing.
            if mail.load(Ordering::Relaxed) {
                mail.store(false, Ordering::Relaxed);
                *taken += 1;
            }
        }
    }

    /// Runs ready turns until there is none.
    fn work(actor: &Actor) {
        loop {
            let Some(mut turn) = actor.ready.lock().unwrap().pop() else {
                return;
            };
            assert!(std::ptr::eq(turn.owner(), actor));
            while let Some(again) = turn.run(|owner, taken| {
                take(owner, taken);
                Progress::GoesOn
            }) {
                turn = again;
            }
        }
    }

    /// Ends the task and gives its value.
    fn end(actor: &Actor) -> u32 {
        let mut value = 0;
        let again = wake(actor).expect("nobody holds the turn").run(|_, taken| {
            value = *taken;
            Progress::Ended
        });
        assert!(again.is_none());
        assert!(wake(actor).is_none(), "it has ended");
        value
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
            // loom's UnsafeCell would have reported two turns at once, and reports what `end` does not free.
            assert_eq!(end(&actor), 2, "a message was never taken");
        });
    }

    #[test]
    fn a_turn_that_moves_between_threads_takes_along_what_was_written() {
        loom::model(|| {
            let actor = Arc::new(Actor {
                task: Task::new(),
                mail: [AtomicBool::new(false), AtomicBool::new(false)],
                ready: loom::sync::Mutex::new(Vec::new()),
            });
            // Nothing but the word orders the start, the turns of one thread, and those of the other.
            let run = |actor: &Actor| {
                wake(actor).into_iter().for_each(|mut turn| {
                    while let Some(again) = turn.run(|_, runs| {
                        *runs += 1;
                        Progress::GoesOn
                    }) {
                        turn = again;
                    }
                });
            };
            let other = {
                let actor = actor.clone();
                thread::spawn(move || run(&actor))
            };
            start(&actor, 0);
            run(&actor);
            other.join().unwrap();
            assert!((1..=2).contains(&end(&actor)));
        });
    }

    #[test]
    fn a_sender_that_is_late_finds_that_the_task_has_ended() {
        loom::model(|| {
            let actor = actor();
            let sender = {
                let actor = actor.clone();
                thread::spawn(move || {
                    wake(&*actor).is_some_and(|turn| turn.run(|_, _| Progress::Ended).is_none())
                })
            };
            let ended = wake(&*actor).is_some_and(|turn| turn.run(|_, _| Progress::Ended).is_none());
            assert!(ended | sender.join().unwrap());
            assert_eq!(Arc::strong_count(&actor), 1, "the task has let its owner go");
        });
    }
}
