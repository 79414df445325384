//! Actors that are asked, that pass tokens on, that start and stop.
//!
//! - `framework`: what a framework must be able to do to take part; `frameworks/` are those that do
//! - `ask`, `ring`, `lifecycle`: the rows
//! - `by_hand`: the same work with nothing around it, the floor
//! - `allocator`: counts what actors keep

pub(crate) mod allocator;
mod ask;
mod by_hand;
mod framework;
mod frameworks;
mod lifecycle;
mod ring;
pub(crate) mod steady_state;

pub(crate) use framework::tokio_runtime;
use ringkernel_bench::comparison::{Comparison, Effort};

/// Threads of every runtime that has threads of its own.
const WORKERS: usize = 2;
/// Slots of every mailbox, unless a row says otherwise.
const CAPACITY: usize = 1024;

pub(crate) fn comparisons(effort: Effort) -> Vec<Comparison> {
    let asks = [ask::one_at_a_time(effort), ask::in_flight(effort), ask::from_a_thread(effort)];
    let rings = [ring::small(effort), ring::large(effort)];
    asks.into_iter().chain(rings).chain(lifecycle::comparisons(effort)).collect()
}
