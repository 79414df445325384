//! The hybrid logical clock of one kernel.
//!
//! A clock is one atomic word: the physical time in units of 256 ns in the upper 56 bits, a logical counter in
//! the lower 8. Read as one number, the word is the clock, so that a tick is `max(wall, last + 1)` in one
//! compare-and-swap: timestamps of a clock are unique and strictly increasing whatever threads use it, and a
//! counter that is used up carries into the physical time by itself. The price is that physical times are
//! multiples of 256 ns.
//!
//! No other memory is published through the word, so every access is relaxed: the order of modifications of one
//! atomic is all that uniqueness and monotonicity need.

use std::time::Duration;

pub use ringkernel_abi::HlcTimestamp;

pub use crate::clock::now_ns as wall_clock_ns;
use crate::sync::atomic::{AtomicU64, Ordering};

/// How far a received timestamp may be ahead of the local wall clock unless told otherwise.
pub const DEFAULT_MAX_DRIFT: Duration = Duration::from_millis(500);

/// The part of the word that counts events within one unit of physical time.
const LOGICAL_MASK: u64 = 0xFF;

/// Issues the timestamps of one node: unique, strictly increasing, and close to the wall clock.
///
/// All methods take `&self` and may be called by any number of threads. At the very end of the range (the year
/// 2554) the clock stands still rather than go back, and only there are timestamps repeated.
#[derive(Debug)]
pub struct HlcClock {
    last: AtomicU64,
    node_id: u32,
    max_drift: Duration,
}

impl HlcClock {
    /// A clock that starts at the current wall clock time and accepts [`DEFAULT_MAX_DRIFT`].
    pub fn new(node_id: u32) -> Self {
        Self::with_max_drift(node_id, DEFAULT_MAX_DRIFT)
    }

    /// A clock that accepts received timestamps up to `max_drift` ahead of the wall clock.
    pub fn with_max_drift(node_id: u32, max_drift: Duration) -> Self {
        Self { last: AtomicU64::new(first_word_at(wall_clock_ns())), node_id, max_drift }
    }

    /// The node whose timestamps this clock issues.
    pub fn node_id(&self) -> u32 {
        self.node_id
    }

    /// The current reading, which is the last timestamp issued. The clock does not advance, so the next
    /// [`tick`](Self::tick) is later than this.
    pub fn now(&self) -> HlcTimestamp {
        self.timestamp(self.last.load(Ordering::Relaxed))
    }

    /// A new timestamp for a local event.
    pub fn tick(&self) -> HlcTimestamp {
        self.tick_at(wall_clock_ns())
    }

    /// Like [`tick`](Self::tick) with a wall clock (nanoseconds since the Unix epoch) that the caller has read,
    /// for instance once per batch of messages.
    pub fn tick_at(&self, wall_ns: u64) -> HlcTimestamp {
        self.advance_to(first_word_at(wall_ns))
    }

    /// A new timestamp for the receipt of a message sent at `remote`: later than both `remote` and every
    /// timestamp this clock has issued.
    ///
    /// # Errors
    /// [`ClockDrift`] when `remote` is further ahead of the wall clock than the accepted drift. The clock is
    /// then unchanged.
    pub fn update(&self, remote: &HlcTimestamp) -> Result<HlcTimestamp, ClockDrift> {
        self.update_at(remote, wall_clock_ns())
    }

    /// Like [`update`](Self::update) with a wall clock (nanoseconds since the Unix epoch) that the caller has
    /// read.
    ///
    /// # Errors
    /// [`ClockDrift`] as for [`update`](Self::update).
    pub fn update_at(&self, remote: &HlcTimestamp, wall_ns: u64) -> Result<HlcTimestamp, ClockDrift> {
        self.check_drift(remote, wall_ns)?;
        Ok(self.advance_to(first_word_at(wall_ns).max(first_word_after(remote))))
    }

    /// [`tick_at`](Self::tick_at) for an owner that shares the clock with nobody, who needs no atomic step.
    #[inline]
    pub fn tick_alone_at(&mut self, wall_ns: u64) -> HlcTimestamp {
        self.advance_alone_to(first_word_at(wall_ns))
    }

    /// [`update_at`](Self::update_at) for an owner that shares the clock with nobody, who needs no atomic step.
    ///
    /// # Errors
    /// [`ClockDrift`] as for [`update`](Self::update).
    #[inline]
    pub fn update_alone_at(
        &mut self,
        remote: &HlcTimestamp,
        wall_ns: u64,
    ) -> Result<HlcTimestamp, ClockDrift> {
        self.check_drift(remote, wall_ns)?;
        Ok(self.advance_alone_to(first_word_at(wall_ns).max(first_word_after(remote))))
    }

