//! Kernels whose programs are made when a test lets them: their handlers name constants that have to be asked for when they are linked.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use ringkernel::prelude::*;
use tokio::sync::MutexGuard as Turn;

use super::plain::Number;

/// Whether constants are given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// They are.
    Open,
    /// Whoever links waits.
    Closed {
        /// Whether somebody does.
        reached: bool,
    },
}

/// What the constants go by.
struct Gate {
    held: State,
    /// How often [`Held`] was asked for.
    asked: usize,
    /// Whether asking for [`Brittle`] panics.
    breaks: bool,
}

static GATE: Mutex<Gate> = Mutex::new(Gate { held: State::Open, asked: 0, breaks: false });
static OPENED: Condvar = Condvar::new();
static TURNS: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

fn gate() -> MutexGuard<'static, Gate> {
    GATE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A closed gate: no program with the kernel `testkit.held` is made before this opens or is dropped, and those with `testkit.brittle` fail.
#[must_use = "dropping it opens it"]
pub struct Closed {
    _turn: Turn<'static, ()>,
}

impl Closed {
    /// Closes it, after others have opened it.
    pub async fn new() -> Self {
        let turn = TURNS.lock().await;
        *gate() = Gate { held: State::Closed { reached: false }, asked: 0, breaks: true };
        Self { _turn: turn }
    }

    /// Whether somebody has come to it who makes a program, and waits until it opens.
    pub fn is_reached(&self) -> bool {
        gate().held == State::Closed { reached: true }
    }

    /// How often [`Held`] was asked for since it was closed: as often for every program with the kernel `testkit.held`.
    pub fn asked(&self) -> usize {
        gate().asked
    }

    /// Opens it. What is brittle stays so.
    pub fn open(&self) {
        gate().held = State::Open;
        OPENED.notify_all();
    }

    /// Has nothing be brittle any more.
    pub fn mend(&self) {
        gate().breaks = false;
    }
}

impl Drop for Closed {
    fn drop(&mut self) {
        *gate() = Gate { held: State::Open, asked: 0, breaks: false };
        OPENED.notify_all();
    }
}

/// A constant that is there when the gate is open.
#[derive(RingMessage, Debug, Clone, Copy, PartialEq)]
pub struct Held {
    /// 0 as a constant.
    pub value: u64,
}

impl Default for Held {
    fn default() -> Self {
        let mut gate = gate();
        gate.asked += 1;
        while let State::Closed { reached } = &mut gate.held {
            *reached = true;
            gate = OPENED.wait(gate).unwrap_or_else(PoisonError::into_inner);
        }
        Self { value: 0 }
    }
}

/// A constant that is not to be had where a gate has been closed.
#[derive(RingMessage, Debug, Clone, Copy, PartialEq)]
pub struct Brittle {
    /// 0 as a constant.
    pub value: u64,
}

impl Default for Brittle {
    fn default() -> Self {
        let breaks = gate().breaks;
        assert!(!breaks, "a constant that panics on purpose");
        Self { value: 0 }
    }
}

#[ring_kernel(id = "testkit.held")]
fn held(_ctx: &mut RingContext, number: Number) -> Held {
    let mut held = Held::default();
    held.value += number.value;
    held
}

#[ring_kernel(id = "testkit.brittle")]
fn brittle(_ctx: &mut RingContext, number: Number) -> Brittle {
    let mut brittle = Brittle::default();
    brittle.value += number.value;
    brittle
}
