//! What a handler publishes to is one topic, and is written out.

use ringkernel::prelude::*;

#[derive(RingMessage)]
struct Ask {
    value: u32,
}

#[ring_kernel(id = "pattern")]
fn pattern(ctx: &mut RingContext, ask: Ask) {
    ctx.publish("orders/*", ask);
}

#[ring_kernel(id = "malformed")]
fn malformed(ctx: &mut RingContext, ask: Ask) {
    let _ = ctx.try_publish("/orders", ask);
}

#[ring_kernel(id = "chosen")]
fn chosen(ctx: &mut RingContext, ask: Ask) {
    let topic = if ask.value > 3 { "many" } else { "few" };
    ctx.publish(topic, ask);
}

fn main() {}