    /// [`tick_alone_at`](Self::tick_alone_at), not before `earliest`, which [`moment_after`] a received timestamp gave.
    #[cfg(not(loom))]
    #[inline]
    pub(crate) fn tick_alone_from(&mut self, wall_ns: u64, earliest: u64) -> HlcTimestamp {
        self.advance_alone_to(first_word_at(wall_ns).max(earliest))
    }

    #[inline]
    fn check_drift(&self, remote: &HlcTimestamp, wall_ns: u64) -> Result<(), ClockDrift> {
        let ahead_ns = remote.physical().saturating_sub(wall_ns);
        if u128::from(ahead_ns) <= self.max_drift.as_nanos() {
            return Ok(());
        }
        Err(ClockDrift { timestamp: *remote, ahead: Duration::from_nanos(ahead_ns), max: self.max_drift })
    }

    #[inline]
    fn advance_alone_to(&mut self, earliest: u64) -> HlcTimestamp {
        let next = earliest.max(self.last.load(Ordering::Relaxed).saturating_add(1));
        self.last.store(next, Ordering::Relaxed);
        self.timestamp(next)
    }

    /// Moves to `earliest` or one step past the last reading, whichever is later.
    fn advance_to(&self, earliest: u64) -> HlcTimestamp {
        let mut last = self.last.load(Ordering::Relaxed);
        loop {
            let next = earliest.max(last.saturating_add(1));
            match self.last.compare_exchange_weak(last, next, Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) => return self.timestamp(next),
                Err(actual) => last = actual,
            }
        }
    }

    #[inline]
    fn timestamp(&self, word: u64) -> HlcTimestamp {
        HlcTimestamp::new(word & !LOGICAL_MASK, (word & LOGICAL_MASK) as u32, self.node_id)
    }
}

/// The word of the unit of time that contains `wall_ns`, with a logical counter of 0.
#[inline]
fn first_word_at(wall_ns: u64) -> u64 {
    wall_ns & !LOGICAL_MASK
}

/// The smallest word whose physical time and counter are greater than those of `remote`, or the largest word
/// when there is none. `remote` may come from a clock of another resolution, so it need not be a word itself.
#[inline]
fn first_word_after(remote: &HlcTimestamp) -> u64 {
    let unit = remote.physical() & !LOGICAL_MASK;
    let logical = u64::from(remote.logical());
    if remote.physical() == unit && logical < LOGICAL_MASK {
        unit | (logical + 1)
    } else {
        unit.saturating_add(LOGICAL_MASK + 1)
    }
}

/// The earliest moment after a received timestamp, as a number that grows with time.
#[cfg(not(loom))]
#[inline]
pub(crate) fn moment_after(remote: &HlcTimestamp) -> u64 {
    first_word_after(remote)
}

/// A received timestamp is too far ahead of the local wall clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the received timestamp {timestamp} is {ahead:?} ahead of the local wall clock, more than the accepted \
     {max:?}; synchronise the clocks of both machines, or accept more with HlcClock::with_max_drift"
)]
#[non_exhaustive]
pub struct ClockDrift {
    /// The timestamp that was refused.
    pub timestamp: HlcTimestamp,
    /// How far it is ahead.
    pub ahead: Duration,
    /// How far it may be ahead.
    pub max: Duration,
}

#[cfg(all(test, loom))]
mod loom_tests {
    use super::*;
    use crate::sync::Arc;

    #[test]
    fn loom_a_tick_and_an_update_never_share_a_timestamp() {
        loom::model(|| {
            let clock = Arc::new(HlcClock::new(1));
            let start = clock.now();
            let wall = start.physical();
            let remote = HlcTimestamp::new(wall, 40, 2);
            let ticker = loom::thread::spawn({
                let clock = clock.clone();
                move || [clock.tick_at(wall), clock.tick_at(wall)]
            });
            let updated = clock.update_at(&remote, wall).unwrap();
            let ticked = ticker.join().unwrap();

            assert!(start < ticked[0] && ticked[0] < ticked[1]);
            assert!(updated > start && updated > remote);
            assert!(!ticked.contains(&updated));
            assert_eq!(clock.now(), updated.max(ticked[1]));
        });
    }
}

#[cfg(all(test, not(loom)))]
mod tests;
