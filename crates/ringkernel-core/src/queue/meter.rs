//! What a queue measures beyond the two positions of its ring.
//!
//! Each word has one kind of writer and is a relaxed counter: none of them orders anything. Time is
//! measured for one message in [`SAMPLE_EVERY`], so that a message costs a fraction of a clock read.

use super::cache_line::CacheLine;
use super::ring::slots::{Slots, ZeroIsEmpty};
use super::statistics::QueueStatistics;
use crate::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// One position in this many carries a time stamp.
const SAMPLE_EVERY: u64 = 256;

/// Value of `abandoned_at` while there is a consumer.
const STAYING: u64 = u64::MAX;

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
    producer: CacheLine<ProducerWords>,
    consumer: CacheLine<ConsumerWords>,
}

struct ProducerWords {
    peak_depth: AtomicU64,
    /// A head that some producer saw: the depth is at most what follows from it.
    head_seen: AtomicU64,
}

struct ConsumerWords {
    latency_ns_sum: AtomicU64,
    latency_samples: AtomicU64,
    /// Messages taken before the consumer went away; [`STAYING`] until then. All later ones are dropped.
    abandoned_at: AtomicU64,
}

impl Meter {
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            epoch: Instant::now(),
            stamps: Slots::new(capacity.div_ceil(SAMPLE_EVERY as usize)),
            producer: CacheLine(ProducerWords {
                peak_depth: AtomicU64::new(0),
                head_seen: AtomicU64::new(0),
            }),
            consumer: CacheLine(ConsumerWords {
                latency_ns_sum: AtomicU64::new(0),
                latency_samples: AtomicU64::new(0),
                abandoned_at: AtomicU64::new(STAYING),
            }),
        }
    }

    fn now_ns(&self) -> u64 {
        u64::try_from(self.epoch.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }

    pub(super) fn allocated_bytes(&self) -> usize {
        self.stamps.allocated_bytes()
    }

    /// Before `count` messages are published: stamps those that are sampled. The ring's publication carries the stamps.
    #[inline(always)]
    pub(super) fn publishing(&self, from: u64, count: usize) {
        if let Some(sampled) = sampled(from, count) {
            let now_ns = self.now_ns();
            for sample in sampled {
                self.stamps.get_or_allocate(sample).0.store(now_ns, Ordering::Relaxed);
            }
        }
    }

    /// After messages up to `last` were published: keeps the peak. `head` is read only where there may be a new peak.
    #[inline(always)]
    pub(super) fn published(&self, last: u64, head: impl FnOnce() -> u64) {
        let words = &*self.producer;
        let peak = words.peak_depth.load(Ordering::Relaxed);
        if (last + 1).saturating_sub(words.head_seen.load(Ordering::Relaxed)) > peak {
            let head = head();
            words.head_seen.store(head, Ordering::Relaxed);
            let depth = (last + 1).saturating_sub(head);
            if depth > peak {
                words.peak_depth.fetch_max(depth, Ordering::Relaxed);
            }
        }
    }

    /// After the owner of the consumer side took `count` messages.
    #[inline(always)]
    pub(super) fn taken(&self, from: u64, count: usize) {
        if let Some(sampled) = sampled(from, count) {
            let now_ns = self.now_ns();
            for stamp in sampled.filter_map(|sample| self.stamps.get(sample)) {
                add(&self.consumer.latency_ns_sum, now_ns.saturating_sub(stamp.0.load(Ordering::Relaxed)));
                add(&self.consumer.latency_samples, 1);
            }
        }
    }

    /// The consumer has taken `head` messages and goes away.
    pub(super) fn abandoned(&self, head: u64) {
        self.consumer.abandoned_at.store(head, Ordering::Release);
    }

    /// The figures, given a way to read the ring's tail and head.
    pub(super) fn statistics(&self, positions: impl FnOnce() -> (u64, u64)) -> QueueStatistics {
        // Before the positions, with Acquire: they are then at least what they were when the consumer went away.
        let abandoned_at = self.consumer.abandoned_at.load(Ordering::Acquire);
        let (tail, head) = positions();
        let samples = self.consumer.latency_samples.load(Ordering::Relaxed);
        let sum_ns = self.consumer.latency_ns_sum.load(Ordering::Relaxed);
        QueueStatistics {
            total_enqueued: tail,
            total_dequeued: head.min(abandoned_at),
            total_dropped: tail.saturating_sub(abandoned_at),
            average_latency_ns: sum_ns.checked_div(samples).unwrap_or(0),
            peak_depth: self.producer.peak_depth.load(Ordering::Relaxed) as usize,
        }
    }
}

/// The numbers of the samples among `count` positions from `from` on, if there are any.
#[inline(always)]
fn sampled(from: u64, count: usize) -> Option<std::ops::Range<u64>> {
    if count == 1 && !from.is_multiple_of(SAMPLE_EVERY) {
        return None;
    }
    let samples = from.div_ceil(SAMPLE_EVERY)..(from + count as u64).div_ceil(SAMPLE_EVERY);
    (!samples.is_empty()).then_some(samples)
}

/// Adds to a counter that only the caller's side writes.
#[inline(always)]
fn add(counter: &AtomicU64, amount: u64) {
    counter.store(counter.load(Ordering::Relaxed).wrapping_add(amount), Ordering::Relaxed);
}
