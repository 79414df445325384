//! A message inside the runtime: what the 256-byte header says, in a third of the bytes.

use std::time::Duration;

use super::Outside;
use crate::HlcTimestamp;
use crate::context::{MessageOrigin, OutgoingMessage};
use crate::dead_letter::DeadLetterReason;
use crate::error::RingKernelError;
use crate::message::{CorrelationId, MessageEnvelope, MessageHeader, Payload};
use crate::runtime::{ActorRef, ReplySender, Submission};

/// Where the answer to a message goes.
#[derive(Debug)]
pub enum AnswerTo {
    /// Into the output queue of the kernel that handles it.
    Output,
    /// To a caller who waits for it.
    Caller(ReplySender),
    /// To the kernel that asked, as a message.
    Kernel(ActorRef),
    /// Through the broker to where the message has come from, if an answer is waited for there; else into the output queue.
    Outside(Box<Outside>),
}

impl AnswerTo {
    /// Tells a caller that there will be no answer, and why.
    pub fn refuse(self, error: impl FnOnce() -> RingKernelError) {
        match self {
            // A caller who has left needs no telling.
            Self::Caller(caller) => drop(caller.send(Err(error()))),
            Self::Outside(mut outside) => outside.refuse(error),
            Self::Output | Self::Kernel(_) => {}
        }
    }

    /// Whether somebody hears of it if there is no answer.
    pub fn is_awaited(&self) -> bool {
        match self {
            Self::Caller(_) => true,
            Self::Outside(outside) => outside.is_awaited(),
            Self::Output | Self::Kernel(_) => false,
        }
    }

    /// Tells the sender's receipt that the message was not taken.
    pub(super) fn note_buried(&self, reason: DeadLetterReason) {
        if let Self::Outside(outside) = self {
            outside.note_buried(reason);
        }
    }
}

/// A message on its way to a handler, with the way that its answer goes.
#[derive(Debug)]
pub struct Mail {
    /// Number of its type.
    pub message_type: u64,
    /// Where it comes from, and its ids, time and priority.
    pub origin: MessageOrigin,
    /// When it was accepted, in nanoseconds since the epoch.
    pub accepted_ns: u64,
    /// When it expires, in nanoseconds since the epoch; 0 for never.
    pub deadline_ns: u64,
    /// The header's flags.
    pub flags: u32,
    /// The number of the account that it is on, see [`AuditTags`](super::AuditTags); 0 for that of the kernel that handles it.
    pub payer: u32,
    /// Where its answer goes.
    pub answer_to: AnswerTo,
    /// Its encoding.
    pub payload: Payload,
}

impl Mail {
    /// A message from the host. Stamps it unless it carries a timestamp.
    #[inline]
    pub fn from_host(submission: Submission, now_ns: u64, stamp: impl FnOnce() -> HlcTimestamp) -> Self {
        let message = submission.message;
        Self {
            message_type: message.message_type,
            origin: MessageOrigin {
                sender: ActorRef::NONE,
                message_id: message.message_id,
                correlation_id: message.correlation_id,
                timestamp: if submission.timestamp.is_zero() { stamp() } else { submission.timestamp },
                priority: message.priority,
            },
            accepted_ns: now_ns,
            deadline_ns: submission.deadline_ns,
            flags: submission.flags,
            payer: submission.payer.unwrap_or(0),
            answer_to: match (submission.reply, submission.outside) {
                (Some(caller), _) => AnswerTo::Caller(caller),
                (None, Some(outside)) => AnswerTo::Outside(outside),
                (None, None) => AnswerTo::Output,
            },
            payload: message.payload,
        }
    }

    /// A message from a kernel.
    #[inline]
    pub fn from_kernel(
        message: OutgoingMessage,
        source: ActorRef,
        answer_to: AnswerTo,
        now_ns: u64,
        timestamp: HlcTimestamp,
    ) -> Self {
        Self {
            message_type: message.message_type,
            origin: MessageOrigin {
                sender: source,
                message_id: message.message_id,
                correlation_id: message.correlation_id,
                timestamp,
                priority: message.priority,
            },
            accepted_ns: now_ns,
            deadline_ns: 0,
            flags: 0,
            payer: 0,
            answer_to,
            payload: message.payload,
        }
    }

    /// The same, on the account of this number.
    #[inline]
    pub fn on_account(self, payer: u32) -> Self {
        Self { payer, ..self }
    }

    /// What an answer to it belongs to.
    pub fn answer_correlation(&self) -> CorrelationId {
        self.origin.correlation_id.or_request(self.origin.message_id)
    }

    /// The time from its acceptance to its deadline.
    pub fn time_allowed(&self) -> Duration {
        Duration::from_nanos(self.deadline_ns.saturating_sub(self.accepted_ns))
    }

    /// Whether its deadline is over.
    pub fn is_late(&self, now_ns: u64) -> bool {
        self.deadline_ns != 0 && now_ns > self.deadline_ns
    }

    /// The message with its full header, and the way its answer was to go.
    pub fn into_envelope(self, destination: ActorRef) -> (MessageEnvelope, AnswerTo) {
        let mut header = MessageHeader::new(self.message_type, self.payload.len() as u64);
        header.message_id = self.origin.message_id;
        header.correlation_id = self.origin.correlation_id;
        header.source = self.origin.sender;
        header.destination = destination;
        header.timestamp = self.origin.timestamp;
        header.deadline_ns = self.deadline_ns;
        header.flags = self.flags;
        header.priority = self.origin.priority;
        (MessageEnvelope { header, payload: self.payload }, self.answer_to)
    }
}
