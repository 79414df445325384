//! Pointers and what else the compiler cannot check.

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

#[ring_kernel(id = "pointer")]
fn pointer(_ctx: &mut RingContext, ask: Ask) -> Answer {
    let first: *const u32 = ask.values.as_ptr();
    Answer { value: unsafe { *first } }
}

#[ring_kernel(id = "address")]
fn address(_ctx: &mut RingContext, ask: Ask) -> Answer {
    let _address = &raw const ask.value;
    Answer { value: 0 }
}

#[ring_kernel(id = "global")]
fn global(_ctx: &mut RingContext, ask: Ask) -> Answer {
    static mut CALLS: u32 = 0;
    Answer { value: ask.value }
}

fn main() {}
