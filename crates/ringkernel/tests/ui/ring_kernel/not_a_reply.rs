use ringkernel::prelude::*;

#[derive(RingMessage)]
struct Ping;

#[ring_kernel(id = "number")]
fn number(_ctx: &mut RingContext, _ping: Ping) -> u32 {
    5
}

#[ring_kernel(id = "fallible")]
async fn fallible(_ctx: &mut RingContext<'_>, _ping: Ping) -> Result<Ping> {
    Ok(Ping)
}

fn main() {}
