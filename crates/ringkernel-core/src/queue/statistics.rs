//! The figures a queue reports about itself.

/// Figures of a queue since it was made.
///
/// A message that is refused goes back to its sender and appears in none of them. The figures are read one
/// after the other while the queue is in use; each is true of some moment during the call.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct QueueStatistics {
    /// Messages that were accepted.
    pub total_enqueued: u64,
    /// Messages that were taken by a consumer.
    pub total_dequeued: u64,
    /// Accepted messages that were destroyed inside the queue because its consumer went away.
    pub total_dropped: u64,
    /// Mean time in nanoseconds that a message spent in the queue, over one message in 256: the first, the
    /// 257th and so on, counted when they are taken. Zero until the first is taken.
    pub average_latency_ns: u64,
    /// Highest number of messages that a producer saw in the queue right after adding its own.
    pub peak_depth: usize,
}

/// The same figures with the current depth, as plain counters.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct QueueStats {
    /// Messages that were accepted.
    pub enqueued: u64,
    /// Messages that were taken by a consumer.
    pub dequeued: u64,
    /// Accepted messages that were destroyed inside the queue.
    pub dropped: u64,
    /// Messages in the queue.
    pub depth: u64,
    /// Highest number of messages in the queue, as [`QueueStatistics::peak_depth`].
    pub max_depth: u64,
}

impl From<QueueStatistics> for QueueStats {
    fn from(statistics: QueueStatistics) -> Self {
        let gone = statistics.total_dequeued + statistics.total_dropped;
        Self {
            enqueued: statistics.total_enqueued,
            dequeued: statistics.total_dequeued,
            dropped: statistics.total_dropped,
            depth: statistics.total_enqueued.saturating_sub(gone),
            max_depth: statistics.peak_depth as u64,
        }
    }
}
