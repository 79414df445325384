use ringkernel::prelude::*;

#[derive(RingMessage)]
struct Request {
    #[message(id)]
    id: u64,
    #[message(correlation)]
    correlation: Option<u64>,
    #[message(priority)]
    priority: u32,
}

fn main() {}
