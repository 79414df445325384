//! The account of one engagement of a tenant: handler time used, and the budget.

use std::time::Duration;

use crate::sync::atomic::{AtomicU64, Ordering};

/// Handler time that was used for one engagement of one tenant. Whoever measures often keeps it and adds to it, without a
/// lookup. The counter is a plain sum and orders nothing.
#[derive(Debug)]
pub struct Engagement {
    id: u64,
    used_ns: AtomicU64,
    /// `u64::MAX` where there is none.
    budget_ns: u64,
}

impl Engagement {
    pub(super) fn new(id: u64, budget: Option<Duration>) -> Self {
        Self { id, used_ns: AtomicU64::new(0), budget_ns: budget.map_or(u64::MAX, nanoseconds) }
    }

    /// Its number.
    pub fn id(&self) -> u64 {
        self.id
    }

    /// Adds handler time. The sum stays at what the counter can hold, 584 years, so that no budget begins again.
    pub fn add(&self, time: Duration) {
        let add = |used: u64| Some(used.saturating_add(nanoseconds(time)));
        // There is always something to write.
        let _ = self.used_ns.fetch_update(Ordering::Relaxed, Ordering::Relaxed, add);
    }

    /// The handler time used so far.
    pub fn used(&self) -> Duration {
        Duration::from_nanos(self.used_ns.load(Ordering::Relaxed))
    }

    /// What may be used, where there is a limit.
    pub fn budget(&self) -> Option<Duration> {
        (self.budget_ns != u64::MAX).then(|| Duration::from_nanos(self.budget_ns))
    }

    /// Whether the budget is used up.
    #[inline]
    pub fn is_used_up(&self) -> bool {
        self.budget_ns != u64::MAX && self.used_ns.load(Ordering::Relaxed) >= self.budget_ns
    }
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
