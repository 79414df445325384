use ringkernel::prelude::*;

#[derive(RingMessage)]
struct Ping;

#[derive(RingMessage, Clone)]
struct Pong;

#[derive(Default)]
struct Totals {
    sum: AtomicCell<u32>,
}

#[ring_kernel(id = "exclusive", block_size = 32)]
fn exclusive(_ctx: &mut RingContext, _totals: &mut Totals, _ping: &Ping) {}

#[ring_kernel(id = "bare", block_size = 32)]
fn bare(_ctx: &mut RingContext, _totals: &Totals, _ping: &Ping) {}

#[ring_kernel(id = "owned", grid_size = 2)]
fn owned(_ctx: &mut RingContext, _totals: &Shared<Totals>, _ping: Ping) {}

#[ring_kernel(id = "waiting", block_size = 32, backends(cpu))]
async fn waiting(_ctx: &mut RingContext<'_>, _ping: &Ping) {}

#[ring_kernel(id = "scalar")]
fn scalar(_ctx: &mut RingContext, _totals: &Shared<Totals>, _ping: Ping) {}

#[ring_kernel(id = "methods", block_size = 32)]
impl Totals {
    #[handler]
    fn exclusive(&mut self, _ctx: &mut RingContext, _ping: &Ping) {}

    #[handler]
    fn owned(&self, _ctx: &mut RingContext, _pong: Pong) {}
}

fn main() {}
