//! Messages to kernels by name, through a broker.
//!
//! - `by_name`: between two tasks, beside a broker of ten lines
//! - `overhead`: what tenants and dispatching add to a send, and what messages leave behind
//! - `ten_lines`: that broker

mod by_name;
mod overhead;
mod ten_lines;

use ringkernel::prelude::*;
use ringkernel_bench::comparison::{Comparison, Effort};

/// Slots of every inbox.
const CAPACITY: usize = 1024;

/// A message that says which one it is.
#[derive(PersistentMessage)]
#[persistent_message(handler_id = 1)]
struct Note {
    number: u64,
}

fn number_in(envelope: &MessageEnvelope) -> u64 {
    envelope.decode::<Note>().expect("the message that was packed").number
}

pub(crate) fn comparisons(effort: Effort) -> Vec<Comparison> {
    vec![
        by_name::stream(effort),
        by_name::round_trips(effort),
        overhead::dispatch(effort),
        overhead::tenants(effort),
        overhead::memory(effort),
    ]
}
