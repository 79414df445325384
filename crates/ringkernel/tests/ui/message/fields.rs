use ringkernel::prelude::*;

struct Opaque;

#[derive(RingMessage)]
struct Request {
    opaque: Opaque,
    count: usize,
}

fn main() {}
