use ringkernel::prelude::*;

#[derive(RingMessage)]
struct Ping;

struct Total(u32);

#[ring_kernel(id = "total")]
fn total(_ctx: &mut RingContext, total: &mut Total, _ping: Ping) {
    total.0 += 1;
}

fn main() {}
