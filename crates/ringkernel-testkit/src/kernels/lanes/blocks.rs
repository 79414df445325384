//! Algorithms of one block, as their textbooks have them.

use ringkernel::prelude::*;

use super::{MOST, Numbers, Reduced};

/// Reduces numbers in one block.
#[ring_kernel(id = "testkit.lanes.reduce", block_size = 128)]
fn reduce(ctx: &mut RingContext, numbers: &Numbers) -> Reduced {
    let lane = ctx.thread_id() as usize;
    let lanes = ctx.block_dim() as usize;
    let (mut sum, mut min, mut max) = (0u64, u32::MAX, 0u32);
    let mut index = lane;
    while index < numbers.values.len() {
        let value = numbers.values[index];
        sum += value as u64;
        min = min.min(value);
        max = max.max(value);
        index += lanes;
    }
    let sums = ctx.shared_array::<u64>(lanes);
    sums.set(lane, sum);
    ctx.sync_threads();
    let mut count = lanes;
    while count > 1 {
        let half = count.div_ceil(2);
        if lane + half < count {
            sums.set(lane, sums.get(lane) + sums.get(lane + half));
        }
        ctx.sync_threads();
        count = half;
    }
    Reduced {
        sum: ctx.block_reduce_sum(sum),
        tree: sums.get(0),
        min: ctx.block_reduce_min(min),
        max: ctx.block_reduce_max(max),
    }
}

/// The sums of all beginnings of a list, in one block: Hillis and Steele, one stretch of a block's length at a time.
#[derive(DeviceState, Debug, Default)]
pub struct Prefixes {
    sums: SharedArray<u32, MOST>,
}

#[ring_kernel(id = "testkit.lanes.prefix_sum", block_size = 128)]
fn prefix_sum(ctx: &mut RingContext, state: &Shared<Prefixes>, numbers: &Numbers) -> Numbers {
    let lane = ctx.thread_id() as usize;
    let lanes = ctx.block_dim() as usize;
    let count = numbers.values.len();
    let scan = ctx.shared_array::<u32>(lanes);
    let (mut start, mut before) = (0, 0u32);
    while start < count {
        let index = start + lane;
        let mut sum = if index < count { numbers.values[index] } else { 0 };
        scan.set(lane, sum);
        ctx.sync_threads();
        let mut distance = 1;
        while distance < lanes {
            let other = if lane >= distance { scan.get(lane - distance) } else { 0 };
            ctx.sync_threads();
            sum = sum.wrapping_add(other);
            scan.set(lane, sum);
            ctx.sync_threads();
            distance *= 2;
        }
        if index < count {
            state.sums.set(index, before.wrapping_add(sum));
        }
        before = before.wrapping_add(scan.get(lanes - 1));
        ctx.sync_threads();
        start += lanes;
    }
    let mut values = Vec::new();
    if lane == 0 {
        for index in 0..count {
            values.push(state.sums.get(index));
        }
    }
    Numbers { values }
}

/// Sorts numbers in one block: Batcher's bitonic sort.
#[ring_kernel(id = "testkit.lanes.sort", block_size = 128)]
fn sort(ctx: &mut RingContext, numbers: &Numbers) -> Numbers {
    let lane = ctx.thread_id() as usize;
    let lanes = ctx.block_dim() as usize;
    let count = numbers.values.len();
    let padded = count.next_power_of_two();
    let sorted = ctx.shared_array::<u32>(padded);
    let mut index = lane;
    while index < padded {
        sorted.set(index, if index < count { numbers.values[index] } else { u32::MAX });
        index += lanes;
    }
    ctx.sync_threads();
    let mut run = 2;
    while run <= padded {
        let mut distance = run / 2;
        while distance > 0 {
            let mut index = lane;
            while index < padded {
                let other = index ^ distance;
                if other > index {
                    let (low, high) = (sorted.get(index), sorted.get(other));
                    let up = index & run == 0;
                    if (low > high) == up {
                        sorted.set(index, high);
                        sorted.set(other, low);
                    }
                }
                index += lanes;
            }
            ctx.sync_threads();
            distance /= 2;
        }
        run *= 2;
    }
    let mut values = Vec::new();
    if lane == 0 {
        for index in 0..count {
            values.push(sorted.get(index));
        }
    }
    Numbers { values }
}
