//! The clock, carried on by the processor's cycle counter.
//!
//! Asking the system for the time takes as long as handling a small message. So a thread keeps its last reading with the
//! count of cycles at that time, and adds the cycles since then while they are few: [`REACH_NS`] at most, after which it asks
//! the system again. Over so short a time the rate need not be known well: an error of one part in ten thousand is less
//! than a nanosecond.
//!
//! The counter is trusted where Linux itself keeps time by it (it has then checked that it runs steadily and alike on all
//! cores); otherwise every reading is the system's.

use std::arch::x86_64::_rdtsc;
use std::cell::Cell;
use std::sync::OnceLock;

use super::system;
use crate::sync::atomic::{AtomicU64, Ordering};

/// How far a reading is carried on.
const REACH_NS: u64 = 4_000;

/// How far apart the two halves of a reading may lie. It takes less, unless something comes between.
const PAIRED_NS: u64 = 64;

/// How long the rate is measured.
const MEASURED_NS: u64 = 10_000_000;

/// Nanoseconds per cycle, as a fixed-point number with 32 binary places. 0 while it is not known, or not trusted.
static RATE: AtomicU64 = AtomicU64::new(0);

/// Cycles in [`REACH_NS`]; 0 while no reading is carried on.
static REACH: AtomicU64 = AtomicU64::new(0);

/// A reading of both clocks.
#[derive(Clone, Copy)]
struct Reading {
    ns: u64,
    cycles: u64,
}

thread_local! {
    static LAST: Cell<Reading> = const { Cell::new(Reading { ns: 0, cycles: 0 }) };
}

#[inline]
pub(super) fn now_ns() -> u64 {
    let last = LAST.get();
    // A count that has gone back becomes a huge one.
    let cycles = cycles().wrapping_sub(last.cycles);
    // Relaxed: a thread that sees only one of the two either reads or adds nothing, and both are right.
    if cycles < REACH.load(Ordering::Relaxed) {
        return last.ns + ((cycles * RATE.load(Ordering::Relaxed)) >> 32);
    }
    read()
}

#[cold]
fn read() -> u64 {
    let before = cycles();
    let ns = system::now_ns();
    let cycles = cycles();
    match (RATE.load(Ordering::Relaxed), REACH.load(Ordering::Relaxed)) {
        (0, _) | (_, 0) => measure(),
        // The count is the later of the two, so that what is carried on is not ahead of the system.
        (rate, _) if (cycles.wrapping_sub(before).saturating_mul(rate)) >> 32 < PAIRED_NS => {
            LAST.set(Reading { ns, cycles });
        }
        _ => {}
    }
    ns
}

fn cycles() -> u64 {
    // SAFETY: every x86-64 processor has the instruction, and Linux lets programs use it unless one asks to be refused.
    unsafe { _rdtsc() }
}

/// Measures the rate once enough time has passed since the first call.
fn measure() {
    static START: OnceLock<Option<Reading>> = OnceLock::new();
    let Some(start) = START.get_or_init(|| is_trusted().then(undisturbed)) else { return };
    if system::now_ns() - start.ns < MEASURED_NS {
        return;
    }
    let now = undisturbed();
    let (Some(cycles), ns) = (now.cycles.checked_sub(start.cycles), now.ns - start.ns) else { return };
    let rate = (u128::from(ns) << 32) / u128::from(cycles.max(1));
    // A little too slow, by a nanosecond at the end of the reach, so that the system's next reading is never behind.
    let rate = rate - (rate >> 12);
    // Between a tenth of a nanosecond and ten: anything else is no cycle counter.
    if (1 << 32) / 10 < rate && rate < 10 << 32 {
        RATE.store(rate as u64, Ordering::Relaxed);
        REACH.store(((u128::from(REACH_NS) << 32) / rate) as u64, Ordering::Relaxed);
    }
}

/// A reading of both clocks in which nothing came between.
fn undisturbed() -> Reading {
    let mut best = (u64::MAX, Reading { ns: 0, cycles: 0 });
    for _ in 0..8 {
        let before = cycles();
        let ns = system::now_ns();
        let taken = cycles().wrapping_sub(before);
        if taken < best.0 {
            best = (taken, Reading { ns, cycles: before + taken / 2 });
        }
    }
    best.1
}

/// Whether Linux keeps time by the cycle counter.
fn is_trusted() -> bool {
    std::fs::read_to_string("/sys/devices/system/clocksource/clocksource0/current_clocksource")
        .is_ok_and(|source| source.trim() == "tsc")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How far a reading may be from the system's: what the halves of a pair lie apart, and the error of the rate.
    const NEAR_NS: u64 = 2 * PAIRED_NS;

    #[test]
    fn readings_never_go_back_and_stay_with_the_system() {
        let mut last = now_ns();
        let until = last + 10 * MEASURED_NS;
        while last < until {
            let before = system::now_ns();
            let now = now_ns();
            let after = system::now_ns();
            assert!(now >= last, "{now} after {last}");
            assert!(now + NEAR_NS >= before, "{now} is behind {before}");
            assert!(now <= after + NEAR_NS, "{now} is ahead of {after}");
            last = now;
        }
        assert_eq!(REACH.load(Ordering::Relaxed) != 0, is_trusted());
    }

    #[test]
    fn a_counter_that_jumps_is_not_followed() {
        while is_trusted() && REACH.load(Ordering::Relaxed) == 0 {
            now_ns();
        }
        for cycles in [0, cycles() - (1 << 40), cycles() + (1 << 40)] {
            LAST.set(Reading { ns: system::now_ns(), cycles });
            let (before, now, after) = (system::now_ns(), now_ns(), system::now_ns());
            assert!(before <= now + NEAR_NS && now <= after + NEAR_NS);
        }
    }
}
