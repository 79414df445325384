//! What stands behind the handle of a kernel.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::Hosted;
use crate::clock::TimeSource;
use crate::error::{Result, RingKernelError};
use crate::hlc::HlcTimestamp;
use crate::message::MessageEnvelope;
use crate::queue::QueueError;
use crate::runtime::{
    ActorRef, BoxFuture, KernelHandle, KernelHandleInner, KernelId, KernelMetrics, KernelState, KernelStatus,
    Refused, Submission,
};
use crate::sync::atomic::Ordering;
use crate::telemetry::TelemetrySnapshot;

/// A handle of an actor.
pub fn handle<A: Hosted>(actor: Arc<A>) -> KernelHandle {
    KernelHandle::new(Arc::new(HostedKernel { actor }))
}

struct HostedKernel<A> {
    actor: Arc<A>,
}

impl<A: Hosted> HostedKernel<A> {
    fn invalid(&self, from: KernelState, to: KernelState) -> RingKernelError {
        RingKernelError::InvalidStateTransition { kernel: self.actor.id().to_string(), from, to }
    }

    /// Waits until `done`, as long as the runtime waits for a handler.
    async fn until(&self, done: impl Fn(&A) -> bool) -> Result<()> {
        let limit = self.actor.host().config.shutdown_timeout;
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

    /// The handler that does not return.
    fn stuck(&self, at_least: Duration) -> RingKernelError {
        RingKernelError::KernelStuck {
            kernel: self.actor.id().to_string(),
            running_for: self.actor.in_hand_for(self.time().now_ns()).unwrap_or(at_least),
        }
    }

    /// An output on its way to whoever has asked for it.
    fn received(&self, envelope: MessageEnvelope) -> MessageEnvelope {
        self.actor.output_taken();
        self.observe(envelope.header.timestamp);
        self.actor.marked(envelope)
    }
}

impl<A: Hosted> KernelHandleInner for HostedKernel<A> {
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
            self.until(|actor| actor.is_settled() || actor.state() != KernelState::Deactivated).await
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

    fn submit(&self, submission: Submission) -> Result<(), Refused> {
        self.actor.submit(submission)
    }

    fn submit_until(&self, submission: Submission, until: Instant) -> BoxFuture<'_, Result<(), Refused>> {
        Box::pin(async move {
            let mut submission = match self.actor.admit(submission) {
                Ok(submission) => submission,
                Err(refused) => return Err(refused),
            };
            loop {
                // Listen before trying, so that room made in between is not missed.
                let room = self.actor.listen_for_room();
                let refused = match self.actor.accept(submission) {
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
        let _ = self.actor.host().host_clock.update_at(&received, self.time().now_ns());
    }

    fn time(&self) -> &TimeSource {
        &self.actor.host().time
    }

    fn try_receive(&self) -> Result<MessageEnvelope> {
        let was_closed = self.actor.output.is_closed();
        match self.actor.output.take() {
            Some(envelope) => Ok(self.received(envelope)),
            // Closed before the look: nothing can have come after it.
            None if was_closed => Err(self.actor.gone()),
            None => Err(RingKernelError::QueueEmpty),
        }
    }

    fn receive(&self, timeout: Option<Duration>) -> BoxFuture<'_, Result<MessageEnvelope>> {
        Box::pin(async move {
            let received = self.actor.output.receive(self.time(), timeout).await;
            received.map(|envelope| self.received(envelope)).map_err(|refused| match refused {
                QueueError::Timeout => RingKernelError::Timeout {
                    operation: format!("receiving from kernel `{}`", self.actor.id()),
                    after: timeout.unwrap_or_default(),
                },
                _ => self.actor.gone(),
            })
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
            uptime: actor.uptime(self.time().instant()),
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
            uptime: actor.uptime(self.time().instant()),
            telemetry: actor.snapshot(),
            messages_received: traffic.received,
            messages_sent: traffic.sent,
            errors_reported: actor.counters.errors_reported.load(Ordering::Relaxed),
            faults: actor.counters.faults.load(Ordering::Relaxed),
            restarts: actor.counters.restarts.load(Ordering::Relaxed),
            host_memory_used: actor.queue_bytes() as u64,
        }
    }

    fn telemetry(&self) -> TelemetrySnapshot {
        self.actor.snapshot()
    }

    fn wait(&self) -> BoxFuture<'_, Result<()>> {
        Box::pin(async {
            loop {
                let changed = self.actor.listen_for_change();
                let state = self.actor.state();
                if self.actor.is_abandoned() && !state.is_finished() {
                    return Err(self.stuck(self.actor.host().config.shutdown_timeout));
                }
                if matches!(state, KernelState::Failed | KernelState::Terminated) {
                    break;
                }
                changed.await;
            }
            match self.actor.fatal_fault() {
                Some(fault) => {
                    Err(RingKernelError::KernelFailed { kernel: self.actor.id().to_string(), fault })
                }
                None => self.actor.lost().map_or(Ok(()), Err),
            }
        })
    }
}
