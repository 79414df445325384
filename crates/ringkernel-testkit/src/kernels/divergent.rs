//! Mistakes that a GPU answers with a hang or with garbage, each at a line that the kernel itself notes.

use std::sync::atomic::{AtomicU32, Ordering};

use ringkernel::prelude::*;

/// Runs the kernel's mistake.
#[derive(RingMessage, Debug, Clone, PartialEq)]
pub struct Go;

/// The answer of a kernel that has found nothing wrong.
#[derive(RingMessage, Debug, Clone, PartialEq)]
pub struct Fine;

/// The lines of one kernel's mistake.
#[derive(Debug)]
pub struct Lines {
    first: AtomicU32,
    second: AtomicU32,
}

impl Lines {
    const fn new() -> Self {
        Self { first: AtomicU32::new(0), second: AtomicU32::new(0) }
    }

    /// Where the report has to point.
    pub fn first(&self) -> u32 {
        self.first.load(Ordering::Relaxed)
    }

    /// The other line that it has to name.
    pub fn second(&self) -> u32 {
        self.second.load(Ordering::Relaxed)
    }
}

/// Does something on a line that is noted.
macro_rules! at {
    ($line:expr, $call:expr) => {{
        $line.store(line!(), Ordering::Relaxed);
        $call
    }};
}

/// Cells that lanes misuse.
#[derive(Debug, Default)]
pub struct Cells {
    one: SharedCell<u32>,
    many: SharedArray<u32, 64>,
}

/// Half of the lanes return before a barrier.
pub static EARLY_RETURN: Lines = Lines::new();

#[ring_kernel(id = "testkit.divergent.early_return", block_size = 32, backends(cpu))]
fn early_return(ctx: &mut RingContext, _go: &Go) -> Fine {
    if ctx.thread_id() >= 16 {
        return Fine;
    }
    at!(EARLY_RETURN.first, ctx.sync_threads());
    Fine
}

/// Two barriers in two branches.
pub static TWO_LINES: Lines = Lines::new();

#[ring_kernel(id = "testkit.divergent.two_lines", block_size = 64, backends(cpu))]
fn two_lines(ctx: &mut RingContext, _go: &Go) -> Fine {
    if ctx.thread_id() < 40 {
        at!(TWO_LINES.first, ctx.sync_threads());
    } else {
        at!(TWO_LINES.second, ctx.sync_threads());
    }
    Fine
}

/// A full mask in a branch that some lanes do not take.
pub static WARP_IN_BRANCH: Lines = Lines::new();

#[ring_kernel(id = "testkit.divergent.warp_in_branch", block_size = 32, backends(cpu))]
fn warp_in_branch(ctx: &mut RingContext, _go: &Go) -> Fine {
    if ctx.lane_id() & 1 == 0 {
        at!(WARP_IN_BRANCH.first, ctx.sync_warp(u32::MAX));
    } else {
        at!(WARP_IN_BRANCH.second, ctx.sync_threads());
    }
    Fine
}

/// A shuffle whose mask names a lane that waits elsewhere.
pub static SHUFFLE_ELSEWHERE: Lines = Lines::new();

#[ring_kernel(id = "testkit.divergent.shuffle_elsewhere", block_size = 8, backends(cpu))]
fn shuffle_elsewhere(ctx: &mut RingContext, _go: &Go) -> Fine {
    if ctx.lane_id() < 4 {
        at!(SHUFFLE_ELSEWHERE.first, ctx.warp_shuffle(1u32, 5, 0x2f));
    } else {
        at!(SHUFFLE_ELSEWHERE.second, ctx.sync_threads());
    }
    Fine
}

/// A ballot whose mask names a lane that has returned.
pub static BALLOT_FINISHED: Lines = Lines::new();

#[ring_kernel(id = "testkit.divergent.ballot_finished", block_size = 48, backends(cpu))]
fn ballot_finished(ctx: &mut RingContext, _go: &Go) -> Fine {
    if ctx.thread_id() == 35 {
        return Fine;
    }
    at!(BALLOT_FINISHED.first, ctx.warp_ballot(true, u32::MAX));
    Fine
}

/// Lanes that name each other in different masks.
pub static OTHER_MASKS: Lines = Lines::new();

