//! The topics and the subscriptions of one tenant.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ringkernel_abi::TenantId;

use super::entry::TopicEntry;
use super::figures::{self, Counters};
use super::mailbox::{Mailbox, Replay};
use super::port::{Attached, AttachedPattern, TopicAttachment};
use super::snapshot_map::SnapshotMap;
use super::tree::{Subscriber, Tree};
use super::{OverflowPolicy, PubSubConfig, PubSubError, PubSubStats, Publication, QoS, Topic};
use crate::dead_letter::{DeadLetter, DeadLetterQueue, DeadLetterReason};
use crate::runtime::KernelId;
use crate::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// Ended subscriptions after which topics let go of them that have not been published to since.
const SWEEP: u64 = 64;

/// Topics among which idle ones are searched for each that is to be added. A search is through all, so it comes once in so many.
const LOOKS_A_TOPIC: u64 = 1_024;

pub(super) struct Space {
    pub(super) tenant: TenantId,
    pub(super) topics: SnapshotMap<TopicEntry>,
    pub(super) tree: Tree<Mailbox>,
    /// The patterns of kernels.
    pub(super) ports: Tree<AttachedPattern>,
    /// Counts the changes of the tree.
    generation: AtomicU64,
    /// Searches for idle topics.
    search: Search,
    forgotten: Forgotten,
    subscriptions: Mutex<Subscriptions>,
    /// Whether another space has taken its place. Set under the lock of the subscriptions.
    is_over: AtomicBool,
    pub(super) counters: Counters,
    pub(super) dead_letters: DeadLetterQueue,
}

struct Search {
    /// The generation as of the last one.
    generation: AtomicU64,
    /// Topics that were to be added since.
    asked: AtomicU64,
}

/// What is left of topics that have been forgotten. Changed while nobody adds a topic.
#[derive(Default)]
struct Forgotten {
    /// Publications to them.
    published: AtomicU64,
    /// The highest number of any of them.
    highest: AtomicU64,
}

#[derive(Default)]
struct Subscriptions {
    by_id: HashMap<u64, Arc<Mailbox>>,
    /// Kernels that are here, with or without patterns.
    kernels: usize,
    /// Patterns of kernels.
    attached: usize,
    ended: u64,
}

impl Space {
    pub(super) fn new(tenant: TenantId, config: &PubSubConfig) -> Self {
        Self {
            tenant,
            topics: SnapshotMap::new(),
            tree: Tree::new(),
            ports: Tree::new(),
            search: Search { generation: AtomicU64::new(u64::MAX), asked: AtomicU64::new(0) },
            forgotten: Forgotten::default(),
            generation: AtomicU64::new(0),
            subscriptions: Mutex::default(),
            is_over: AtomicBool::new(false),
            counters: Counters::default(),
            dead_letters: DeadLetterQueue::new(config.max_dead_letters),
        }
    }

    /// Ends it, unless somebody lives here: a kernel, or a subscription, which a place that is kept for one that is away is not. True when it
    /// is over.
    pub(super) fn end_unless_lived_in(&self) -> bool {
        let subscriptions = self.subscriptions();
        let is_left =
            subscriptions.kernels == 0 && subscriptions.by_id.values().all(|mailbox| mailbox.is_parked());
        if is_left {
            // Relaxed: who subscribes looks under the lock, and who publishes at the same time reaches nobody.
            self.is_over.store(true, Ordering::Relaxed);
        }
        is_left
    }

    /// Checks that nobody else has taken its place.
    #[inline]
    pub(super) fn check_current(&self) -> Result<(), PubSubError> {
        match self.is_over.load(Ordering::Relaxed) {
            true => Err(PubSubError::RegistrationEnded { tenant: self.tenant }),
            false => Ok(()),
        }
    }

    /// The entry of a topic, which is added if there is room for it, or can be made by forgetting others.
    pub(super) fn topic(&self, topic: &Topic, config: &PubSubConfig) -> Result<Arc<TopicEntry>, PubSubError> {
        self.search.asked.fetch_add(1, Ordering::Relaxed);
        // Above the numbers that the topic may have had before it was forgotten.
        let make = || TopicEntry::new(topic.clone(), self.forgotten.highest.load(Ordering::Relaxed), config);
        let add = || self.topics.get_or_insert(&Arc::from(topic.name()), config.max_topics, make);
        if let Some(entry) = add() {
            return Ok(entry);
        }
        if self.may_search(config.max_topics) {
            self.forget_idle();
        }
        add().ok_or_else(|| PubSubError::TooManyTopics { topic: topic.clone(), limit: config.max_topics })
    }

