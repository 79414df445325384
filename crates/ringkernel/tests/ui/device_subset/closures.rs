//! Closures are arguments of a few methods only.

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

fn apply(value: u32, function: impl Fn(u32) -> u32) -> u32 {
    function(value)
}

fn double(value: u32) -> u32 {
    2 * value
}

#[ring_kernel(id = "variable")]
fn variable(_ctx: &mut RingContext, ask: Ask) -> Answer {
    let more = |value: u32, by: u32| value + by;
    Answer { value: more(ask.value, 1) }
}

#[ring_kernel(id = "argument")]
fn argument(_ctx: &mut RingContext, ask: Ask) -> Answer {
    Answer { value: apply(ask.value, |value| value + 1) }
}

#[ring_kernel(id = "function")]
fn function(_ctx: &mut RingContext, ask: Ask) -> Answer {
    Answer { value: apply(ask.value, double) }
}

#[ring_kernel(id = "moves")]
fn moves(_ctx: &mut RingContext, ask: Ask) -> Answer {
    Answer { value: ask.value.checked_add(1).map(move |value| value + ask.value).unwrap_or(0) }
}

#[ring_kernel(id = "returns")]
fn returns(_ctx: &mut RingContext, ask: Ask) -> Answer {
    let value = ask.value.checked_add(1).map(|value| {
        if value > 3 {
            return 3;
        }
        value
    });
    Answer { value: value.unwrap_or(0) }
}

#[ring_kernel(id = "tries")]
fn tries(_ctx: &mut RingContext, ask: Ask) -> Answer {
    let value = ask.value.checked_add(1).and_then(|value| Some(value.checked_mul(2)? + 1));
    Answer { value: value.unwrap_or(0) }
}

fn main() {}
