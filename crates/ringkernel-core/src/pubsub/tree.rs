//! Subscriptions by the levels of their patterns.
//!
//! A name is matched by walking down its levels, along `*` as well, so that it costs by the patterns that match so far
//! and not by the subscriptions there are. It is read without a lock; those who change it take turns.

use std::str::Split;
use std::sync::Arc;

use arc_swap::{ArcSwap, ArcSwapOption};

use super::Topic;
use super::snapshot_map::SnapshotMap;
use super::topic::{ONE_LEVEL, REST};

type Subscribers<S> = ArcSwap<Vec<Arc<S>>>;

/// What stands in a tree.
pub(super) trait Subscriber {
    /// The number of the subscription, under which it is found again.
    fn id(&self) -> u64;

    /// What it is subscribed to.
    fn pattern(&self) -> &Topic;
}

/// What follows after some levels of a pattern.
pub(super) struct Tree<S> {
    /// Patterns that end here.
    subscribers: Subscribers<S>,
    /// Patterns that go on with `#`.
    rest: Subscribers<S>,
    /// Patterns that go on with `*`.
    one_level: ArcSwapOption<Tree<S>>,
    /// Patterns that go on with this level.
    levels: SnapshotMap<Tree<S>>,
}

impl<S: Subscriber> Tree<S> {
    pub(super) fn new() -> Self {
        Self {
            subscribers: ArcSwap::default(),
            rest: ArcSwap::default(),
            one_level: ArcSwapOption::empty(),
            levels: SnapshotMap::new(),
        }
    }

    /// Adds a subscription. False, and as before, when its pattern has `limit` already.
    pub(super) fn add(&self, subscriber: &Arc<S>, limit: usize) -> bool {
        self.add_below(subscriber.pattern().levels(), subscriber, limit)
    }

    /// Removes a subscription, if it is there.
    pub(super) fn remove(&self, subscriber: &S) {
        self.remove_below(subscriber.pattern().levels(), subscriber);
    }

    /// The subscriptions that match a name.
    pub(super) fn matching(&self, topic: &Topic) -> Vec<Arc<S>> {
        let mut found = Vec::new();
        self.collect(topic.levels(), &mut found);
        found
    }

    fn add_below(&self, mut levels: Split<'_, char>, subscriber: &Arc<S>, limit: usize) -> bool {
        let child = match levels.next() {
            None => return push(&self.subscribers, subscriber, limit),
            Some(REST) => return push(&self.rest, subscriber, limit),
            Some(ONE_LEVEL) => self.one_level.load_full().unwrap_or_else(|| {
                let child = Arc::new(Self::new());
                self.one_level.store(Some(child.clone()));
                child
            }),
            Some(level) => {
                self.levels.get_or_insert(&level.into(), usize::MAX, Self::new).expect("there is no limit")
            }
        };
        child.add_below(levels, subscriber, limit)
    }

    /// Removes the subscription; whether nothing is left below.
    fn remove_below(&self, mut levels: Split<'_, char>, subscriber: &S) -> bool {
        match levels.next() {
            None => take_out(&self.subscribers, subscriber),
            Some(REST) => take_out(&self.rest, subscriber),
            Some(ONE_LEVEL) => {
                if self.one_level.load_full().is_none_or(|child| child.remove_below(levels, subscriber)) {
                    self.one_level.store(None);
                }
            }
            Some(level) => {
                if self.levels.get(level).is_some_and(|child| child.remove_below(levels, subscriber)) {
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

    fn collect(&self, mut levels: Split<'_, char>, found: &mut Vec<Arc<S>>) {
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

fn push<S>(list: &Subscribers<S>, subscriber: &Arc<S>, limit: usize) -> bool {
    let mut subscribers = list.load().to_vec();
    if subscribers.len() >= limit {
        return false;
    }
    subscribers.push(subscriber.clone());
    list.store(Arc::new(subscribers));
    true
}

fn take_out<S: Subscriber>(list: &Subscribers<S>, subscriber: &S) {
    let others = list.load().iter().filter(|other| other.id() != subscriber.id()).cloned().collect();
    list.store(Arc::new(others));
}