    /// Whether to search for idle topics: when the subscriptions have changed since the last search, or when enough topics were to be
    /// added to pay for another one.
    fn may_search(&self, topics: usize) -> bool {
        let Search { generation, asked } = &self.search;
        // Relaxed: at worst, somebody searches in vain.
        let paid = asked.load(Ordering::Relaxed).saturating_mul(LOOKS_A_TOPIC);
        generation.load(Ordering::Relaxed) != self.generation() || paid >= topics as u64
    }

    /// Forgets the topics that nobody is subscribed to and that retain nothing. Who publishes to one of them again begins above all
    /// numbers that they have had.
    fn forget_idle(&self) {
        self.search.generation.store(self.generation(), Ordering::Relaxed);
        self.search.asked.store(0, Ordering::Relaxed);
        let Forgotten { published, highest } = &self.forgotten;
        self.topics.retain(|entry| {
            if self.subscriber_count(&entry.topic) > 0 {
                return true;
            }
            let Some((last, count)) = entry.forget() else { return true };
            // Relaxed: read while nobody adds a topic, or forgets one.
            published.fetch_add(count, Ordering::Relaxed);
            highest.fetch_max(last, Ordering::Relaxed);
            false
        });
    }

    /// Those who are subscribed to a topic. A kernel counts as often as it has patterns that match.
    pub(super) fn subscriber_count(&self, topic: &Topic) -> usize {
        self.tree.matching(topic).len() + self.ports.matching(topic).len()
    }

    /// Retains nothing of a topic any longer. Gives how much that was.
    pub(super) fn clear_retained(&self, topic: &str) -> usize {
        let cleared = self.topics.with(topic, |entry| entry.retained().drain(..).len()).unwrap_or_default();
        // It may be forgotten now.
        self.changed();
        cleared
    }

    /// Subscribes a kernel to all that matches one of these patterns, which have been checked. With none it is here all the same.
    pub(super) fn attach(
        self: &Arc<Self>,
        attached: Arc<Attached>,
        patterns: &[Topic],
        config: &PubSubConfig,
    ) -> Result<TopicAttachment, PubSubError> {
        let entries: Vec<_> = patterns.iter().map(|pattern| attached.with_pattern(pattern.clone())).collect();
        let mut subscriptions = self.subscriptions();
        self.check_current()?;
        let limit = config.max_subscribers_per_topic;
        for (index, entry) in entries.iter().enumerate() {
            if !self.ports.add(entry, limit) {
                entries[..index].iter().for_each(|entry| self.ports.remove(entry));
                // A topic may have found them meanwhile.
                self.changed();
                return Err(PubSubError::TooManySubscribers { pattern: entry.pattern().clone(), limit });
            }
        }
        subscriptions.kernels += 1;
        subscriptions.attached += entries.len();
        if !entries.is_empty() {
            self.changed();
        }
        Ok(TopicAttachment::new(self.clone(), attached, entries))
    }

