//! What can go wrong in publishing, subscribing and receiving.

use super::{MAX_TOPIC_BYTES, Topic};
use crate::error::RingKernelError;
use crate::k2k::tenant::{AdmissionError, QuotaExceeded};
use crate::runtime::KernelId;
use ringkernel_abi::TenantId;
use ringkernel_abi::topic::TopicMistake;

/// Why a text is no topic, or none that can be published to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TopicError {
    /// It has no characters.
    #[error("a topic has at least one level, and this text is empty")]
    Empty,
    /// It is too long.
    #[error("a topic has at most {MAX_TOPIC_BYTES} bytes, and this one has {bytes}")]
    TooLong {
        /// Its length in bytes.
        bytes: usize,
    },
    /// A level has no characters.
    #[error("level {level} of the topic `{topic}` is empty; levels are separated by single slashes")]
    EmptyLevel {
        /// The topic.
        topic: Topic,
        /// The level, counted from 1.
        level: usize,
    },
    /// A wildcard shares its level with other characters.
    #[error(
        "level {level} of the topic `{topic}` has a wildcard among other characters; `*` and `#` stand alone"
    )]
    WildcardInLevel {
        /// The topic.
        topic: Topic,
        /// The level, counted from 1.
        level: usize,
    },
    /// `#` is followed by another level.
    #[error(
        "level {level} of the topic `{topic}` is `#`, which can only be the last; write `*` for one level"
    )]
    RestBeforeEnd {
        /// The topic.
        topic: Topic,
        /// The level, counted from 1.
        level: usize,
    },
    /// It has wildcards, and one name was needed.
    #[error("`{topic}` is a pattern; a publication goes to one topic")]
    Pattern {
        /// The pattern.
        topic: Topic,
    },
}

impl TopicError {
    pub(super) fn of(mistake: TopicMistake, topic: &Topic) -> Self {
        let topic = topic.clone();
        match mistake {
            TopicMistake::Empty => Self::Empty,
            TopicMistake::TooLong { bytes } => Self::TooLong { bytes },
            TopicMistake::EmptyLevel { level } => Self::EmptyLevel { topic, level },
            TopicMistake::WildcardInLevel { level } => Self::WildcardInLevel { topic, level },
            TopicMistake::RestBeforeEnd { level } => Self::RestBeforeEnd { topic, level },
            TopicMistake::Pattern => Self::Pattern { topic },
        }
    }
}

/// Why something was not published, or nobody subscribed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PubSubError {
    /// The topic is none, or is a pattern where a name was needed.
    #[error(transparent)]
    Topic(#[from] TopicError),
    /// There are as many subscriptions to this pattern as there may be.
    #[error("`{pattern}` has {limit} subscriptions, which is the limit; raise `max_subscribers_per_topic`")]
    TooManySubscribers {
        /// The pattern.
        pattern: Topic,
        /// The limit.
        limit: usize,
    },
    /// There are as many topics as there may be. Nothing was published.
    #[error("there are {limit} topics, and `{topic}` would be another; raise `max_topics`")]
    TooManyTopics {
        /// The topic that was to be published to.
        topic: Topic,
        /// The limit.
        limit: usize,
    },
    /// No subscription has this id.
    #[error("there is no subscription {id}")]
    SubscriptionNotFound {
        /// The id.
        id: u64,
    },
    /// Nothing can be retained, because the limit is 0. Nothing was published.
    #[error("`{topic}` retains nothing: raise `max_retained_messages`")]
    RetainsNothing {
        /// The topic.
        topic: Topic,
    },
    /// Some subscribers had no room, and all others have it. Published again with [`QoS::ExactlyOnce`](super::QoS::ExactlyOnce),
    /// if it was so the first time, it goes to those only who lack it.
    #[error("publication {sequence} of `{topic}` went to {delivered} subscribers; without room were: {}", list_text(.without_room))]
    Rejected {
        /// The topic.
        topic: Topic,
        /// The publication's number within the topic.
        sequence: u64,
        /// How many subscribers have it.
        delivered: usize,
        /// The subscribers that do not have it.
        without_room: Vec<KernelId>,
    },
    /// The tenant has used up its messages of this second, or the budget of the engagement. Nothing was published.
    #[error(transparent)]
    QuotaExceeded(#[from] QuotaExceeded),
    /// The tenant is not registered any longer. Nothing was published.
    #[error("tenant {tenant} is not registered; register it with `TenantRegistry::register`")]
    UnknownTenant {
        /// The tenant.
        tenant: TenantId,
    },
    /// The registration of the tenant that the broker was made for has ended, with all topics. Nothing was published, nobody subscribed.
    #[error(
        "the registration of tenant {tenant} that this broker was made for has ended; ask for the tenant's broker \
         again"
    )]
    RegistrationEnded {
        /// The tenant.
        tenant: TenantId,
    },
    /// A tenant's broker acts for that tenant only.
    #[error("a broker of tenant {from} cannot act for tenant {to}: whoever made the first one can")]
    ForeignTenant {
        /// The tenant of the broker that was asked.
        from: TenantId,
        /// The tenant that was to be acted for.
        to: TenantId,
    },
    /// The envelope is marked as another tenant's. Nothing was published.
    #[error("an envelope of tenant {from} cannot be published among the topics of tenant {to}")]
    TenantMismatch {
        /// The envelope's tenant.
        from: TenantId,
        /// The tenant that the topics belong to.
        to: TenantId,
    },
}

/// Why a subscription gave no publication.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReceiveError {
    /// The queue was full, and this many publications were missed: they gave way to newer ones, and what comes next is what followed
    /// them; or kernels have published them, which do not wait, and they would have come behind what the queue had then and may
    /// still have.
    #[error(
        "{missed} publications were missed because the queue was full; receive faster, or make it larger"
    )]
    Lagged {
        /// How many publications were missed since the last report.
        missed: u64,
    },
    /// Nothing is there now.
    #[error("nothing has been published that was not received")]
    Empty,
    /// The subscription has ended.
    #[error("the subscription has ended")]
    Closed,
}

impl From<AdmissionError> for PubSubError {
    fn from(error: AdmissionError) -> Self {
        match error {
            AdmissionError::UnknownTenant(tenant) => Self::UnknownTenant { tenant },
            AdmissionError::QuotaExceeded(exceeded) => Self::QuotaExceeded(exceeded),
        }
    }
}

impl From<PubSubError> for RingKernelError {
    fn from(error: PubSubError) -> Self {
        match error {
            PubSubError::TenantMismatch { from, to } | PubSubError::ForeignTenant { from, to } => {
                Self::TenantMismatch { from, to }
            }
            PubSubError::QuotaExceeded(exceeded) => Self::QuotaExceeded(exceeded),
            PubSubError::UnknownTenant { tenant } => AdmissionError::UnknownTenant(tenant).into(),
            other => Self::PubSub(other),
        }
    }
}

fn list_text(subscribers: &[KernelId]) -> String {
    subscribers.iter().map(KernelId::as_str).collect::<Vec<_>>().join(", ")
}
