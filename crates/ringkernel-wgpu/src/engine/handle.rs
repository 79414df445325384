//! What stands behind the handle of a kernel.

use std::sync::Arc;
use std::time::{Duration, Instant};

use ringkernel_core::backend::Mail;
use ringkernel_core::clock;
use ringkernel_core::context::OutgoingMessage;
use ringkernel_core::hlc::HlcTimestamp;
use ringkernel_core::message::MessageEnvelope;
use ringkernel_core::queue::QueueError;
use ringkernel_core::registry;
use ringkernel_core::runtime::{
    ActorRef, BoxFuture, KernelHandleInner, KernelId, KernelMetrics, KernelState, KernelStatus, Refused,
    SendError, Submission,
};
use ringkernel_core::sync::atomic::Ordering;
use ringkernel_core::telemetry::TelemetrySnapshot;
use ringkernel_core::{Result, RingKernelError};

use super::actor::{Actor, Inner};

pub(crate) struct WgpuKernel {
    actor: Arc<Actor>,
}

impl WgpuKernel {
    pub(crate) fn new(actor: Arc<Actor>) -> Self {
        Self { actor }
    }

    fn invalid(&self, from: KernelState, to: KernelState) -> RingKernelError {
        RingKernelError::InvalidStateTransition { kernel: self.actor.id().to_string(), from, to }
    }

    /// Waits until `done`, as long as the runtime waits for a handler.
    async fn until(&self, done: impl Fn(&Inner) -> bool) -> Result<()> {
        let limit = self.actor.shared.config.shutdown_timeout;
        let waiting = async {
            loop {
                let changed = self.actor.listen_for_change();
                if done(&self.actor.inner()) {
                    return;
                }
                changed.await;
            }
        };
        self.time().timeout(limit, waiting).await.map_err(|_| self.stuck(limit))
    }

    /// The handler that does not return.
    fn stuck(&self, running_for: Duration) -> RingKernelError {
        RingKernelError::KernelStuck { kernel: self.actor.id().to_string(), running_for }
    }

    /// Checks a message before it is queued.
    fn check(&self, message: &OutgoingMessage) -> Result<()> {
        let (size, max) = (message.payload.len(), self.actor.options.max_payload);
        if size > max {
            return Err(RingKernelError::MessageTooLarge { size, max });
        }
        if !self.actor.handles(message.message_type) {
            return Err(RingKernelError::UnhandledMessage {
                kernel: self.actor.id().to_string(),
                message: registry::message_name(message.message_type),
                handled: self
                    .actor
                    .kernel
                    .handlers
                    .iter()
                    .map(|handler| handler.message.name.into())
                    .collect(),
            });
        }
        Ok(())
    }

    fn push(&self, submission: Submission) -> std::result::Result<(), Refused> {
        let actor = &self.actor;
        let refuse = |message, error| Err(Box::new(SendError { message, error }));
        if let Err(error) = self.check(&submission.message) {
            return refuse(submission, error);
        }
        let mut inner = actor.inner();
        if inner.mailbox.is_closed() {
            drop(inner);
            return refuse(submission, actor.gone());
        }
        let (waiting, capacity) = (inner.mailbox.len(), actor.host_capacity());
        if waiting >= capacity || waiting + inner.kernels_waiting >= actor.options.input_queue_capacity {
            drop(inner);
            return refuse(
                submission,
                RingKernelError::QueueFull { queue: actor.id().to_string(), capacity },
            );
        }
        let now_ns = clock::now_ns();
        inner.mailbox.push(Mail::from_host(submission, now_ns, || actor.shared.host_clock.tick_at(now_ns)));
        drop(inner);
        actor.shared.schedule(actor);
        Ok(())
    }
}

impl KernelHandleInner for WgpuKernel {
    fn id(&self) -> &KernelId {
        self.actor.id()
    }

    fn actor_ref(&self) -> ActorRef {
        self.actor.address()
    }

