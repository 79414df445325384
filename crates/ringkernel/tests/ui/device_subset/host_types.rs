//! Types that only a CPU has.

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

use std::collections::HashMap;

trait Sides {
    const SIDES: u32;
}

trait Shape {
    fn area(&self) -> u32;
}

impl Sides for u32 {
    const SIDES: u32 = 4;
}

impl Shape for u32 {
    fn area(&self) -> u32 {
        self * self
    }
}

struct Pair<T>(T, T);

#[ring_kernel(id = "wide")]
fn wide(_ctx: &mut RingContext, ask: Ask) -> Answer {
    let product = ask.value as u128 * 3;
    let pointer_sized: isize = 3;
    Answer { value: product as u32 + 18_446_744_073_709_551_616u128 as u32 + pointer_sized as u32 }
}

#[ring_kernel(id = "heap")]
fn heap(_ctx: &mut RingContext, ask: Ask) -> Answer {
    let boxed = Box::new(ask.value);
    let shared: std::sync::Arc<u32> = std::sync::Arc::new(*boxed);
    Answer { value: *shared }
}

#[ring_kernel(id = "collection")]
fn collection(_ctx: &mut RingContext, ask: Ask) -> Answer {
    let mut known: HashMap<u32, u32> = HashMap::new();
    known.insert(ask.value, 1);
    Answer { value: known.len() as u32 }
}

#[ring_kernel(id = "object")]
fn object(_ctx: &mut RingContext, ask: Ask) -> Answer {
    let shape = &ask.value as &dyn Shape;
    Answer { value: shape.area() + <u32 as Sides>::SIDES }
}

#[ring_kernel(id = "generic")]
fn generic(_ctx: &mut RingContext, ask: Ask) -> Answer {
    let pair: Pair<u32> = Pair(ask.value, 2);
    let function: fn(&u32) -> u32 = Shape::area;
    Answer { value: pair.0 + pair.1 + function(&ask.value) }
}

#[ring_kernel(id = "clock")]
fn clock(_ctx: &mut RingContext, _ask: Ask) -> Answer {
    Answer { value: std::time::Instant::now().elapsed().as_secs() as u32 }
}

fn main() {}
