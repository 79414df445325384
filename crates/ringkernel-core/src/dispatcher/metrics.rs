//! Figures of a dispatcher, which can be read at any time.

use std::fmt;
use std::time::Duration;

use crate::k2k::DeliveryStatus;
use crate::sync::atomic::{AtomicU64, Ordering};

/// What a dispatcher has done. The figures go on while they are looked at.
#[derive(Debug, Default)]
pub struct DispatcherMetrics {
    /// Messages that a kernel has, or that are on their way to one.
    pub messages_dispatched: Counter,
    /// Of those, messages that their kernel has.
    pub messages_delivered: Counter,
    /// Dispatches that failed, for whatever reason.
    pub errors: Counter,
    /// Of those, messages of a type that has no kernel.
    pub unknown_type_errors: Counter,
    /// Of those, messages that had a kernel and did not reach it.
    pub delivery_errors: Counter,
    /// Attempts beyond the first.
    pub retries: Counter,
    /// Answers that came to those who waited for them.
    pub answers: Counter,
    /// Answers that nobody waited for any longer.
    pub late_answers: Counter,
    /// How long dispatches took, from the call until a kernel had the message.
    pub average_latency: AverageLatency,
}

impl DispatcherMetrics {
    #[inline]
    pub(super) fn dispatched(&self, status: DeliveryStatus, took_ns: u64) {
        self.messages_dispatched.add(1);
        if status == DeliveryStatus::Delivered {
            self.messages_delivered.add(1);
        }
        self.average_latency.add(took_ns);
    }

    pub(super) fn reset(&self) {
        for counter in [
            &self.messages_dispatched,
            &self.messages_delivered,
            &self.errors,
            &self.unknown_type_errors,
            &self.delivery_errors,
            &self.retries,
            &self.answers,
            &self.late_answers,
        ] {
            counter.0.store(0, Ordering::Relaxed);
        }
        self.average_latency.reset();
    }
}

/// A number that grows. It is a plain count and orders nothing.
#[derive(Default)]
pub struct Counter(AtomicU64);

impl Counter {
    /// The count so far.
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    #[inline]
    pub(super) fn add(&self, count: u64) {
        self.0.fetch_add(count, Ordering::Relaxed);
    }
}

impl PartialEq<u64> for Counter {
    fn eq(&self, other: &u64) -> bool {
        self.get() == *other
    }
}

impl PartialOrd<u64> for Counter {
    fn partial_cmp(&self, other: &u64) -> Option<std::cmp::Ordering> {
        self.get().partial_cmp(other)
    }
}

impl fmt::Display for Counter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.get(), f)
    }
}

impl fmt::Debug for Counter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.get(), f)
    }
}

/// The mean of times: sum and count, each a plain sum of its own. Looked at while times are added, it can be off by those.
#[derive(Default)]
pub struct AverageLatency {
    sum_ns: AtomicU64,
    count: AtomicU64,
}

impl AverageLatency {
    /// The mean; zero before there was any.
    pub fn get(&self) -> Duration {
        let sum_ns = self.sum_ns.load(Ordering::Relaxed);
        Duration::from_nanos(sum_ns.checked_div(self.count.load(Ordering::Relaxed)).unwrap_or(0))
    }

    #[inline]
    fn add(&self, took_ns: u64) {
        self.sum_ns.fetch_add(took_ns, Ordering::Relaxed);
        self.count.fetch_add(1, Ordering::Relaxed);
    }

    fn reset(&self) {
        self.sum_ns.store(0, Ordering::Relaxed);
        self.count.store(0, Ordering::Relaxed);
    }
}

impl fmt::Debug for AverageLatency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.get(), f)
    }
}
