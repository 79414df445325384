//! What the host tells the grid at its start: one struct, from which both the Rust type and that of the device's text come.

/// Declares the fields, each with its type in Rust and in C++.
macro_rules! parameters {
    ($($(#[$meta:meta])* $name:ident: $rust:ty = $cuda:literal;)*) => {
        /// The grid's one parameter points to this. Addresses are those of the device; places in the arena count its words.
        #[derive(Debug, Clone, Copy, Default, zerocopy::IntoBytes, zerocopy::Immutable)]
        #[repr(C)]
        pub(crate) struct Parameters {
            $($(#[$meta])* pub(crate) $name: $rust,)*
        }

        /// The same struct for the device, with assertions that it lies in memory in the same way.
        pub(crate) fn cuda() -> String {
            let mut text = String::from("struct rk_world {\n");
            $(text.push_str(concat!("    ", $cuda, " ", stringify!($name), ";\n"));)*
            text.push_str("};\n");
            let size = size_of::<Parameters>();
            text.push_str(&format!("static_assert(sizeof(rk_world) == {size}, \"layout\");\n"));
            $({
                let (name, at) = (stringify!($name), std::mem::offset_of!(Parameters, $name));
                text.push_str(&format!("static_assert(RK_OFFSET(rk_world, {name}) == {at}, \"layout\");\n"));
            })*
            text
        }
    };
}

parameters! {
    /// Device memory, addressed in words from its start.
    arena: u64 = "rk_u32*";
    /// From the host: units of 16 bytes, three words and a sequence number.
    ingress: u64 = "const rk_u32*";
    /// To the host: units like these.
    egress: u64 = "rk_u32*";
    /// How far each side has read, heartbeats, what each worker does.
    board: u64 = "rk_u32*";
    /// `STATUS_WORDS` for each actor.
    status: u64 = "rk_u32*";
    /// How long a message waits for room at its target, in nanoseconds.
    k2k_limit: u64 = "rk_u64";
    /// How far ahead a timestamp may be, in nanoseconds.
    drift: u64 = "rk_u64";
    /// Counts the launches of the grid.
    epoch: u32 = "rk_u32";
    /// Powers of two.
    ingress_units: u32 = "rk_u32";
    egress_units: u32 = "rk_u32";
    /// Places for actors.
    places: u32 = "rk_u32";
    records: u32 = "rk_u32";
    shared: u32 = "rk_u32";
    /// Queues of actors that are ready to run: for single lanes, and for blocks. Their slots are powers of two.
    ready: u32 = "rk_u32";
    ready_slots: u32 = "rk_u32";
    jobs: u32 = "rk_u32";
    jobs_slots: u32 = "rk_u32";
    /// From this block on, blocks run cooperative handlers.
    first_job_block: u32 = "rk_u32";
    /// Warps and blocks that run handlers.
    workers: u32 = "rk_u32";
    /// `BUSY_WORDS` for each worker: what it does.
    busy: u32 = "rk_u32";
    /// `staging_words` for each worker: what it has to tell the host.
    staging: u32 = "rk_u32";
    staging_words: u32 = "rk_u32";
    /// Addresses of kernels that handlers name, two words each.
    names: u32 = "rk_u32";
    /// A row for each kernel: for each message type 0, or 1 + the number of its handler, or `POLLED`.
    routes: u32 = "rk_u32";
    types: u32 = "rk_u32";
    /// The rows of slots for messages between kernels, and for each worker the row in which it has found the last one.
    pool: u32 = "rk_u32";
    pool_rows: u32 = "rk_u32";
    pool_hints: u32 = "rk_u32";
    /// A bit for each actor that has counted messages of which the host was not told.
    untold: u32 = "rk_u32";
    /// Bytes of block memory that printed programs need themselves.
    shared_bytes: u32 = "rk_u32";
    /// `RATE_WORDS` for each tenant whose messages are limited.
    rates: u32 = "rk_u32";
}
