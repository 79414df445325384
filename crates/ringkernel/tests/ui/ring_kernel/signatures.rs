use ringkernel::prelude::*;

#[derive(RingMessage)]
struct Ping;

#[ring_kernel(id = "no_parameters")]
fn no_parameters() {}

#[ring_kernel(id = "no_context")]
fn no_context(_ping: Ping) {}

#[ring_kernel(id = "state_first")]
fn state_first(_state: &mut u32, _ctx: &mut RingContext, _ping: Ping) {}

#[ring_kernel(id = "state_by_value")]
fn state_by_value(_ctx: &mut RingContext, _state: u32, _ping: Ping) {}

#[ring_kernel(id = "by_reference")]
fn by_reference(_ctx: &mut RingContext, _ping: &Ping) {}

#[ring_kernel(id = "generic")]
fn generic<M: RingMessage>(_ctx: &mut RingContext, _message: M) {}

#[ring_kernel(id = "any_message")]
fn any_message(_ctx: &mut RingContext, _message: impl RingMessage) {}

#[ring_kernel(id = "danger")]
unsafe fn danger(_ctx: &mut RingContext, _ping: Ping) {}

#[ring_kernel(id = "foreign")]
extern "C" fn foreign(_ctx: &mut RingContext, _ping: Ping) {}

fn main() {}
