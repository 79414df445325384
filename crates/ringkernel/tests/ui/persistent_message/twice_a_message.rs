use ringkernel::prelude::*;

// Both write `RingMessage`, because neither sees the other: `beside_ring_message` says so.
#[derive(RingMessage, PersistentMessage)]
#[persistent_message(handler_id = 1)]
struct Twice {
    value: u32,
}

// The attribute belongs to `RingMessage`, which is missing.
#[derive(PersistentMessage)]
#[persistent_message(handler_id = 1)]
struct Never {
    #[message(id)]
    id: MessageId,
}

fn main() {}
