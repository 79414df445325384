//! Algorithms that lanes compute together, as their textbooks have them.

use ringkernel::prelude::*;

/// Numbers to work on.
#[derive(RingMessage, Debug, Clone, PartialEq)]
pub struct Numbers {
    /// The numbers.
    pub values: Vec<u32>,
}

/// What is left of numbers.
#[derive(RingMessage, Debug, Clone, Copy, PartialEq)]
pub struct Reduced {
    /// The sum by warps.
    pub sum: u64,
    /// The sum by a tree in the block's memory.
    pub tree: u64,
    /// The smallest number; the largest there is for none.
    pub min: u32,
    /// The largest number; 0 for none.
    pub max: u32,
}

/// Two square matrices, row by row.
#[derive(RingMessage, Debug, Clone, PartialEq)]
pub struct Matrices {
    /// Rows and columns, a multiple of [`TILE`].
    pub size: u32,
    /// The left factor.
    pub left: Vec<f32>,
    /// The right factor.
    pub right: Vec<f32>,
}

/// A square matrix, row by row.
#[derive(RingMessage, Debug, Clone, PartialEq)]
pub struct Matrix {
    /// Its elements.
    pub values: Vec<f32>,
}

/// Most numbers that the kernels of this file keep.
pub const MOST: usize = 4096;

/// Rows and columns of a tile.
pub const TILE: usize = 8;

/// Classes of a histogram.
pub const CLASSES: usize = 64;

/// Blocks of a grid.
pub const BLOCKS: usize = 64;

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
#[derive(Debug, Default)]
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

/// How often each class has occurred in all messages.
#[derive(Debug, Default)]
pub struct Histogram {
    counts: AtomicArray<u32, CLASSES>,
}

#[ring_kernel(id = "testkit.lanes.histogram", block_size = 128)]
fn histogram(ctx: &mut RingContext, state: &Shared<Histogram>, numbers: &Numbers) -> Numbers {
    let mut index = ctx.global_thread_id() as usize;
    while index < numbers.values.len() {
        state.counts.fetch_add(numbers.values[index] as usize % CLASSES, 1);
        index += (ctx.block_dim() * ctx.grid_dim()) as usize;
    }
    ctx.sync_grid();
    let mut values = Vec::new();
    if ctx.global_thread_id() == 0 {
        for class in 0..CLASSES {
            values.push(state.counts.load(class));
        }
    }
    Numbers { values }
}

/// The product of two matrices.
#[derive(Debug, Default)]
pub struct Product {
    values: SharedArray<f32, MOST>,
}

/// Multiplies matrices: each block computes every so-many-eth tile of the product, from tiles in its memory.
#[ring_kernel(id = "testkit.lanes.multiply", block_size = 128)]
fn multiply(ctx: &mut RingContext, state: &Shared<Product>, factors: &Matrices) -> Matrix {
    const CELLS: usize = TILE * TILE;
    let lane = ctx.thread_id() as usize;
    let lanes = ctx.block_dim() as usize;
    let size = factors.size as usize;
    let tiles = size / TILE;
    let left = ctx.shared_array::<f32>(CELLS);
    let right = ctx.shared_array::<f32>(CELLS);
    let product = ctx.shared_array::<f32>(CELLS);
    let mut tile = ctx.block_id() as usize;
    while tile < tiles * tiles {
        let (top, side) = (tile / tiles * TILE, tile % tiles * TILE);
        let mut cell = lane;
        while cell < CELLS {
            product.set(cell, 0.0);
            cell += lanes;
        }
        for step in 0..tiles {
            let mut cell = lane;
            while cell < CELLS {
                let (row, column) = (cell / TILE, cell % TILE);
                left.set(cell, factors.left[(top + row) * size + step * TILE + column]);
                right.set(cell, factors.right[(step * TILE + row) * size + side + column]);
                cell += lanes;
            }
            ctx.sync_threads();
            let mut cell = lane;
            while cell < CELLS {
                let (row, column) = (cell / TILE, cell % TILE);
                let mut sum = product.get(cell);
                for k in 0..TILE {
                    sum += left.get(row * TILE + k) * right.get(k * TILE + column);
                }
                product.set(cell, sum);
                cell += lanes;
            }
            ctx.sync_threads();
        }
        let mut cell = lane;
        while cell < CELLS {
            state.values.set((top + cell / TILE) * size + side + cell % TILE, product.get(cell));
            cell += lanes;
        }
        tile += ctx.grid_dim() as usize;
    }
    ctx.sync_grid();
    let mut values = Vec::new();
    if ctx.global_thread_id() == 0 {
        for index in 0..size * size {
            values.push(state.values.get(index));
        }
    }
    Matrix { values }
}

/// What each block has added up.
#[derive(Debug, Default)]
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

