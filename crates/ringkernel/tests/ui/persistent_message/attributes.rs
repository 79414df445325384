use ringkernel::prelude::*;

#[derive(PersistentMessage)]
struct NoHandler;

#[derive(PersistentMessage)]
#[persistent_message]
struct NothingSaid;

#[derive(PersistentMessage)]
#[persistent_message(handler_id = "one", requires_response = maybe, response = 5, handler = 3)]
struct Mistaken;

#[derive(PersistentMessage)]
#[persistent_message(handler_id = 4294967296)]
struct TooLarge;

#[derive(PersistentMessage)]
#[persistent_message(handler_id = 1, beside_ring_message = true)]
struct NoFlag;

fn main() {}
