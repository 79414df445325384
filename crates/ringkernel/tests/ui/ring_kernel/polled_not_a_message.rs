use ringkernel::prelude::*;

#[derive(RingMessage)]
struct Ping;

struct Plain;

#[ring_kernel(id = "polled", polled(Plain))]
fn polled(_ctx: &mut RingContext, _ping: Ping) {}

fn main() {}
