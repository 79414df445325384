//! The clock as the operating system gives it.

use std::sync::OnceLock;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// Never decreases within a process.
pub(super) fn now_ns() -> u64 {
    static START: OnceLock<(Instant, u64)> = OnceLock::new();
    let (instant, epoch_ns) = START.get_or_init(|| {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        (Instant::now(), u64::try_from(since_epoch.as_nanos()).unwrap_or(u64::MAX))
    });
    let elapsed = u64::try_from(instant.elapsed().as_nanos()).unwrap_or(u64::MAX);
    epoch_ns.saturating_add(elapsed)
}
