//! The handle that a launch gives.

use std::fmt;
use std::future::ready;
use std::sync::Arc;
use std::time::Duration;

use super::{
    ActorRef, AuditTag, BoxFuture, KernelHandleInner, KernelId, KernelMetrics, KernelState, KernelStatus,
    Refused, SendError, Submission, blocking, call,
};
use crate::clock::TimeSource;
use crate::context::OutgoingMessage;
use crate::error::{Result, RingKernelError};
use crate::message::unit::or_silence;
use crate::message::{MessageEnvelope, RingMessage};
use crate::telemetry::TelemetrySnapshot;

/// Handle to a launched kernel. Clones name the same kernel and compete for its output.
#[derive(Clone)]
pub struct KernelHandle {
    pub(super) inner: Arc<dyn KernelHandleInner>,
    audit: AuditTag,
}

impl KernelHandle {
    /// How long [`send`](Self::send) waits for room.
    pub const DEFAULT_SEND_TIMEOUT: Duration = Duration::from_secs(5);

    /// A handle of a backend's kernel.
    pub fn new(inner: Arc<dyn KernelHandleInner>) -> Self {
        Self { inner, audit: AuditTag::unspecified() }
    }

    /// The same kernel; what is sent through this handle is on the account of `audit`: the time of the handlers is charged to that
    /// engagement of the kernel's tenant, also that of kernels that they send to. Unspecified, as at first, it is on the account that the
    /// kernel was launched on. A runtime tells 65,536 of them apart for a tenant whose kernels run; a message on another one is refused by
    /// [`QuotaLimit::AuditTags`](crate::k2k::tenant::QuotaLimit::AuditTags).
    #[must_use]
    pub fn with_audit(self, audit: AuditTag) -> Self {
        Self { audit, ..self }
    }

    /// A message on the account of this handle.
    #[inline]
    pub(super) fn submission(&self, message: OutgoingMessage) -> Submission {
        Submission { audit: self.audit, ..Submission::new(message) }
    }

    /// The instance's id.
    pub fn id(&self) -> &KernelId {
        self.inner.id()
    }

    /// The address by which messages and states name the instance.
    pub fn actor_ref(&self) -> ActorRef {
        self.inner.actor_ref()
    }

    /// Begins, or resumes, processing. `Ok` on a kernel that is active.
    ///
    /// # Errors
    /// [`RingKernelError::InvalidStateTransition`] when it has terminated or failed.
    pub async fn activate(&self) -> Result<()> {
        self.inner.activate().await
    }

    /// Pauses: the kernel keeps its state and what is sent to it. Returns after the message in hand.
    ///
    /// # Errors
    /// [`RingKernelError::InvalidStateTransition`] when it is not active, [`RingKernelError::KernelStuck`] when the
    /// handler does not return in time.
    pub async fn deactivate(&self) -> Result<()> {
        self.inner.deactivate().await
    }

    /// [`deactivate`](Self::deactivate).
    ///
    /// # Errors
    /// As there.
    pub async fn suspend(&self) -> Result<()> {
        self.deactivate().await
    }

    /// [`activate`](Self::activate).
    ///
    /// # Errors
    /// As there.
    pub async fn resume(&self) -> Result<()> {
        self.activate().await
    }

    /// Finishes the message in hand, dead-letters what is queued, frees everything.
    ///
    /// # Errors
    /// [`RingKernelError::InvalidStateTransition`] when it has terminated already,
    /// [`RingKernelError::KernelStuck`] when the handler does not return in time; the kernel then goes on
    /// terminating.
    pub async fn terminate(&self) -> Result<()> {
        self.inner.terminate().await
    }

    /// Sends a message, waiting up to [`DEFAULT_SEND_TIMEOUT`](Self::DEFAULT_SEND_TIMEOUT) for room.
    ///
    /// # Errors
    /// Gives the message back with the reason: no room in time, too large, not handled by this kernel, kernel
    /// terminated or failed.
    pub async fn send<M: RingMessage>(&self, message: M) -> Result<(), SendError<M>> {
        self.send_timeout(message, Self::DEFAULT_SEND_TIMEOUT).await
    }

