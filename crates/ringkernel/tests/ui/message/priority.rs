use ringkernel::prelude::*;

#[derive(RingMessage)]
struct NoConstant {
    #[message(priority = "priority::URGENT")]
    priority: u8,
}

fn main() {}
