//! What a device has written for the host.

use crate::HlcTimestamp;
use crate::backend::{AnswerTo, Mail};
use crate::context::{MessageOrigin, OutgoingMessage};
use crate::message::MessageEnvelope;
use crate::runtime::{ActorRef, Answer, Fault};
use crate::telemetry::TelemetrySnapshot;

/// A message that a device has written.
#[derive(Debug)]
pub struct Written {
    /// The message.
    pub message: OutgoingMessage,
    /// Who has sent it.
    pub sender: ActorRef,
    /// The kernel that it is for, if it is for one.
    pub target: ActorRef,
    /// When it was sent.
    pub timestamp: HlcTimestamp,
    /// When it was accepted, in nanoseconds since the epoch.
    pub accepted_ns: u64,
    /// The number of the account that it is on.
    pub payer: u32,
    /// What a header says of it outside of the runtime: whether its sender waits for an answer.
    pub flags: u32,
}

impl Written {
    /// The message with its full header.
    pub fn into_envelope(self) -> MessageEnvelope {
        self.message.into_envelope(self.sender, self.timestamp)
    }

    /// The message as it leaves the runtime.
    pub fn into_departing(self) -> MessageEnvelope {
        let flags = self.flags;
        let mut envelope = self.into_envelope();
        envelope.header.flags |= flags;
        envelope
    }

    /// The message as an answer.
    pub fn into_answer(self) -> Answer {
        Answer { message: self.message, source: self.sender, timestamp: self.timestamp }
    }

    /// The message as mail that nobody waits for an answer to.
    pub fn into_mail(self) -> Mail {
        Mail {
            message_type: self.message.message_type,
            origin: MessageOrigin {
                sender: self.sender,
                message_id: self.message.message_id,
                correlation_id: self.message.correlation_id,
                timestamp: self.timestamp,
                priority: self.message.priority,
            },
            accepted_ns: self.accepted_ns,
            deadline_ns: 0,
            flags: 0,
            payer: self.payer,
            answer_to: AnswerTo::Output,
            payload: self.message.payload,
        }
    }
}

/// What a handler on a device has given to the host.
#[derive(Debug)]
pub enum Given {
    /// An output.
    Output(Written),
    /// The answer to a message, in hand or deferred.
    Answer {
        /// The message's token.
        token: u32,
        /// The answer.
        answer: Written,
    },
    /// An answer that was larger than what the device has room to write.
    Oversized {
        /// The token of the message that it answers, if somebody waits for that; or 0.
        token: u32,
        /// The answer, without its payload.
        answer: Written,
        /// Bytes that its payload has.
        size: usize,
    },
}

/// What a device says of a message that it has handled.
#[derive(Debug, Clone, Copy)]
pub struct Handled {
    /// The message's token; `None` for one from another kernel.
    pub token: Option<u32>,
    /// When it was accepted, in nanoseconds since the epoch.
    pub accepted_ns: u64,
    /// Its type; `None` for one that is not known.
    pub message_type: Option<u64>,
    /// Whether its handler has kept the right to answer later.
    pub deferred: bool,
    /// Whether its handler has ended the kernel.
    pub ends: bool,
    /// What its handler has done.
    pub deeds: Deeds,
}

/// What a device says of messages from kernels of which there was nothing to say but that they were handled.
#[derive(Debug, Clone)]
pub struct Tally {
    /// How many there were, and their latencies.
    pub handled: TelemetrySnapshot,
    /// Messages that their handlers have sent.
    pub sent: u32,
    /// How long their handlers took together, in nanoseconds.
    pub taken_ns: u64,
}

/// What a device says of a message whose handler could not finish.
#[derive(Debug, Clone)]
pub struct Broken {
    /// What has happened, and where.
    pub fault: Fault,
    /// The message's type; `None` for one that is not known.
    pub message_type: Option<u64>,
    /// What its handler had done before.
    pub deeds: Deeds,
}

/// What a handler has used of what its tenant may send.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Spent {
    /// Messages to other kernels that were counted.
    pub drawn: u32,
    /// Messages that would have been too many, and were refused.
    pub overdrawn: u32,
    /// The number of the account that the message in hand is on, where that came from another kernel.
    pub payer: u32,
}

/// What a handler has done, in numbers.
#[derive(Debug, Clone, Copy, Default)]
pub struct Deeds {
    /// Answers, outputs and messages to other kernels.
    pub sent: u32,
    /// Errors that it has reported.
    pub errors_reported: u32,
    /// Messages that were lost on the device, which are dead letters.
    pub dropped: u32,
    /// Messages for kernels of another tenant, which were refused.
    pub crossings: u32,
    /// The kernel that the last of those was for.
    pub crossed_to: ActorRef,
    /// How long it has run, in nanoseconds, at most 4 s; 0 where the device has no clock.
    pub taken_ns: u32,
}
