//! Work that several blocks share without meeting: one message spreads it, the next one asks for the result.

use ringkernel::prelude::*;

use super::{CLASSES, MOST, Matrices, Matrix, Numbers, TILE, Tell};

/// How often each class has occurred in all messages.
#[derive(DeviceState, Debug, Default)]
pub struct Histogram {
    counts: AtomicArray<u32, CLASSES>,
}

#[device_fn]
impl Histogram {
    /// Counts the numbers, each lane its share.
    pub(super) fn count(&self, ctx: &RingContext, numbers: &Numbers) {
        let mut index = ctx.global_thread_id() as usize;
        while index < numbers.values.len() {
            self.counts.fetch_add(numbers.values[index] as usize % CLASSES, 1);
            index += (ctx.block_dim() * ctx.grid_dim()) as usize;
        }
    }

    /// The counts, on the lane whose return value is the answer.
    pub(super) fn tell(&self, ctx: &RingContext) -> Numbers {
        let mut values = Vec::new();
        if ctx.global_thread_id() == 0 {
            for class in 0..CLASSES {
                values.push(self.counts.load(class));
            }
        }
        Numbers { values }
    }
}

#[ring_kernel(id = "testkit.lanes.tally", block_size = 128)]
impl Histogram {
    #[handler]
    fn take(&self, ctx: &mut RingContext, numbers: &Numbers) {
        self.count(ctx, numbers);
    }

    #[handler]
    fn answer(&self, ctx: &mut RingContext, _tell: &Tell) -> Numbers {
        self.tell(ctx)
    }
}

/// The product of two matrices.
#[derive(DeviceState, Debug, Default)]
pub struct Product {
    values: SharedArray<f32, MOST>,
}

#[device_fn]
impl Product {
    /// Multiplies: each block computes every so-many-eth tile of the product, from tiles in its memory.
    pub(super) fn multiply(&self, ctx: &mut RingContext, factors: &Matrices) {
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
                self.values.set((top + cell / TILE) * size + side + cell % TILE, product.get(cell));
                cell += lanes;
            }
            tile += ctx.grid_dim() as usize;
        }
    }

    /// The product of matrices of this size, on the lane whose return value is the answer.
    pub(super) fn tell(&self, ctx: &RingContext, size: usize) -> Matrix {
        let mut values = Vec::new();
        if ctx.global_thread_id() == 0 {
            for index in 0..size * size {
                values.push(self.values.get(index));
            }
        }
        Matrix { values }
    }
}

/// Asks for the product of matrices of this size.
#[derive(RingMessage, Debug, Clone, PartialEq)]
pub struct TellProduct {
    /// Rows and columns.
    pub size: u32,
}

#[ring_kernel(id = "testkit.lanes.tiles", block_size = 128)]
impl Product {
    #[handler]
    fn take(&self, ctx: &mut RingContext, factors: &Matrices) {
        self.multiply(ctx, factors);
    }

    #[handler]
    fn answer(&self, ctx: &mut RingContext, tell: &TellProduct) -> Matrix {
        self.tell(ctx, tell.size as usize)
    }
}

/// How many lanes have run.
#[derive(DeviceState, Debug, Default)]
pub struct Count {
    lanes: AtomicCell<u32>,
    identified: AtomicCell<u32>,
}

#[ring_kernel(id = "testkit.lanes.count", block_size = 48, grid_size = 2)]
impl Count {
    /// Counts the lanes, and those that know their place.
    #[handler]
    fn run(&self, ctx: &mut RingContext, _numbers: &Numbers) {
        self.lanes.fetch_add(1);
        let (thread, global) = (ctx.thread_id(), ctx.global_thread_id());
        let knows = global == ctx.block_id() * ctx.block_dim() + thread
            && ctx.warp_id() == thread / 32
            && ctx.lane_id() == thread % 32;
        if knows {
            self.identified.fetch_add(global);
        }
    }

    /// Lanes of a block, blocks, lanes that have run, and the sum of the numbers of those that know their place.
    #[handler]
    fn answer(&self, ctx: &mut RingContext, _tell: &Tell) -> Numbers {
        let (lanes, identified) = (self.lanes.load(), self.identified.load());
        Numbers { values: vec![ctx.block_dim(), ctx.grid_dim(), lanes, identified] }
    }
}
