//! A reading of an actor's counters.

use std::fmt;
use std::time::Duration;

use super::{LatencyHistogram, TelemetryBuffer};

/// What one actor had done at the time of the reading.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct TelemetrySnapshot {
    /// The counters.
    pub buffer: TelemetryBuffer,
    /// Distribution of the latencies of the processed messages.
    pub histogram: LatencyHistogram,
    /// Number of errors.
    pub errors: u64,
}

impl TelemetrySnapshot {
    /// Messages handled.
    pub fn processed(&self) -> u64 {
        self.buffer.messages_processed
    }

    /// Messages that could not be delivered or handled.
    pub fn dropped(&self) -> u64 {
        self.buffer.messages_dropped
    }

    /// Code of the last error, `None` when there was none.
    pub fn last_error(&self) -> Option<u32> {
        (self.buffer.last_error != 0).then_some(self.buffer.last_error)
    }

    /// Smallest latency in nanoseconds, `None` when nothing was processed.
    pub fn latency_ns_min(&self) -> Option<u64> {
        self.if_processed(self.buffer.min_latency_ns)
    }

    /// Mean latency in nanoseconds, `None` when nothing was processed.
    pub fn latency_ns_mean(&self) -> Option<f64> {
        self.if_processed(self.buffer.avg_latency_ns())
    }

    /// Largest latency in nanoseconds, `None` when nothing was processed.
    pub fn latency_ns_max(&self) -> Option<u64> {
        self.if_processed(self.buffer.max_latency_ns)
    }

    /// Half of all latencies are not above this, in nanoseconds; `None` when nothing was processed.
    pub fn latency_ns_p50(&self) -> Option<u64> {
        self.latency_ns_percentile(50.0)
    }

    /// 99 % of all latencies are not above this, in nanoseconds; `None` when nothing was processed.
    pub fn latency_ns_p99(&self) -> Option<u64> {
        self.latency_ns_percentile(99.0)
    }

    /// A latency in nanoseconds that `percent` per cent of all do not exceed, at most twice the exact one and
    /// never above the largest; `None` when nothing was processed.
    pub fn latency_ns_percentile(&self, percent: f64) -> Option<u64> {
        self.if_processed(self.histogram.percentile(percent).min(self.buffer.max_latency_ns))
    }

    fn if_processed<T>(&self, value: T) -> Option<T> {
        (self.processed() > 0).then_some(value)
    }
}

impl fmt::Display for TelemetrySnapshot {
    /// One line, such as `3 processed, 1 dropped, 0 errors, queues 2 in 0 out, latency 25ns mean (10ns min,
    /// 31ns p50, 40ns p99, 40ns max)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} processed, {} dropped, {} errors", self.processed(), self.dropped(), self.errors)?;
        if let Some(code) = self.last_error() {
            write!(f, " (last {code})")?;
        }
        let buffer = &self.buffer;
        write!(f, ", queues {} in {} out", buffer.input_queue_depth, buffer.output_queue_depth)?;
        if let (Some(mean), Some(p50), Some(p99)) =
            (self.latency_ns_mean(), self.latency_ns_p50(), self.latency_ns_p99())
        {
            write!(
                f,
                ", latency {:.1?} mean ({:?} min, {:?} p50, {:?} p99, {:?} max)",
                Duration::from_nanos(mean as u64),
                Duration::from_nanos(buffer.min_latency_ns),
                Duration::from_nanos(p50),
                Duration::from_nanos(p99),
                Duration::from_nanos(buffer.max_latency_ns),
            )?;
        }
        Ok(())
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use crate::telemetry::TelemetryRecorder;

    #[test]
    fn an_idle_actor_has_no_latencies() {
        let idle = TelemetrySnapshot::default();
        assert_eq!(
            (idle.latency_ns_min(), idle.latency_ns_mean(), idle.latency_ns_max()),
            (None, None, None)
        );
        assert_eq!((idle.latency_ns_p50(), idle.latency_ns_p99(), idle.last_error()), (None, None, None));
        assert_eq!(idle.to_string(), "0 processed, 0 dropped, 0 errors, queues 0 in 0 out");
    }

    #[test]
    fn a_busy_actor_tells_its_latencies_and_last_error() {
        let recorder = TelemetryRecorder::new();
        [40, 10, 25].into_iter().for_each(|latency_ns| recorder.record_processed(latency_ns));
        recorder.record_dropped();
        recorder.record_error(6);
        let snapshot = recorder.snapshot(2, 0);
        assert_eq!((snapshot.processed(), snapshot.dropped(), snapshot.last_error()), (3, 1, Some(6)));
        assert_eq!((snapshot.latency_ns_min(), snapshot.latency_ns_max()), (Some(10), Some(40)));
        assert_eq!(snapshot.latency_ns_mean(), Some(25.0));
        assert_eq!((snapshot.latency_ns_p50(), snapshot.latency_ns_p99()), (Some(31), Some(40)));
        assert_eq!(
            snapshot.to_string(),
            "3 processed, 1 dropped, 1 errors (last 6), queues 2 in 0 out, \
             latency 25.0ns mean (10ns min, 31ns p50, 40ns p99, 40ns max)"
        );
    }
}
