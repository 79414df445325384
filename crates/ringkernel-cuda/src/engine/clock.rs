//! What the device's timer lacks to the host's clock, which a grid is told so that both go by one time.
//!
//! It is measured in rounds: the host asks for the timer by a command, and the grid shows it. The timer was read at some time between, so
//! that half of the way there and back is how wrong the middle can be, and the shortest way counts. A round that took longer, because
//! this process was stopped in the middle of it, say, is no better than what is known, and changes nothing unless it contradicts that.
//!
//! A grid may run for weeks, and the two clocks drift apart. So there is a measurement of some rounds at its launch, for which everybody
//! waits, and one every second while it runs, for which nobody does. An actor's time never goes back: where the offset becomes less, the
//! actor counts on from its last timestamp until the device's time has come after it (`rk_advance`).

use std::time::{Duration, Instant};

use ringkernel_core::clock;

use super::error::WorldError;
use super::world::World;
use crate::device::layout as at;

/// Rounds of a measurement: one that something came between is made up for by the others.
const ROUNDS: u32 = 4;

/// How long after a measurement has begun the next one begins, in nanoseconds.
const EVERY_NS: u64 = 1_000_000_000;

/// The clocks are taken to drift apart by one part in so many: systems correct theirs no faster than that, and crystals are ten times
/// better. It says when what is known has become worse than what a long round tells. Where they drift faster, each round still tells
/// that they are no further apart than its way.
const STEADINESS: u64 = 2_000;

/// What the timer lacks, as far as it is known, and when measurements are due.
#[derive(Debug, Default)]
pub(super) struct DeviceClock {
    known: Option<Known>,
    /// Commands since the grid was launched, each of which it answers.
    commands: u32,
    /// When the command was given whose answer is waited for.
    asked_ns: Option<u64>,
    /// Rounds of the measurement that have not begun.
    rounds_left: u32,
    /// When the next measurement begins.
    due_ns: u64,
}

/// At a time of the host's clock, the host's clock less the timer was this, in two's complement, and so much more or less.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Known {
    at_ns: u64,
    lacks_ns: i64,
    error_ns: u64,
}

impl Known {
    /// What a round says that began and ended at these times.
    fn by_round(asked_ns: u64, answered_ns: u64, timer_ns: u64) -> Self {
        let error_ns = answered_ns.saturating_sub(asked_ns).div_ceil(2);
        let lacks_ns = asked_ns.wrapping_add(error_ns).wrapping_sub(timer_ns) as i64;
        Self { at_ns: answered_ns, lacks_ns, error_ns }
    }

    /// With what a later round has found, which is taken if it is the better one. If not, it still tells where the truth is not.
    fn and(self, newer: Self) -> Self {
        let drift_ns = newer.at_ns.saturating_sub(self.at_ns) / STEADINESS;
        let error_ns = self.error_ns.saturating_add(drift_ns);
        if newer.error_ns <= error_ns {
            return newer;
        }
        let reach_ns = i64::try_from(newer.error_ns).unwrap_or(i64::MAX);
        let (least, most) =
            (newer.lacks_ns.saturating_sub(reach_ns), newer.lacks_ns.saturating_add(reach_ns));
        Self { at_ns: newer.at_ns, lacks_ns: self.lacks_ns.clamp(least, most), error_ns }
    }
}

impl DeviceClock {
    /// What the grid adds to its timer, in two's complement.
    pub(super) fn offset(&self) -> u64 {
        self.known.map_or(0, |known| known.lacks_ns) as u64
    }

    /// Begins a measurement in a grid that was launched just now.
    fn launched(&mut self) {
        *self = Self { known: self.known, ..Self::default() };
    }

    /// Whether an answer is waited for.
    fn is_measuring(&self) -> bool {
        self.asked_ns.is_some()
    }

    /// Takes note of how many commands the grid has answered, and of what its timer showed then. Gives the offset to tell the grid by a command,
    /// if there is one to give.
    ///
    /// The command at the end of a measurement tells what its last round has found, and nobody waits for the answer.
    fn look(&mut self, now_ns: u64, answered: u32, timer_ns: u64) -> Option<u64> {
        if let Some(asked_ns) = self.asked_ns {
            if answered != self.commands {
                return None;
            }
            self.asked_ns = None;
            let found = Known::by_round(asked_ns, now_ns, timer_ns);
            self.known = Some(self.known.map_or(found, |known| known.and(found)));
        } else if now_ns < self.due_ns {
            return None;
        } else {
            // However long nobody has looked, one measurement makes up for it.
            self.due_ns = now_ns.saturating_add(EVERY_NS);
            self.rounds_left = ROUNDS;
        }
        if self.rounds_left > 0 {
            self.rounds_left -= 1;
            self.asked_ns = Some(now_ns);
        }
        self.commands = self.commands.wrapping_add(1);
        Some(self.offset())
    }
}

impl World {
    /// Measures at a launch, before anybody goes by it.
    pub(super) fn set_clock(&mut self) -> Result<(), WorldError> {
        self.clock.launched();
        loop {
            self.keep_clock();
            self.flush();
            if !self.clock.is_measuring() {
                return Ok(());
            }
            if self.stream.is_done()? {
                return Err(WorldError::EndsByItself);
            }
            std::thread::yield_now();
        }
    }

    /// Begins a measurement when one is due, and goes on with one as far as it has come. What it has to tell goes with the next
    /// [`flush`](Self::flush).
    pub(crate) fn keep_clock(&mut self) {
        if !self.running {
            return;
        }
        // In this order: the timer that is shown was read before now.
        let answered = self.board_word(at::BOARD_PONGS);
        let [low, high] = [at::BOARD_TIME, at::BOARD_TIME + 1].map(|word| u64::from(self.board_word(word)));
        if let Some(offset) = self.clock.look(clock::now_ns(), answered, low | high << 32) {
            self.ingress.set_clock(offset);
        }
    }

    /// Whether the grid is about to show its timer.
    pub(crate) fn is_measuring(&self) -> bool {
        self.running && self.clock.is_measuring()
    }

    /// When [`keep_clock`](Self::keep_clock) has something to begin with.
    pub(crate) fn clock_due(&self) -> Option<Instant> {
        let left_ns = self.clock.due_ns.saturating_sub(clock::now_ns());
        self.running.then(|| Instant::now() + Duration::from_nanos(left_ns))
    }
}

#[cfg(test)]
mod tests;
