//! The turns that wait for a worker, about in the order in which they came.
//!
//! Up to [`NEAR`] of them wait in an array, so that handing one over allocates nothing; more than that go into a list. While
//! there is something in the list, what comes goes there as well, so that the array runs empty and the list has its turn.

use crossbeam_queue::{ArrayQueue, SegQueue};

use super::actor::Actor;
use crate::protocol::task::Turn;

/// Turns that can wait without a list.
const NEAR: usize = 1024;

pub(crate) struct Turns {
    near: ArrayQueue<Turn<Actor>>,
    far: SegQueue<Turn<Actor>>,
}

impl Turns {
    pub(crate) fn push(&self, turn: Turn<Actor>) {
        if !self.far.is_empty() {
            self.far.push(turn);
        } else if let Err(turn) = self.near.push(turn) {
            self.far.push(turn);
        }
    }

    pub(crate) fn pop(&self) -> Option<Turn<Actor>> {
        self.near.pop().or_else(|| self.far.pop())
    }
}

impl Default for Turns {
    fn default() -> Self {
        Self { near: ArrayQueue::new(NEAR), far: SegQueue::new() }
    }
}
