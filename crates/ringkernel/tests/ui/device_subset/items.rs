//! What a function may hold, and whether it may call itself.

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

macro_rules! twice {
    ($value:expr) => {
        2 * $value
    };
}

#[ring_kernel(id = "nested")]
fn nested(_ctx: &mut RingContext, ask: Ask) -> Answer {
    use std::mem::swap;
    struct Inside;
    fn inside(value: u32) -> u32 {
        value
    }
    let (mut one, mut other) = (ask.value, 3);
    swap(&mut one, &mut other);
    let _ = Inside;
    Answer { value: inside(one) }
}

#[ring_kernel(id = "configured")]
fn configured(_ctx: &mut RingContext, ask: Ask) -> Answer {
    let mut value = ask.value;
    #[cfg(debug_assertions)]
    {
        value += 1;
    }
    Answer { value }
}

#[ring_kernel(id = "macros")]
fn macros(_ctx: &mut RingContext, ask: Ask) -> Answer {
    Answer { value: twice!(ask.value) }
}

#[ring_kernel(id = "recursion")]
fn recursion(ctx: &mut RingContext, ask: Ask) -> Answer {
    if ask.value == 0 {
        return Answer { value: 0 };
    }
    recursion(ctx, Ask { value: ask.value - 1, values: Vec::new() })
}

#[derive(Default)]
struct Counter;

#[ring_kernel(id = "method")]
impl Counter {
    #[handler]
    fn count(&mut self, ctx: &mut RingContext, ask: Ask) -> Answer {
        if ask.value == 0 {
            return Answer { value: 0 };
        }
        self.count(ctx, ask)
    }
}

fn main() {}
