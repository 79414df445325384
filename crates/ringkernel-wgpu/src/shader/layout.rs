//! Where everything lies in device memory: one list, from which both the Rust constants and those of the shaders come.

/// Declares word offsets and numbers, for Rust and for WGSL.
macro_rules! words {
    ($($(#[$meta:meta])* $name:ident = $value:expr;)*) => {
        $($(#[$meta])* pub(crate) const $name: u32 = $value;)*

        /// All of them by name.
        const OWN: &[(&str, u32)] = &[$((stringify!($name), $name)),*];
    };
}

pub(crate) use ringkernel_core::backend::driven::wire::numbers::*;

/// All of them, and what stands in messages and events on every device, as WGSL constants.
pub(crate) fn wgsl() -> String {
    let all = OWN.iter().chain(ALL);
    all.map(|(name, value)| format!("const {name}: u32 = {value}u;\n")).collect()
}

words! {
    // Parameters of a submission, at the start of `rk_mem`. Word 0 stays unused, so that address 0 means nothing.
    /// The time, nanoseconds since the epoch, two words.
    P_NOW = 16;
    /// The number of the submission's first turn; its lowest bit chooses the inbox.
    P_TURN = 18;
    /// Places for actors.
    P_ACTORS = 19;
    /// What the host sends: a table of `FEED_WORDS` per actor, then messages.
    P_INGRESS = 20;
    /// Where events go.
    P_EGRESS = 21;
    /// The first word behind them.
    P_EGRESS_END = 22;
    /// Addresses of kernels that handlers name, two words each.
    P_NAMES = 23;
    /// A row for each kernel: for each message type 0, or 1 + the number of its handler, or `POLLED`.
    P_KERNELS = 24;
    /// Message types.
    P_TYPES = 25;
    /// The slots of messages between kernels.
    P_POOL = 26;
    P_POOL_SLOTS = 27;
    P_SLOT_WORDS = 28;
    /// In `rk_sync`: a bit for each slot that is taken.
    P_POOL_BITS = 29;
    /// How long a message waits for room at its target, nanoseconds, two words.
    P_K2K_LIMIT = 30;
    /// How far ahead a timestamp may be, nanoseconds, two words.
    P_DRIFT = 32;
    /// In `rk_sync`: what each tenant may still send whose messages are limited.
    P_RATES = 34;
    P_WORDS = 64;

    // What the host feeds an actor with in a submission.
    /// Address of its messages.
    FEED_AT = 0;
    /// How many.
    FEED_COUNT = 1;
    /// Room in its output queue.
    FEED_ROOM = 2;
    /// Messages from kernels that its mailbox has room for.
    FEED_LIMIT = 3;
    FEED_WORDS = 4;

    // The record of an actor, in `rk_actors`: first what the host writes at launch, then what the actor's own lane keeps there
    // from turn to turn.
    A_GENERATION = 0;
    A_STATE = 1;
    A_SCRATCH = 2;
    A_SCRATCH_WORDS = 3;
    A_KERNEL = 4;
    A_FLAGS = 5;
    A_MAX_BYTES = 6;
    A_NODE = 7;
    /// The half of its messages' ids that nobody else has, two words.
    A_ID = 8;
    /// Words of events that the answer to a message and its end may take.
    A_NEED = 10;
    /// Words of the largest output; 0 where its handlers make none.
    A_OUTPUT_WORDS = 11;
    A_RIGHTS = 12;
    A_RIGHTS_CAPACITY = 13;
    A_POLLED_LIMIT = 14;
    /// The number of its tenant.
    A_TENANT = 15;
    /// Where the lane's own words begin.
    A_OWN = 16;
    A_CLOCK = 16;
    A_NEXT_ID = 18;
    A_ROOM = 20;
    /// Where it is counted what its tenant sends, counted from 1; 0 where that is not limited. The host's, like the words in front of
    /// `A_OWN`.
    A_RATE = 21;
    A_ITEM = 22;
    A_ITEMS = 23;
    /// Messages from kernels by band: first and last slot, from the lowest band on.
    A_BANDS = 24;
    A_POLLED = 32;
    /// Slots to be freed in the next turn, when nobody reads them any more.
    A_FREE = 34;
    A_OUTBOX = 35;
    A_RIGHTS_NEXT = 37;
    /// Whether the last message taken came from a kernel: the next one of the same band is then the host's.
    A_TOOK_KERNELS = 38;
    A_OUTBOX_LENGTH = 39;
    // The message in hand, of a cooperative kernel from one turn to the next.
    A_RUN = 40;
    A_HEAD = 41;
    A_SLOT = 42;
    A_OUT_AT = 43;
    A_OUT_END = 44;
    A_OUTCOME = 45;
    A_SENT = 46;
    A_ERRORS = 47;
    A_DROPPED = 48;
    A_CROSSINGS = 49;
    /// An address.
    A_CROSSED_TO = 50;
    /// Messages that were counted against what the tenant may send, and those that would have been too many.
    A_DRAWN = 52;
    A_OVERDRAWN = 53;
    /// The number of the account that it was launched on, which is the host's.
    A_PAYER = 54;
    A_WORDS = 56;

    FLAG_K2K = 1;
    FLAG_COOPERATIVE = 2;

    // The words of an actor that others touch, in `rk_shared` behind `G_WORDS`.
    S_MODE = 0;
    /// Two lists of slots: messages sent in even and in odd turns.
    S_INBOX = 1;
    /// Messages from kernels in its mailbox, those on the way included.
    S_USED = 3;
    /// Messages from kernels that it has ever been sent.
    S_RECEIVED = 4;
    S_POLLED_USED = 5;
    /// Messages that wait for room at other kernels.
    S_OUTBOX = 6;
    /// The first fault of the lanes of a cooperative handler: kind, code, file, line.
    S_FAULT = 8;
    S_WORDS = 12;

    MODE_VACANT = 0;
    MODE_PAUSED = 1;
    MODE_ACTIVE = 2;
    /// Gives back everything that it holds.
    MODE_CLOSING = 3;
    /// A handler has faulted, and the host has not yet decided.
    MODE_FAULTED = 4;
    /// A handler has asked for the end.
    MODE_ENDING = 5;
    /// Closed: nothing in, nothing out.
    MODE_CLOSED = 6;

    // Words of `rk_shared` that all share.
    /// The next free word of the events.
    G_EGRESS = 1;
    /// Whether events did not fit.
    G_STARVED = 2;
    /// Whether an actor waits for room at another.
    G_BLOCKED = 3;
    /// For each turn of a submission, how many actors had something left to do.
    G_MORE = 16;
    G_TURNS = 64;
    G_WORDS = 80;

    // What tells a program which turn it is, in `rk_turn`: its number in the submission; where the members of a cooperative kernel
    // are; `LAST_TURN` if none follows; whether the program is to do nothing.
    LAST_TURN = 1;

    /// Messages that an actor handles in one turn.
    BUDGET = 64;
    OUTBOX_CAPACITY = 1024;
    /// Targets without room that a flush remembers.
    FULL_TARGETS = 8;
}
