//! A kernel under load: every answer can be computed beforehand, and so can the totals.

use ringkernel::prelude::*;

/// Asks for a [`Done`].
#[derive(RingMessage, Debug, Clone, PartialEq)]
pub struct Work {
    /// Any number.
    pub value: u64,
    /// The priority; 0 means Normal.
    #[message(priority = "priority::NORMAL")]
    pub priority: u8,
}

/// The answer to a [`Work`].
#[derive(RingMessage, Debug, Clone, Copy, PartialEq)]
pub struct Done {
    /// The number asked about.
    pub value: u64,
    /// What the kernel makes of it, see [`result`].
    pub result: u64,
    /// The priority of the question.
    pub priority: u8,
}

/// Adds to a total at the end of its route.
#[derive(RingMessage, Debug, Clone, PartialEq)]
pub struct Travel {
    /// What to add.
    pub value: u64,
    /// Kernels on the route that are still ahead.
    pub hops: u32,
    /// The route, in reverse order.
    pub route: [ActorRef; 3],
}

/// Asks for the [`Totals`].
#[derive(RingMessage, Debug, Clone, PartialEq)]
pub struct Tell;

/// What has arrived at the end of its route.
#[derive(RingMessage, Debug, Clone, Copy, PartialEq, Default)]
pub struct Totals {
    /// Sum of the values, wrapping.
    pub sum: u64,
    /// Number of the values.
    pub count: u64,
}

/// What the kernel with this salt makes of a number.
#[device_fn]
pub fn result(value: u64, salt: u64) -> u64 {
    (value ^ salt).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(17)
}

/// The state of a kernel under load.
#[derive(GpuType, Debug, Clone, Copy, Default)]
#[repr(C)]
pub struct Load {
    /// Makes its answers differ from those of others.
    pub salt: u64,
    /// Sum of what has arrived.
    pub sum: u64,
    /// Number of what has arrived.
    pub count: u64,
}

#[ring_kernel(id = "testkit.load")]
impl Load {
    #[handler]
    fn work(&mut self, _ctx: &mut RingContext, work: Work) -> Done {
        Done { value: work.value, result: result(work.value, self.salt), priority: work.priority }
    }

    #[handler]
    fn travel(&mut self, ctx: &mut RingContext, travel: Travel) {
        if travel.hops == 0 {
            self.sum = self.sum.wrapping_add(travel.value);
            self.count += 1;
        } else {
            let hops = travel.hops - 1;
            let next = Travel { value: travel.value, hops, route: travel.route };
            if !ctx.send_to_kernel(travel.route[hops as usize], next) {
                ctx.fail(1);
            }
        }
    }

    #[handler]
    fn tell(&mut self, _ctx: &mut RingContext, _message: Tell) -> Totals {
        Totals { sum: self.sum, count: self.count }
    }
}
