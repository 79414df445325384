//! How much of one thing the device does in a time, when all of it does nothing else.

use std::time::{Duration, Instant};

use ringkernel_core::sync::atomic::Ordering;

use super::card::Card;
use super::floor::{Floor, at};
use super::programs::{ADDS, POSTS, READS, STORES};
use crate::comparison::Effort;
use crate::statistics::ns_each;

/// Threads of a block.
const THREADS: u32 = 256;
/// Words of a message.
const LINE: usize = 16;

/// How much memory is worked on, and how often.
struct Extent {
    words: usize,
    laps: u32,
}

impl Extent {
    fn of(effort: Effort, mebibytes: usize, laps: u32) -> Self {
        match effort {
            Effort::Proof => Self { words: 4_096, laps: 2 },
            Effort::Full | Effort::Quick => Self { words: mebibytes << 18, laps },
        }
    }

    fn lines(&self) -> u64 {
        self.words as u64 / LINE as u64 * u64::from(self.laps)
    }
}

/// Nanoseconds of an atomic addition that gives the old value, when neighbours add to different lines.
///
/// # Panics
/// When an addition is missing.
pub fn add_ns(card: &Card, effort: Effort) -> f64 {
    let extent = Extent::of(effort, 4, 2_000);
    let floor = Floor::load(card, ADDS, [0, extent.words], extent.words);
    let blocks = blocks(card, &floor);
    let elapsed = run(&floor, blocks, extent.laps);
    let count = u64::from(blocks * THREADS) * u64::from(extent.laps);
    // Once for the first launch, which is not timed.
    let added: u64 = floor.memory().into_iter().map(u64::from).sum();
    assert_eq!(added, 2 * count, "additions are missing");
    ns_each(elapsed, count)
}

/// Nanoseconds of 64 bytes that are written to the memory of the device, in a part of it that its cache holds.
///
/// # Panics
/// When a word is wrong.
pub fn store_ns(card: &Card, effort: Effort) -> f64 {
    let extent = Extent::of(effort, 16, 1_000);
    let floor = Floor::load(card, STORES, [0, extent.words], extent.words);
    let elapsed = run(&floor, blocks(card, &floor), extent.laps);
    check(floor.memory(), extent.laps);
    ns_each(elapsed, extent.lines())
}

/// Nanoseconds of 64 bytes that the device writes to the memory of the host.
///
/// # Panics
/// When a word is wrong.
pub fn post_ns(card: &Card, effort: Effort) -> f64 {
    let extent = Extent::of(effort, 64, 4);
    let floor = Floor::load(card, POSTS, [extent.words, 1], extent.words);
    let elapsed = run(&floor, blocks(card, &floor), extent.laps);
    check(floor.rest().iter().map(|word| word.load(Ordering::Relaxed)), extent.laps);
    ns_each(elapsed, extent.lines())
}

/// Nanoseconds of 64 bytes that the device reads from the memory of the host, of more than its cache holds.
///
/// # Panics
/// When what was read adds up to something else.
pub fn read_ns(card: &Card, effort: Effort) -> f64 {
    let extent = Extent::of(effort, 128, 2);
    let floor = Floor::load(card, READS, [extent.words, 1], extent.words);
    let mut sum = 0_u32;
    for (number, word) in (0_u32..).zip(floor.rest()) {
        let value = number.wrapping_mul(0x9e37_79b9) ^ 0x55aa;
        sum = sum.wrapping_add(value);
        word.store(value, Ordering::Relaxed);
    }
    let elapsed = run(&floor, blocks(card, &floor), extent.laps);
    assert_eq!(floor.memory(), [sum.wrapping_mul(2 * extent.laps)], "other words were read");
    ns_each(elapsed, extent.lines())
}

/// As many blocks as there is room for; of the simulated ones as many as run without pushing each other aside.
fn blocks(card: &Card, floor: &Floor) -> u32 {
    if card.is_simulated() { 2 } else { floor.resident_blocks(THREADS) }
}

/// Launches it twice and takes the time of the second.
fn run(floor: &Floor, blocks: u32, laps: u32) -> Duration {
    floor.set(at::COUNT, laps);
    floor.launch(blocks, THREADS);
    floor.wait();
    let begin = Instant::now();
    floor.launch(blocks, THREADS);
    floor.wait();
    begin.elapsed()
}

/// Checks what the last lap has written.
fn check(words: impl IntoIterator<Item = u32>, laps: u32) {
    for (number, word) in (0_u32..).zip(words) {
        assert_eq!(word, number.wrapping_add(laps - 1), "word {number}");
    }
}
