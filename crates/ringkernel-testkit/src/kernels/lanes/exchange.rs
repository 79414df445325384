//! What the lanes of a warp and of a block get from each other, all of them on one way through the code.

use ringkernel::prelude::*;

use super::{Numbers, Tell};

/// The largest number of a check that has failed on some lane.
#[derive(DeviceState, Debug, Default)]
pub struct Checks {
    failed: AtomicCell<u32>,
}

#[device_fn]
impl Checks {
    /// Notes the check of this number, unless it holds.
    pub(super) fn check(&self, number: u32, holds: bool) {
        if !holds {
            self.failed.fetch_max(number);
        }
    }

    /// The largest number that was noted, for the host.
    pub(super) fn tell(&self) -> Numbers {
        Numbers { values: vec![self.failed.load()] }
    }
}

#[ring_kernel(id = "testkit.lanes.exchange", block_size = 64)]
impl Checks {
    #[handler]
    fn exchange(&self, ctx: &mut RingContext, _numbers: &Numbers) {
        let all = u32::MAX;
        let (lane, thread) = (ctx.lane_id(), ctx.thread_id());
        let first = thread - lane;
        // The last warp of a block may have fewer lanes than 32.
        let lanes = if ctx.block_dim() - first < 32 { ctx.block_dim() - first } else { 32 };
        let full = lanes == 32;
        self.check(1, ctx.warp_shuffle(thread, 0, all) == first);
        let last = ctx.warp_shuffle(thread as f32 / 2.0, 32 + lanes - 1, all);
        self.check(2, last == (first + lanes - 1) as f32 / 2.0);
        let below = if lane == 0 { thread } else { thread - 1 };
        self.check(3, ctx.warp_shuffle_up(thread, 1, all) == below);
        // Lanes that a warp does not have give nothing, so that warps that are not full stay with their own lane.
        let above = if full && lane < 30 { thread + 2 } else { thread };
        self.check(4, ctx.warp_shuffle_down(thread, if full { 2 } else { 0 }, all) == above);
        let bits = if full { 5 } else { 0 };
        let other = ctx.warp_shuffle_xor(thread as i64 - 40, bits, all);
        self.check(5, other == (thread ^ bits) as i64 - 40);
        let mut odd = 0u32;
        for other in 0..lanes {
            if other % 2 == 1 {
                odd |= 1 << other;
            }
        }
        self.check(6, ctx.warp_ballot(lane % 2 == 1, all) == odd);
        let (some, none) = (ctx.warp_any(lane == 0, all), ctx.warp_any(false, all));
        self.check(7, some && !none);
        let (every, not_every) = (ctx.warp_all(true, all), ctx.warp_all(lane != 0, all));
        self.check(8, every && !not_every);
        ctx.sync_warp(all);
        self.check(9, ctx.warp_reduce_sum(lane as u64, all) == (lanes * (lanes - 1) / 2) as u64);
        self.check(10, ctx.warp_reduce_min(-(lane as i32), all) == 1 - lanes as i32);
        self.check(11, ctx.warp_reduce_max(lane as f32, all) == (lanes - 1) as f32);
        let block = ctx.block_dim() as u64;
        self.check(12, ctx.block_reduce_sum(thread as u64) == block * (block - 1) / 2);
        self.check(13, ctx.block_reduce_max(thread) == ctx.block_dim() - 1);
        self.check(14, ctx.block_reduce_min(40 - thread as i64) == 41 - block as i64);
    }

    /// What a lane has to itself takes part in nothing.
    #[handler]
    fn answer(&self, ctx: &mut RingContext, _tell: &Tell) -> Numbers {
        let lane = ctx.lane_id();
        let mut own = 5u32;
        let added = ctx.atomic_add(&mut own, lane);
        let exchanged = ctx.atomic_exch(&mut own, 7);
        self.check(15, added == 5 && exchanged == 5 + lane);
        let compared = [ctx.atomic_cas(&mut own, 7, 8), ctx.atomic_cas(&mut own, 7, 9)];
        self.check(16, compared[0] == 7 && compared[1] == 8 && own == 8);
        ctx.sync_threads();
        self.tell()
    }
}
