use ringkernel::prelude::*;

#[derive(RingMessage)]
struct Ping;

#[derive(Default)]
struct Totals {
    sum: AtomicCell<u32>,
}

#[derive(Default)]
struct Names {
    name: SharedCell<String>,
}

#[ring_kernel(id = "writes", block_size = 32)]
fn writes(_ctx: &mut RingContext, totals: &Shared<Totals>, _ping: &Ping) {
    totals.sum = AtomicCell::new(1);
}

#[ring_kernel(id = "threads", block_size = 32, backends(cpu))]
fn threads(_ctx: &mut RingContext, totals: &Shared<Totals>, _ping: &Ping) {
    std::thread::scope(|scope| {
        scope.spawn(|| totals.sum.fetch_add(1));
    });
}

fn main() {}
