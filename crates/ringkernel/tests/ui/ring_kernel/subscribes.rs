//! What a kernel is subscribed to is checked when it is compiled.

use ringkernel::prelude::*;

#[derive(RingMessage)]
struct Ask {
    value: u32,
}

#[ring_kernel(id = "no_text", subscribes = orders)]
fn no_text(_ctx: &mut RingContext, _ask: Ask) {}

#[ring_kernel(id = "nothing", subscribes = "")]
fn nothing(_ctx: &mut RingContext, _ask: Ask) {}

#[ring_kernel(id = "empty_level", subscribes = "orders/*, alarms//fire")]
fn empty_level(_ctx: &mut RingContext, _ask: Ask) {}

#[ring_kernel(id = "within_a_level", subscribes = "orders/new*")]
fn within_a_level(_ctx: &mut RingContext, _ask: Ask) {}

#[ring_kernel(id = "rest_before_end", subscribes = "orders/#/new")]
fn rest_before_end(_ctx: &mut RingContext, _ask: Ask) {}

#[ring_kernel(id = "twice", subscribes = "orders/*, orders/*")]
fn twice(_ctx: &mut RingContext, _ask: Ask) {}

fn main() {}
