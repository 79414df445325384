//! Subscribers that are called instead of having a queue: kernels, whose mailboxes are their queues.
//!
//! A kernel's place among the subscribers is taken first, which is what can fail, and opened when the kernel is there.

use std::fmt;
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};

use super::figures;
use super::mailbox::Replay;
use super::space::Space;
use super::tree::Subscriber;
use super::unacknowledged::Unacknowledged;
use super::{Publication, QoS, Topic};
use crate::runtime::{BoxFuture, KernelId};

/// Where publications go that are for a subscriber without a queue of its own. Called on the thread of whoever publishes: nothing here
/// waits, and nothing runs a user's code.
pub(crate) trait TopicPort: Send + Sync {
    /// Takes a publication.
    fn deliver(&self, publication: &Publication) -> Taken;

    /// Keeps a publication for which there was no room, and whose publisher cannot be told, among the dead letters.
    fn refuse(&self, publication: &Publication);

    /// Waits until there may be room.
    fn room(&self) -> BoxFuture<'_, ()>;
}

/// What became of a publication that a port was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Taken {
    /// The subscriber has it, or has noted why it does not handle it.
    Yes,
    /// There is no room.
    Full,
    /// The subscriber has ended.
    Gone,
}

/// A subscriber with a port.
pub(super) struct Attached {
    pub(super) subscriber: KernelId,
    id: u64,
    /// Not there until the subscriber is.
    port: OnceLock<Arc<dyn TopicPort>>,
    /// The last retained publication of each topic when the subscription stood, as in [`Replay::until`]. Written while the retained
    /// publications are given, for which whoever publishes meanwhile waits.
    until: RwLock<std::collections::HashMap<Topic, u64>>,
    /// What of that which is to be given once it has been given lately.
    record: Mutex<Unacknowledged>,
}

/// One pattern of a subscriber with a port.
pub(super) struct AttachedPattern {
    pattern: Topic,
    pub(super) to: Arc<Attached>,
}

impl Subscriber for AttachedPattern {
    fn id(&self) -> u64 {
        self.to.id
    }

    fn pattern(&self) -> &Topic {
        &self.pattern
    }
}

impl Attached {
    pub(super) fn new(id: u64, subscriber: KernelId, window: usize) -> Self {
        let record = Mutex::new(Unacknowledged::new(window));
        Self { subscriber, id, port: OnceLock::new(), until: RwLock::default(), record }
    }

    pub(super) fn id(&self) -> u64 {
        self.id
    }

    pub(super) fn with_pattern(self: &Arc<Self>, pattern: Topic) -> Arc<AttachedPattern> {
        Arc::new(AttachedPattern { pattern, to: self.clone() })
    }

    /// Has publications go to a port: first what is retained, which `retained` collects, then what is published meanwhile.
    fn open(
        &self,
        port: Arc<dyn TopicPort>,
        retained: impl FnOnce() -> Replay,
        mut refused: impl FnMut(&Publication),
    ) {
        let mut until = self.until.write().unwrap_or_else(PoisonError::into_inner);
        let port = self.port.get_or_init(|| port);
        // Those who publish wait from here on, so that what is not collected is given by them, and later.
        let replay = retained();
        for publication in &replay.publications {
            if self.give(&**port, publication) == Taken::Full {
                port.refuse(publication);
                refused(publication);
            }
        }
        *until = replay.until;
    }

    /// Gives it a publication, unless it has had that, or is not there yet.
    pub(super) fn deliver(&self, publication: &Publication) -> Taken {
        let until = self.until.read().unwrap_or_else(PoisonError::into_inner);
        let Some(port) = self.port.get() else { return Taken::Gone };
        let is_seen = !until.is_empty()
            && until.get(&publication.topic).is_some_and(|seen| publication.sequence <= *seen);
        if is_seen { Taken::Yes } else { self.give(&**port, publication) }
    }

    fn give(&self, port: &dyn TopicPort, publication: &Publication) -> Taken {
        if publication.qos != QoS::ExactlyOnce {
            return port.deliver(publication);
        }
        // Under the lock, so that of two that give the same only one can be first.
        let mut record = self.record.lock().unwrap_or_else(PoisonError::into_inner);
        if record.has_accepted(publication) {
            return Taken::Yes;
        }
        let taken = port.deliver(publication);
        if taken == Taken::Yes {
            record.accept(publication);
        }
        taken
    }

    pub(super) fn refuse(&self, publication: &Publication) {
        if let Some(port) = self.port.get() {
            port.refuse(publication);
        }
    }

    pub(super) async fn room(&self) {
        if let Some(port) = self.port.get() {
            port.room().await;
        }
    }
}

/// The subscriptions of a kernel, which get nothing before they are opened. Dropping it ends them.
pub(crate) struct TopicAttachment {
    space: Arc<Space>,
    to: Arc<Attached>,
    patterns: Vec<Arc<AttachedPattern>>,
}

impl TopicAttachment {
    pub(super) fn new(space: Arc<Space>, to: Arc<Attached>, patterns: Vec<Arc<AttachedPattern>>) -> Self {
        Self { space, to, patterns }
    }

    /// Has what is published go to the port. What is retained has been delivered when this returns, before what is published meanwhile.
    pub(crate) fn open(&self, port: Arc<dyn TopicPort>) {
        let retained = || self.space.retained_for(self.patterns.iter().map(|pattern| &pattern.pattern));
        self.to.open(port, retained, |_| figures::count(&self.space.counters.rejected));
    }
}

impl Drop for TopicAttachment {
    fn drop(&mut self) {
        self.space.detach(&self.patterns);
    }
}

impl fmt::Debug for TopicAttachment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let patterns = self.patterns.iter().map(|attached| &attached.pattern);
        f.debug_list().entries(patterns).finish()
    }
}
