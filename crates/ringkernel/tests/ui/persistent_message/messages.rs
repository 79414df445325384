use ringkernel::prelude::*;

// What is wrong with the message itself is reported once.
#[derive(PersistentMessage)]
#[persistent_message(handler_id = 1)]
struct NoFields(u32);

#[derive(PersistentMessage)]
#[persistent_message(handler_id = 1)]
enum Either {
    Left,
    Right,
}

fn main() {}
