//! The numbers by which host and devices speak of messages and events, in words of 32 bits.
//!
//! A message is a head of [`H_WORDS`] words and its payload, padded to whole words. An event is a head of [`EVENT_WORDS`] and
//! what its kind says. They are the same on every device that has no better way than words; each number is written once, for
//! Rust here and for the texts of devices by [`ALL`].

macro_rules! numbers {
    ($($(#[$meta:meta])* $name:ident = $value:expr;)*) => {
        $($(#[$meta])* pub const $name: u32 = $value;)*

        /// All of them by name.
        pub const ALL: &[(&str, u32)] = &[$((stringify!($name), $name)),*];
    };
}

numbers! {
    /// Where the next message of a list lies: a device's own.
    H_NEXT = 0;
    /// Number of its type on the device.
    H_TYPE = 1;
    /// Bytes of its payload.
    H_BYTES = 2;
    /// Its priority.
    H_PRIORITY = 3;
    /// Where its answer goes.
    H_ANSWER = 4;
    /// Address of its sender, two words.
    H_SENDER = 5;
    /// Its id, four words.
    H_ID = 7;
    /// What it belongs to, four words.
    H_CORRELATION = 11;
    /// When it was sent: physical time (2), logical time, node.
    H_TIME = 15;
    /// When it was accepted, nanoseconds since the epoch, two words.
    H_ACCEPTED = 19;
    /// The token by which the host knows it, or 0.
    H_TOKEN = 21;
    /// Address of the kernel that it is for, two words.
    H_TARGET = 22;
    /// When it expires, nanoseconds since the epoch, two words; 0 for never.
    H_DEADLINE = 24;
    /// Until when it waits for room at its target.
    H_PATIENCE = 26;
    /// The id of the handler that it is for, where its type says one; else 0, and its type is what is gone by.
    H_HANDLER = 28;
    /// The number of the account that it is on; 0 for that of the kernel that handles it.
    H_PAYER = 29;
    /// Words of a head: a multiple of 16 bytes, so that payloads lie as well as heads do.
    H_WORDS = 32;

    /// The answer goes into the output queue.
    ANSWER_OUTPUT = 0;
    /// The answer goes to a caller on the host.
    ANSWER_CALLER = 1;
    /// The answer goes to the kernel that has sent the message.
    ANSWER_KERNEL = 2;

    /// Words of an event's head: kind and length (`kind | words << 4`), actor, argument. What the kind says follows.
    EVENT_WORDS = 3;
    /// Nothing: room that was taken and not used.
    EVENT_SKIP = 0;
    /// The message in hand is done. Argument: its token. Then outcome, what the handler has done, time of acceptance (2). What it has
    /// done: sent, errors, dropped, messages that another tenant's kernel was not given, that kernel's
    /// address (2), nanoseconds.
    EVENT_DONE = 1;
    /// The answer to the message in hand. Argument: its token. Then a message.
    EVENT_ANSWER = 2;
    /// An output: a message.
    EVENT_OUTPUT = 3;
    /// An answer that was deferred. Argument: the token of what it answers. Then a message.
    EVENT_REPLY = 4;
    /// A message from a kernel to this actor could not be delivered or handled: argument is why; then the message.
    EVENT_DEAD = 5;
    /// A handler has faulted. Argument: the message's token. Then kind, code, file, line, what the handler has done.
    EVENT_FAULT = 6;
    /// The actor holds nothing any more.
    EVENT_CLOSED = 7;
    /// A right to answer gave way. Argument: the token of its caller.
    EVENT_EVICTED = 8;
    /// A message of a host has expired on the device. Argument: its token.
    EVENT_EXPIRED = 9;
    /// The actor goes by what the host wanted of it. Argument: the number of that wish.
    EVENT_SETTLED = 10;
    /// An answer that is larger than what the device has room to write. Argument: the token of whoever waits for it, or 0. Then a
    /// message without its payload, whose number of bytes is that which it would have had.
    EVENT_OVERSIZED = 11;
    /// What the message in hand, which is done right after this, has used of what its tenant may send, where that is limited: messages
    /// that it has sent, and those that were refused because they would have been too many. And the number of the account that it is on,
    /// where it came from another kernel and is not on that of this one.
    EVENT_SPENT = 12;
    /// Words of that event.
    SPENT_WORDS = 6;
    /// Messages from other kernels were handled, of which there is nothing else to say. Argument: how many. Then the messages that their
    /// handlers have sent, and in nanoseconds (2 each): what the handlers took together, the latencies together, the least and the most of
    /// them. Then, for each magnitude of which there were latencies: its number among [`LATENCY_BUCKETS`], and how many.
    EVENT_TALLY = 13;
    /// Words of that event in front of the magnitudes.
    TALLY_SUMS = 9;
    /// Magnitudes of latencies: 0, and from each power of two of nanoseconds to the next; the last has all that are longer.
    LATENCY_BUCKETS = 44;
    /// How far to the left the number of the message's type stands in the first word of a message that is done, and of a fault.
    TYPE_SHIFT = 8;
    /// Words of an event of a message that is done.
    DONE_WORDS = 13;
    /// Words of an event of a fault.
    FAULT_WORDS = 14;

    /// The handler has kept the right to answer later.
    OUTCOME_DEFERRED = 1;
    /// The handler has answered.
    OUTCOME_ANSWERED = 2;
    /// The message came from another kernel.
    OUTCOME_FROM_KERNEL = 4;
    /// The handler has ended the kernel.
    OUTCOME_ENDS = 8;

    /// No room at its target in time.
    DEAD_QUEUE_FULL = 1;
    /// Its target takes nothing any more.
    DEAD_CLOSED = 2;
    /// An answer that nobody waits for.
    DEAD_LATE_REPLY = 3;
    /// The handler has faulted.
    DEAD_FAULT = 4;
    /// Larger than its target takes.
    DEAD_TOO_LARGE = 5;
    /// Its target has no handler for it.
    DEAD_UNHANDLED = 6;

    /// Words of a right to answer: token (2), answer, caller's token, asker (2), correlation (4), deadline (2).
    RIGHT_WORDS = 12;

    /// A lane other than the first of its grid has used the clock, sent, or ended the kernel.
    FAULT_NOT_LEADING = 9;

    /// Why a message to another kernel is refused: one of the two was launched without `with_k2k`.
    REFUSED_NOT_ENABLED = 1;
    /// There is no such kernel.
    REFUSED_NOT_FOUND = 2;
    /// The outbox is full.
    REFUSED_OUTBOX_FULL = 3;
    /// A message to oneself, and no room.
    REFUSED_OWN_MAILBOX_FULL = 4;
    /// The target has no handler for it.
    REFUSED_UNHANDLED = 5;
    /// Larger than the target takes.
    REFUSED_TOO_LARGE = 6;
    /// The target belongs to another tenant.
    REFUSED_TENANT = 7;
    /// The tenant has sent as much as it may.
    REFUSED_QUOTA = 8;

    /// What a message is written for, as `ringkernel_codegen` numbers it: an answer.
    OP_ANSWER = 0;
    /// An output.
    OP_OUTPUT = 1;
    /// A message to an address.
    OP_SEND = 2;
    /// A message to a name.
    OP_SEND_NAME = 3;
    /// A request to an address.
    OP_REQUEST = 4;
    /// A request to a name.
    OP_REQUEST_NAME = 5;
    /// A deferred answer.
    OP_REPLY = 6;
    /// A publication to a topic, by the number of its name.
    OP_PUBLISH = 7;

    /// In place of a generation: the address is the number of a name that is not one of this runtime.
    OUTSIDE = 0xFFFF_FFFF;
    /// In place of a generation: the address is the number of a topic's name.
    PUBLISHED = 0xFFFF_FFFE;

    /// In place of a handler's number: the kernel's handlers poll for messages of this type.
    POLLED = 0xFFFF_FFFF;
}
