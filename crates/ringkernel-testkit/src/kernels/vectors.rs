//! Messages with parts of variable length: read in place, built by handlers, passed on.

use ringkernel::Uuid;
use ringkernel::prelude::*;

/// Two lists to add.
#[derive(RingMessage, Debug, Clone, PartialEq)]
pub struct VectorAddRequest {
    /// Its id.
    #[message(id)]
    pub id: Uuid,
    /// Its priority.
    #[message(priority = "priority::NORMAL")]
    pub priority: u8,
    /// What it belongs to.
    #[message(correlation)]
    pub correlation_id: Option<Uuid>,
    /// The first list.
    pub a: Vec<f32>,
    /// The second list.
    pub b: Vec<f32>,
}

/// The answer to a [`VectorAddRequest`].
#[derive(RingMessage, Debug, Clone, PartialEq)]
pub struct VectorAddResponse {
    /// Sums of the elements, as many as the shorter list has.
    pub sum: Vec<f32>,
}

#[ring_kernel(id = "testkit.vectors.add")]
fn add(_ctx: &mut RingContext, request: VectorAddRequest) -> VectorAddResponse {
    let mut sum = Vec::new();
    for index in 0..request.a.len().min(request.b.len()) {
        sum.push(request.a[index] + request.b[index]);
    }
    VectorAddResponse { sum }
}

/// Lists of elements of every width, between parts of fixed length.
#[derive(RingMessage, Debug, Clone, PartialEq, Default)]
pub struct Mixed {
    /// Elements of one byte.
    pub bytes: Vec<u8>,
    /// Comes back as it is.
    pub mark: u16,
    /// Elements of two bytes.
    pub shorts: Vec<i16>,
    /// Elements of one byte that is 0 or 1.
    pub flags: Vec<bool>,
    /// Elements of eight bytes.
    pub wide: Vec<u64>,
    /// Elements of four bytes.
    pub floats: Vec<f32>,
}

/// Turns every list around.
#[ring_kernel(id = "testkit.vectors.reverse")]
fn reverse(_ctx: &mut RingContext, mixed: Mixed) -> Mixed {
    let mut bytes = Vec::with_capacity(mixed.bytes.len());
    for index in (0..mixed.bytes.len()).rev() {
        bytes.push(mixed.bytes[index]);
    }
    let mut shorts = Vec::with_capacity(mixed.shorts.len());
    for index in (0..mixed.shorts.len()).rev() {
        shorts.push(mixed.shorts[index]);
    }
    let mut flags = Vec::with_capacity(mixed.flags.len());
    for index in (0..mixed.flags.len()).rev() {
        flags.push(mixed.flags[index]);
    }
    let mut wide = Vec::with_capacity(mixed.wide.len());
    for index in (0..mixed.wide.len()).rev() {
        wide.push(mixed.wide[index]);
    }
    let mut floats = Vec::with_capacity(mixed.floats.len());
    for index in (0..mixed.floats.len()).rev() {
        floats.push(mixed.floats[index]);
    }
    Mixed { bytes, mark: mixed.mark, shorts, flags, wide, floats }
}

/// Asks for the way of a number down to one: halved when even, three times and one more when odd.
#[derive(RingMessage, Debug, Clone, PartialEq)]
pub struct Descend {
    /// The number, at least 1.
    pub from: u64,
}

/// A way, whose length nobody knows beforehand.
#[derive(RingMessage, Debug, Clone, PartialEq)]
pub struct Way {
    /// The even numbers on it, in order.
    pub even: Vec<u64>,
    /// The odd numbers on it, in order.
    pub odd: Vec<u32>,
}

/// Two lists grow by turns.
#[ring_kernel(id = "testkit.vectors.descend")]
fn descend(_ctx: &mut RingContext, message: Descend) -> Way {
    let mut even = Vec::new();
    let mut odd = Vec::new();
    let mut at = message.from;
    loop {
        if at.is_multiple_of(2) {
            even.push(at);
            at /= 2;
        } else {
            odd.push(at as u32);
            if at == 1 {
                break;
            }
            at = 3 * at + 1;
        }
    }
    Way { even, odd }
}

/// Asks for one element.
#[derive(RingMessage, Debug, Clone, PartialEq)]
pub struct Pick {
    /// Where it is.
    pub index: u32,
    /// The list.
    pub values: Vec<u16>,
}

/// The element, and what is known of the others.
#[derive(RingMessage, Debug, Clone, Copy, PartialEq)]
pub struct Picked {
    /// The element.
    pub value: u16,
    /// The sum of all.
    pub sum: u32,
}

/// The line of this file on which the kernel picks, counted from 1.
pub fn line_of_pick() -> u32 {
    let lines = (1..).zip(include_str!("vectors.rs").lines());
    let mut matching = lines.filter(|(_, line)| line.starts_with("    let value = message.values["));
    matching.next().map_or(0, |(number, _)| number)
}

#[ring_kernel(id = "testkit.vectors.pick")]
fn pick(_ctx: &mut RingContext, message: Pick) -> Picked {
    let mut sum = 0;
    for value in &message.values {
        sum += u32::from(*value);
    }
    let value = message.values[message.index as usize];
    Picked { value, sum }
}

/// Travels along a ring, and takes a number along at each place.
#[derive(RingMessage, Debug, Clone, PartialEq)]
pub struct Collect {
    /// How often it is still passed on.
    pub hops_left: u32,
    /// What was collected.
    pub numbers: Vec<u32>,
}

/// Names the next collector, and the number that this one adds.
#[derive(RingMessage, Debug, Clone, PartialEq)]
pub struct Join {
    /// The next collector.
    pub next: ActorRef,
    /// The number.
    pub number: u32,
}

/// One place of the ring.
#[derive(GpuType, Debug, Clone, Copy, Default)]
#[repr(C)]
pub struct Collector {
    next: ActorRef,
    number: u32,
}

#[ring_kernel(id = "testkit.vectors.collector")]
impl Collector {
    #[handler]
    fn join(&mut self, _ctx: &mut RingContext, message: Join) {
        self.next = message.next;
        self.number = message.number;
    }

    #[handler]
    fn collect(&mut self, ctx: &mut RingContext, message: Collect) -> Option<Collect> {
        let mut numbers = message.numbers;
        numbers.push(self.number);
        if message.hops_left == 0 {
            return Some(Collect { hops_left: 0, numbers });
        }
        assert!(ctx.send_to_kernel(self.next, Collect { hops_left: message.hops_left - 1, numbers }));
        None
    }
}