    /// What is retained of all that matches one of these patterns.
    pub(super) fn retained_for<'a>(&self, patterns: impl Iterator<Item = &'a Topic>) -> Replay {
        let mut topics: Vec<_> = patterns.flat_map(|pattern| self.topics_matching(pattern)).collect();
        topics.sort_unstable_by(|a, b| a.topic.cmp(&b.topic));
        topics.dedup_by(|a, b| a.topic == b.topic);
        let mut replay = Replay::default();
        topics.iter().for_each(|entry| entry.replay_into(&mut replay));
        replay
    }

    /// Ends the subscriptions of a kernel.
    pub(super) fn detach(&self, patterns: &[Arc<AttachedPattern>]) {
        let mut subscriptions = self.subscriptions();
        subscriptions.kernels -= 1;
        if patterns.is_empty() {
            // It was here, and subscribed to nothing.
            return;
        }
        patterns.iter().for_each(|pattern| self.ports.remove(pattern));
        subscriptions.attached -= patterns.len();
        self.changed();
        subscriptions.ended += 1;
        let sweep = subscriptions.ended.is_multiple_of(SWEEP);
        drop(subscriptions);
        if sweep {
            self.forget_gone();
        }
    }

    /// Has topics let go of subscriptions that have ended.
    fn forget_gone(&self) {
        let generation = self.generation();
        self.topics.values().iter().for_each(|entry| entry.forget_before(generation));
    }

    /// Adds a subscription, or takes over the place that one before it has kept.
    pub(super) fn add(
        &self,
        id: u64,
        subscriber: KernelId,
        pattern: Topic,
        overflow: OverflowPolicy,
        config: &PubSubConfig,
    ) -> Result<(Arc<Mailbox>, Replay), PubSubError> {
        let mailbox = {
            let mut subscriptions = self.subscriptions();
            self.check_current()?;
            if config.enable_persistence {
                let same =
                    |mailbox: &&Arc<Mailbox>| mailbox.subscriber == subscriber && mailbox.pattern == pattern;
                let mut kept = subscriptions.by_id.values().filter(same);
                if let Some(found) =
                    kept.find_map(|mailbox| Some((mailbox.clone(), mailbox.resume(overflow)?)))
                {
                    return Ok(found);
                }
            }
            let mailbox = Arc::new(Mailbox::new(id, subscriber, pattern, overflow, config));
            let limit = config.max_subscribers_per_topic;
            if !self.tree.add(&mailbox, limit) {
                return Err(PubSubError::TooManySubscribers { pattern: mailbox.pattern.clone(), limit });
            }
            subscriptions.by_id.insert(id, mailbox.clone());
            self.changed();
            mailbox
        };
        // What is published from here on reaches the queue, so that nothing is between it and what was retained.
        let mut replay = Replay::default();
        for entry in self.topics_matching(&mailbox.pattern) {
            entry.replay_into(&mut replay);
        }
        Ok((mailbox, replay))
    }

    /// Ends a subscription: what it had not acknowledged becomes dead letters. Ending it twice does nothing.
    pub(super) fn end(&self, mailbox: &Mailbox, now_ns: u64) {
        let sweep = {
            let mut subscriptions = self.subscriptions();
            if subscriptions.by_id.remove(&mailbox.id).is_some() {
                self.tree.remove(mailbox);
                self.changed();
                subscriptions.ended += 1;
            }
            subscriptions.ended.is_multiple_of(SWEEP)
        };
        for publication in mailbox.end() {
            self.bury(mailbox, &publication, DeadLetterReason::SubscriberGone, now_ns);
        }
        if sweep {
            self.forget_gone();
        }
    }

    /// Makes a delivery a dead letter, unless nothing was promised of it.
    pub(super) fn bury(
        &self,
        mailbox: &Mailbox,
        publication: &Publication,
        reason: DeadLetterReason,
        at_ns: u64,
    ) {
        if publication.qos == QoS::AtMostOnce {
            return;
        }
        let (envelope, kernel) = (publication.envelope.clone(), Some(mailbox.subscriber.clone()));
        self.dead_letters.push(DeadLetter { envelope, kernel, reason, at_ns });
    }

    /// The subscription of this id.
    pub(super) fn subscription(&self, id: u64) -> Option<Arc<Mailbox>> {
        self.subscriptions().by_id.get(&id).cloned()
    }

    /// The topics that a pattern matches, in order.
    fn topics_matching(&self, pattern: &Topic) -> Vec<Arc<TopicEntry>> {
        if !pattern.is_pattern() {
            return self.topics.get(pattern.name()).into_iter().collect();
        }
        let mut entries = self.topics.values();
        entries.retain(|entry| pattern.matches(&entry.topic));
        entries.sort_unstable_by(|a, b| a.topic.cmp(&b.topic));
        entries
    }

    /// How many changes of the subscriptions there have been.
    pub(super) fn generation(&self) -> u64 {
        // Acquire pairs with the Release in `changed`: who sees the number sees the tree.
        self.generation.load(Ordering::Acquire)
    }

    pub(super) fn stats(&self) -> PubSubStats {
        // A topic counts as it is, or among those that have been forgotten.
        let (entries, published) = self.topics.settled(|entries| {
            let published: u64 = entries.iter().map(|entry| entry.published()).sum();
            (entries, published + figures::read(&self.forgotten.published))
        });
        let subscriptions = self.subscriptions();
        let total_subscribers = subscriptions.by_id.len() + subscriptions.attached;
        drop(subscriptions);
        PubSubStats {
            topic_count: entries.len(),
            total_subscribers,
            total_messages_published: published,
            retained_message_count: entries.iter().map(|entry| entry.retained().len()).sum(),
            displaced: figures::read(&self.counters.displaced),
            rejected: figures::read(&self.counters.rejected),
            duplicates: figures::read(&self.counters.duplicates),
            redelivered: figures::read(&self.counters.redelivered),
            dead_letters: self.dead_letters.counts().total,
        }
    }

    fn changed(&self) {
        self.generation.fetch_add(1, Ordering::Release);
    }

    fn subscriptions(&self) -> MutexGuard<'_, Subscriptions> {
        // No code that can panic halfway through a change runs under the lock.
        self.subscriptions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
