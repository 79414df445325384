use ringkernel::prelude::*;

#[derive(RingMessage)]
struct TwoIds {
    #[message(id)]
    first: MessageId,
    #[message(id)]
    second: MessageId,
}

#[derive(RingMessage)]
struct TwoRoles {
    #[message(id, correlation)]
    id: MessageId,
}

#[derive(RingMessage)]
struct Unknown {
    #[message(ident)]
    id: MessageId,
    #[message(id = 5)]
    other: MessageId,
    #[message]
    nothing: u32,
}

#[derive(RingMessage)]
struct NoExpression {
    #[message(priority = "priority::")]
    priority: u8,
}

fn main() {}