#[ring_kernel(id = "testkit.divergent.other_masks", block_size = 32, backends(cpu))]
fn other_masks(ctx: &mut RingContext, _go: &Go) -> Fine {
    let mask = if ctx.lane_id() < 8 { 0xffff } else { u32::MAX };
    at!(OTHER_MASKS.first, ctx.warp_reduce_sum(1u32, mask));
    Fine
}

/// A barrier of the grid that one block never reaches.
pub static GRID: Lines = Lines::new();

#[ring_kernel(id = "testkit.divergent.grid", block_size = 4, grid_size = 3, backends(cpu))]
fn grid(ctx: &mut RingContext, _go: &Go) -> Fine {
    if ctx.block_id() != 1 {
        at!(GRID.first, ctx.sync_grid());
    }
    Fine
}

/// Barriers of two names.
pub static NAMES: Lines = Lines::new();

#[ring_kernel(id = "testkit.divergent.names", block_size = 6, backends(cpu))]
fn names(ctx: &mut RingContext, _go: &Go) -> Fine {
    let name = if ctx.thread_id() == 5 { "out" } else { "in" };
    at!(NAMES.first, ctx.named_barrier(name));
    Fine
}

/// A loop with a barrier that one lane leaves later.
pub static LOOPS: Lines = Lines::new();

#[ring_kernel(id = "testkit.divergent.loops", block_size = 16, backends(cpu))]
fn loops(ctx: &mut RingContext, _go: &Go) -> Fine {
    let rounds = if ctx.thread_id() == 3 { 5 } else { 4 };
    for _ in 0..rounds {
        at!(LOOPS.first, ctx.sync_threads());
    }
    Fine
}

/// Lanes that wait for each other in a circle: each is named by the one before, and none by the one that it names.
pub static CIRCLE: Lines = Lines::new();

#[ring_kernel(id = "testkit.divergent.circle", block_size = 3, backends(cpu))]
fn circle(ctx: &mut RingContext, _go: &Go) -> Fine {
    let lane = ctx.lane_id();
    at!(CIRCLE.first, ctx.sync_warp(1 << lane | 1 << ((lane + 1) % 3)));
    Fine
}

/// A neighbour's element, with no barrier after it was set.
pub static NEIGHBOUR: Lines = Lines::new();

#[ring_kernel(id = "testkit.divergent.neighbour", block_size = 32, backends(cpu))]
fn neighbour(ctx: &mut RingContext, state: &Shared<Cells>, _go: &Go) -> Fine {
    let lane = ctx.thread_id() as usize;
    let array = ctx.shared_array::<u32>(32);
    array.set(lane, 0);
    ctx.sync_threads();
    at!(NEIGHBOUR.second, array.set(lane, 1));
    let next = at!(NEIGHBOUR.first, array.get((lane + 31) % 32));
    state.many.set(lane, next);
    Fine
}

/// A total that every lane adds to without an atomic operation.
pub static TOTAL: Lines = Lines::new();

#[ring_kernel(id = "testkit.divergent.total", block_size = 32, backends(cpu))]
fn total(_ctx: &mut RingContext, state: &Shared<Cells>, _go: &Go) -> Fine {
    let sum = at!(TOTAL.first, state.one.get());
    at!(TOTAL.second, state.one.set(sum + 1));
    Fine
}

/// A barrier of the block between two blocks.
pub static BLOCKS: Lines = Lines::new();

#[ring_kernel(id = "testkit.divergent.blocks", block_size = 2, grid_size = 2, backends(cpu))]
fn blocks(ctx: &mut RingContext, state: &Shared<Cells>, _go: &Go) -> Fine {
    if ctx.global_thread_id() == 1 {
        at!(BLOCKS.first, state.many.set(7, 1));
    }
    ctx.sync_threads();
    if ctx.global_thread_id() == 2 {
        at!(BLOCKS.second, state.many.set(7, 2));
    }
    Fine
}

/// An element of block memory that no lane has set.
pub static UNSET: Lines = Lines::new();

#[ring_kernel(id = "testkit.divergent.unset", block_size = 2, backends(cpu))]
fn unset(ctx: &mut RingContext, state: &Shared<Cells>, _go: &Go) -> Fine {
    let array = ctx.shared_array::<u32>(2);
    if ctx.thread_id() == 0 {
        let found = at!(UNSET.first, array.get(1));
        state.one.set(found);
    }
    Fine
}
