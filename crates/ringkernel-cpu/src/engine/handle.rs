//! What stands behind the handle of a kernel.

use std::sync::Arc;
use std::time::{Duration, Instant};

use ringkernel_core::clock::TimeSource;
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

use super::actor::Actor;
use super::mailbox::Sender;
use super::worker;
use crate::protocol::ring::NoRoom;
use ringkernel_core::backend::Mail;

pub(crate) struct CpuKernel {
    actor: Arc<Actor>,
}

impl CpuKernel {
    pub(crate) fn new(actor: Arc<Actor>) -> Self {
        Self { actor }
    }

    fn invalid(&self, from: KernelState, to: KernelState) -> RingKernelError {
        RingKernelError::InvalidStateTransition { kernel: self.actor.id().to_string(), from, to }
    }

    /// Waits until `done`, as long as the runtime waits for a handler.
    async fn until(&self, done: impl Fn(&Actor) -> bool) -> Result<()> {
        let limit = self.actor.shared.config.shutdown_timeout;
        let waiting = async {
            loop {
                let changed = self.actor.listen_for_change();
                if done(&self.actor) {
                    return;
                }
                changed.await;
            }
        };
        self.time().timeout(limit, waiting).await.map_err(|_| self.stuck(limit))
    }

    /// Why the kernel takes nothing and gives nothing any more.
    fn gone(&self) -> RingKernelError {
        let kernel = self.actor.id().to_string();
        match (self.actor.state(), self.actor.last_fault()) {
            (KernelState::Failed, Some(fault)) => RingKernelError::KernelFailed { kernel, fault },
            _ => RingKernelError::KernelTerminated { kernel },
        }
    }

    /// The handler that does not return.
    fn stuck(&self, at_least: Duration) -> RingKernelError {
        RingKernelError::KernelStuck {
            kernel: self.actor.id().to_string(),
            running_for: self.actor.in_hand_for(self.time().now_ns()).unwrap_or(at_least),
        }
    }

    /// Checks a message before it is queued.
    fn check(&self, message: &OutgoingMessage) -> Result<()> {
        let (size, max) = (message.payload.len(), self.actor.options.max_payload);
        if size > max {
            return Err(RingKernelError::MessageTooLarge { size, max });
        }
        if self.actor.handler(message.message_type).is_none() {
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

    #[inline]
    fn push(&self, submission: Submission) -> std::result::Result<(), Refused> {
        let actor = &self.actor;
        let refuse = |message, error| Err(Box::new(SendError { message, error }));
        if let Err(error) = self.check(&submission.message) {
            return refuse(submission, error);
        }
        let message_type = submission.message.message_type;
        let is_call = submission.reply.is_some();
        let now_ns = actor.shared.time.now_ns();
        let make =
            |submission| Mail::from_host(submission, now_ns, || actor.shared.host_clock.tick_at(now_ns));
        let priority = submission.message.priority;
        let Err((submission, refused)) = actor.mailbox.push(submission, priority, Sender::Host, make) else {
            if worker::in_turn() {
                // A handler that sends like this may go on to wait, for an actor whose turn is kept here.
                actor.shared.ready.give_up_kept();
            }
            if is_call {
                worker::schedule_or_run(actor, message_type, now_ns);
            } else {
                actor.schedule();
            }
            return Ok(());
        };
        let error = match refused {
            NoRoom::Full => RingKernelError::QueueFull {
                queue: actor.id().to_string(),
                capacity: actor.mailbox.capacity(Sender::Host),
            },
            NoRoom::Closed => self.gone(),
        };
        refuse(submission, error)
    }
}

impl KernelHandleInner for CpuKernel {
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
            self.until(|actor| !actor.lifecycle.is_working() || actor.state() != KernelState::Deactivated)
                .await
        })
    }

    fn terminate(&self) -> BoxFuture<'_, Result<()>> {
        Box::pin(async {
            if !self.actor.request_termination() {
                return Err(self.invalid(self.actor.state(), KernelState::Terminating));
            }
            self.until(|actor| actor.state().is_finished()).await
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
                let room = self.actor.mailbox.listen_for_room(Sender::Host);
                // At the end of its next turn it tells those who wait.
                self.actor.schedule();
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
        let shared = &self.actor.shared;
        let _ = shared.host_clock.update_at(&received, shared.time.now_ns());
    }

    fn time(&self) -> &TimeSource {
        &self.actor.shared.time
    }

    fn try_receive(&self) -> Result<MessageEnvelope> {
        let was_closed = self.actor.output.is_closed();
        match self.actor.output.take() {
            Some(envelope) => {
                self.observe(envelope.header.timestamp);
                Ok(envelope)
            }
            // Closed before the look: nothing can have come after it.
            None if was_closed => Err(self.gone()),
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
                _ => self.gone(),
            })?;
            self.observe(envelope.header.timestamp);
            Ok(envelope)
        })
    }

    fn state(&self) -> KernelState {
        self.actor.state()
    }

    fn status(&self) -> KernelStatus {
        let actor = &self.actor;
        KernelStatus {
            id: actor.id().clone(),
            handler: actor.kernel.id,
            state: actor.state(),
            input_queue_depth: actor.input_depth(),
            output_queue_depth: actor.output.depth(),
            messages_processed: actor.telemetry.processed(),
            uptime: actor.uptime(),
            restarts: actor.counters.restarts.load(Ordering::Relaxed),
            waiting_on: actor.waiting_on(),
            stuck_for: actor.stuck_for(self.time().now_ns()),
            last_fault: actor.last_fault().map(|fault| *fault),
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
                if self.actor.is_abandoned() && !self.actor.state().is_finished() {
                    return Err(self.stuck(self.actor.shared.config.shutdown_timeout));
                }
                if matches!(self.actor.state(), KernelState::Failed | KernelState::Terminated) {
                    break;
                }
                changed.await;
            }
            match self.actor.fatal_fault() {
                Some(fault) => {
                    Err(RingKernelError::KernelFailed { kernel: self.actor.id().to_string(), fault })
                }
                None => Ok(()),
            }
        })
    }
}
