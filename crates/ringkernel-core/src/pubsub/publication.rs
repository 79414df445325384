//! What is published, and what a subscriber gets of it.

use std::ops::Deref;

use super::{SharedPublication, Topic};
use crate::hlc::HlcTimestamp;
use crate::message::MessageEnvelope;
use crate::runtime::KernelId;

/// What is promised of a publication, to each subscriber. `README.md` in `pubsub` has the details.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum QoS {
    /// It is given out once, and then forgotten.
    #[default]
    AtMostOnce,
    /// It is given out until it is acknowledged, at the latest when a time is up, and ends as a dead letter otherwise.
    AtLeastOnce,
    /// It is given out once, however often it is published, and ends as a dead letter if the subscriber goes away without
    /// acknowledging it.
    ExactlyOnce,
}

/// A message for everybody who has subscribed to its topic.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Publication {
    /// The topic.
    pub topic: Topic,
    /// Who publishes it, as it says itself. What comes from a kernel has its address in the envelope's `source`, which nobody else can
    /// write.
    pub publisher: KernelId,
    /// The message.
    pub envelope: MessageEnvelope,
    /// When it was published, by the publisher's clock.
    pub timestamp: HlcTimestamp,
    /// What is promised of it.
    pub qos: QoS,
    /// Its number within the topic, one more than that of the one before; from 1, or higher if topics have been forgotten. The broker
    /// gives it; 0 until then.
    pub sequence: u64,
    /// Whether subscribers that come later get it, too.
    pub retained: bool,
}

impl Publication {
    /// A publication that is given out at most once and not retained.
    #[inline]
    pub fn new(
        topic: impl Into<Topic>,
        publisher: impl Into<KernelId>,
        envelope: MessageEnvelope,
        timestamp: HlcTimestamp,
    ) -> Self {
        let (topic, publisher) = (topic.into(), publisher.into());
        Self { topic, publisher, envelope, timestamp, qos: QoS::AtMostOnce, sequence: 0, retained: false }
    }

    /// The same with another promise.
    #[must_use]
    #[inline]
    pub fn with_qos(mut self, qos: QoS) -> Self {
        self.qos = qos;
        self
    }

    /// The same, kept for subscribers that come later.
    #[must_use]
    #[inline]
    pub fn with_retained(mut self) -> Self {
        self.retained = true;
        self
    }
}

/// A publication as one subscriber gets it. All subscribers share the publication itself.
#[derive(Debug, Clone)]
pub struct Delivery {
    publication: SharedPublication,
    attempt: u32,
}

impl Delivery {
    pub(super) fn new(publication: SharedPublication, attempt: u32) -> Self {
        Self { publication, attempt }
    }

    /// How often this subscriber was given it, this time included.
    pub fn attempt(&self) -> u32 {
        self.attempt
    }

    /// The publication itself, to be kept.
    pub fn into_publication(self) -> SharedPublication {
        self.publication
    }
}

impl Deref for Delivery {
    type Target = Publication;

    #[inline]
    fn deref(&self) -> &Publication {
        &self.publication
    }
}
