//! Lanes that fault, that depend on their order, or that leave their thread.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU32, Ordering};

use ringkernel::prelude::*;

use super::divergent::Fine;

/// What one lane does while the others wait.
#[derive(RingMessage, Debug, Clone, Copy, PartialEq)]
pub struct Misuse {
    /// One of the constants.
    pub what: u32,
    /// The lane that does it.
    pub lane: u32,
}

/// Panics.
pub const PANIC: u32 = 0;
/// Calls `ctx.fail(77)`.
pub const FAIL: u32 = 1;
/// Gets an element of the state that there is not.
pub const STATE_INDEX: u32 = 2;
/// Sets an element of block memory that there is not.
pub const BLOCK_INDEX: u32 = 3;
/// Asks for a block array of another length than the others.
pub const OTHER_LENGTH: u32 = 4;
/// Shuffles under a mask that leaves itself out.
pub const LEAVE_ITSELF_OUT: u32 = 5;
/// Waits for lanes that do not exist.
pub const NAME_NOBODY: u32 = 6;
/// Nothing.
pub const NOTHING: u32 = 7;

/// The line of this file on which the kernel says `code`, counted from 1.
pub fn line_of(code: &str) -> u32 {
    let lines = (1..).zip(include_str!("misuse.rs").lines());
    let mut in_kernel = lines.skip_while(|(_, line)| !line.starts_with("fn misuse("));
    in_kernel.find(|(_, line)| line.contains(code)).map_or(0, |(number, _)| number)
}

/// Guards that lanes hold now.
pub static HELD: AtomicU32 = AtomicU32::new(0);

/// Lanes that have gone on behind a barrier.
pub static PASSED: AtomicU32 = AtomicU32::new(0);

/// Held by each lane of one kernel. Its destructor meets the others, as a careless one would.
struct Guard<'a, 'c>(&'a RingContext<'c>);

impl<'a, 'c> Guard<'a, 'c> {
    fn new(ctx: &'a RingContext<'c>) -> Self {
        HELD.fetch_add(1, Ordering::Relaxed);
        Self(ctx)
    }

    /// Ends it without meeting anybody.
    fn give_up(self) {
        HELD.fetch_sub(1, Ordering::Relaxed);
        std::mem::forget(self);
    }
}

impl Drop for Guard<'_, '_> {
    fn drop(&mut self) {
        HELD.fetch_sub(1, Ordering::Relaxed);
        self.0.sync_threads();
    }
}

/// What the lanes of the misuse kernel share.
#[derive(Debug, Default)]
pub struct Numbers {
    numbers: SharedArray<u32, 4>,
}

#[ring_kernel(id = "testkit.misuse", block_size = 40, backends(cpu))]
fn misuse(ctx: &mut RingContext, state: &Shared<Numbers>, message: &Misuse) -> Fine {
    let chosen = ctx.thread_id() == message.lane;
    let length = if chosen && message.what == OTHER_LENGTH { 5 } else { 4 };
    let block = ctx.shared_array::<u32>(length);
    let guard = Guard::new(ctx);
    if chosen {
        match message.what {
            PANIC => panic!("of its own accord"),
            FAIL => {
                guard.give_up();
                ctx.fail(77)
            }
            STATE_INDEX => drop(state.numbers.get(4)),
            BLOCK_INDEX => block.set(4, 1),
            LEAVE_ITSELF_OUT => drop(guard.0.warp_shuffle(1u32, 0, 1)),
            NAME_NOBODY => guard.0.sync_warp(0x1ff),
            _ => {}
        }
    }
    // A lane that catches its end and goes on, ends at the next barrier again.
    for _ in 0..3 {
        let _ = catch_unwind(AssertUnwindSafe(|| {
            guard.0.sync_threads();
            PASSED.fetch_add(1, Ordering::Relaxed);
        }));
    }
    guard.0.sync_threads();
    Fine
}

