//! Subscriptions by the levels of their patterns.
//!
//! A name is matched by walking down its levels, along `*` as well, so that it costs by the patterns that match so far
//! and not by the subscriptions there are. It is read without a lock; those who change it take turns.

use std::str::Split;
use std::sync::Arc;

use arc_swap::{ArcSwap, ArcSwapOption};

use super::Topic;
use super::mailbox::Mailbox;
use super::snapshot_map::SnapshotMap;
use super::topic::{ONE_LEVEL, REST};

type Subscribers = ArcSwap<Vec<Arc<Mailbox>>>;

/// What follows after some levels of a pattern.
pub(super) struct Tree {
    /// Patterns that end here.
    subscribers: Subscribers,
    /// Patterns that go on with `#`.
    rest: Subscribers,
    /// Patterns that go on with `*`.
    one_level: ArcSwapOption<Tree>,
    /// Patterns that go on with this level.
    levels: SnapshotMap<Tree>,
}

impl Tree {
    pub(super) fn new() -> Self {
        Self {
            subscribers: ArcSwap::default(),
            rest: ArcSwap::default(),
            one_level: ArcSwapOption::empty(),
            levels: SnapshotMap::new(),
        }
    }

    /// Adds a subscription. False, and as before, when its pattern has `limit` already.
    pub(super) fn add(&self, mailbox: &Arc<Mailbox>, limit: usize) -> bool {
        self.add_below(mailbox.pattern.levels(), mailbox, limit)
    }

    /// Removes a subscription, if it is there.
    pub(super) fn remove(&self, mailbox: &Mailbox) {
        self.remove_below(mailbox.pattern.levels(), mailbox);
    }

    /// The subscriptions that match a name.
    pub(super) fn matching(&self, topic: &Topic) -> Vec<Arc<Mailbox>> {
        let mut found = Vec::new();
        self.collect(topic.levels(), &mut found);
        found
    }

    fn add_below(&self, mut levels: Split<'_, char>, mailbox: &Arc<Mailbox>, limit: usize) -> bool {
        let child = match levels.next() {
            None => return push(&self.subscribers, mailbox, limit),
            Some(REST) => return push(&self.rest, mailbox, limit),
            Some(ONE_LEVEL) => self.one_level.load_full().unwrap_or_else(|| {
                let child = Arc::new(Self::new());
                self.one_level.store(Some(child.clone()));
                child
            }),
            Some(level) => {
                self.levels.get_or_insert(&level.into(), usize::MAX, Self::new).expect("there is no limit")
            }
        };
        child.add_below(levels, mailbox, limit)
    }

    /// Removes the subscription; whether nothing is left below.
    fn remove_below(&self, mut levels: Split<'_, char>, mailbox: &Mailbox) -> bool {
        match levels.next() {
            None => take_out(&self.subscribers, mailbox),
            Some(REST) => take_out(&self.rest, mailbox),
            Some(ONE_LEVEL) => {
                if self.one_level.load_full().is_none_or(|child| child.remove_below(levels, mailbox)) {
                    self.one_level.store(None);
                }
            }
            Some(level) => {
                if self.levels.get(level).is_some_and(|child| child.remove_below(levels, mailbox)) {
                    self.levels.remove(level);
                }
            }
        }
        self.is_empty()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.levels.is_empty()
            && self.one_level.load().is_none()
            && self.rest.load().is_empty()
            && self.subscribers.load().is_empty()
    }

    fn collect(&self, mut levels: Split<'_, char>, found: &mut Vec<Arc<Mailbox>>) {
        found.extend_from_slice(&self.rest.load());
        let Some(level) = levels.next() else {
            found.extend_from_slice(&self.subscribers.load());
            return;
        };
        if let Some(child) = self.levels.get(level) {
            child.collect(levels.clone(), found);
        }
        if let Some(child) = &*self.one_level.load() {
            child.collect(levels, found);
        }
    }
}

fn push(list: &Subscribers, mailbox: &Arc<Mailbox>, limit: usize) -> bool {
    let mut subscribers = list.load().to_vec();
    if subscribers.len() >= limit {
        return false;
    }
    subscribers.push(mailbox.clone());
    list.store(Arc::new(subscribers));
    true
}

fn take_out(list: &Subscribers, mailbox: &Mailbox) {
    let others = list.load().iter().filter(|other| other.id != mailbox.id).cloned().collect();
    list.store(Arc::new(others));
}
