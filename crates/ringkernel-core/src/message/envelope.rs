//! A message as the host sees it in transit: the 256-byte header and the encoded payload.

use std::fmt;

use ringkernel_abi::{ActorRef, AuditTag, CorrelationId, HeaderError, MessageHeader, MessageId, TenantId};

use super::{Payload, RingMessage};
use crate::error::Result;
use crate::registry;

/// A header and an encoded message.
#[derive(Clone, PartialEq)]
pub struct MessageEnvelope {
    /// Who, what, when and how urgent.
    pub header: MessageHeader,
    /// The encoded message; its length is `header.payload_size`.
    pub payload: Payload,
}

impl MessageEnvelope {
    /// Packs a message. One without an id is given a fresh one, in the message and in the header.
    pub fn pack<M: RingMessage>(message: &mut M) -> Self {
        if message.message_id().is_nil() {
            message.set_message_id(MessageId::generate());
        }
        Self::new(message)
    }

    /// Packs a message. One without an id gets a fresh one in the header only; see [`pack`](Self::pack).
    pub fn new<M: RingMessage>(message: &M) -> Self {
        let payload = message.to_payload();
        let mut header = MessageHeader::new(M::TYPE_ID, payload.len() as u64);
        let id = message.message_id();
        header.message_id = if id.is_nil() { MessageId::generate() } else { id };
        header.correlation_id = message.correlation_id().unwrap_or(CorrelationId::NIL);
        header.priority = message.priority();
        Self { header, payload }
    }

    /// Whether the envelope holds an `M`.
    pub fn is<M: RingMessage>(&self) -> bool {
        self.header.message_type == M::TYPE_ID
    }

    /// The message inside.
    ///
    /// # Errors
    /// [`UnexpectedMessageType`](crate::RingKernelError::UnexpectedMessageType) when it is of another type,
    /// [`DeserializationError`](crate::RingKernelError::DeserializationError) when the payload is no such message.
    pub fn decode<M: RingMessage>(&self) -> Result<M> {
        registry::decode(self.header.message_type, &self.payload)
    }

    /// Size of header and payload in bytes.
    pub fn total_size(&self) -> usize {
        MessageHeader::SIZE + self.payload.len()
    }

    /// Header, then payload.
    pub fn to_bytes(&self) -> Vec<u8> {
        [self.header.as_bytes().as_slice(), &self.payload].concat()
    }

    /// Reads what [`to_bytes`](Self::to_bytes) wrote.
    ///
    /// # Errors
    /// When the header is not valid, or announces another payload size than follows.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, HeaderError> {
        let header = MessageHeader::read_from(bytes)?;
        let payload = &bytes[MessageHeader::SIZE..];
        if header.payload_size != payload.len() as u64 {
            return Err(HeaderError::PayloadSize {
                announced: header.payload_size,
                found: payload.len() as u64,
            });
        }
        Ok(Self { header, payload: payload.into() })
    }

    /// The same message, belonging to `correlation`.
    #[must_use]
    pub fn with_correlation(mut self, correlation: CorrelationId) -> Self {
        self.header.correlation_id = correlation;
        self
    }

    /// The same message with another priority.
    #[must_use]
    pub fn with_priority(mut self, priority: impl Into<u8>) -> Self {
        self.header.priority = priority.into();
        self
    }

    /// The same message, marked as of a tenant. Whoever carries it for a sender that it knows marks it anew.
    #[must_use]
    pub fn with_tenant_id(mut self, tenant: TenantId) -> Self {
        self.header.tenant_id = tenant;
        self
    }

    /// The same message, done for an engagement.
    #[must_use]
    pub fn with_audit_tag(mut self, audit: AuditTag) -> Self {
        self.header.audit_tag = audit;
        self
    }

    /// The same message, to be dead-lettered when it has not been taken by this time
    /// (nanoseconds since the epoch; 0 means no deadline).
    #[must_use]
    pub fn with_deadline_ns(mut self, deadline_ns: u64) -> Self {
        self.header.deadline_ns = deadline_ns;
        self
    }
}

impl fmt::Debug for MessageEnvelope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        registry::fmt_message(self.header.message_type, &self.payload, f)?;
        write!(f, " [id {}", self.header.message_id)?;
        if !self.header.correlation_id.is_nil() {
            write!(f, ", answers {}", self.header.correlation_id)?;
        }
        if self.header.source != ActorRef::NONE {
            write!(f, ", from {}", self.header.source)?;
        }
        write!(f, ", {}]", self.header.timestamp)
    }
}
