//! Publishing to topics, and subscribing to patterns of them.
//!
//! A publication goes to everybody whose pattern matches its topic. Its envelope is shared, not copied; each subscriber has a
//! bounded queue of its own, and says what happens when that is full.
//!
//! | file | what it is |
//! |---|---|
//! | `topic` | [`Topic`]: names and patterns |
//! | `publication` | [`Publication`], [`QoS`], and [`Delivery`], as a subscriber gets it |
//! | `shared` | [`SharedPublication`]: where a publication lies that many share |
//! | `config` | [`PubSubConfig`], [`PubSubBuilder`], [`OverflowPolicy`] |
//! | `broker`, `publish` | [`PubSubBroker`], the topics of one tenant |
//! | `held_up` | publications for which not everybody has room |
//! | `subscription` | [`Subscription`], the receiving end |
//! | `space` | what a broker keeps of a tenant: subscriptions and topics |
//! | `spaces` | those of all tenants, and which registration each belongs to |
//! | `entry` | what is kept of a topic: sequence, retained publications, who gets the next one |
//! | `port` | `TopicPort`: subscribers that are called, as kernels are |
//! | `authority` | in whose name a broker publishes |
//! | `tree`, `snapshot_map` | patterns by their levels; maps that are read without a lock |
//! | `mailbox` | a subscriber's queue, and how it is woken |
//! | `unacknowledged`, `window` | what it still has to acknowledge, ids seen lately |
//! | `figures`, `error` | what is counted, what can go wrong |
//!
//! `README.md` beside this file says what each quality of service promises, and how publishers and subscribers meet.

mod authority;
mod broker;
mod config;
mod entry;
mod error;
mod figures;
mod held_up;
mod mailbox;
mod port;
mod publication;
mod publish;
mod shared;
mod snapshot_map;
mod space;
mod spaces;
mod subscription;
mod topic;
mod tree;
mod unacknowledged;
mod window;

pub use broker::PubSubBroker;
pub use config::{OverflowPolicy, PubSubBuilder, PubSubConfig};
pub use error::{PubSubError, ReceiveError, TopicError};
pub use figures::{PubSubStats, TopicInfo};
pub(crate) use port::{Taken, TopicAttachment, TopicPort};
pub use publication::{Delivery, Publication, QoS};
pub use shared::SharedPublication;
pub use subscription::Subscription;
pub use topic::{MAX_TOPIC_BYTES, Topic};

#[cfg(test)]
mod tests;
