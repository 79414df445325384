use ringkernel::prelude::*;

struct Plain;

#[ring_kernel(id = "plain")]
fn plain(_ctx: &mut RingContext, _plain: Plain) {}

fn main() {}
