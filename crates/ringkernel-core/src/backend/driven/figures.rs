//! What an actor on a device answers to its host.

use std::sync::Arc;
use std::time::Duration;

use super::Actor;
use crate::backend::{Host, Hosted, Mail, Traffic};
use crate::dead_letter::DeadLetterReason;
use crate::error::RingKernelError;
use crate::message::MessageEnvelope;
use crate::queue::Waiting;
use crate::runtime::{KernelState, Refused, SendError, Submission, WaitingOn};
use crate::sync::atomic::Ordering;

impl Hosted for Actor {
    fn host(&self) -> &Host<Self> {
        &self.shared
    }

    fn state(&self) -> KernelState {
        self.inner().state
    }

    fn change(
        self: &Arc<Self>,
        to: KernelState,
        allowed: impl Fn(KernelState) -> bool,
    ) -> Result<KernelState, KernelState> {
        let mut inner = self.inner();
        let before = inner.state;
        if !allowed(before) {
            return Err(before);
        }
        if before != to {
            inner.state = to;
            inner.settled = false;
        }
        drop(inner);
        self.announce();
        self.shared.schedule(self);
        Ok(before)
    }

    fn is_settled(&self) -> bool {
        self.inner().settled
    }

    fn accept(self: &Arc<Self>, submission: Submission) -> Result<(), Refused> {
        let refuse = |message, error| Err(Box::new(SendError { message, error }));
        let mut inner = self.inner();
        if inner.mailbox.is_closed() {
            drop(inner);
            return refuse(submission, self.gone());
        }
        let (waiting, capacity) = (inner.mailbox.depth(), self.host_capacity());
        if waiting >= capacity || waiting + self.kernels_waiting(&inner) >= self.options.input_queue_capacity
        {
            drop(inner);
            let queue = self.id().to_string();
            return refuse(submission, RingKernelError::QueueFull { queue, capacity });
        }
        let now_ns = self.shared.time.now_ns();
        inner.mailbox.push(Mail::from_host(submission, now_ns, || self.shared.host_clock.tick_at(now_ns)));
        drop(inner);
        self.shared.schedule(self);
        Ok(())
    }

    fn listen_for_room(self: &Arc<Self>) -> Waiting<'_> {
        self.room.listen()
    }

    fn output_taken(self: &Arc<Self>) {
        // The device is given as much work as there is room for outputs.
        self.shared.schedule(self);
    }

    fn bury_envelope(&self, envelope: MessageEnvelope, reason: DeadLetterReason) {
        self.shared.bury(self.marked(envelope), Some(self.id().clone()), reason);
    }

    fn waiting_on(&self) -> Option<WaitingOn> {
        let inner = self.inner();
        if inner.state != KernelState::Active {
            return None;
        }
        let has_mail = inner.mailbox.depth() + self.kernels_waiting(&inner) > 0;
        if self.outbox_waiting(&inner) > 0 {
            Some(WaitingOn::Outbox)
        } else if self.room_for_output(&inner) == 0 && (has_mail || !inner.pending.is_empty()) {
            Some(WaitingOn::Output)
        } else {
            None
        }
    }

    fn in_hand_for(&self, now_ns: u64) -> Option<Duration> {
        self.at_work_for(now_ns)
    }

    fn stuck_for(&self, now_ns: u64) -> Option<Duration> {
        self.at_work_for(now_ns).filter(|at_work_for| *at_work_for > self.shared.config.watchdog)
    }

    fn input_depth(&self) -> usize {
        let inner = self.inner();
        inner.mailbox.depth() + self.kernels_waiting(&inner)
    }

    fn traffic(&self) -> Traffic {
        Traffic {
            received: self.inner().mailbox.accepted() + self.received_from_kernels.load(Ordering::Relaxed),
            sent: self.counters.sent.load(Ordering::Relaxed),
            processed: self.telemetry.processed(),
        }
    }

    fn queue_bytes(&self) -> usize {
        self.inner().mailbox.allocated_bytes() + self.output.allocated_bytes()
    }

    fn lost(&self) -> Option<RingKernelError> {
        self.inner().lost.clone()
    }
}