/// How many lanes have run.
#[derive(Debug, Default)]
pub struct Count {
    lanes: AtomicCell<u32>,
}

/// Counts its lanes and blocks, and itself.
#[ring_kernel(id = "testkit.lanes.count", block_size = 48, grid_size = 2)]
fn count(ctx: &mut RingContext, state: &Shared<Count>, _numbers: &Numbers) -> Numbers {
    if ctx.global_thread_id() == 0 {
        state.lanes.store(0);
    }
    ctx.sync_grid();
    state.lanes.fetch_add(1);
    ctx.sync_grid();
    Numbers { values: vec![ctx.block_dim(), ctx.grid_dim(), state.lanes.load()] }
}

/// The largest number of a check that has failed on some lane.
#[derive(Debug, Default)]
pub struct Checks {
    failed: AtomicCell<u32>,
    atomic: AtomicCell<i32>,
}

impl Checks {
    fn check(&self, number: u32, holds: bool) {
        if !holds {
            self.failed.fetch_max(number);
        }
    }
}

/// Checks what lanes get from each other.
#[ring_kernel(id = "testkit.lanes.exchange", block_size = 64)]
fn exchange(ctx: &mut RingContext, state: &Shared<Checks>, _numbers: &Numbers) -> Numbers {
    let all = u32::MAX;
    let (lane, thread) = (ctx.lane_id(), ctx.thread_id());
    let first = thread - lane;
    let lanes = if ctx.block_dim() - first < 32 { ctx.block_dim() - first } else { 32 };
    let global = ctx.block_id() * ctx.block_dim() + thread;
    state.check(1, ctx.global_thread_id() == global && ctx.warp_id() == thread / 32 && lane == thread % 32);
    state.check(2, ctx.warp_shuffle(thread, 0, all) == first);
    state.check(
        3,
        ctx.warp_shuffle(thread as f32 / 2.0, 32 + lanes - 1, all) == (first + lanes - 1) as f32 / 2.0,
    );
    let below = if lane == 0 { thread } else { thread - 1 };
    state.check(4, ctx.warp_shuffle_up(thread, 1, all) == below);
    if lanes == 32 {
        let above = if lane >= 30 { thread } else { thread + 2 };
        state.check(5, ctx.warp_shuffle_down(thread, 2, all) == above);
        state.check(6, ctx.warp_shuffle_xor(thread as i64 - 40, 5, all) == (thread ^ 5) as i64 - 40);
    }
    let mut odd = 0u32;
    for other in 0..lanes {
        if other % 2 == 1 {
            odd |= 1 << other;
        }
    }
    state.check(7, ctx.warp_ballot(lane % 2 == 1, all) == odd);
    state.check(8, ctx.warp_any(lane == 0, all) && !ctx.warp_any(false, all));
    state.check(9, ctx.warp_all(true, all) && ctx.warp_all(lane != 0, all) == (lanes == 0));
    if lane % 2 == 1 {
        // The lanes of a branch meet under the mask of that branch.
        ctx.sync_warp(odd);
        state.check(10, ctx.warp_reduce_max(lane, odd) == 31 - odd.leading_zeros());
        state.check(11, ctx.warp_ballot(true, odd) == odd);
    }
    ctx.sync_warp(all);
    state.check(12, ctx.warp_reduce_sum(lane as u64, all) == (lanes * (lanes - 1) / 2) as u64);
    state.check(13, ctx.warp_reduce_min(-(lane as i32), all) == 1 - lanes as i32);
    let block = ctx.block_dim() as u64;
    state.check(14, ctx.block_reduce_sum(thread as u64) == block * (block - 1) / 2);
    state.check(15, ctx.block_reduce_max(thread) == ctx.block_dim() - 1);
    state.check(16, ctx.block_reduce_min(thread as f64 + 0.5) == 0.5);
    // A name joins lanes from different lines.
    if thread % 3 == 0 {
        ctx.named_barrier("thirds");
    } else {
        ctx.thread_fence_block();
        ctx.named_barrier("thirds");
    }
    state.atomic.fetch_add(1);
    ctx.sync_grid();
    state.check(17, state.atomic.load() == (ctx.block_dim() * ctx.grid_dim()) as i32);
    ctx.sync_grid();
    state.atomic.fetch_sub(1);
    ctx.sync_grid();
    state.check(18, state.atomic.load() == 0);
    ctx.thread_fence();
    ctx.thread_fence_block();
    ctx.thread_fence_system();
    let mut own = 5u32;
    state.check(19, ctx.atomic_add(&mut own, lane) == 5 && ctx.atomic_exch(&mut own, 7) == 5 + lane);
    state.check(20, ctx.atomic_cas(&mut own, 7, 8) == 7 && ctx.atomic_cas(&mut own, 7, 9) == 8 && own == 8);
    ctx.sync_grid();
    Numbers { values: vec![state.failed.load()] }
}
