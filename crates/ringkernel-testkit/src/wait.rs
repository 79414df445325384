//! Waiting for what will happen, without guessing how long it takes.

use std::time::{Duration, Instant};

use ringkernel::clock;

/// How long anything may take before a case gives up. Generous: a loaded machine is no failure.
pub const LIMIT: Duration = Duration::from_secs(60);

/// Waits until `condition` holds.
///
/// # Panics
/// After [`LIMIT`], naming `what`.
pub async fn eventually(what: &str, mut condition: impl FnMut() -> bool) {
    let started = Instant::now();
    while !condition() {
        assert!(started.elapsed() < LIMIT, "this never happened: {what}");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

/// Waits until the clock that deadlines are measured with has passed `ns` nanoseconds since the epoch.
pub async fn clock_passes(ns: u64) {
    eventually("the clock reaches the deadline", || clock::now_ns() > ns).await;
}

/// The time `millis` milliseconds from now, in nanoseconds since the epoch.
pub fn in_millis(millis: u64) -> u64 {
    clock::now_ns() + millis * 1_000_000
}
