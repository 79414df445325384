use ringkernel::prelude::*;

#[derive(RingMessage)]
struct Generic<T> {
    value: T,
}

#[derive(RingMessage)]
struct Borrowed<'a> {
    text: &'a str,
}

#[derive(RingMessage)]
struct Tuple(u32, f32);

#[derive(RingMessage)]
enum Choice {
    A,
    B { value: u32 },
}

#[derive(RingMessage)]
union Either {
    a: u32,
    b: f32,
}

fn main() {}
