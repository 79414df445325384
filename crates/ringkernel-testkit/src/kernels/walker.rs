//! A handler that takes as long as it is told to, also on devices that have no clock.

use ringkernel::prelude::*;

/// Asks for this many steps.
#[derive(RingMessage, Debug, Clone, PartialEq)]
pub struct Walk {
    /// How many.
    pub steps: u32,
}

/// The answer to a [`Walk`].
#[derive(RingMessage, Debug, Clone, Copy, PartialEq)]
pub struct Walked {
    /// Where the walk has ended.
    pub place: u32,
}

/// Where a walk of this many steps ends. Each depends on the one before.
#[device_fn]
pub fn walk(steps: u32) -> u32 {
    let mut place = steps;
    for _ in 0..steps {
        place = (place ^ (place >> 15)).wrapping_mul(0x2C1B_3C6D).wrapping_add(0x9E37_79B9);
    }
    place
}

#[ring_kernel(id = "testkit.walker")]
fn walker(_ctx: &mut RingContext, message: Walk) -> Walked {
    Walked { place: walk(message.steps) }
}
