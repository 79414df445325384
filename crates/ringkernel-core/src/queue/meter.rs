//! What a queue measures beyond the two positions of its ring.
//!
//! Each word has one kind of writer and is a relaxed counter: none of them orders anything. Time is
//! measured for one message in [`SAMPLE_EVERY`], so that a message costs a fraction of a clock read.

use super::ring::slots::{Slots, ZeroIsEmpty};
use super::statistics::QueueStatistics;
use crate::sync::atomic::{AtomicU64, Ordering};
use crossbeam_utils::CachePadded;
use std::time::Instant;

/// One position in this many carries a time stamp.
const SAMPLE_EVERY: u64 = 64;

/// When the sampled message of a stretch of positions was pushed, in nanoseconds since the queue was made.
struct Stamp(AtomicU64);

// SAFETY: an atomic integer of zeroes is zero.
unsafe impl ZeroIsEmpty for Stamp {
    #[cfg(loom)]
    fn empty() -> Self {
        Self(AtomicU64::new(0))
    }
}

pub(super) struct Meter {
    epoch: Instant,
    /// One stamp for each sampled position that can be in the ring at once.
    stamps: Slots<Stamp>,
    producer: CachePadded<ProducerWords>,
    consumer: CachePadded<ConsumerWords>,
}

struct ProducerWords {
    peak_depth: AtomicU64,
    /// A head that some producer saw: the depth is at most what follows from it.
    head_seen: AtomicU64,
}

struct ConsumerWords {
    latency_ns_sum: AtomicU64,
    latency_samples: AtomicU64,
    dropped: AtomicU64,
}

impl Meter {
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            epoch: Instant::now(),
            stamps: Slots::new(capacity.div_ceil(SAMPLE_EVERY as usize)),
            producer: CachePadded::new(ProducerWords {
                peak_depth: AtomicU64::new(0),
                head_seen: AtomicU64::new(0),
            }),
            consumer: CachePadded::new(ConsumerWords {
                latency_ns_sum: AtomicU64::new(0),
                latency_samples: AtomicU64::new(0),
                dropped: AtomicU64::new(0),
            }),
        }
    }

    fn now_ns(&self) -> u64 {
        u64::try_from(self.epoch.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }

    pub(super) fn allocated_bytes(&self) -> usize {
        self.stamps.allocated_bytes()
    }

    /// Before a message is published: stamps it if it is sampled. The ring's publication carries the stamp.
    #[inline(always)]
    pub(super) fn publishing(&self, position: u64) {
        if position.is_multiple_of(SAMPLE_EVERY) {
            let stamp = self.stamps.get_or_allocate(position / SAMPLE_EVERY);
            stamp.0.store(self.now_ns(), Ordering::Relaxed);
        }
    }

    /// After a message was published: keeps the peak. `head` is read only where there may be a new peak.
    #[inline(always)]
    pub(super) fn published(&self, position: u64, head: impl FnOnce() -> u64) {
        let words = &*self.producer;
        let depth_max = (position + 1).saturating_sub(words.head_seen.load(Ordering::Relaxed));
        if depth_max > words.peak_depth.load(Ordering::Relaxed) {
            let head = head();
            words.head_seen.store(head, Ordering::Relaxed);
            words.peak_depth.fetch_max((position + 1).saturating_sub(head), Ordering::Relaxed);
        }
    }

    /// After the owner of the consumer side took a message.
    #[inline(always)]
    pub(super) fn taken(&self, position: u64) {
        if position.is_multiple_of(SAMPLE_EVERY)
            && let Some(stamp) = self.stamps.get(position / SAMPLE_EVERY)
        {
            let latency_ns = self.now_ns().saturating_sub(stamp.0.load(Ordering::Relaxed));
            add(&self.consumer.latency_ns_sum, latency_ns);
            add(&self.consumer.latency_samples, 1);
        }
    }

    /// Before the owner of the consumer side destroys a message.
    pub(super) fn dropping(&self) {
        add(&self.consumer.dropped, 1);
    }

    /// The figures, given a way to read the ring's tail and head.
    pub(super) fn statistics(&self, positions: impl FnOnce() -> (u64, u64)) -> QueueStatistics {
        // Before the head: a message is counted as dropped after the head has passed it, so that the
        // difference below is never negative.
        let dropped = self.consumer.dropped.load(Ordering::Acquire);
        let (tail, head) = positions();
        let samples = self.consumer.latency_samples.load(Ordering::Relaxed);
        let sum_ns = self.consumer.latency_ns_sum.load(Ordering::Relaxed);
        QueueStatistics {
            total_enqueued: tail,
            total_dequeued: head.saturating_sub(dropped),
            total_dropped: dropped,
            average_latency_ns: sum_ns.checked_div(samples).unwrap_or(0),
            peak_depth: self.producer.peak_depth.load(Ordering::Relaxed) as usize,
        }
    }
}

/// Adds to a counter that only the caller's side writes. Release pairs with the Acquire in `statistics`.
#[inline(always)]
fn add(counter: &AtomicU64, amount: u64) {
    counter.store(counter.load(Ordering::Relaxed).wrapping_add(amount), Ordering::Release);
}
