//! Forms of patterns and expressions that devices lack.

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

#[ring_kernel(id = "slices")]
fn slices(_ctx: &mut RingContext, ask: Ask) -> Answer {
    let [first, second] = [ask.value, 1];
    match ask.values.as_slice() {
        [one, ..] => Answer { value: *one },
        _ => Answer { value: first + second },
    }
}

#[ring_kernel(id = "references")]
fn references(_ctx: &mut RingContext, ask: Ask) -> Answer {
    let mut value = Some(ask.value);
    if let Some(ref mut value) = value {
        *value += 1;
    }
    Answer { value: value.unwrap_or(const { 1 + 2 }) }
}

#[ring_kernel(id = "assigns")]
fn assigns(_ctx: &mut RingContext, ask: Ask) -> Answer {
    let (mut one, mut other) = (ask.value, 1);
    [one, other] = [other, one];
    Answer { value: one + other }
}

// One function, several mistakes: all of them are shown.
#[ring_kernel(id = "several")]
fn several(_ctx: &mut RingContext, ask: Ask) -> Answer {
    let boxed = Box::new(ask.value);
    let twice = |value: u32| value * 2;
    eprintln!("{boxed}");
    Answer { value: twice(*boxed) }
}

fn main() {}
