//! Kernels of many lanes whose messages are small enough to wait in numbers.

use ringkernel::prelude::*;

use super::{Numbers, Tell};
use crate::kernels::plain::{Doubled, Number};
use crate::kernels::topics::News;

/// How often a lane has run.
#[derive(DeviceState, Debug, Default)]
pub struct Runs {
    lanes: AtomicCell<u32>,
}

#[ring_kernel(id = "testkit.lanes.double", block_size = 32)]
impl Runs {
    /// Doubles a number, and counts the lanes that were there.
    #[handler]
    fn double(&self, _ctx: &mut RingContext, number: &Number) -> Doubled {
        self.lanes.fetch_add(1);
        Doubled { value: number.value.wrapping_mul(2) }
    }

    /// How often a lane has run for a number.
    #[handler]
    fn answer(&self, _ctx: &mut RingContext, _tell: &Tell) -> Numbers {
        Numbers { values: vec![self.lanes.load()] }
    }
}

/// Publishes a number to `news/sports`, once for all lanes, and doubles it where that was accepted.
#[ring_kernel(id = "testkit.lanes.publisher", block_size = 32)]
fn publisher(ctx: &mut RingContext, number: &Number) -> Doubled {
    let mut accepted = 0;
    if ctx.global_thread_id() == 0 && ctx.publish("news/sports", News { number: number.value }) {
        accepted = 2;
    }
    Doubled { value: number.value * accepted }
}
