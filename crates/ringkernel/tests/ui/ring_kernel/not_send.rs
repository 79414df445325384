use std::rc::Rc;

use ringkernel::prelude::*;

#[derive(RingMessage)]
struct Ping;

#[ring_kernel(id = "not_send")]
async fn not_send(_ctx: &mut RingContext<'_>, ping: Ping) -> Ping {
    let kept = Rc::new(5);
    std::future::ready(()).await;
    drop(kept);
    ping
}

fn main() {}
