//! What not every device has, each in a kernel of its own, so that a refusal names one thing.

use ringkernel::prelude::*;

use super::Numbers;
use super::exchange::Checks;

/// Two groups of lanes, each under the mask of its own lanes, at the same operations.
#[ring_kernel(id = "testkit.lanes.groups", block_size = 64)]
fn groups(ctx: &mut RingContext, state: &Shared<Checks>, _numbers: &Numbers) -> Numbers {
    let (lane, mask) = (ctx.lane_id(), mask_of_group(ctx));
    ctx.sync_warp(mask);
    state.check(1, ctx.warp_ballot(true, mask) == mask);
    state.check(2, ctx.warp_reduce_max(lane, mask) == 31 - mask.leading_zeros());
    state.check(3, ctx.warp_reduce_sum(1u32, mask) == mask.count_ones());
    let first = mask.trailing_zeros();
    state.check(4, ctx.warp_shuffle(lane, first, mask) == first);
    ctx.sync_threads();
    state.tell()
}

/// Lanes of one branch, which meet there under the mask of that branch.
#[ring_kernel(id = "testkit.lanes.branch", block_size = 64)]
fn branch(ctx: &mut RingContext, state: &Shared<Checks>, _numbers: &Numbers) -> Numbers {
    let (lane, mask) = (ctx.lane_id(), mask_of_group(ctx));
    if lane % 2 == 1 {
        ctx.sync_warp(mask);
        state.check(1, ctx.warp_reduce_max(lane, mask) == 31 - mask.leading_zeros());
        state.check(2, ctx.warp_ballot(true, mask) == mask);
    }
    ctx.sync_threads();
    state.tell()
}

/// The lanes of the warp that are odd where this one is odd, and even where it is even.
#[device_fn]
fn mask_of_group(ctx: &RingContext) -> u32 {
    let first = ctx.thread_id() - ctx.lane_id();
    let mut mask = 0u32;
    for other in 0..32 {
        if first + other < ctx.block_dim() && other % 2 == ctx.lane_id() % 2 {
            mask |= 1 << other;
        }
    }
    mask
}

/// A barrier of a name, which joins lanes from different lines.
#[ring_kernel(id = "testkit.lanes.named_barrier", block_size = 64)]
fn named_barrier(ctx: &mut RingContext, state: &Shared<Checks>, _numbers: &Numbers) -> Numbers {
    let lanes = ctx.block_dim() as usize;
    let lane = ctx.thread_id() as usize;
    let values = ctx.shared_array::<u32>(lanes);
    if lane.is_multiple_of(3) {
        values.set(lane, 3);
        ctx.named_barrier("thirds");
    } else {
        values.set(lane, 1);
        ctx.named_barrier("thirds");
    }
    let next = (lane + 1) % lanes;
    state.check(1, values.get(next) == if next.is_multiple_of(3) { 3 } else { 1 });
    ctx.sync_threads();
    state.tell()
}

/// A fence that orders what the lanes of a block do.
#[ring_kernel(id = "testkit.lanes.fence.block", block_size = 64)]
fn fence_block(ctx: &mut RingContext, state: &Shared<Checks>, _numbers: &Numbers) -> Numbers {
    ctx.thread_fence_block();
    state.tell()
}

/// A fence that orders what the lanes of a device do.
#[ring_kernel(id = "testkit.lanes.fence.device", block_size = 64)]
fn fence_device(ctx: &mut RingContext, state: &Shared<Checks>, _numbers: &Numbers) -> Numbers {
    ctx.thread_fence();
    state.tell()
}

/// A fence that the host sees, too.
#[ring_kernel(id = "testkit.lanes.fence.system", block_size = 64)]
fn fence_system(ctx: &mut RingContext, state: &Shared<Checks>, _numbers: &Numbers) -> Numbers {
    ctx.thread_fence_system();
    state.tell()
}

/// Numbers of 64 bits with a point.
#[ring_kernel(id = "testkit.lanes.doubles", block_size = 64)]
fn doubles(ctx: &mut RingContext, state: &Shared<Checks>, _numbers: &Numbers) -> Numbers {
    let thread = ctx.thread_id();
    state.check(1, ctx.block_reduce_min(thread as f64 + 0.5) == 0.5);
    let first = ctx.warp_shuffle(thread as f64 + 0.1, 0, u32::MAX);
    state.check(2, first == (thread - ctx.lane_id()) as f64 + 0.1);
    ctx.sync_threads();
    state.tell()
}

/// Sums of 64 bits that all lanes add to.
#[derive(DeviceState, Debug, Default)]
pub struct WideSums {
    unsigned: AtomicCell<u64>,
    signed: AtomicCell<i64>,
}

/// Atomic cells of 64 bits.
#[ring_kernel(id = "testkit.lanes.wide_atomics", block_size = 64)]
fn wide_atomics(ctx: &mut RingContext, state: &Shared<WideSums>, _numbers: &Numbers) -> Numbers {
    let (unsigned, signed) = (state.unsigned.load(), state.signed.load());
    ctx.sync_threads();
    state.unsigned.fetch_add(1 << 40);
    state.signed.fetch_sub(1 << 40);
    ctx.sync_threads();
    // With one block alone, nobody else adds.
    let lanes = u64::from(ctx.block_dim());
    let counted = state.unsigned.load() - unsigned == lanes << 40
        && signed - state.signed.load() == (lanes << 40) as i64;
    Numbers { values: vec![u32::from(!counted && ctx.grid_dim() == 1)] }
}
