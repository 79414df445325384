use ringkernel::prelude::*;

#[derive(RingMessage)]
struct TooLarge {
    #[message(priority = "300")]
    priority: u8,
}

fn main() {}
