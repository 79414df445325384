//! A message on its way into a kernel, and its answer on the way back.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::sync::oneshot;

use crate::error::{Result, RingKernelError};
use crate::message::MessageEnvelope;

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
pub struct Submission {
    /// The message.
    pub envelope: MessageEnvelope,
    /// Where the answer goes; to the kernel's output queue when `None`.
    pub reply: Option<ReplySender>,
}

/// A submission that the kernel did not take.
pub type Refused = Box<SendError<Submission>>;

/// The kernel's end of a call: gives the caller one answer or one error.
///
/// A caller always hears: a sender that is dropped gives [`RingKernelError::RuntimeShutDown`].
#[derive(Debug)]
pub struct ReplySender(oneshot::Sender<Result<MessageEnvelope>>);

impl ReplySender {
    /// Answers. Gives the answer back when nobody waits any longer.
    pub fn send(self, answer: Result<MessageEnvelope>) -> Result<(), Result<MessageEnvelope>> {
        self.0.send(answer)
    }

    /// Whether the caller has stopped waiting.
    pub fn is_abandoned(&self) -> bool {
        self.0.is_closed()
    }
}

/// The caller's end of a call: a future of the answer.
#[derive(Debug)]
pub struct PendingReply(oneshot::Receiver<Result<MessageEnvelope>>);

impl Future for PendingReply {
    type Output = Result<MessageEnvelope>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(cx).map(|answer| answer.unwrap_or(Err(RingKernelError::RuntimeShutDown)))
    }
}

/// The two ends of a call.
pub fn reply_channel() -> (ReplySender, PendingReply) {
    let (sender, receiver) = oneshot::channel();
    (ReplySender(sender), PendingReply(receiver))
}
