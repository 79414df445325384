//! What a mailbox of the test was sent.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ringkernel_core::message::MessageEnvelope;
use ringkernel_core::runtime::KernelId;

/// A message, and the kernel that sent it (`None` for the host).
type Sent = (MessageEnvelope, Option<KernelId>);

/// The messages that a probe has taken, oldest first. Clones are the same log.
#[derive(Debug, Clone, Default)]
pub struct ProbeLog(Arc<Mutex<VecDeque<Sent>>>);

impl ProbeLog {
    /// Takes the oldest message, and the kernel that sent it (`None` for the host).
    pub fn take(&self) -> Option<(MessageEnvelope, Option<KernelId>)> {
        self.messages().pop_front()
    }

    /// How many messages wait to be taken.
    pub fn len(&self) -> usize {
        self.messages().len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(super) fn push(&self, envelope: MessageEnvelope, sender: Option<KernelId>) {
        self.messages().push_back((envelope, sender));
    }

    fn messages(&self) -> MutexGuard<'_, VecDeque<Sent>> {
        // No code that can panic runs under the lock.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
