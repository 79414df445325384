//! Queues by tier or by expected throughput.

use super::mpsc::MpscQueue;
use super::spsc::SpscQueue;
use super::tier::QueueTier;

/// Makes queues whose capacity is a [`QueueTier`].
///
/// The short names make queues of [`MessageEnvelope`](crate::message::MessageEnvelope); those that end in
/// `_of` make queues of any message type.
#[derive(Debug, Clone, Copy)]
pub struct QueueFactory;

impl QueueFactory {
    /// A queue of envelopes from one producer to one consumer.
    pub fn create_spsc(tier: QueueTier) -> SpscQueue {
        Self::create_spsc_of(tier)
    }

    /// A queue of envelopes from many producers to one consumer.
    pub fn create_mpsc(tier: QueueTier) -> MpscQueue {
        Self::create_mpsc_of(tier)
    }

    /// A queue of envelopes from one producer to one consumer, which holds what arrives in `headroom_ms`
    /// milliseconds at `messages_per_second` (as far as the largest tier does).
    pub fn create_for_throughput(messages_per_second: u64, headroom_ms: u64) -> SpscQueue {
        Self::create_spsc(QueueTier::for_throughput(messages_per_second, headroom_ms))
    }

    /// A queue of `T` from one producer to one consumer.
    pub fn create_spsc_of<T: Send>(tier: QueueTier) -> SpscQueue<T> {
        SpscQueue::with_tier(tier)
    }

    /// A queue of `T` from many producers to one consumer.
    pub fn create_mpsc_of<T: Send>(tier: QueueTier) -> MpscQueue<T> {
        MpscQueue::with_tier(tier)
    }
}
