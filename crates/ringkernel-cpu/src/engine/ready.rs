//! The queue of turns, and the workers' waiting for it.
//!
//! A worker that sends messages on from one actor to the next keeps the first turn that this makes for itself: the
//! message is in its cache, and waking another worker would cost more than most handlers take. It keeps the turn only
//! while no user code runs; before a handler is entered it hands the turn over, because a handler may take long. And
//! after a number of turns in a row it hands over as well, because others wait in the queue.

use std::cell::RefCell;

use crossbeam_queue::SegQueue;
use ringkernel_core::queue::Gate;
use ringkernel_core::sync::atomic::{AtomicBool, Ordering, fence};

use super::actor::Actor;
use super::fault;
use crate::protocol::task::Turn;

/// How often a worker looks again before it parks.
const SPINS: usize = 100;

/// Turns that a worker may keep in a row.
const MAX_KEPT: u32 = 64;

thread_local! {
    static KEPT: RefCell<Kept> = const { RefCell::new(Kept { ready: std::ptr::null(), turn: None, in_a_row: 0 }) };
}

/// What a worker runs next.
struct Kept {
    /// The queue that the worker serves, only ever compared; null on other threads.
    ready: *const Ready,
    turn: Option<Turn<Actor>>,
    in_a_row: u32,
}

/// Unbounded by itself; it holds at most one turn per actor.
#[derive(Default)]
pub(crate) struct Ready {
    turns: SegQueue<Turn<Actor>>,
    work: Gate,
    stopping: AtomicBool,
}

impl Ready {
    /// Puts a turn in for the next free worker.
    pub(crate) fn push(&self, turn: Turn<Actor>) {
        self.turns.push(turn);
        // Pairs with the fence in `drop_leftovers`: either that finds the turn, or this finds that nobody will run it.
        fence(Ordering::SeqCst);
        if self.is_stopping() {
            self.drop_leftovers();
        } else {
            self.work.notify_after_fence(1);
        }
    }

    /// As [`push`](Self::push), but a worker of this queue may keep the turn for itself. Only for callers that run no
    /// user code before they come back to [`next`](Self::next) or call [`hand_over`](Self::hand_over).
    pub(crate) fn push_or_keep(&self, turn: Turn<Actor>) {
        let refused = KEPT.with_borrow_mut(|kept| {
            if !std::ptr::eq(kept.ready, self) || kept.turn.is_some() {
                return Some(turn);
            }
            kept.turn = Some(turn);
            None
        });
        if let Some(turn) = refused {
            self.push(turn);
        }
    }

    /// Gives the turn that this thread has kept to whoever is free.
    pub(crate) fn hand_over(&self) {
        if let Some(turn) = KEPT.with_borrow_mut(|kept| kept.turn.take()) {
            self.push(turn);
        }
    }

    /// Makes the calling thread a worker of this queue, which may keep turns.
    pub(crate) fn enter(&self) {
        KEPT.with_borrow_mut(|kept| kept.ready = self);
    }

    /// Ends what [`enter`](Self::enter) began.
    pub(crate) fn leave(&self) {
        KEPT.with_borrow_mut(|kept| kept.ready = std::ptr::null());
        self.hand_over();
    }

    /// The turn that this worker has kept, unless it has kept too many in a row.
    fn take_kept(&self) -> Option<Turn<Actor>> {
        KEPT.with_borrow_mut(|kept| {
            let turn = kept.turn.take()?;
            kept.in_a_row += 1;
            if kept.in_a_row < MAX_KEPT {
                return Some(turn);
            }
            kept.in_a_row = 0;
            self.push(turn);
            None
        })
    }

    /// The next turn, or `None` when the runtime stops.
    pub(crate) fn next(&self) -> Option<Turn<Actor>> {
        if let Some(turn) = self.take_kept() {
            return Some(turn);
        }
        loop {
            for _ in 0..SPINS {
                if self.is_stopping() {
                    return None;
                }
                if let Some(turn) = self.turns.pop() {
                    return Some(turn);
                }
                std::hint::spin_loop();
            }
            // Listen before looking again, so that a turn pushed in between is not missed.
            let work = self.work.listen();
            if self.is_stopping() {
                return None;
            }
            if let Some(turn) = self.turns.pop() {
                return Some(turn);
            }
            work.block();
        }
    }

    /// Makes every `next` return `None`.
    pub(crate) fn stop(&self) {
        // Release pairs with the Acquire in `is_stopping`.
        self.stopping.store(true, Ordering::Release);
        self.work.notify_all();
    }

    /// Ends the actors whose turns no worker will run, because all have been told to stop.
    pub(crate) fn drop_leftovers(&self) {
        fence(Ordering::SeqCst);
        while let Some(turn) = self.turns.pop() {
            turn.run(fault::drop_loop);
        }
    }

    fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Acquire)
    }
}
