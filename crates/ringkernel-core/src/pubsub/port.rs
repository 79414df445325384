//! Subscribers that are called instead of having a queue: kernels, whose mailboxes are their queues.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use super::mailbox::Replay;
use super::space::Space;
use super::tree::Subscriber;
use super::unacknowledged::Unacknowledged;
use super::{Publication, QoS, Topic};
use crate::runtime::{BoxFuture, KernelId};

/// Where publications go that are for a subscriber without a queue of its own. Called on the thread of whoever publishes: nothing here
/// waits, and nothing runs a user's code.
pub trait TopicPort: Send + Sync {
    /// Takes a publication.
    fn deliver(&self, publication: &Publication) -> Taken;

    /// Keeps a publication for which there was no room, and whose publisher cannot be told, among the dead letters.
    fn refuse(&self, publication: &Publication);

    /// Waits until there may be room.
    fn room(&self) -> BoxFuture<'_, ()>;
}

/// What became of a publication that a port was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
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
    port: Arc<dyn TopicPort>,
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
    pub(super) fn new(id: u64, subscriber: KernelId, port: Arc<dyn TopicPort>, window: usize) -> Self {
        let record = Mutex::new(Unacknowledged::new(window));
        Self { subscriber, id, port, until: RwLock::default(), record }
    }

    pub(super) fn id(&self) -> u64 {
        self.id
    }

    pub(super) fn with_pattern(self: &Arc<Self>, pattern: Topic) -> Arc<AttachedPattern> {
        Arc::new(AttachedPattern { pattern, to: self.clone() })
    }

    /// Gives what was retained before the subscription stood, which `add` makes stand. What is published meanwhile comes afterwards.
    pub(super) fn replay<E>(
        &self,
        add: impl FnOnce() -> Result<Replay, E>,
        mut refused: impl FnMut(&Publication),
    ) -> Result<(), E> {
        let mut until = self.until.write().unwrap_or_else(PoisonError::into_inner);
        let replay = add()?;
        for publication in &replay.publications {
            if self.give(publication) == Taken::Full {
                self.port.refuse(publication);
                refused(publication);
            }
        }
        *until = replay.until;
        Ok(())
    }

    /// Gives it a publication, unless it has had that.
    pub(super) fn deliver(&self, publication: &Publication) -> Taken {
        let until = self.until.read().unwrap_or_else(PoisonError::into_inner);
        let is_seen = !until.is_empty()
            && until.get(&publication.topic).is_some_and(|seen| publication.sequence <= *seen);
        if is_seen { Taken::Yes } else { self.give(publication) }
    }

    fn give(&self, publication: &Publication) -> Taken {
        if publication.qos != QoS::ExactlyOnce {
            return self.port.deliver(publication);
        }
        // Under the lock, so that of two that give the same only one can be first.
        let mut record = self.record.lock().unwrap_or_else(PoisonError::into_inner);
        if record.has_accepted(publication) {
            return Taken::Yes;
        }
        let taken = self.port.deliver(publication);
        if taken == Taken::Yes {
            record.accept(publication);
        }
        taken
    }

    pub(super) fn refuse(&self, publication: &Publication) {
        self.port.refuse(publication);
    }

    pub(super) async fn room(&self) {
        self.port.room().await;
    }
}

/// The subscriptions of a kernel. Dropping it ends them.
pub struct TopicAttachment {
    space: Arc<Space>,
    patterns: Vec<Arc<AttachedPattern>>,
}

impl TopicAttachment {
    pub(super) fn new(space: Arc<Space>, patterns: Vec<Arc<AttachedPattern>>) -> Self {
        Self { space, patterns }
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
