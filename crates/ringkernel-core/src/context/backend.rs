//! What a backend offers to the handlers that it runs.

use std::fmt;

use ringkernel_abi::{ActorRef, CorrelationId, HlcTimestamp, MessageId, ReplyTo};

use super::K2KRefusal;
use crate::error::Result;
use crate::hlc::ClockDrift;
use crate::message::{MessageEnvelope, Payload, RingMessage};
use crate::registry;
use crate::runtime::KernelId;

/// A packed message that a handler produces.
#[derive(Debug, Clone)]
pub struct OutgoingMessage {
    /// Number of its type.
    pub message_type: u64,
    /// Its id.
    pub message_id: MessageId,
    /// What it belongs to; nil when nothing.
    pub correlation_id: CorrelationId,
    /// Its priority.
    pub priority: u8,
    /// Its encoding.
    pub payload: Payload,
}

impl OutgoingMessage {
    /// Packs a message; one without an id is given a fresh one.
    pub fn pack<M: RingMessage>(mut message: M) -> Self {
        Self::pack_mut(&mut message)
    }

    /// Packs a message. One without an id is given a fresh one, in the message as well.
    pub fn pack_mut<M: RingMessage>(message: &mut M) -> Self {
        if message.message_id().is_nil() {
            message.set_message_id(MessageId::generate());
        }
        let id = message.message_id();
        Self {
            message_type: M::TYPE_ID,
            message_id: if id.is_nil() { MessageId::generate() } else { id },
            correlation_id: message.correlation_id().unwrap_or(CorrelationId::NIL),
            priority: message.priority(),
            payload: message.to_payload(),
        }
    }

    /// The message inside.
    ///
    /// # Errors
    /// As [`MessageEnvelope::decode`].
    pub fn decode<M: RingMessage>(&self) -> Result<M> {
        registry::decode(self.message_type, &self.payload)
    }

    /// The message in an envelope.
    pub fn into_envelope(self, source: ActorRef, timestamp: HlcTimestamp) -> MessageEnvelope {
        let mut header = ringkernel_abi::MessageHeader::new(self.message_type, self.payload.len() as u64);
        header.message_id = self.message_id;
        header.correlation_id = self.correlation_id;
        header.priority = self.priority;
        header.source = source;
        header.timestamp = timestamp;
        MessageEnvelope { header, payload: self.payload }
    }
}

/// How a handler names another kernel.
#[derive(Debug, Clone, Copy)]
pub enum KernelTarget<'a> {
    /// By the id that it was launched under.
    Name(&'a str),
    /// By address.
    Actor(ActorRef),
}

impl<'a> From<&'a str> for KernelTarget<'a> {
    fn from(name: &'a str) -> Self {
        Self::Name(name)
    }
}

impl<'a> From<&'a String> for KernelTarget<'a> {
    fn from(name: &'a String) -> Self {
        Self::Name(name)
    }
}

impl<'a> From<&'a KernelId> for KernelTarget<'a> {
    fn from(id: &'a KernelId) -> Self {
        Self::Name(id.as_str())
    }
}

impl From<ActorRef> for KernelTarget<'_> {
    fn from(actor: ActorRef) -> Self {
        Self::Actor(actor)
    }
}

/// Where the message in hand comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MessageOrigin {
    /// The sending kernel; [`ActorRef::NONE`] for the host.
    pub sender: ActorRef,
    /// The message's id.
    pub message_id: MessageId,
    /// The message that it belongs to; nil when none. In an answer, the id of the request.
    pub correlation_id: CorrelationId,
    /// When it was sent.
    pub timestamp: HlcTimestamp,
    /// Its priority.
    pub priority: u8,
}

/// What stands behind a [`RingContext`](super::RingContext). Implemented by backends.
pub trait ContextBackend: Send + fmt::Debug {
    /// The instance's id.
    fn kernel_id(&self) -> &KernelId;
    /// The instance's address.
    fn actor_ref(&self) -> ActorRef;
    /// The message in hand.
    fn origin(&self) -> &MessageOrigin;

    /// The kernel's clock, not advanced.
    fn now(&self) -> HlcTimestamp;
    /// Advances the clock.
    fn tick(&mut self) -> HlcTimestamp;
    /// Merges a timestamp.
    ///
    /// # Errors
    /// When it is too far ahead; the clock is then unchanged.
    fn update_clock(&mut self, received: HlcTimestamp) -> Result<HlcTimestamp, ClockDrift>;

    /// Puts a message into the output queue, which has room: the caller has asked for free slots.
    fn enqueue_output(&mut self, message: OutgoingMessage);
    /// Room in the output queue.
    fn output_queue_free_slots(&self) -> usize;

    /// Counts a message that the handler has given up because it was refused.
    fn count_dropped(&mut self);

    /// Puts a message into the outbox; with `wants_answer`, the answer comes back as a message.
    ///
    /// # Errors
    /// The reason why it was not accepted; nothing has been sent then.
    fn send_to_kernel(
        &mut self,
        target: KernelTarget<'_>,
        message: OutgoingMessage,
        wants_answer: bool,
    ) -> Result<(), K2KRefusal>;
    /// The next polled message of this type from this kernel.
    fn poll_from_kernel(&mut self, source: KernelTarget<'_>, message_type: u64) -> Option<Payload>;

    /// Publishes a message to the subscribers of a topic.
    ///
    /// # Errors
    /// Why it was not accepted.
    fn publish(&mut self, topic: &str, message: OutgoingMessage) -> Result<(), K2KRefusal>;

    /// Keeps the right to answer the message in hand.
    fn defer(&mut self) -> ReplyTo;
    /// Answers a deferred message. False when nobody waits for the answer any longer.
    fn reply(&mut self, to: ReplyTo, message: OutgoingMessage) -> bool;

    /// Asks for this kernel to be terminated after the message in hand.
    fn request_termination(&mut self);
    /// Whether it is to be terminated after the message in hand.
    fn is_termination_requested(&self) -> bool;
    /// Counts an error.
    fn report_error(&mut self);
}