/// Uses the context of one lane on another thread.
#[ring_kernel(id = "testkit.leaving", block_size = 4, backends(cpu))]
fn leaving(ctx: &mut RingContext, message: &Misuse) -> Fine {
    if ctx.thread_id() == message.lane {
        let ctx = &mut *ctx;
        std::thread::scope(|scope| {
            scope.spawn(move || ctx.sync_threads());
        });
    }
    ctx.sync_threads();
    Fine
}

/// Asks for memory.
#[derive(RingMessage, Debug, Clone, Copy, PartialEq)]
pub struct Ask {
    /// Bytes in a first array.
    pub first: u32,
    /// Bytes in a second array.
    pub second: u32,
}

#[ring_kernel(id = "testkit.memory", block_size = 3, grid_size = 2, backends(cpu))]
fn memory(ctx: &mut RingContext, ask: &Ask) -> Fine {
    for round in 0..3u8 {
        // One place in the source is one array.
        let first = ctx.shared_array::<u8>(ask.first as usize);
        let second = ctx.shared_array::<u8>(ask.second as usize);
        if ctx.thread_id() == round as u32 {
            assert!(round == 0 || first.get(0) == round - 1);
            first.set(0, round);
            second.set(ask.second as usize - 1, round);
        }
        ctx.sync_threads();
    }
    Fine
}

/// Asks a scalar handler for block memory.
#[ring_kernel(id = "testkit.scalar_memory", backends(cpu))]
fn scalar_memory(ctx: &mut RingContext, ask: Ask) -> Fine {
    ctx.shared_array::<u8>(ask.first as usize);
    Fine
}

/// Asks in which order lanes run.
#[derive(RingMessage, Debug, Clone, Copy, PartialEq)]
pub struct Race;

/// Lanes in the order in which they came.
#[derive(RingMessage, Debug, Clone, PartialEq)]
pub struct Order {
    /// Their numbers in the grid.
    pub lanes: Vec<u32>,
}

/// Tickets, and who has drawn each.
#[derive(Debug, Default)]
pub struct Tickets {
    drawn: AtomicCell<u32>,
    holders: AtomicArray<u32, 64>,
    lock: AtomicCell<u32>,
    guarded: AtomicCell<u64>,
}

#[ring_kernel(id = "testkit.tickets", block_size = 16, grid_size = 2, backends(cpu))]
fn tickets(ctx: &mut RingContext, state: &Shared<Tickets>, _race: &Race) -> Order {
    let ticket = state.drawn.fetch_add(1);
    state.holders.store(ticket as usize, ctx.global_thread_id());
    ctx.sync_grid();
    let mut lanes = Vec::new();
    for ticket in 0..state.drawn.load() as usize {
        lanes.push(state.holders.load(ticket));
    }
    ctx.sync_grid();
    state.drawn.store(0);
    Order { lanes }
}

/// Lanes that wait for each other's cells: each for the one after it, and then all for a lock.
#[ring_kernel(id = "testkit.spinning", block_size = 16, grid_size = 2, backends(cpu))]
fn spinning(ctx: &mut RingContext, state: &Shared<Tickets>, _race: &Race) -> Order {
    let last = ctx.block_dim() * ctx.grid_dim() - 1;
    let lane = ctx.global_thread_id();
    while state.drawn.load() != last - lane {}
    state.drawn.fetch_add(1);
    while state.lock.compare_exchange(0, 1).is_err() {}
    // Two steps that only the lock makes one.
    let before = state.guarded.load();
    state.guarded.store(before + 1);
    state.lock.store(0);
    ctx.sync_grid();
    Order { lanes: vec![state.guarded.load() as u32, state.drawn.load()] }
}

/// Every lane puts its number out.
#[ring_kernel(id = "testkit.chatty", block_size = 33, grid_size = 2, backends(cpu))]
fn chatty(ctx: &mut RingContext, _race: &Race) -> Order {
    let number = ctx.global_thread_id();
    assert!(ctx.enqueue_output(Order { lanes: vec![number] }));
    Order { lanes: vec![1000 + number] }
}
