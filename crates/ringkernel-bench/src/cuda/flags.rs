//! A flag between two threads of the device, which count in turns.

use ringkernel_core::sync::atomic::Ordering;

use super::card::Card;
use super::floor::{Floor, at};
use super::programs::{BETWEEN_BLOCKS, Program, WITHIN_BLOCK, WITHIN_CLUSTER};
use crate::statistics::ns_each;

/// Where the two threads are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Distance {
    /// In a block: the flag is in its memory.
    Block,
    /// In two blocks of a cluster: each looks at its own block's memory.
    Cluster,
    /// In two blocks: the flag is in the memory of the device.
    Device,
}

/// Nanoseconds of one way, in the mean of so many.
///
/// # Panics
/// When the two have not counted to the end.
pub fn one_way_ns(card: &Card, count: u64, distance: Distance) -> f64 {
    let rounds = u32::try_from(count / 2).expect("they count in 32 bits").max(8);
    let load = |program: Program| Floor::load(card, program, [0, 128], 128);
    let (floor, launch): (Floor, fn(&Floor)) = match distance {
        Distance::Block => (load(WITHIN_BLOCK), |floor| floor.launch_together(1, 64)),
        Distance::Cluster => (load(WITHIN_CLUSTER), |floor| floor.launch(2, 32)),
        Distance::Device => (load(BETWEEN_BLOCKS), |floor| floor.launch_together(2, 32)),
    };
    floor.word(at::COUNT).store(rounds, Ordering::Relaxed);
    launch(&floor);
    floor.wait();
    let (number, elapsed) = floor.report();
    assert_eq!(number, 2 * rounds, "the flag was lost on the way");
    ns_each(elapsed, 2 * u64::from(rounds - rounds / 8))
}
