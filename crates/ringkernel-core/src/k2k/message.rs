//! A message on its way between kernels.

use ringkernel_abi::{ActorRef, AuditTag, CorrelationId, HlcTimestamp, MessageHeader, MessageId, TenantId};

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

/// A message in an inbox: what the header says, in less than half of the bytes, because a message is copied into its slot and out again.
#[derive(Debug)]
pub(super) struct Parcel {
    message_type: u64,
    message_id: MessageId,
    correlation_id: CorrelationId,
    from_actor: ActorRef,
    to_actor: ActorRef,
    pub(super) sent_at: HlcTimestamp,
    pub(super) deadline_ns: u64,
    tenant_id: TenantId,
    audit_tag: AuditTag,
    flags: u32,
    pub(super) priority: u8,
    hops: u8,
    source: KernelId,
    /// `None` where it is the owner of the inbox.
    destination: Option<KernelId>,
    pub(super) payload: Payload,
}

impl Parcel {
    /// A parcel of a message whose payload is taken out of the envelope.
    #[inline(always)]
    pub(super) fn pack(
        envelope: &mut MessageEnvelope,
        source: KernelId,
        destination: Option<KernelId>,
        hops: u8,
    ) -> Self {
        let header = &envelope.header;
        Self {
            message_type: header.message_type,
            message_id: header.message_id,
            correlation_id: header.correlation_id,
            from_actor: header.source,
            to_actor: header.destination,
            sent_at: header.timestamp,
            deadline_ns: header.deadline_ns,
            tenant_id: header.tenant_id,
            audit_tag: header.audit_tag,
            flags: header.flags,
            priority: header.priority,
            hops,
            source,
            destination,
            payload: std::mem::take(&mut envelope.payload),
        }
    }

    /// The message, from the inbox of `owner`.
    #[inline(always)]
    pub(super) fn into_message(self, owner: &KernelId) -> K2KMessage {
        let mut header = MessageHeader::new(self.message_type, self.payload.len() as u64);
        header.message_id = self.message_id;
        header.correlation_id = self.correlation_id;
        header.source = self.from_actor;
        header.destination = self.to_actor;
        header.timestamp = self.sent_at;
        header.deadline_ns = self.deadline_ns;
        header.tenant_id = self.tenant_id;
        header.audit_tag = self.audit_tag;
        header.flags = self.flags;
        header.priority = self.priority;
        K2KMessage {
            id: self.message_id,
            source: self.source,
            destination: self.destination.unwrap_or_else(|| owner.clone()),
            hops: self.hops,
            sent_at: self.sent_at,
            priority: self.priority,
            envelope: MessageEnvelope { header, payload: self.payload },
        }
    }
}
