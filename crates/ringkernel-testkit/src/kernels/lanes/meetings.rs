//! Several blocks that meet at barriers of the grid, all in one message.

use ringkernel::prelude::*;

use super::grids::{Histogram, Product};
use super::{BLOCKS, Matrices, Matrix, Numbers, Reduced};

#[ring_kernel(id = "testkit.lanes.histogram", block_size = 128)]
fn histogram(ctx: &mut RingContext, state: &Shared<Histogram>, numbers: &Numbers) -> Numbers {
    state.count(ctx, numbers);
    ctx.sync_grid();
    state.tell(ctx)
}

#[ring_kernel(id = "testkit.lanes.multiply", block_size = 128)]
fn multiply(ctx: &mut RingContext, state: &Shared<Product>, factors: &Matrices) -> Matrix {
    state.multiply(ctx, factors);
    ctx.sync_grid();
    state.tell(ctx, factors.size as usize)
}

/// What each block has added up.
#[derive(DeviceState, Debug, Default)]
pub struct Partial {
    sums: SharedArray<u64, BLOCKS>,
    total: SharedCell<u64>,
}

/// Adds numbers up: each block its share, then block 0 the sums of the blocks.
#[ring_kernel(id = "testkit.lanes.grid_sum", block_size = 128, grid_size = 4)]
fn grid_sum(ctx: &mut RingContext, state: &Shared<Partial>, numbers: &Numbers) -> Reduced {
    let (mut sum, mut min, mut max) = (0u64, u32::MAX, 0u32);
    let mut index = ctx.global_thread_id() as usize;
    while index < numbers.values.len() {
        sum += numbers.values[index] as u64;
        min = min.min(numbers.values[index]);
        max = max.max(numbers.values[index]);
        index += (ctx.block_dim() * ctx.grid_dim()) as usize;
    }
    let of_block = ctx.block_reduce_sum(sum);
    if ctx.thread_id() == 0 {
        state.sums.set(ctx.block_id() as usize, of_block);
    }
    ctx.sync_grid();
    if ctx.global_thread_id() == 0 {
        let mut total = 0;
        for block in 0..ctx.grid_dim() {
            total += state.sums.get(block as usize);
        }
        state.total.set(total);
    }
    ctx.sync_grid();
    // Every block sees what block 0 has written.
    let tree = state.total.get();
    Reduced { sum: tree, tree, min: ctx.block_reduce_min(min), max: ctx.block_reduce_max(max) }
}

/// The largest number of a check that has failed on some lane, and what all lanes count together.
#[derive(DeviceState, Debug, Default)]
pub struct Meeting {
    failed: AtomicCell<u32>,
    lanes: AtomicCell<i32>,
}

/// Checks that all lanes of the grid wait for each other, several times.
#[ring_kernel(id = "testkit.lanes.meet", block_size = 64)]
fn meet(ctx: &mut RingContext, state: &Shared<Meeting>, _numbers: &Numbers) -> Numbers {
    state.lanes.fetch_add(1);
    ctx.sync_grid();
    if state.lanes.load() != (ctx.block_dim() * ctx.grid_dim()) as i32 {
        state.failed.fetch_max(1);
    }
    ctx.sync_grid();
    state.lanes.fetch_sub(1);
    ctx.sync_grid();
    if state.lanes.load() != 0 {
        state.failed.fetch_max(2);
    }
    ctx.sync_grid();
    Numbers { values: vec![state.failed.load()] }
}
