//! One clock for timestamps, deadlines and latencies.
//!
//! Nanoseconds since the epoch, read from the wall clock once and carried on by the monotonic clock: it agrees with
//! other machines as well as the wall clock did at start, and never jumps or goes back.

use std::sync::OnceLock;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// Now, in nanoseconds since the epoch. Never decreases within a process.
pub fn now_ns() -> u64 {
    static START: OnceLock<(Instant, u64)> = OnceLock::new();
    let (instant, epoch_ns) = START.get_or_init(|| {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        (Instant::now(), u64::try_from(since_epoch.as_nanos()).unwrap_or(u64::MAX))
    });
    let elapsed = u64::try_from(instant.elapsed().as_nanos()).unwrap_or(u64::MAX);
    epoch_ns.saturating_add(elapsed)
}
