//! Iterators are the heads of loops only.

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

#[ring_kernel(id = "chain")]
fn chain(_ctx: &mut RingContext, ask: Ask) -> Answer {
    Answer { value: ask.values.iter().map(|value| value + 1).sum() }
}

#[ring_kernel(id = "range")]
fn range(_ctx: &mut RingContext, ask: Ask) -> Answer {
    Answer { value: (0..ask.value).fold(0, |sum, value| sum + value) }
}

#[ring_kernel(id = "variable")]
fn variable(_ctx: &mut RingContext, ask: Ask) -> Answer {
    let mut values = ask.values.iter();
    Answer { value: values.next().copied().unwrap_or(0) }
}

#[ring_kernel(id = "head")]
fn head(_ctx: &mut RingContext, ask: Ask) -> Answer {
    let mut value = 0;
    for pair in ask.values.windows(2) {
        value += pair[0];
    }
    Answer { value }
}

#[ring_kernel(id = "sorted")]
fn sorted(_ctx: &mut RingContext, mut ask: Ask) -> Answer {
    ask.values.sort_by(|one, other| other.cmp(one));
    Answer { value: ask.values[0] }
}

fn main() {}
