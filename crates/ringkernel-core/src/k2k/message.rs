//! A message on its way between kernels.

use ringkernel_abi::{AuditTag, HlcTimestamp, MessageHeader, MessageId, TenantId};

use crate::error::Result;
use crate::message::{MessageEnvelope, Payload, RingMessage};
use crate::runtime::KernelId;

/// A message with its way: from whom, to whom, and how far it has come.
#[derive(Debug, Clone, PartialEq)]
pub struct K2KMessage {
    /// Its id, which is also in the header.
    pub id: MessageId,
    /// Who sent it.
    pub source: KernelId,
    /// Whom it is for. A kernel that gets a message for another is a hop of its route, and passes it on with
    /// [`K2KEndpoint::forward`](super::K2KEndpoint::forward).
    pub destination: KernelId,
    /// Header and payload. The broker writes the tenant and the audit tag into the header.
    pub envelope: MessageEnvelope,
    /// Hops so far: routes that were followed, and kernels that passed it on.
    pub hops: u8,
    /// When it was sent, by its sender's clock.
    pub sent_at: HlcTimestamp,
    /// Its priority, from 0 to 255.
    pub priority: u8,
}

impl K2KMessage {
    /// The most hops of any message, whatever a broker allows.
    pub const MAX_HOPS: u8 = 16;

    /// A message that has come no way yet, with the id and the priority of its envelope.
    pub fn new(
        source: KernelId,
        destination: KernelId,
        envelope: MessageEnvelope,
        sent_at: HlcTimestamp,
    ) -> Self {
        let MessageHeader { message_id: id, priority, .. } = envelope.header;
        Self { id, source, destination, envelope, hops: 0, sent_at, priority }
    }

    /// The same message with another priority.
    #[must_use]
    pub fn with_priority(mut self, priority: u8) -> Self {
        self.priority = priority;
        self.envelope.header.priority = priority;
        self
    }

    /// Counts one hop more.
    ///
    /// # Errors
    /// [`TooManyHops`] when it has come [`MAX_HOPS`](Self::MAX_HOPS) already.
    pub fn increment_hops(&mut self) -> Result<(), TooManyHops> {
        if self.hops >= Self::MAX_HOPS {
            return Err(TooManyHops { hops: self.hops });
        }
        self.hops += 1;
        Ok(())
    }

    /// The tenant within which it travels.
    pub fn tenant_id(&self) -> TenantId {
        self.envelope.header.tenant_id
    }

    /// On whose account it travels.
    pub fn audit_tag(&self) -> AuditTag {
        self.envelope.header.audit_tag
    }

    /// The message inside.
    ///
    /// # Errors
    /// As [`MessageEnvelope::decode`].
    pub fn decode<M: RingMessage>(&self) -> Result<M> {
        self.envelope.decode()
    }
}

/// A message has come as far as any may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the message has come {hops} hops, and none may come further: look for a circle of routes")]
pub struct TooManyHops {
    /// How far it has come.
    pub hops: u8,
}

/// A message in an inbox: what the envelope and the way come down to, in as few cache lines as possible.
#[derive(Debug)]
pub(super) struct Parcel {
    pub(super) header: MessageHeader,
    pub(super) payload: Payload,
    pub(super) source: KernelId,
    /// `None` where it is the owner of the inbox.
    pub(super) destination: Option<KernelId>,
    pub(super) hops: u8,
}

impl Parcel {
    /// The message, from the inbox of `owner`.
    pub(super) fn into_message(self, owner: &KernelId) -> K2KMessage {
        K2KMessage {
            id: self.header.message_id,
            source: self.source,
            destination: self.destination.unwrap_or_else(|| owner.clone()),
            hops: self.hops,
            sent_at: self.header.timestamp,
            priority: self.header.priority,
            envelope: MessageEnvelope { header: self.header, payload: self.payload },
        }
    }
}
