//! A gate that costs nothing until somebody has waited at it.
//!
//! A [`Gate`] never loses a wake-up, at the price of a `SeqCst` fence per notification: about 20 ns in which the
//! notifier waits for its own stores to reach the other processor. Most queues are polled and nobody ever waits at
//! them. So the gate starts unarmed, and a notification is then one load. The first waiter arms it, for good;
//! from then on every notification has the fence.
//!
//! A notification that runs while the gate is being armed may miss that. For a moment after arming, waiters therefore
//! look again by the clock: after 1, 10 and 100 ms. The first look comes when every store made before it has long become
//! visible, the others are there for machines that were stopped in between. A wake-up is thus delayed at most once in the
//! life of a queue, and never lost.

use super::gate::Gate;
use crate::clock;
use crate::sync::atomic::{AtomicU64, Ordering};
use crate::timer;
use std::time::Duration;

/// Value of `armed_at_ns` while nobody has waited.
const NEVER: u64 = 0;

/// When waiters look again, after the gate was armed.
const LOOKS: [Duration; 3] =
    [Duration::from_millis(1), Duration::from_millis(10), Duration::from_millis(100)];

pub(crate) struct LazyGate {
    armed_at_ns: AtomicU64,
    gate: Gate,
}

impl LazyGate {
    pub(crate) fn new() -> Self {
        Self { armed_at_ns: AtomicU64::new(NEVER), gate: Gate::new() }
    }

    /// Wakes up to `count` more waiters, after the condition was changed for that many.
    #[inline(always)]
    pub(crate) fn notify(&self, count: usize) {
        // Relaxed: what is read too early here is what the looks by the clock are for.
        if self.armed_at_ns.load(Ordering::Relaxed) != NEVER {
            self.gate.notify(count);
        }
    }

    /// Wakes all waiters, those that arm the gate at this moment included.
    pub(crate) fn notify_all(&self) {
        self.gate.notify_all();
    }

    /// Runs `attempt` until it gives a value, sleeping in between until notified. Dropping the future is
    /// safe at any point, as with [`Gate::wait`].
    pub(crate) async fn wait<R>(&self, mut attempt: impl FnMut() -> Option<R>) -> R {
        if let Some(value) = attempt() {
            return value;
        }
        let armed_at_ns = self.arm();
        loop {
            let notified = self.gate.listen();
            if let Some(value) = attempt() {
                return value;
            }
            match next_look(armed_at_ns, clock::now_ns()) {
                // Whether it was notified or is time to look, the next thing to do is the same.
                Some(pause) => drop(timer::timeout(pause, notified).await),
                None => notified.await,
            }
            if let Some(value) = attempt() {
                return value;
            }
        }
    }

    /// A future of the next notification, for models.
    #[cfg(all(test, loom))]
    pub(super) fn listen(&self) -> super::gate::Waiting<'_> {
        self.gate.listen()
    }

    /// Makes notifications count from now on, and returns since when they do.
    pub(super) fn arm(&self) -> u64 {
        let now_ns = clock::now_ns().max(NEVER + 1);
        // Relaxed: a notification that sees it goes on to the gate, whose fences do the rest.
        let armed = self.armed_at_ns.compare_exchange(NEVER, now_ns, Ordering::Relaxed, Ordering::Relaxed);
        armed.err().unwrap_or(now_ns)
    }
}

/// How long after `now_ns` a waiter looks again by itself, if ever.
fn next_look(armed_at_ns: u64, now_ns: u64) -> Option<Duration> {
    let age = Duration::from_nanos(now_ns.saturating_sub(armed_at_ns));
    LOOKS.into_iter().find(|look| *look > age).map(|look| look - age)
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_waiter_looks_again_after_1_10_and_100_ms_and_then_relies_on_notifications() {
        let ms = |count: u64| count * 1_000_000;
        for (age_ms, pause_ms) in
            [(0, Some(1)), (1, Some(9)), (7, Some(3)), (10, Some(90)), (100, None), (900, None)]
        {
            let pause = next_look(5, 5 + ms(age_ms));
            assert_eq!(pause, pause_ms.map(Duration::from_millis), "{age_ms} ms after arming");
        }
    }
}
