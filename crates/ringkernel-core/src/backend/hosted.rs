//! What the host asks of an actor, whatever runs it.

use std::ops::Deref;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{Host, Instance, Mail, Traffic};
use crate::dead_letter::DeadLetterReason;
use crate::error::RingKernelError;
use crate::message::MessageEnvelope;
use crate::queue::Waiting;
use crate::runtime::{ActorRef, Fault, KernelState, Refused, SendError, Submission, WaitingOn};
use crate::sync::atomic::Ordering;
use crate::telemetry::TelemetrySnapshot;

/// An actor of a backend: an [`Instance`], and what runs it.
pub trait Hosted: Deref<Target = Instance> + Send + Sync + Sized + 'static {
    /// The runtime that it belongs to.
    fn host(&self) -> &Host<Self>;

    /// Its state.
    fn state(&self) -> KernelState;

    /// Sets a state, if the one before allows it, and lets everybody concerned know. Gives the state before, in `Err` when it was
    /// not allowed.
    ///
    /// # Errors
    /// The state that does not allow it.
    fn change(
        self: &Arc<Self>,
        to: KernelState,
        allowed: impl Fn(KernelState) -> bool,
    ) -> Result<KernelState, KernelState>;

    /// Whether no message is in hand that was taken under another state than the present one.
    fn is_settled(&self) -> bool;

    /// Puts a message from a host into the mailbox, after [`Instance::check`].
    ///
    /// # Errors
    /// Gives it back with the reason.
    fn accept(self: &Arc<Self>, submission: Submission) -> Result<(), Refused>;

    /// A listener for room in the mailbox. Listen first, then try again, then wait.
    fn listen_for_room(self: &Arc<Self>) -> Waiting<'_>;

    /// Somebody has received an output.
    fn output_taken(self: &Arc<Self>);

    /// Keeps a message to it, or of it, that could not be delivered or handled.
    fn bury_envelope(&self, envelope: MessageEnvelope, reason: DeadLetterReason);

    /// What keeps it from its next message.
    fn waiting_on(&self) -> Option<WaitingOn>;

    /// For how long a message has been in hand.
    fn in_hand_for(&self, now_ns: u64) -> Option<Duration>;

    /// For how long its handler has been running, when that is longer than the watchdog allows.
    fn stuck_for(&self, now_ns: u64) -> Option<Duration>;

    /// Messages that wait for it.
    fn input_depth(&self) -> usize;

    /// Its message counts.
    fn traffic(&self) -> Traffic;

    /// Memory of its queues on the host, in bytes.
    fn queue_bytes(&self) -> usize;

    /// Why it ended, when that was with its device.
    fn lost(&self) -> Option<RingKernelError>;

    /// Asks for the end after the message in hand. False when it cannot, because it has ended.
    fn request_termination(self: &Arc<Self>) -> bool {
        self.change(KernelState::Terminating, |state| {
            state.can_terminate() || state == KernelState::Terminating
        })
        .is_ok()
    }

    /// Waits for it to terminate, at most until `deadline`. Blocks the thread. False when it has not.
    fn has_terminated_by(&self, deadline: Instant) -> bool {
        loop {
            let changed = self.listen_for_change();
            if self.state().is_finished() {
                return true;
            }
            if !changed.block_until(deadline) {
                return self.state().is_finished();
            }
        }
    }

    /// Checks a submission, and takes it from what its tenant may send.
    ///
    /// # Errors
    /// Gives it back with the reason.
    #[inline]
    fn admit(&self, mut submission: Submission) -> Result<Submission, Refused> {
        let admit = || match submission.payer {
            // One that waits for room is admitted once.
            Some(payer) => Ok(payer),
            None => self.account.admit_on(submission.audit).map_err(RingKernelError::from),
        };
        match self.check(&submission.message).and_then(|()| admit()) {
            Ok(payer) => {
                submission.payer = Some(payer);
                Ok(submission)
            }
            Err(error) => Err(Box::new(SendError { message: submission, error })),
        }
    }

    /// Admits a submission, and puts it into the mailbox.
    ///
    /// # Errors
    /// Gives it back with the reason.
    #[inline]
    fn submit(self: &Arc<Self>, submission: Submission) -> Result<(), Refused> {
        self.accept(self.admit(submission)?)
    }

    // ---- what goes wrong

    /// Why it takes nothing and gives nothing any more.
    fn gone(&self) -> RingKernelError {
        if let Some(loss) = self.lost() {
            return loss;
        }
        let kernel = self.id().to_string();
        match (self.state(), self.last_fault()) {
            (KernelState::Failed, Some(fault)) => RingKernelError::KernelFailed { kernel, fault },
            _ => RingKernelError::KernelTerminated { kernel },
        }
    }

    /// Dead-letters a message to it and tells the caller.
    fn bury(&self, mail: Mail, reason: DeadLetterReason) {
        let error = match reason {
            DeadLetterReason::Expired => RingKernelError::Timeout {
                operation: format!("waiting in the mailbox of kernel `{}`", self.id()),
                after: mail.time_allowed(),
            },
            reason => self.error_of(reason),
        };
        self.bury_as(mail, reason, error);
    }

    /// Dead-letters a message to it and tells the caller `error`.
    fn bury_as(&self, mail: Mail, reason: DeadLetterReason, error: RingKernelError) {
        self.telemetry.record_dropped();
        let (envelope, answer_to) = mail.into_envelope(self.address());
        answer_to.note_buried(reason);
        // The caller hears last, and then finds the dead letter.
        self.bury_envelope(envelope, reason);
        answer_to.refuse(|| error);
    }

    /// Notes that it wanted to send to a kernel of another tenant.
    #[cold]
    fn note_crossing(&self, target: ActorRef) {
        // One that has ended too long ago to be remembered was not reached by anybody.
        if let Some((destination, owner)) = self.host().directory.identity_of(target) {
            self.host().note_crossing(self.tenancy(), self.id().clone(), owner, destination);
        }
    }

    /// Notes that a handler has faulted.
    fn record_fault(&self, fault: Box<Fault>) {
        let host = self.host();
        if host.config.debug {
            tracing::error!(kernel = self.id().as_str(), %fault, "a handler faulted");
        }
        host.faults.fetch_add(1, Ordering::Relaxed);
        self.note_fault(fault);
    }

    // ---- figures

    /// Counters and latencies.
    fn snapshot(&self) -> TelemetrySnapshot {
        self.telemetry.snapshot(self.input_depth(), self.output.depth())
    }
}