    /// Sends a message, waiting up to `timeout` for room.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub async fn send_timeout<M: RingMessage>(
        &self,
        mut message: M,
        timeout: Duration,
    ) -> Result<(), SendError<M>> {
        let submission = self.submission(OutgoingMessage::pack_mut(&mut message));
        let Err(refused) = self.inner.submit(submission) else { return Ok(()) };
        self.submit_again(refused, timeout)
            .await
            .map_err(|refused| SendError { message, error: refused.error })
    }

    /// [`send`](Self::send) for a thread that runs no executor: it looks for room a few microseconds and then sleeps.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub fn send_blocking<M: RingMessage>(&self, mut message: M) -> Result<(), SendError<M>> {
        let submission = self.submission(OutgoingMessage::pack_mut(&mut message));
        let Err(refused) = self.inner.submit(submission) else { return Ok(()) };
        if let Err(error) = self.check_blocking("send") {
            return Err(SendError { message, error });
        }
        // The wait ends by itself.
        blocking::block_on(self.submit_again(refused, Self::DEFAULT_SEND_TIMEOUT), None)
            .unwrap_or(Ok(()))
            .map_err(|refused| SendError { message, error: refused.error })
    }

    /// Sends a message if there is room at once.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub fn try_send<M: RingMessage>(&self, mut message: M) -> Result<(), SendError<M>> {
        let submission = self.submission(OutgoingMessage::pack_mut(&mut message));
        self.inner.submit(submission).map_err(|refused| SendError { message, error: refused.error })
    }

    /// Sends a packed message, on the account that its header names, if it names one, and waiting up to [`DEFAULT_SEND_TIMEOUT`](Self::DEFAULT_SEND_TIMEOUT) for room.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub async fn send_envelope(&self, envelope: MessageEnvelope) -> Result<(), SendError<MessageEnvelope>> {
        let header = envelope.header;
        let mut submission = Submission::from(envelope);
        if submission.audit.is_unspecified() {
            submission.audit = self.audit;
        }
        let Err(refused) = self.inner.submit(submission) else { return Ok(()) };
        self.submit_again(refused, Self::DEFAULT_SEND_TIMEOUT).await.map_err(|refused| SendError {
            message: MessageEnvelope { header, payload: refused.message.message.payload },
            error: refused.error,
        })
    }

    /// Sends a request and waits for its own answer.
    ///
    /// `timeout` covers both: it is the message's deadline, so that a request that nobody waits for any longer is not
    /// handled. The answer does not pass through the output queue.
    ///
    /// A kernel that is idle may be run by the calling thread itself when the handler has proved quick, which spares the way
    /// to another thread and back. Should such a handler block, the call returns only when it does, whatever the timeout;
    /// see [`LaunchOptions::inline_calls`](super::LaunchOptions::inline_calls).
    ///
    /// # Errors
    /// [`RingKernelError::Timeout`]; [`RingKernelError::NoReply`] when the handler returned nothing, unless `Resp` is `()`, which is
    /// what such a handler says; [`RingKernelError::AnswerDisplaced`] when the handler put the answer off for too long;
    /// [`RingKernelError::HandlerFault`]; [`RingKernelError::UnexpectedMessageType`] when the answer is no `Resp`;
    /// and those of [`send`](Self::send).
    pub async fn call<Req: RingMessage, Resp: RingMessage>(
        &self,
        request: Req,
        timeout: Duration,
    ) -> Result<Resp> {
        or_silence(match call::begin(self, request, timeout, |answer| answer.decode()) {
            Ok(answer) => answer,
            Err(call) => call.wait(self).await.and_then(|answer| answer.decode()),
        })
    }

    /// [`call`](Self::call) that gives the answer packed.
    ///
    /// # Errors
    /// As [`call`](Self::call).
    pub async fn call_envelope<Req: RingMessage>(
        &self,
        request: Req,
        timeout: Duration,
    ) -> Result<MessageEnvelope> {
        match call::begin(self, request, timeout, |answer| Ok(answer.into_envelope())) {
            Ok(answer) => answer,
            Err(call) => Ok(call.wait(self).await?.into_envelope()),
        }
    }

    /// [`call`](Self::call) for a thread that runs no executor: it looks for the answer a few microseconds and then sleeps.
    /// On a thread of an async runtime it holds up that runtime's other tasks.
    ///
    /// # Errors
    /// As [`call`](Self::call).
    pub fn call_blocking<Req: RingMessage, Resp: RingMessage>(
        &self,
        request: Req,
        timeout: Duration,
    ) -> Result<Resp> {
        or_silence(match call::begin(self, request, timeout, |answer| answer.decode()) {
            Ok(answer) => answer,
            Err(call) => call.block(self).and_then(|answer| answer.decode()),
        })
    }

    /// The next output in production order, waiting for it.
    ///
    /// # Errors
    /// [`RingKernelError::KernelTerminated`] when the kernel is gone and its output drained.
    pub async fn receive(&self) -> Result<MessageEnvelope> {
        self.inner.receive(None).await
    }

    /// The next output, waiting up to `timeout`.
    ///
    /// # Errors
    /// [`RingKernelError::Timeout`], and as [`receive`](Self::receive).
    pub async fn receive_timeout(&self, timeout: Duration) -> Result<MessageEnvelope> {
        self.inner.receive(Some(timeout)).await
    }

    /// [`receive_timeout`](Self::receive_timeout) for a thread that runs no executor: it looks for an output a few
    /// microseconds and then sleeps.
    ///
    /// # Errors
    /// As [`receive_timeout`](Self::receive_timeout).
    pub fn receive_blocking(&self, timeout: Duration) -> Result<MessageEnvelope> {
        match self.inner.try_receive() {
            Err(RingKernelError::QueueEmpty) => {
                self.check_blocking("receive")?;
                // The wait ends by itself.
                blocking::block_on(self.inner.receive(Some(timeout)), None)
                    .unwrap_or(Err(RingKernelError::QueueEmpty))
            }
            received => received,
        }
    }

    /// The next output, decoded.
    ///
    /// # Errors
    /// [`RingKernelError::UnexpectedMessageType`] when it is no `M` (it is then gone from the queue), and as
    /// [`receive`](Self::receive).
    pub async fn receive_as<M: RingMessage>(&self) -> Result<M> {
        self.receive().await?.decode()
    }

    /// The next output, if there is one now.
    ///
    /// # Errors
    /// [`RingKernelError::QueueEmpty`], and as [`receive`](Self::receive).
    pub fn try_receive(&self) -> Result<MessageEnvelope> {
        self.inner.try_receive()
    }

    /// The status.
    pub fn status(&self) -> KernelStatus {
        self.inner.status()
    }

    /// The figures.
    pub fn metrics(&self) -> KernelMetrics {
        self.inner.metrics()
    }

    /// Counters and latencies; takes under a microsecond and does not disturb the kernel.
    pub fn telemetry(&self) -> TelemetrySnapshot {
        self.inner.telemetry()
    }

    /// The state.
    pub fn state(&self) -> KernelState {
        self.inner.state()
    }

    /// Whether it processes messages.
    pub fn is_active(&self) -> bool {
        self.state().is_running()
    }

    /// Whether it is gone.
    pub fn is_terminated(&self) -> bool {
        self.state().is_finished()
    }

    /// Waits until the kernel has terminated. Always wakes, also when the runtime is dropped.
    ///
    /// # Errors
    /// [`RingKernelError::KernelFailed`] when a fault ended it, [`RingKernelError::KernelStuck`] when the runtime has
    /// stopped and the handler has still not returned.
    pub async fn wait(&self) -> Result<()> {
        self.inner.wait().await
    }

    /// Refuses to block a thread on a runtime that nobody runs meanwhile.
    pub(super) fn check_blocking(&self, operation: &str) -> Result<()> {
        let TimeSource::Manual(_) = self.inner.time() else { return Ok(()) };
        Err(RingKernelError::Stalled {
            operation: format!("the blocking {operation} of kernel `{}`", self.id()),
            reason: format!(
                "nothing steps its runtime while this thread waits; use `TestRuntime::{operation}`"
            ),
        })
    }

    /// Waits for room for a submission that was refused at once.
    #[cold]
    pub(super) fn submit_again(
        &self,
        refused: Refused,
        timeout: Duration,
    ) -> BoxFuture<'_, Result<(), Refused>> {
        if !matches!(refused.error, RingKernelError::QueueFull { .. }) || timeout.is_zero() {
            return Box::pin(ready(Err(refused)));
        }
        self.inner.submit_until(refused.message, self.inner.time().after(timeout))
    }
}

impl fmt::Debug for KernelHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KernelHandle").field("id", self.id()).field("state", &self.state()).finish()
    }
}
