use ringkernel::prelude::*;

#[derive(RingMessage)]
struct Ping;

#[ring_kernel]
fn missing_id(_ctx: &mut RingContext, _ping: Ping) {}

#[ring_kernel(id = "")]
fn empty_id(_ctx: &mut RingContext, _ping: Ping) {}

#[ring_kernel(id = "unknown", blocksize = 3, mode = "persistent")]
fn unknown_keys(_ctx: &mut RingContext, _ping: Ping) {}

#[ring_kernel(id = "twice", id = "again")]
fn twice(_ctx: &mut RingContext, _ping: Ping) {}

#[ring_kernel(id = "sizes", block_size = 2048, grid_size = 0)]
fn sizes(_ctx: &mut RingContext, _ping: Ping) {}

#[ring_kernel(id = "backends", backends(cpu, vulkan), polled = Ping)]
fn backends(_ctx: &mut RingContext, _ping: Ping) {}

#[ring_kernel(id = "async", backends(cpu, cuda))]
async fn asynchronous(_ctx: &mut RingContext<'_>, _ping: Ping) {}

#[ring_kernel(id = "polled", polled(Ping))]
fn polled(_ctx: &mut RingContext, _ping: Ping) {}

#[ring_kernel(id = "item")]
struct Item;

fn main() {}
