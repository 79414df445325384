//! The live counters of one actor.
//!
//! Only one thread at a time runs an actor, so what the actor counts needs no read-modify-write: plain loads and
//! stores that any thread may read. What others count about it (drops, errors) is added atomically.
//!
//! Reading works like a sequence lock in which `processed` is the sequence. Two pairs make it work: the release
//! store of `processed` and the acquire load that begins a reading (a reading contains every message it has
//! counted), and the release fence that begins a record and the acquire fence that ends a reading (a reading
//! that contains part of a message sees that all messages before it are counted).

use super::histogram::{BUCKETS, LatencyHistogram, bucket_of};
use super::{TelemetryBuffer, TelemetrySnapshot};
use crate::sync::atomic::{AtomicU32, AtomicU64, Ordering, fence};

/// How often a reading is repeated because the actor was faster.
const READ_ATTEMPTS: usize = 8;

/// Counts what one actor does while it runs.
#[derive(Debug)]
pub struct TelemetryRecorder {
    processed: AtomicU64,
    latency_ns_total: AtomicU64,
    latency_ns_min: AtomicU64,
    latency_ns_max: AtomicU64,
    latency_counts: [AtomicU64; BUCKETS],
    dropped: AtomicU64,
    errors: AtomicU64,
    last_error: AtomicU32,
}

const _: () = assert!(cfg!(loom) || size_of::<TelemetryRecorder>() <= 512);

impl TelemetryRecorder {
    /// A recorder of nothing yet.
    pub fn new() -> Self {
        Self {
            processed: AtomicU64::new(0),
            latency_ns_total: AtomicU64::new(0),
            latency_ns_min: AtomicU64::new(u64::MAX),
            latency_ns_max: AtomicU64::new(0),
            latency_counts: std::array::from_fn(|_| AtomicU64::new(0)),
            dropped: AtomicU64::new(0),
            errors: AtomicU64::new(0),
            last_error: AtomicU32::new(0),
        }
    }

