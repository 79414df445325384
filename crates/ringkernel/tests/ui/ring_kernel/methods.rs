use ringkernel::prelude::*;

#[derive(RingMessage)]
struct Ping;

#[derive(RingMessage)]
struct Pong;

#[derive(Default)]
struct Unmarked;

#[ring_kernel(id = "unmarked")]
impl Unmarked {
    fn ping(&mut self, _ctx: &mut RingContext, _ping: Ping) {}
}

#[derive(Default)]
struct Doubled;

#[ring_kernel(id = "doubled")]
impl Doubled {
    #[handler]
    fn first(&mut self, _ctx: &mut RingContext, _ping: Ping) {}

    #[handler]
    fn second(&mut self, _ctx: &mut RingContext, _ping: Ping) {}
}

#[derive(Default)]
struct Consumed;

#[ring_kernel(id = "consumed")]
impl Consumed {
    #[handler]
    fn by_value(self, _ctx: &mut RingContext, _ping: Ping) {}

    #[handler(Pong)]
    fn without_self(_ctx: &mut RingContext, _pong: Pong) {}
}

#[derive(Default)]
struct Wrapped<T>(T);

#[ring_kernel(id = "wrapped")]
impl<T> Wrapped<T> {
    #[handler]
    fn ping(&mut self, _ctx: &mut RingContext, _ping: Ping) {}
}

#[derive(Default)]
struct Lone;

impl Lone {
    #[ring_kernel(id = "lone")]
    fn ping(&mut self, _ctx: &mut RingContext, _ping: Ping) {}
}

fn main() {}
