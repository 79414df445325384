//! Where everything lies in memory that host and device share: one list, from which both the Rust constants and those of the
//! device's text come. The numbers of messages and events, which all devices share, join them.

pub(crate) use ringkernel_core::backend::driven::wire::numbers::*;

/// Declares numbers, for Rust and for C++.
macro_rules! words {
    ($($(#[$meta:meta])* $name:ident = $value:expr;)*) => {
        $($(#[$meta])* pub(crate) const $name: u32 = $value;)*

        /// All of them as C++ constants.
        pub(crate) fn cuda() -> String {
            let mut text = String::new();
            for (name, value) in ALL {
                text.push_str(&format!("#define {name} {value}u\n"));
            }
            $(text.push_str(concat!("#define ", stringify!($name), " "));
            text.push_str(&$name.to_string());
            text.push_str("u\n");)*
            text
        }
    };
}

words! {
    // ---- Words at the start of the arena. Word 0 stays unused, so that address 0 means nothing.
    /// Units of the ingress that have been read, over all launches.
    G_INGRESS_READ = 17;
    /// The launch of the grid for which the actors that were scheduled are in the queues again.
    G_RESUMED = 18;
    /// Workers that have left since the grid was asked to stop.
    G_LEFT = 19;
    /// Units of the egress whose numbers were taken.
    G_EGRESS_WRITTEN = 32;
    /// Units of the egress that the host has read.
    G_EGRESS_READ = 48;
    /// What the device's timer lacks to the nanoseconds since 1970, two words.
    G_CLOCK_OFFSET = 64;
    /// Whether the grid is to stop: the same word once for each of some blocks, each in a line of its own, because all workers that
    /// wait look at one again and again.
    G_STOP = 80;
    STOP_COPIES = 64;
    STOP_WORDS = 16;
    G_WORDS = 1104;

    // ---- Words of the board, which the host reads and writes while the grid runs; those of one writer share a line.
    // The first four are looked at together, with the order of the last.
    /// Not 0: the grid is to fail at once, and with it the context. The last resort when a handler does not return.
    BOARD_TRAP = 0;
    /// Units of the egress that the host has read.
    BOARD_EGRESS_READ = 3;
    /// The launch of the grid that has started.
    BOARD_STARTED = 16;
    /// Units of the ingress that have been read.
    BOARD_INGRESS_READ = 17;
    BOARD_BEATS = 18;
    /// How often the device's timer was asked for since the grid was launched, and what it showed, two words.
    BOARD_PONGS = 19;
    BOARD_TIME = 20;
    /// `BUSY_WORDS` for each worker.
    BOARD_BUSY = 32;
    /// The actor whose message it has, counted from 1, or 0; when it has taken that, by the low word of the timer; turns that it has
    /// kept, and those that it has drawn from a queue.
    BUSY_WORDS = 4;
    BUSY_KEPT = 2;
    BUSY_DRAWN = 3;
    /// Words of what workers do that are shown with each beat: what hosts send is not read meanwhile.
    BEAT_WORDS = 256;
    /// How often the grid shows that it is alive, in nanoseconds.
    BEAT_NS = 1_000_000;

    // ---- Words of an actor that the host reads.
    STATUS_USED = 0;
    STATUS_POLLED = 1;
    STATUS_OUTBOX = 2;
    STATUS_RECEIVED = 3;
    STATUS_WORDS = 4;

    // ---- Queues of actors that are ready: how many tickets were given out to write and to read, and slots.
    READY_WRITTEN = 0;
    READY_READ = 16;
    READY_SLOTS = 32;
    // A slot, which is read at once: actor, rank, and the sequence number.
    READY_ACTOR = 0;
    READY_RANK = 1;
    READY_NUMBER = 3;
    READY_SLOT_WORDS = 4;

    // ---- Commands: the first word says which, the others its arguments. Each starts at a unit.
    /// Address, count; the words follow from the next unit on.
    COMMAND_WRITE = 1;
    /// Actor, address of the message, limit, room.
    COMMAND_DELIVER = 2;
    /// Actor, mode, limit, room, faults seen, serial number.
    COMMAND_SET = 3;
    /// What the device's timer lacks, two words. It is shown for that, see `BOARD_PONGS`.
    COMMAND_CLOCK = 4;
    COMMAND_STOP = 5;

    // ---- The record of an actor: first what the host writes at launch, then what belongs to the turn.
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
    A_RIGHTS = 10;
    A_RIGHTS_CAPACITY = 11;
    A_POLLED_LIMIT = 12;
    /// Blocks of its grid, lanes of a block, bytes of block memory.
    A_GRID = 13;
    A_BLOCK = 14;
    A_BLOCK_BYTES = 15;
    /// Nanoseconds (2) and a count.
    A_CLOCK = 16;
    A_NEXT_ID = 20;
    /// Outputs that it has made.
    A_OUTPUTS = 22;
    A_FAULTS = 23;
    A_ENDS = 24;
    A_SERIAL = 25;
    A_RIGHTS_NEXT = 26;
    A_TOOK_KERNELS = 27;
    A_OUTBOX_LENGTH = 28;
    A_FREE = 29;
    /// The number of its tenant.
    A_TENANT = 30;
    /// Where it is counted what its tenant sends, as a row counted from 1; 0 where that is not limited.
    A_RATE = 31;
    // Lists of messages, first and last: of hosts and of kernels by band, polled ones, the outbox.
    A_HOSTS = 32;
    A_KERNELS = 40;
    A_POLLED = 48;
    A_OUTBOX = 50;
    /// The number of the account that it was launched on.
    A_PAYER = 52;
    /// What the host wanted with the wish of the number at `A_SERIAL`.
    A_MODE = 53;
    A_FAULTS_SEEN = 54;
    /// Where messages from kernels are counted, of which the host hears in sums; 0 where it hears of each.
    A_TALLY = 55;
    A_WORDS = 64;

    // ---- What is counted of messages from kernels: how many, then what [`EVENT_TALLY`] says of them, when that was told last (2), and
    // how many had a latency of each magnitude.
    TALLY_HANDLED = 0;
    TALLY_SENT = 1;
    TALLY_TAKEN = 2;
    TALLY_LATENCY = 4;
    TALLY_LEAST = 6;
    TALLY_MOST = 8;
    TALLY_TOLD = 10;
    TALLY_BUCKETS = 12;
    TALLY_WORDS = 56;

    // ---- A row of what a tenant may send: how much it was ever given, which the host writes, and how much of that is used.
    RATE_GIVEN = 0;
    RATE_USED = 1;
    RATE_WORDS = 2;

    FLAG_K2K = 1;
    FLAG_COOPERATIVE = 2;

    // ---- Words of an actor that others touch. They keep their values when another actor takes the place.
    S_WAKE = 0;
    WAKE_SCHEDULED = 1;
    WAKE_NOTIFIED = 2;
    S_INBOX = 1;
    /// Places that messages from kernels take.
    S_USED = 2;
    S_POLLED_USED = 3;
    /// Set in both when the mailbox is closed.
    CLOSED_MAILBOX = 0x8000_0000;
    S_RECEIVED = 4;
    // What the host wants.
    S_MODE = 5;
    S_SERIAL = 6;
    /// Places for messages from kernels.
    S_LIMIT = 7;
    /// Outputs that it may make, over all.
    S_ROOM = 8;
    S_FAULTS_SEEN = 9;
    // What the blocks of a grid share.
    S_GATHERING = 10;
    S_JOINED = 11;
    S_RUN = 12;
    S_RUN_MESSAGE = 13;
    S_ROUND = 14;
    S_SUM = 15;
    S_ARRIVED = 16;
    S_RESULT = 17;
    /// The first fault of a message: kind, code, file, line.
    S_FAULT = 20;
    /// Whether the actor is to tell what it has counted.
    S_TELL = 24;
    S_WORDS = 32;

    MODE_VACANT = 0;
    MODE_PAUSED = 1;
    MODE_ACTIVE = 2;
    /// Gives back everything that it holds.
    MODE_CLOSING = 3;
    /// Closed: nothing in, nothing out.
    MODE_CLOSED = 4;

    // ---- The pool of messages between kernels: rows of slots, which lie next to each other.
    /// A bit for each slot that is taken, and the address of the first.
    ROW_TAKEN = 0;
    ROW_SLOTS_AT = 1;
    ROW_WORDS = 2;
    ROW_SLOTS = 32;
    /// Rows in which a sender looks for a free slot.
    ROWS_SEARCHED = 256;
    /// Words of a slot: a head and a payload of 1,024 bytes.
    SLOT_WORDS = 288;
    /// In the head of a message that lies in one: its number in the pool.
    H_SLOT = 30;

    OUTBOX_CAPACITY = 1024;
    /// Targets without room that emptying an outbox remembers.
    FULL_TARGETS = 8;
}
