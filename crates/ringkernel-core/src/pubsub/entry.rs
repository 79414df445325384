//! What is kept of a topic: its sequence, its retained publications, and who gets the next one.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arc_swap::{ArcSwap, Guard};

use super::mailbox::{Mailbox, Replay};
use super::port::{Attached, AttachedPattern};
use super::tree::Tree;
use super::window::Window;
use super::{PubSubConfig, Publication, QoS, SharedPublication, Topic};
use crate::message::MessageId;
use crate::runtime::KernelId;
use crate::sync::atomic::{AtomicU64, Ordering};

/// A generation that no subscriptions have.
const NONE: u64 = u64::MAX;

/// In the number of the last publication: the topic has been forgotten, and whoever is about to publish to it looks it up again.
const FORGOTTEN: u64 = 1 << 63;

pub(super) struct TopicEntry {
    pub(super) topic: Topic,
    /// The number of the last publication.
    sequence: AtomicU64,
    /// The number before that of the first one.
    before: u64,
    retained: Mutex<VecDeque<SharedPublication>>,
    /// The numbers of the last publications that were to be given once.
    once: Mutex<Window<(KernelId, MessageId), u64>>,
    matched: ArcSwap<Matched>,
}

/// Whether a publication has got a number.
pub(super) enum Admitted {
    /// A fresh one.
    First,
    /// The one that it had before.
    Again,
    /// None, because the topic has been forgotten meanwhile.
    Forgotten,
}

/// The subscriptions that match a topic, as of a generation of them.
pub(super) struct Matched {
    generation: u64,
    pub(super) mailboxes: Vec<Arc<Mailbox>>,
    pub(super) ports: Vec<Arc<Attached>>,
}

impl Matched {
    const fn nobody() -> Self {
        Self { generation: NONE, mailboxes: Vec::new(), ports: Vec::new() }
    }
}

impl TopicEntry {
    /// A topic whose numbers begin after `before`.
    pub(super) fn new(topic: Topic, before: u64, config: &PubSubConfig) -> Self {
        Self {
            topic,
            sequence: AtomicU64::new(before),
            before,
            retained: Mutex::default(),
            once: Mutex::new(Window::new(config.deduplication_window)),
            matched: ArcSwap::from_pointee(Matched::nobody()),
        }
    }

    /// Numbers a publication that nobody shares yet, and retains it if it is to be. One that is published again keeps its
    /// number.
    pub(super) fn admit(&self, publication: &mut SharedPublication, config: &PubSubConfig) -> Admitted {
        if publication.qos != QoS::ExactlyOnce {
            return self.number(publication, config);
        }
        if publication.envelope.header.message_id.is_nil() {
            // Without an id it is like no other.
            unshared(publication).envelope.header.message_id = MessageId::generate();
        }
        let key = (publication.publisher.clone(), publication.envelope.header.message_id);
        // Held until it has its number, so that of two that are the same only one can be first.
        let mut once = self.once.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(sequence) = once.get(&key) {
            unshared(publication).sequence = *sequence;
            return Admitted::Again;
        }
        let admitted = self.number(publication, config);
        if matches!(admitted, Admitted::First) {
            once.insert(key, publication.sequence);
        }
        admitted
    }

    fn number(&self, publication: &mut SharedPublication, config: &PubSubConfig) -> Admitted {
        // Relaxed: a number, not an order. For retained publications the lock makes it one.
        let next = || self.sequence.fetch_add(1, Ordering::Relaxed) + 1;
        if !publication.retained {
            let number = next();
            unshared(publication).sequence = number;
            return if number & FORGOTTEN == 0 { Admitted::First } else { Admitted::Forgotten };
        }
        let mut retained = self.retained();
        let number = next();
        if number & FORGOTTEN != 0 {
            return Admitted::Forgotten;
        }
        unshared(publication).sequence = number;
        retained.push_back(publication.clone());
        while retained.len() > config.max_retained_messages {
            retained.pop_front();
        }
        Admitted::First
    }

    /// Forgets the topic, whose last subscription has ended, if it retains nothing. Gives the number of its last publication, and how
    /// many there have been.
    pub(super) fn forget(&self) -> Option<(u64, u64)> {
        let retained = self.retained();
        if !retained.is_empty() {
            return None;
        }
        // Under the lock, so that nothing is retained in what is forgotten. Relaxed: whoever numbers a publication sees it or came before.
        // What counts is the number before: those who see the mark count on in vain.
        let last = self.sequence.fetch_or(FORGOTTEN, Ordering::Relaxed) & !FORGOTTEN;
        Some((last, last - self.before))
    }

    /// The subscriptions that the next publication goes to.
    pub(super) fn matched(
        &self,
        tree: &Tree<Mailbox>,
        ports: &Tree<AttachedPattern>,
        generation: u64,
    ) -> Guard<Arc<Matched>> {
        let matched = self.matched.load();
        if matched.generation == generation {
            return matched;
        }
        // Another publisher may store an older one at the same time, so what was found here is used here.
        // A kernel of which several patterns match is one subscriber.
        let mut ports: Vec<_> =
            ports.matching(&self.topic).iter().map(|pattern| pattern.to.clone()).collect();
        ports.sort_by_key(|port| port.id());
        ports.dedup_by_key(|port| port.id());
        let fresh = Arc::new(Matched { generation, mailboxes: tree.matching(&self.topic), ports });
        self.matched.store(fresh.clone());
        Guard::from_inner(fresh)
    }

    /// Lets go of the subscriptions of another generation.
    pub(super) fn forget_before(&self, generation: u64) {
        if self.matched.load().generation != generation {
            self.matched.store(Arc::new(Matched::nobody()));
        }
    }

    /// Adds the retained publications to what a new subscription is given, which has been added to the tree before.
    pub(super) fn replay_into(&self, replay: &mut Replay) {
        let retained = self.retained();
        if retained.is_empty() {
            return;
        }
        replay.publications.extend(retained.iter().cloned());
        // Under the lock, under which retained publications are numbered: each is either in here or has a greater one.
        replay.until.insert(self.topic.clone(), self.last());
    }

    /// How many publications there have been.
    pub(super) fn published(&self) -> u64 {
        self.last() - self.before
    }

    /// The number of the last publication.
    fn last(&self) -> u64 {
        self.sequence.load(Ordering::Relaxed) & !FORGOTTEN
    }

    pub(super) fn retained(&self) -> MutexGuard<'_, VecDeque<SharedPublication>> {
        // A deque is whole between any two statements.
        self.retained.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A publication that has not been given to anybody.
pub(super) fn unshared(publication: &mut SharedPublication) -> &mut Publication {
    publication.get_mut().expect("it is shared when it has been numbered")
}
