use ringkernel::prelude::*;

struct Plain;

#[derive(PersistentMessage)]
#[persistent_message(handler_id = 1, response = Plain)]
struct Asking;

fn main() {}
