//! A clock that stands still until it is moved.
//!
//! It has both faces of time: nanoseconds since the epoch for timestamps and deadlines, and [`Instant`]s for waits, which
//! move together. Waits register here and are woken by the call that moves the clock past their end, in the order of
//! their ends; what they wake runs when somebody runs it.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Waker;
use std::time::{Duration, Instant};

use crate::sync::atomic::{AtomicU64, Ordering};

/// A clock for tests. Clones are the same clock.
#[derive(Clone)]
pub struct ManualClock {
    inner: Arc<Inner>,
    /// What this reader takes the clock to be ahead, in two's complement.
    offset_ns: u64,
}

struct Inner {
    start: Instant,
    elapsed_ns: AtomicU64,
    waits: Mutex<Waits>,
}

/// Who waits, by the end of the wait and then by the order of registration.
#[derive(Default)]
struct Waits {
    registered: u64,
    wakers: BTreeMap<(u64, u64), Waker>,
}

impl ManualClock {
    /// Where every manual clock starts, in nanoseconds since the epoch: 2026-01-01, 00:00 UTC. It is fixed, so that
    /// timestamps are the same in every run of a test.
    pub const START_NS: u64 = 1_767_225_600_000_000_000;

    /// Longest time that the clock can be moved in all, and be ahead or behind: fifty years.
    pub(super) const FULL: Duration = Duration::from_secs(50 * 365 * 86_400);

    /// A clock that shows [`START_NS`](Self::START_NS).
    pub fn new() -> Self {
        let (elapsed_ns, waits) = (AtomicU64::new(0), Mutex::default());
        Self { inner: Arc::new(Inner { start: Instant::now(), elapsed_ns, waits }), offset_ns: 0 }
    }

    /// The same clock, as somebody sees it whose own is ahead by this much. Waits are not affected.
    #[must_use]
    pub fn ahead_by(&self, drift: Duration) -> Self {
        Self { offset_ns: Self::full_ns(drift), ..self.clone() }
    }

    /// The same clock, as somebody sees it whose own is behind by this much. Waits are not affected.
    #[must_use]
    pub fn behind_by(&self, drift: Duration) -> Self {
        Self { offset_ns: Self::full_ns(drift).wrapping_neg(), ..self.clone() }
    }

    /// Now, in nanoseconds since the epoch.
    pub fn now_ns(&self) -> u64 {
        (Self::START_NS + self.elapsed_ns()).wrapping_add(self.offset_ns)
    }

    /// How far the clock has been moved.
    pub fn elapsed(&self) -> Duration {
        Duration::from_nanos(self.elapsed_ns())
    }

    /// Moves the clock on. Waits that end by then are woken; nothing runs yet.
    ///
    /// After fifty years in all it stands still.
    pub fn advance(&self, by: Duration) {
        let (by, full) = (Self::full_ns(by), Self::full_ns(Self::FULL));
        let moved = |elapsed: u64| Some((elapsed + by).min(full));
        // The closure never declines, so both outcomes hold the time before. AcqRel pairs with the Acquire of readers:
        // what was done before the clock was moved is visible to who sees the new time.
        let before = self
            .inner
            .elapsed_ns
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, moved)
            .unwrap_or_else(|before| before);
        let now = moved(before).unwrap_or(before);
        let due = {
            let mut waits = self.waits();
            let later = waits.wakers.split_off(&(now.saturating_add(1), 0));
            std::mem::replace(&mut waits.wakers, later)
        };
        due.into_values().for_each(Waker::wake);
    }

    /// How far the clock has to be moved until the next wait ends; `None` when nobody waits.
    pub fn until_next_wait(&self) -> Option<Duration> {
        let (due_ns, _) = *self.waits().wakers.first_key_value()?.0;
        Some(Duration::from_nanos(due_ns.saturating_sub(self.elapsed_ns())))
    }

    /// Now, as an instant.
    pub(super) fn instant(&self) -> Instant {
        // Fifty years from now is an instant on every system that Rust knows.
        self.inner.start + self.elapsed()
    }

    /// In nanoseconds, [`FULL`](Self::FULL) at most.
    fn full_ns(duration: Duration) -> u64 {
        duration.min(Self::FULL).as_nanos() as u64
    }

    fn elapsed_ns(&self) -> u64 {
        self.inner.elapsed_ns.load(Ordering::Acquire)
    }

    fn waits(&self) -> MutexGuard<'_, Waits> {
        // No code that can panic runs under the lock.
        self.inner.waits.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for ManualClock {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for ManualClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ManualClock").field("elapsed", &self.elapsed()).finish()
    }
}

/// A wait for a manual clock, registered from its first look until it is dropped.
pub(crate) struct Due {
    clock: ManualClock,
    key: Option<(u64, u64)>,
}

impl Due {
    pub(crate) fn new(clock: ManualClock) -> Self {
        Self { clock, key: None }
    }

    /// Has `waker` woken when the clock reaches `deadline`, which it has not yet.
    pub(crate) fn register(&mut self, deadline: Instant, waker: &Waker) {
        let after_start = deadline.saturating_duration_since(self.clock.inner.start);
        let due_ns = u64::try_from(after_start.as_nanos()).unwrap_or(u64::MAX);
        let mut waits = self.clock.waits();
        let key = *self.key.get_or_insert_with(|| {
            waits.registered += 1;
            (due_ns, waits.registered)
        });
        waits.wakers.insert(key, waker.clone());
    }
}

impl Drop for Due {
    fn drop(&mut self) {
        if let Some(key) = self.key {
            let waker = self.clock.waits().wakers.remove(&key);
            // Outside the lock: dropping a waker may run code of its executor.
            drop(waker);
        }
    }
}

impl fmt::Debug for Due {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Due").field("clock", &self.clock).finish_non_exhaustive()
    }
}
