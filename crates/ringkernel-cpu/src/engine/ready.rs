//! The queue of turns, and the workers' waiting for it.
//!
//! A worker that sends messages on from one actor to the next keeps the first turn that this makes for itself: the
//! message is in its cache, and waking another worker would cost more than most handlers take. If a handler is to be
//! entered before the worker comes to that turn, it hands the turn over, because a handler may take long; when the handler
//! has been quick so far it only leaves the turn on its [`Bench`], where the watchdog finds it should the handler not return.
//! After a number of kept turns in a row, others that wait in the queue come first.

use std::cell::Cell;
use std::ptr::{self, NonNull};

use ringkernel_core::queue::Gate;

use super::actor::Actor;
use super::turns::Turns;
use super::{fault, pace};
use crate::protocol::bench::Bench;
use crate::protocol::stopping::{self, Stopping};
use crate::protocol::task::Turn;

/// How often a worker looks again before it parks.
const SPINS: usize = 100;

/// Turns that a worker may keep in a row.
const MAX_KEPT: u32 = 64;

thread_local! {
    /// The bench of this thread while it is a worker.
    static BENCH: Cell<Option<NonNull<Bench<Actor>>>> = const { Cell::new(None) };
    /// The queue that this thread serves as a worker; only ever compared.
    static SERVED: Cell<*const Ready> = const { Cell::new(ptr::null()) };
    /// The turn that this worker keeps.
    static KEPT: Cell<Option<Turn<Actor>>> = const { Cell::new(None) };
    /// Whether there may be a turn on this worker's bench.
    static BENCHED: Cell<bool> = const { Cell::new(false) };
    static IN_A_ROW: Cell<u32> = const { Cell::new(0) };
}

/// Unbounded by itself; it holds at most one turn per actor.
#[derive(Default)]
pub(crate) struct Ready {
    turns: Turns,
    work: Gate,
    stopping: Stopping,
}

impl Ready {
    /// Puts a turn in for the next free worker.
    pub(crate) fn push(&self, turn: Turn<Actor>) {
        self.turns.push(turn);
        if self.stopping.after_push() {
            self.drop_leftovers();
        } else {
            self.work.notify_after_fence(1);
        }
    }

    /// As [`push`](Self::push), but a worker may keep the turn for itself. Only for callers that run no user code before
    /// they come back to [`next`](Self::next) or call [`hand_over`](Self::hand_over).
    #[inline]
    pub(crate) fn push_or_keep(&self, turn: Turn<Actor>) {
        if !ptr::eq(SERVED.get(), self) || BENCHED.get() {
            return self.push(turn);
        }
        match KEPT.take() {
            None => KEPT.set(Some(turn)),
            kept => {
                KEPT.set(kept);
                self.push(turn);
            }
        }
    }

    /// Gives the turn that this thread has kept to whoever is free. Called before user code that may take long.
    pub(crate) fn hand_over(&self) {
        if let Some(turn) = KEPT.take() {
            self.push(turn);
        }
    }

    /// Leaves the turn that this thread has kept where the watchdog finds it. Called before user code that has been quick.
    #[inline]
    pub(crate) fn leave_on_bench(&self) {
        let Some(turn) = KEPT.take() else { return };
        match BENCH.get() {
            Some(bench) if !BENCHED.replace(true) => {
                // SAFETY: the bench is borrowed from `enter` to `leave`, which run on this thread and set the cell.
                unsafe { bench.as_ref() }.leave(turn);
            }
            _ => self.push(turn),
        }
    }

    /// Gives whatever turn this worker has kept to whoever is free.
    pub(crate) fn give_up_kept(&self) {
        if let Some(turn) = self.take_from_bench() {
            self.push(turn);
        }
        self.hand_over();
    }

    /// Makes the calling thread a worker, which may keep turns, until it calls [`leave`](Self::leave).
    ///
    /// # Safety
    /// `bench` lives until then.
    pub(crate) unsafe fn enter(&self, bench: &Bench<Actor>) {
        BENCH.set(Some(NonNull::from(bench)));
        SERVED.set(self);
    }

    /// Ends what [`enter`](Self::enter) began.
    pub(crate) fn leave(&self) {
        self.give_up_kept();
        BENCH.set(None);
        SERVED.set(ptr::null());
    }

    fn take_from_bench(&self) -> Option<Turn<Actor>> {
        let bench = BENCH.get().filter(|_| BENCHED.replace(false))?;
        // SAFETY: the bench is borrowed from `enter` to `leave`, which run on this thread and set the cell.
        unsafe { bench.as_ref() }.take()
    }

    /// The turn that this worker has kept. After many in a row it goes behind the others that wait, if there are any.
    #[inline]
    fn take_kept(&self) -> Option<Turn<Actor>> {
        let turn = self.take_from_bench().or_else(|| KEPT.take())?;
        let in_a_row = IN_A_ROW.get() + 1;
        IN_A_ROW.set(in_a_row % MAX_KEPT);
        if in_a_row < MAX_KEPT {
            return Some(turn);
        }
        if self.is_stopping() {
            self.push(turn);
            return None;
        }
        let waiting = self.turns.pop();
        if waiting.is_some() {
            // Looking for another turn takes time, be it little.
            pace::set_ns(0);
            self.push(turn);
            return waiting;
        }
        Some(turn)
    }

    /// The next turn, or `None` when the runtime stops.
    pub(crate) fn next(&self) -> Option<Turn<Actor>> {
        if let Some(turn) = self.take_kept() {
            return Some(turn);
        }
        // Looking for another turn takes time, be it little.
        pace::set_ns(0);
        for _ in 0..SPINS {
            if let Some(next) = self.look() {
                return next;
            }
            std::hint::spin_loop();
        }
        self.work.block(|| self.look())
    }

    /// What [`next`](Self::next) is to return, if that is known.
    fn look(&self) -> Option<Option<Turn<Actor>>> {
        if self.is_stopping() {
            return Some(None);
        }
        self.turns.pop().map(Some)
    }

    /// The next turn if there is one, for who runs turns without being a worker.
    pub(crate) fn try_next(&self) -> Option<Turn<Actor>> {
        self.turns.pop()
    }

    /// Makes every `next` return `None`.
    pub(crate) fn stop(&self) {
        self.stopping.stop();
        self.work.notify_all();
    }

    /// Ends the actors whose turns no worker will run, because all have been told to stop.
    pub(crate) fn drop_leftovers(&self) {
        stopping::before_emptying();
        while let Some(turn) = self.turns.pop() {
            turn.run(|_, actor_loop| fault::drop_loop(actor_loop));
        }
    }

    fn is_stopping(&self) -> bool {
        self.stopping.is_stopping()
    }
}
