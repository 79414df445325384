//! A device never waits: what waits is left to the CPU.

use ringkernel::prelude::*;

#[derive(RingMessage)]
struct Ask {
    value: u32,
    values: Vec<u32>,
}

#[derive(RingMessage)]
struct Answer {
    value: u32,
}

fn block_on<T>(_future: impl Future<Output = T>) -> T {
    unreachable!()
}

#[ring_kernel(id = "waits")]
fn waits(_ctx: &mut RingContext, ask: Ask) -> Answer {
    Answer { value: block_on(async { ask.value }) }
}

#[ring_kernel(id = "sleeps")]
fn sleeps(_ctx: &mut RingContext, ask: Ask) -> Answer {
    std::thread::sleep(std::time::Duration::from_secs(1));
    Answer { value: ask.value }
}

fn main() {}
