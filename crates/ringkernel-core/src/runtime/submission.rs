//! A message on its way into a kernel, and its answer on the way back.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::sync::oneshot;

use super::{ActorRef, AuditTag};
#[cfg(not(loom))]
use crate::backend::Outside;
use crate::context::OutgoingMessage;
use crate::error::{Result, RingKernelError};
use crate::hlc::HlcTimestamp;
use crate::message::{MessageEnvelope, MessageId, RingMessage};

/// A message that could not be sent, and why.
pub struct SendError<M> {
    /// The message, unchanged but for an id that it may have been given.
    pub message: M,
    /// Why it was refused.
    pub error: RingKernelError,
}

impl<M> SendError<M> {
    /// The message.
    pub fn into_message(self) -> M {
        self.message
    }
}

impl<M> fmt::Debug for SendError<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SendError").field("error", &self.error).finish_non_exhaustive()
    }
}

impl<M> fmt::Display for SendError<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl<M> std::error::Error for SendError<M> {}

impl<M> From<SendError<M>> for RingKernelError {
    fn from(refused: SendError<M>) -> Self {
        refused.error
    }
}

/// A message for a kernel, with the way its answer goes.
///
/// What the host says in the 256 bytes of a header, without those that a backend fills in.
#[derive(Debug)]
pub struct Submission {
    /// The message.
    pub message: OutgoingMessage,
    /// When it was sent; zero for a message that the backend has yet to stamp.
    pub timestamp: HlcTimestamp,
    /// When it expires, in nanoseconds since the epoch; 0 for never.
    pub deadline_ns: u64,
    /// The header's flags.
    pub flags: u32,
    /// Where the answer goes; to the kernel's output queue when `None`.
    pub reply: Option<ReplySender>,
    /// On whose account it is; on that of the kernel when unspecified.
    pub audit: AuditTag,
    /// The number of who pays for it, once that was asked.
    pub(crate) payer: Option<u32>,
    /// Where it has come from, if a broker has brought it.
    #[cfg(not(loom))]
    pub outside: Option<Box<Outside>>,
}

impl Submission {
    /// A message without deadline whose answer goes to the kernel's output queue.
    pub fn new(message: OutgoingMessage) -> Self {
        Self {
            message,
            timestamp: HlcTimestamp::zero(),
            deadline_ns: 0,
            flags: 0,
            reply: None,
            audit: AuditTag::unspecified(),
            payer: None,
            #[cfg(not(loom))]
            outside: None,
        }
    }
}

/// An envelope from the host: what its header says about its source, its destination and its tenant is the backend's to fill in. Nil ids are
/// replaced by fresh ones.
impl From<MessageEnvelope> for Submission {
    fn from(MessageEnvelope { header, payload }: MessageEnvelope) -> Self {
        let message = OutgoingMessage {
            message_type: header.message_type,
            message_id: if header.message_id.is_nil() { MessageId::generate() } else { header.message_id },
            correlation_id: header.correlation_id,
            priority: header.priority,
            payload,
        };
        Self {
            timestamp: header.timestamp,
            deadline_ns: header.deadline_ns,
            flags: header.flags,
            audit: header.audit_tag,
            ..Self::new(message)
        }
    }
}

/// A submission that the kernel did not take.
pub type Refused = Box<SendError<Submission>>;

/// The answer to a call, with what a kernel says about it.
#[derive(Debug)]
pub struct Answer {
    /// The message.
    pub message: OutgoingMessage,
    /// The kernel that has answered.
    pub source: ActorRef,
    /// When.
    pub timestamp: HlcTimestamp,
}

impl Answer {
    /// The message inside.
    ///
    /// # Errors
    /// As [`MessageEnvelope::decode`].
    pub fn decode<M: RingMessage>(&self) -> Result<M> {
        self.message.decode()
    }

    /// The message with its full header.
    pub fn into_envelope(self) -> MessageEnvelope {
        self.message.into_envelope(self.source, self.timestamp)
    }
}

/// The kernel's end of a call: gives the caller one answer or one error.
///
/// A caller always hears: a sender that is dropped gives [`RingKernelError::RuntimeShutDown`].
#[derive(Debug)]
pub struct ReplySender(oneshot::Sender<Result<Answer>>);

impl ReplySender {
    /// Answers. Gives the answer back when nobody waits any longer.
    pub fn send(self, answer: Result<Answer>) -> Result<(), Result<Answer>> {
        self.0.send(answer)
    }

    /// Whether the caller has stopped waiting.
    pub fn is_abandoned(&self) -> bool {
        self.0.is_closed()
    }
}

/// The caller's end of a call: a future of the answer.
#[derive(Debug)]
pub struct PendingReply(oneshot::Receiver<Result<Answer>>);

impl PendingReply {
    /// The answer, if it is there already. Not to be asked again after that.
    pub fn try_take(&mut self) -> Option<Result<Answer>> {
        match self.0.try_recv() {
            Ok(answer) => Some(answer),
            Err(oneshot::error::TryRecvError::Empty) => None,
            Err(oneshot::error::TryRecvError::Closed) => Some(Err(RingKernelError::RuntimeShutDown)),
        }
    }
}

impl Future for PendingReply {
    type Output = Result<Answer>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        // First without the budget that tokio gives its tasks: one that blocks its thread never gets a new one, and the poll
        // below would not be ready for it however often it looks.
        if let Some(answer) = self.try_take() {
            return Poll::Ready(answer);
        }
        Pin::new(&mut self.0).poll(cx).map(|answer| answer.unwrap_or(Err(RingKernelError::RuntimeShutDown)))
    }
}

/// The two ends of a call.
pub fn reply_channel() -> (ReplySender, PendingReply) {
    let (sender, receiver) = oneshot::channel();
    (ReplySender(sender), PendingReply(receiver))
}
