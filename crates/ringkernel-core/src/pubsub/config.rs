//! How a broker behaves. Every value of every option is legal.

use std::sync::Arc;
use std::time::Duration;

use super::{PubSubBroker, QoS};
use crate::clock::TimeSource;

/// What happens to a publication when a subscriber's queue is full.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum OverflowPolicy {
    /// The publisher waits for room, and is told when there was none in time.
    #[default]
    Wait,
    /// The oldest publication in the queue gives way, and the subscriber is told how many it missed.
    DropOldest,
    /// The publisher is told at once.
    Reject,
}

/// Options of a [`PubSubBroker`].
#[derive(Debug, Clone)]
pub struct PubSubConfig {
    /// Most subscriptions to one pattern, and as many of kernels; a name is the pattern of itself. 1,000.
    pub max_subscribers_per_topic: usize,
    /// Publications in a subscriber's queue; rounded up to a power of two. As many more may be given out and not acknowledged.
    /// 256.
    pub channel_buffer_size: usize,
    /// Retained publications of a topic; the oldest give way. 100.
    pub max_retained_messages: usize,
    /// Whether a subscriber that goes away without unsubscribing keeps its place: what it has not acknowledged, and what is
    /// published meanwhile, is for the next subscription under the same name and pattern. Its queue drops the oldest then. Off.
    pub enable_persistence: bool,
    /// The promise of publications that name none. At most once.
    pub default_qos: QoS,
    /// What happens when a subscriber's queue is full, unless the subscription says otherwise. Publishers wait.
    pub overflow: OverflowPolicy,
    /// Longest wait of a publisher for room. 5 s.
    pub publish_timeout: Duration,
    /// Time in which a subscriber acknowledges what it was given, before it is given it again. 30 s.
    pub ack_timeout: Duration,
    /// How often a publication is given to a subscriber that does not acknowledge it; at least once. 5.
    pub max_deliveries: u32,
    /// Publications by whose ids a topic, and a subscriber, recognise one that is published again
    /// [exactly once](QoS::ExactlyOnce). 1,024.
    pub deduplication_window: usize,
    /// Most topics of a tenant that have been published to. Those that nobody is subscribed to and that retain nothing give way to others.
    /// 65,536.
    pub max_topics: usize,
    /// Dead letters of a tenant; the oldest give way. 1,024.
    pub max_dead_letters: usize,
    /// The clock by which times are up.
    pub time: TimeSource,
}

impl Default for PubSubConfig {
    fn default() -> Self {
        Self {
            max_subscribers_per_topic: 1_000,
            channel_buffer_size: 256,
            max_retained_messages: 100,
            enable_persistence: false,
            default_qos: QoS::AtMostOnce,
            overflow: OverflowPolicy::Wait,
            publish_timeout: Duration::from_secs(5),
            ack_timeout: Duration::from_secs(30),
            max_deliveries: 5,
            deduplication_window: 1_024,
            max_topics: 65_536,
            max_dead_letters: 1_024,
            time: TimeSource::System,
        }
    }
}

/// Makes a [`PubSubBroker`].
#[derive(Debug, Clone, Default)]
pub struct PubSubBuilder {
    config: PubSubConfig,
}

macro_rules! setters {
    ($($name:ident: $type:ty),* $(,)?) => {
        impl PubSubBuilder {$(
            #[doc = concat!("Sets [`PubSubConfig::", stringify!($name), "`].")]
            #[must_use]
            pub fn $name(mut self, $name: $type) -> Self {
                self.config.$name = $name;
                self
            }
        )*}
    };
}

setters! {
    max_subscribers_per_topic: usize,
    channel_buffer_size: usize,
    max_retained_messages: usize,
    enable_persistence: bool,
    default_qos: QoS,
    overflow: OverflowPolicy,
    publish_timeout: Duration,
    ack_timeout: Duration,
    max_deliveries: u32,
    deduplication_window: usize,
    max_topics: usize,
    max_dead_letters: usize,
    time: TimeSource,
}

impl PubSubBuilder {
    /// A builder with the default options.
    pub fn new() -> Self {
        Self::default()
    }

    /// The broker.
    pub fn build(self) -> Arc<PubSubBroker> {
        PubSubBroker::new(self.config)
    }
}
