//! The telemetry buffer: the counters of one actor in one cache line.

use crate::layout::shared_struct;

shared_struct! {
    /// Counters of one actor, or of several merged.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
    pub struct TelemetryBuffer: 64 bytes, align 64 {
        /// Messages handled.
        0 => pub messages_processed: u64,
        /// Messages that could not be delivered or handled.
        8 => pub messages_dropped: u64,
        /// Sum of the handling latencies of all processed messages, in nanoseconds.
        16 => pub total_latency_ns: u64,
        /// Smallest latency in nanoseconds, `u64::MAX` when nothing was processed.
        24 => pub min_latency_ns: u64,
        /// Largest latency in nanoseconds, 0 when nothing was processed.
        32 => pub max_latency_ns: u64,
        /// Messages waiting in the input queue.
        40 => pub input_queue_depth: u32,
        /// Messages waiting in the output queue.
        44 => pub output_queue_depth: u32,
        /// Code of the last error, 0 for none.
        48 => pub last_error: u32,
        52 => reserved: [u32; 3],
    }
}

impl TelemetryBuffer {
    /// Counters of an actor that has done nothing yet.
    pub const fn new() -> Self {
        Self {
            messages_processed: 0,
            messages_dropped: 0,
            total_latency_ns: 0,
            min_latency_ns: u64::MAX,
            max_latency_ns: 0,
            input_queue_depth: 0,
            output_queue_depth: 0,
            last_error: 0,
            reserved: [0; 3],
        }
    }

    /// Mean latency in nanoseconds, 0 when nothing was processed.
    pub fn avg_latency_ns(&self) -> f64 {
        if self.messages_processed == 0 {
            return 0.0;
        }
        self.total_latency_ns as f64 / self.messages_processed as f64
    }

    /// Messages processed per second over `elapsed_secs` seconds, 0 unless that is a positive number.
    pub fn throughput(&self, elapsed_secs: f64) -> f64 {
        if elapsed_secs > 0.0 { self.messages_processed as f64 / elapsed_secs } else { 0.0 }
    }

    /// The share of messages that were dropped, from 0 to 1, and 0 when there were none at all.
    pub fn drop_rate(&self) -> f64 {
        let (processed, dropped) = (self.messages_processed as f64, self.messages_dropped as f64);
        if dropped == 0.0 { 0.0 } else { dropped / (processed + dropped) }
    }

    /// Forgets everything.
    pub const fn reset(&mut self) {
        *self = Self::new();
    }

    /// Adds the figures of another actor: counters and queue depths are summed (saturating), the extremes are
    /// those of both, and `other`'s error replaces this one if there is one.
    pub fn merge(&mut self, other: &Self) {
        self.messages_processed = self.messages_processed.saturating_add(other.messages_processed);
        self.messages_dropped = self.messages_dropped.saturating_add(other.messages_dropped);
        self.total_latency_ns = self.total_latency_ns.saturating_add(other.total_latency_ns);
        self.min_latency_ns = self.min_latency_ns.min(other.min_latency_ns);
        self.max_latency_ns = self.max_latency_ns.max(other.max_latency_ns);
        self.input_queue_depth = self.input_queue_depth.saturating_add(other.input_queue_depth);
        self.output_queue_depth = self.output_queue_depth.saturating_add(other.output_queue_depth);
        if other.last_error != 0 {
            self.last_error = other.last_error;
        }
    }
}

impl Default for TelemetryBuffer {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(processed: u64, dropped: u64, latencies: (u64, u64, u64), error: u32) -> TelemetryBuffer {
        let (total, min, max) = latencies;
        TelemetryBuffer {
            messages_processed: processed,
            messages_dropped: dropped,
            total_latency_ns: total,
            min_latency_ns: min,
            max_latency_ns: max,
            input_queue_depth: 2,
            output_queue_depth: 1,
            last_error: error,
            reserved: [0; 3],
        }
    }

    #[test]
    fn figures_of_an_idle_actor_are_zero_and_not_undefined() {
        let idle = TelemetryBuffer::default();
        assert_eq!((idle.avg_latency_ns(), idle.drop_rate(), idle.throughput(1.0)), (0.0, 0.0, 0.0));
        assert_eq!(idle.min_latency_ns, u64::MAX);
    }

    #[test]
    fn rates_follow_from_the_counters() {
        let busy = sample(30, 10, (600, 5, 50), 0);
        assert_eq!(busy.avg_latency_ns(), 20.0);
        assert_eq!(busy.drop_rate(), 0.25);
        assert_eq!(busy.throughput(2.0), 15.0);
        assert_eq!((busy.throughput(0.0), busy.throughput(-1.0), busy.throughput(f64::NAN)), (0.0, 0.0, 0.0));
    }

    #[test]
    fn merging_sums_the_counters_and_keeps_the_extremes() {
        let mut merged = sample(3, 1, (60, 10, 30), 7);
        merged.merge(&sample(1, 0, (90, 90, 90), 0));
        let mut expected = sample(4, 1, (150, 10, 90), 7);
        (expected.input_queue_depth, expected.output_queue_depth) = (4, 2);
        assert_eq!(merged, expected);

        merged.merge(&sample(u64::MAX, 0, (0, u64::MAX, 0), 9));
        assert_eq!((merged.messages_processed, merged.min_latency_ns, merged.last_error), (u64::MAX, 10, 9));

        merged.reset();
        assert_eq!(merged, TelemetryBuffer::new());
    }
}