    /// Counts a message that was handled in `latency_ns` nanoseconds.
    ///
    /// Only the thread that runs the actor calls this. Were two threads to call it at once, counts would be
    /// lost, but nothing worse.
    pub fn record_processed(&self, latency_ns: u64) {
        // Pairs with the acquire fence in `snapshot`: who sees a store below sees `processed` as it is now.
        fence(Ordering::Release);
        let bucket = &self.latency_counts[bucket_of(latency_ns)];
        bucket.store(bucket.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
        let total = self.latency_ns_total.load(Ordering::Relaxed);
        self.latency_ns_total.store(total.saturating_add(latency_ns), Ordering::Relaxed);
        if latency_ns < self.latency_ns_min.load(Ordering::Relaxed) {
            self.latency_ns_min.store(latency_ns, Ordering::Relaxed);
        }
        if latency_ns > self.latency_ns_max.load(Ordering::Relaxed) {
            self.latency_ns_max.store(latency_ns, Ordering::Relaxed);
        }
        // Release: pairs with the acquire load that begins a reading in `snapshot`.
        self.processed.store(self.processed.load(Ordering::Relaxed) + 1, Ordering::Release);
    }

    /// Counts messages of which the sums are known. Called like [`record_processed`](Self::record_processed).
    pub(crate) fn record_all(&self, handled: &TelemetrySnapshot) {
        // The same order as for one message, which says why.
        fence(Ordering::Release);
        let add = |sum: &AtomicU64, more: u64| {
            sum.store(sum.load(Ordering::Relaxed).saturating_add(more), Ordering::Relaxed);
        };
        for (bucket, (_, count)) in self.latency_counts.iter().zip(handled.histogram.buckets()) {
            if count > 0 {
                add(bucket, count);
            }
        }
        let sums = &handled.buffer;
        add(&self.latency_ns_total, sums.total_latency_ns);
        let least = self.latency_ns_min.load(Ordering::Relaxed);
        self.latency_ns_min.store(least.min(sums.min_latency_ns), Ordering::Relaxed);
        let most = self.latency_ns_max.load(Ordering::Relaxed);
        self.latency_ns_max.store(most.max(sums.max_latency_ns), Ordering::Relaxed);
        let processed = self.processed.load(Ordering::Relaxed);
        self.processed.store(processed.saturating_add(sums.messages_processed), Ordering::Release);
    }

    /// Counts a message that could not be delivered to the actor or handled by it. Any thread may call this.
    pub fn record_dropped(&self) {
        self.dropped.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts an error and remembers its code; code 0 only counts. Any thread may call this.
    pub fn record_error(&self, code: u32) {
        self.errors.fetch_add(1, Ordering::Relaxed);
        if code != 0 {
            self.last_error.store(code, Ordering::Relaxed);
        }
    }

    /// Messages handled so far.
    pub fn processed(&self) -> u64 {
        self.processed.load(Ordering::Relaxed)
    }

    /// A reading of all counters, together with the depths of the actor's queues in messages. Any thread may
    /// call this at any time; the actor does not notice.
    ///
    /// The latencies are those of the processed messages, give or take the one that is being counted. When the
    /// actor handles messages faster than its counters can be read, they may cover messages that were handled
    /// during the call, and `messages_processed` is the number before it.
    pub fn snapshot(&self, input_depth: usize, output_depth: usize) -> TelemetrySnapshot {
        let mut snapshot = self.read_once();
        for _ in 1..READ_ATTEMPTS {
            // Pairs with the release fence in `record_processed`: if a value of a later message was read, the
            // load below sees that the count went on.
            fence(Ordering::Acquire);
            if self.processed.load(Ordering::Relaxed) == snapshot.buffer.messages_processed {
                break;
            }
            snapshot = self.read_once();
        }
        snapshot.buffer.input_queue_depth = u32::try_from(input_depth).unwrap_or(u32::MAX);
        snapshot.buffer.output_queue_depth = u32::try_from(output_depth).unwrap_or(u32::MAX);
        snapshot
    }

    fn read_once(&self) -> TelemetrySnapshot {
        let mut buffer = TelemetryBuffer::new();
        // Acquire: pairs with the release store in `record_processed`, so that what follows is at least as new.
        buffer.messages_processed = self.processed.load(Ordering::Acquire);
        buffer.total_latency_ns = self.latency_ns_total.load(Ordering::Relaxed);
        buffer.min_latency_ns = self.latency_ns_min.load(Ordering::Relaxed);
        buffer.max_latency_ns = self.latency_ns_max.load(Ordering::Relaxed);
        buffer.messages_dropped = self.dropped.load(Ordering::Relaxed);
        buffer.last_error = self.last_error.load(Ordering::Relaxed);
        let counts = std::array::from_fn(|index| self.latency_counts[index].load(Ordering::Relaxed));
        TelemetrySnapshot {
            buffer,
            histogram: LatencyHistogram::from_counts(counts),
            errors: self.errors.load(Ordering::Relaxed),
        }
    }
}

impl Default for TelemetryRecorder {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(all(test, loom))]
mod loom_tests {
    use super::*;
    use crate::sync::Arc;

    #[test]
    fn loom_a_reading_is_off_by_the_message_in_progress_at_most() {
        let mut model = loom::model::Builder::new();
        // A reading loads some fifty counters; without a bound the interleavings cannot be finished.
        model.preemption_bound = Some(2);
        model.check(|| {
            let recorder = Arc::new(TelemetryRecorder::new());
            // The reader is the thread that starts second: loom finds the race of a load with an earlier
            // store, but not that of a store with an earlier load if the storing thread has loaded, too.
            let reader = loom::thread::spawn({
                let recorder = recorder.clone();
                move || recorder.snapshot(0, 0)
            });
            (0..3).for_each(|_| recorder.record_processed(1));
            let snapshot = reader.join().unwrap();
            let processed = snapshot.buffer.messages_processed;
            let in_progress = processed..=processed + 1;
            assert!(in_progress.contains(&snapshot.buffer.total_latency_ns), "{snapshot:?}");
            assert!(in_progress.contains(&snapshot.histogram.total()), "{snapshot:?}");
            assert_eq!(recorder.snapshot(0, 0).buffer.total_latency_ns, 3);
        });
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicBool;

    #[test]
    fn a_snapshot_holds_what_was_recorded() {
        let recorder = TelemetryRecorder::default();
        [40, 10, 25].into_iter().for_each(|latency_ns| recorder.record_processed(latency_ns));
        recorder.record_dropped();
        recorder.record_error(7);
        recorder.record_error(0);
        let snapshot = recorder.snapshot(3, usize::MAX);

        let mut expected = TelemetryBuffer::new();
        expected.messages_processed = 3;
        expected.messages_dropped = 1;
        (expected.total_latency_ns, expected.min_latency_ns, expected.max_latency_ns) = (75, 10, 40);
        (expected.input_queue_depth, expected.output_queue_depth) = (3, u32::MAX);
        expected.last_error = 7;
        assert_eq!(snapshot.buffer, expected);
        assert_eq!(snapshot.errors, 2);
        let mut histogram = LatencyHistogram::new();
        [40, 10, 25].into_iter().for_each(|latency_ns| histogram.record(latency_ns));
        assert_eq!(snapshot.histogram, histogram);
        assert_eq!(recorder.processed(), 3);
    }

    #[test]
    fn sums_count_like_the_messages_that_they_are_of() {
        let [one_by_one, sums, together] = std::array::from_fn(|_| TelemetryRecorder::new());
        for recorder in [&one_by_one, &together] {
            recorder.record_processed(1_000);
        }
        for latency_ns in [0, 7, 40, 1 << 50] {
            one_by_one.record_processed(latency_ns);
            sums.record_processed(latency_ns);
        }
        together.record_all(&sums.snapshot(0, 0));
        together.record_all(&TelemetryRecorder::default().snapshot(0, 0));
        assert_eq!(together.snapshot(1, 2), one_by_one.snapshot(1, 2));
    }

    #[test]
    fn readings_of_a_busy_actor_never_miss_a_counted_message() {
        const MESSAGES: u64 = if cfg!(miri) { 200 } else { 200_000 };
        let (recorder, done) = (TelemetryRecorder::new(), AtomicBool::new(false));
        std::thread::scope(|scope| {
            scope.spawn(|| {
                (0..MESSAGES).for_each(|_| recorder.record_processed(5));
                done.store(true, std::sync::atomic::Ordering::Release);
            });
            scope.spawn(|| (0..1_000).for_each(|_| recorder.record_dropped()));
            let mut last = 0;
            while !done.load(std::sync::atomic::Ordering::Acquire) {
                let snapshot = recorder.snapshot(0, 0);
                let processed = snapshot.buffer.messages_processed;
                assert!(processed >= last);
                assert!(snapshot.histogram.total() >= processed);
                assert!(snapshot.buffer.total_latency_ns >= 5 * processed);
                last = processed;
            }
        });
        let snapshot = recorder.snapshot(0, 0);
        assert_eq!((snapshot.buffer.messages_processed, snapshot.buffer.messages_dropped), (MESSAGES, 1_000));
        assert_eq!(snapshot.histogram.total(), MESSAGES);
    }
}
