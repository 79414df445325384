//! One thread, or two, hand messages to another through a bounded queue.
//!
//! - `packet`: the messages, and what the receiver checks
//! - `drive`: the two threads of a sample
//! - `spsc`, `spsc_batched`, `mpsc`: the rows
//! - `by_hand`: a ring with nothing around it, the floor
//! - `envelopes`: ours with header, timestamp and telemetry

mod by_hand;
mod drive;
mod envelopes;
mod mpsc;
mod packet;
mod spsc;
mod spsc_batched;

use envelopes::{Note64, Note512};
use ringkernel_bench::comparison::{Comparison, Effort};

/// Slots of every queue.
const CAPACITY: usize = 1024;
/// Messages of a batch.
const BATCH: usize = 64;

pub(crate) fn comparisons(effort: Effort) -> Vec<Comparison> {
    vec![
        spsc::comparison::<8, Note64>("spsc-64", "SPSC 64 B, one by one", effort.count(4_000_000)),
        spsc_batched::comparison::<8>("spsc-batch-64", "SPSC 64 B, batches of 64", effort.count(8_000_000)),
        spsc::comparison::<64, Note512>("spsc-512", "SPSC 512 B, one by one", effort.count(1_500_000)),
        spsc_batched::comparison::<64>(
            "spsc-batch-512",
            "SPSC 512 B, batches of 64",
            effort.count(1_500_000),
        ),
        mpsc::comparison(effort.count(2_000_000)),
    ]
}
