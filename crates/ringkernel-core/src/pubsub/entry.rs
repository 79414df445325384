//! What is kept of a topic: its sequence, its retained publications, and who gets the next one.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arc_swap::{ArcSwap, Guard};

use super::mailbox::{Mailbox, Replay};
use super::tree::Tree;
use super::window::Window;
use super::{PubSubConfig, Publication, QoS, Topic};
use crate::message::MessageId;
use crate::runtime::KernelId;
use crate::sync::atomic::{AtomicU64, Ordering};

/// A generation that no subscriptions have.
const NONE: u64 = u64::MAX;

pub(super) struct TopicEntry {
    pub(super) topic: Topic,
    /// The number of the last publication.
    sequence: AtomicU64,
    retained: Mutex<VecDeque<Arc<Publication>>>,
    /// The numbers of the last publications that were to be given once.
    once: Mutex<Window<(KernelId, MessageId), u64>>,
    matched: ArcSwap<Matched>,
}

/// The subscriptions that match a topic, as of a generation of them.
pub(super) struct Matched {
    generation: u64,
    pub(super) mailboxes: Vec<Arc<Mailbox>>,
}

impl TopicEntry {
    pub(super) fn new(topic: Topic, config: &PubSubConfig) -> Self {
        Self {
            topic,
            sequence: AtomicU64::new(0),
            retained: Mutex::default(),
            once: Mutex::new(Window::new(config.deduplication_window)),
            matched: ArcSwap::from_pointee(Matched { generation: NONE, mailboxes: Vec::new() }),
        }
    }

    /// Numbers a publication that nobody shares yet, and retains it if it is to be. One that is published again keeps its
    /// number. Whether it is published for the first time.
    pub(super) fn admit(&self, publication: &mut Arc<Publication>, config: &PubSubConfig) -> bool {
        if publication.qos != QoS::ExactlyOnce {
            self.number(publication, config);
            return true;
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
            return false;
        }
        self.number(publication, config);
        once.insert(key, publication.sequence);
        true
    }

    fn number(&self, publication: &mut Arc<Publication>, config: &PubSubConfig) {
        // Relaxed: a number, not an order. For retained publications the lock makes it one.
        let next = || self.sequence.fetch_add(1, Ordering::Relaxed) + 1;
        if !publication.retained {
            unshared(publication).sequence = next();
            return;
        }
        let mut retained = self.retained();
        unshared(publication).sequence = next();
        retained.push_back(publication.clone());
        while retained.len() > config.max_retained_messages {
            retained.pop_front();
        }
    }

    /// The subscriptions that the next publication goes to.
    pub(super) fn matched(&self, tree: &Tree, generation: u64) -> Guard<Arc<Matched>> {
        let matched = self.matched.load();
        if matched.generation == generation {
            return matched;
        }
        // Another publisher may store an older one at the same time, so what was found here is used here.
        let fresh = Arc::new(Matched { generation, mailboxes: tree.matching(&self.topic) });
        self.matched.store(fresh.clone());
        Guard::from_inner(fresh)
    }

    /// Lets go of the subscriptions of another generation.
    pub(super) fn forget_before(&self, generation: u64) {
        if self.matched.load().generation != generation {
            self.matched.store(Arc::new(Matched { generation: NONE, mailboxes: Vec::new() }));
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
        replay.until.insert(self.topic.clone(), self.published());
    }

    /// How many publications there have been.
    pub(super) fn published(&self) -> u64 {
        self.sequence.load(Ordering::Relaxed)
    }

    pub(super) fn retained(&self) -> MutexGuard<'_, VecDeque<Arc<Publication>>> {
        // A deque is whole between any two statements.
        self.retained.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A publication that has not been given to anybody.
pub(super) fn unshared(publication: &mut Arc<Publication>) -> &mut Publication {
    Arc::get_mut(publication).expect("it is shared when it has been numbered")
}
