//! A flag from the host to the device and back, through mapped memory, with one thread on each side.

use std::time::Instant;

use ringkernel_core::sync::atomic::Ordering;

use super::card::Card;
use super::floor::{Floor, at};
use super::programs::ROUND_TRIP;

/// What the rest of the device does meanwhile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Neighbours {
    /// Nothing.
    Idle,
    /// Atomic additions in the memory of the device, in as many blocks as there is room for.
    Busy,
}

/// Words of the device's memory that neighbours work on.
const WORDS: usize = 1 << 20;
/// Threads of a busy block.
const THREADS: u32 = 128;

/// The times of so many round trips in nanoseconds, each answer checked.
///
/// # Panics
/// When an answer is wrong or does not come.
pub fn latencies_ns(card: &Card, count: u64, neighbours: Neighbours) -> Vec<u32> {
    let floor = Floor::load(card, ROUND_TRIP, [0, WORDS], WORDS);
    match neighbours {
        Neighbours::Idle => floor.launch_together(1, 32),
        // The simulated blocks share few processors with this thread.
        Neighbours::Busy if card.is_simulated() => floor.launch_together(3, 32),
        Neighbours::Busy => floor.launch_together(floor.resident_blocks(THREADS), THREADS),
    }
    floor.wait_for(at::STARTED, 1);
    let round_trip = |flag: u32| {
        let begin = Instant::now();
        floor.word(at::FROM_HOST).store(flag, Ordering::Release);
        floor.wait_for(at::FROM_DEVICE, flag.wrapping_mul(3).wrapping_add(1));
        begin.elapsed().as_nanos() as u32
    };
    let warm_up = count.min(100) as u32;
    for flag in 1..=warm_up {
        round_trip(flag);
    }
    let latencies = (0..count as u32).map(|number| round_trip(warm_up + 1 + number)).collect();
    floor.word(at::FROM_HOST).store(u32::MAX, Ordering::Release);
    floor.wait();
    latencies
}