    fn activate(&self) -> BoxFuture<'_, Result<()>> {
        Box::pin(async {
            let changed = self.actor.change(KernelState::Active, KernelState::can_activate);
            changed.map(|_| ()).map_err(|from| self.invalid(from, KernelState::Active))
        })
    }

    fn deactivate(&self) -> BoxFuture<'_, Result<()>> {
        Box::pin(async {
            self.actor
                .change(KernelState::Deactivated, KernelState::can_deactivate)
                .map_err(|from| self.invalid(from, KernelState::Deactivated))?;
            // Somebody else may activate it again meanwhile, which overrules this call.
            self.until(|inner| inner.settled || inner.state != KernelState::Deactivated).await
        })
    }

    fn terminate(&self) -> BoxFuture<'_, Result<()>> {
        Box::pin(async {
            if !self.actor.request_termination() {
                return Err(self.invalid(self.actor.state(), KernelState::Terminating));
            }
            self.until(|inner| inner.state.is_finished()).await
        })
    }

    fn submit(&self, submission: Submission) -> std::result::Result<(), Refused> {
        self.push(submission)
    }

    fn submit_until(
        &self,
        submission: Submission,
        until: Instant,
    ) -> BoxFuture<'_, std::result::Result<(), Refused>> {
        Box::pin(async move {
            let mut submission = submission;
            loop {
                // Listen before trying, so that room made in between is not missed.
                let room = self.actor.listen_for_room();
                let refused = match self.push(submission) {
                    Ok(()) => return Ok(()),
                    Err(refused) => refused,
                };
                if !matches!(refused.error, RingKernelError::QueueFull { .. }) {
                    return Err(refused);
                }
                let time = self.time();
                if until <= time.instant() || time.timeout_at(until, room).await.is_err() {
                    return Err(refused);
                }
                submission = refused.message;
            }
        })
    }

    fn observe(&self, received: HlcTimestamp) {
        // Kernels refuse what is too far ahead, so none of their timestamps is; the host's clock would refuse it too.
        let _ = self.actor.shared.host_clock.update_at(&received, clock::now_ns());
    }

    fn try_receive(&self) -> Result<MessageEnvelope> {
        let was_closed = self.actor.output.is_closed();
        match self.actor.output.take() {
            Some(envelope) => {
                self.actor.shared.schedule(&self.actor);
                self.observe(envelope.header.timestamp);
                Ok(envelope)
            }
            // Closed before the look: nothing can have come after it.
            None if was_closed => Err(self.actor.gone()),
            None => Err(RingKernelError::QueueEmpty),
        }
    }

    fn receive(&self, timeout: Option<Duration>) -> BoxFuture<'_, Result<MessageEnvelope>> {
        Box::pin(async move {
            let received = self.actor.output.receive(self.time(), timeout).await;
            let envelope = received.map_err(|refused| match refused {
                QueueError::Timeout => RingKernelError::Timeout {
                    operation: format!("receiving from kernel `{}`", self.actor.id()),
                    after: timeout.unwrap_or_default(),
                },
                _ => self.actor.gone(),
            })?;
            self.actor.shared.schedule(&self.actor);
            self.observe(envelope.header.timestamp);
            Ok(envelope)
        })
    }

    fn state(&self) -> KernelState {
        self.actor.state()
    }

    fn status(&self) -> KernelStatus {
        let actor = &self.actor;
        let (state, last_fault) = {
            let inner = actor.inner();
            (inner.state, inner.last_fault.clone())
        };
        KernelStatus {
            id: actor.id().clone(),
            handler: actor.kernel.id,
            state,
            input_queue_depth: actor.input_depth(),
            output_queue_depth: actor.output.depth(),
            messages_processed: actor.telemetry.processed(),
            uptime: actor.uptime(),
            restarts: actor.counters.restarts.load(Ordering::Relaxed),
            waiting_on: actor.waiting_on(),
            stuck_for: None,
            last_fault: last_fault.map(|fault| *fault),
        }
    }

    fn metrics(&self) -> KernelMetrics {
        let actor = &self.actor;
        let traffic = actor.traffic();
        KernelMetrics {
            kernel_id: actor.id().clone(),
            state: actor.state(),
            uptime: actor.uptime(),
            telemetry: actor.telemetry(),
            messages_received: traffic.received,
            messages_sent: traffic.sent,
            errors_reported: actor.counters.errors_reported.load(Ordering::Relaxed),
            faults: actor.counters.faults.load(Ordering::Relaxed),
            restarts: actor.counters.restarts.load(Ordering::Relaxed),
            host_memory_used: actor.queue_bytes() as u64,
        }
    }

    fn telemetry(&self) -> TelemetrySnapshot {
        self.actor.telemetry()
    }

    fn wait(&self) -> BoxFuture<'_, Result<()>> {
        Box::pin(async {
            loop {
                let changed = self.actor.listen_for_change();
                {
                    let inner = self.actor.inner();
                    if inner.abandoned && !inner.state.is_finished() {
                        drop(inner);
                        return Err(self.stuck(self.actor.shared.config.shutdown_timeout));
                    }
                    if matches!(inner.state, KernelState::Failed | KernelState::Terminated) {
                        break;
                    }
                }
                changed.await;
            }
            let inner = self.actor.inner();
            match inner.last_fault.clone().filter(|_| inner.failed) {
                Some(fault) => {
                    Err(RingKernelError::KernelFailed { kernel: self.actor.id().to_string(), fault })
                }
                None => inner.lost.clone().map_or(Ok(()), Err),
            }
        })
    }
}
