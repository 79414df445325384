//! What is counted.

use super::Topic;
use crate::sync::atomic::{AtomicU64, Ordering};

/// What is known of a topic.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TopicInfo {
    /// The topic.
    pub topic: Topic,
    /// Subscriptions that match it now.
    pub subscriber_count: usize,
    /// Publications since it was first published to, or after it was forgotten. Those published again are not counted.
    pub messages_published: u64,
    /// Publications that a new subscriber is given.
    pub retained_count: usize,
}

/// What has happened at a broker, for one tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct PubSubStats {
    /// Topics that have been published to.
    pub topic_count: usize,
    /// Subscriptions that stand now.
    pub total_subscribers: usize,
    /// Publications so far, those published again not counted.
    pub total_messages_published: u64,
    /// Publications that are retained now.
    pub retained_message_count: usize,
    /// Deliveries that gave way to newer ones in a full queue.
    pub displaced: u64,
    /// Deliveries that a publisher was told had no room.
    pub rejected: u64,
    /// Publications that were published again and recognised.
    pub duplicates: u64,
    /// Deliveries that were made again, for want of an acknowledgement.
    pub redelivered: u64,
    /// Deliveries that became dead letters.
    pub dead_letters: u64,
}

/// The counters behind [`PubSubStats`]; none of them is touched where all goes well.
#[derive(Default)]
pub(super) struct Counters {
    pub(super) displaced: AtomicU64,
    pub(super) rejected: AtomicU64,
    pub(super) duplicates: AtomicU64,
    pub(super) redelivered: AtomicU64,
}

/// Counts one more.
pub(super) fn count(counter: &AtomicU64) {
    // Relaxed: a figure that orders nothing.
    counter.fetch_add(1, Ordering::Relaxed);
}

pub(super) fn read(counter: &AtomicU64) -> u64 {
    counter.load(Ordering::Relaxed)
}
