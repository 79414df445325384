//! Which actors follow each other in which rings, and what a token has become at each place of its way.

use ringkernel_testkit::kernels::soak::{RINGS, passed};
use ringkernel_testkit::random::Random;

/// Places of the rings: an actor that follows itself, pairs, and cycles that no power of two divides.
const LENGTHS: [usize; 8] = [1, 2, 3, 5, 8, 13, 31, 64];

/// A ring of actors.
pub(crate) struct Ring {
    /// Which of its places' rings it is.
    pub(crate) number: u32,
    /// The actors, in order.
    pub(crate) places: Vec<usize>,
}

/// All rings of so many actors: each actor is part of [`RINGS`] of them, and has other neighbours in each.
pub(crate) fn rings(actors: usize, random: &mut Random) -> Vec<Ring> {
    let mut rings = Vec::new();
    for number in 0..RINGS as u32 {
        let mut left: Vec<usize> = (0..actors).collect();
        for place in (1..actors).rev() {
            left.swap(place, random.below(place as u64 + 1) as usize);
        }
        for length in LENGTHS.into_iter().cycle() {
            let rest = left.split_off(length.min(left.len()));
            rings.push(Ring { number, places: std::mem::replace(&mut left, rest) });
            if left.is_empty() {
                break;
            }
        }
    }
    rings
}

/// What makes the results of an actor differ from those of others.
pub(crate) fn salt(actor: usize) -> u64 {
    (actor as u64 + 1).wrapping_mul(0xD6E8_FEB8_6659_FD93)
}

/// A token under way.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Journey {
    /// The ring.
    pub(crate) ring: usize,
    /// The place of the ring that a host has sent it to.
    pub(crate) start: usize,
    /// How often it is to be passed on.
    pub(crate) hops: u32,
    /// What it was sent with.
    pub(crate) sum: u64,
}

impl Journey {
    /// The actor that takes the token after so many hops.
    pub(crate) fn actor_after(&self, ring: &Ring, hops: u32) -> usize {
        ring.places[(self.start + hops as usize) % ring.places.len()]
    }

    /// What so many places have made of the token.
    pub(crate) fn sum_after(&self, ring: &Ring, places: u32) -> u64 {
        (0..places).fold(self.sum, |sum, hops| passed(sum, salt(self.actor_after(ring, hops))))
    }
}
