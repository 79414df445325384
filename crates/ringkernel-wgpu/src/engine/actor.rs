//! One kernel instance as the host sees it. Its state lies in device memory; the driver alone speaks for it there.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use ringkernel_core::backend::{AnswerTo, Mail, Output, Traffic};
use ringkernel_core::dead_letter::DeadLetterReason;
use ringkernel_core::message::MessageEnvelope;
use ringkernel_core::queue::{Gate, Waiting};
use ringkernel_core::registry::KernelRegistration;
use ringkernel_core::runtime::{ActorRef, Fault, KernelId, KernelState, LaunchOptions, WaitingOn};
use ringkernel_core::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use ringkernel_core::telemetry::{TelemetryRecorder, TelemetrySnapshot};
use ringkernel_core::{Result, RingKernelError};

use super::mailbox::Mailbox;
use super::shared::Shared;

pub(crate) struct Actor {
    id: KernelId,
    address: ActorRef,
    pub(crate) kernel: &'static KernelRegistration,
    pub(crate) options: LaunchOptions,
    pub(crate) shared: Arc<Shared>,
    inner: Mutex<Inner>,
    pub(crate) output: Output,
    pub(crate) telemetry: TelemetryRecorder,
    pub(crate) counters: Counters,
    /// Notified after every change that somebody may wait for.
    changed: Gate,
    /// Notified when its mailbox has room again.
    room: Gate,
    /// Whether the driver has been told to look at it.
    pub(crate) scheduled: AtomicBool,
    launched: Instant,
}

/// What changes while it lives.
pub(crate) struct Inner {
    pub(crate) state: KernelState,
    /// Whether the device goes by `state`: it has no message in hand that was taken under another one.
    pub(crate) settled: bool,
    pub(crate) mailbox: Mailbox,
    /// Messages from kernels that wait on the device, as of the last submission.
    pub(crate) kernels_waiting: usize,
    /// Messages for other kernels that wait for room there, as of the last submission.
    pub(crate) outbox_waiting: usize,
    /// Outputs that found the queue full.
    pub(crate) pending: VecDeque<MessageEnvelope>,
    /// Callers whose answers are deferred, with their messages' heads, by token.
    pub(crate) owed: HashMap<u32, Mail>,
    pub(crate) restarts: VecDeque<Instant>,
    pub(crate) last_fault: Option<Box<Fault>>,
    /// Whether a fault, and not its user, ended the kernel.
    pub(crate) failed: bool,
    /// Whether the runtime has stopped without it.
    pub(crate) abandoned: bool,
    /// Why it ended, when that was with the device.
    pub(crate) lost: Option<RingKernelError>,
}

/// Counts that telemetry does not have. The driver writes them.
#[derive(Default)]
pub(crate) struct Counters {
    pub(crate) received_from_kernels: AtomicU64,
    pub(crate) sent: AtomicU64,
    pub(crate) errors_reported: AtomicU64,
    pub(crate) faults: AtomicU64,
    pub(crate) restarts: AtomicU64,
}

impl Actor {
    pub(crate) fn new(
        id: KernelId,
        address: ActorRef,
        kernel: &'static KernelRegistration,
        options: LaunchOptions,
        shared: Arc<Shared>,
    ) -> Self {
        Self {
            output: Output::new(options.output_queue_capacity),
            id,
            address,
            kernel,
            options,
            shared,
            inner: Mutex::new(Inner {
                state: KernelState::Created,
                settled: false,
                mailbox: Mailbox::default(),
                kernels_waiting: 0,
                outbox_waiting: 0,
                pending: VecDeque::new(),
                owed: HashMap::new(),
                restarts: VecDeque::new(),
                last_fault: None,
                failed: false,
                abandoned: false,
                lost: None,
            }),
            telemetry: TelemetryRecorder::new(),
            counters: Counters::default(),
            changed: Gate::new(),
            room: Gate::new(),
            scheduled: AtomicBool::new(false),
            launched: Instant::now(),
        }
    }

    pub(crate) fn id(&self) -> &KernelId {
        &self.id
    }

    pub(crate) fn address(&self) -> ActorRef {
        self.address
    }

    pub(crate) fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn state(&self) -> KernelState {
        self.inner().state
    }

    pub(crate) fn uptime(&self) -> Duration {
        self.launched.elapsed()
    }

    /// Messages that hosts may have waiting in its mailbox: kernels have a share of their own.
    pub(crate) fn host_capacity(&self) -> usize {
        let capacity = self.options.input_queue_capacity;
        capacity - if self.options.enable_k2k { capacity.div_ceil(4) } else { 0 }
    }

    /// Whether its handlers take a message type.
    pub(crate) fn handles(&self, message_type: u64) -> bool {
        self.kernel.handlers.iter().any(|handler| handler.message.type_id == message_type)
    }

    // ---- changes

    /// Tells all who wait for a change of the actor.
    pub(crate) fn announce(&self) {
        self.changed.notify_all();
    }

    /// A listener for changes. Listen first, then look, then wait.
    pub(crate) fn listen_for_change(&self) -> Waiting<'_> {
        self.changed.listen()
    }

    /// Tells all who wait for room in its mailbox.
    pub(crate) fn tell_room(&self) {
        self.room.notify_all();
    }

    /// A listener for room. Listen first, then try again, then wait.
    pub(crate) fn listen_for_room(&self) -> Waiting<'_> {
        self.room.listen()
    }

    /// Sets a state, if the one before allows it, and has the driver take notice.
    pub(crate) fn change(
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

    /// Asks for the end after the message in hand. False when it cannot, because it has ended.
    pub(crate) fn request_termination(self: &Arc<Self>) -> bool {
        self.change(KernelState::Terminating, |state| {
            state.can_terminate() || state == KernelState::Terminating
        })
        .is_ok()
    }

    /// Leaves the actor to a handler that does not return. Nobody waits for it any longer.
    pub(crate) fn abandon(&self) {
        let mut inner = self.inner();
        inner.abandoned = true;
        inner.mailbox.close();
        drop(inner);
        self.output.close();
        self.announce();
        self.tell_room();
    }

    // ---- what goes wrong

    /// Dead-letters a message to this actor and tells its caller.
    pub(crate) fn bury(&self, mail: Mail, reason: DeadLetterReason) {
        let error = match reason {
            DeadLetterReason::Expired => RingKernelError::Timeout {
                operation: format!("waiting in the mailbox of kernel `{}`", self.id),
                after: Duration::from_nanos(mail.deadline_ns.saturating_sub(mail.accepted_ns)),
            },
            reason => self.error_of(reason),
        };
        self.bury_as(mail, reason, error);
    }

    /// Dead-letters a message to this actor and tells its caller `error`.
    pub(crate) fn bury_as(&self, mail: Mail, reason: DeadLetterReason, error: RingKernelError) {
        self.telemetry.record_dropped();
        let (envelope, answer_to) = mail.into_envelope(self.address);
        // The caller hears last, and then finds the dead letter.
        self.shared.bury(envelope, Some(self.id.clone()), reason);
        self.refuse_answer(answer_to, error);
    }

    /// Tells a caller that there will be no answer.
    pub(crate) fn refuse_answer(&self, answer_to: AnswerTo, error: RingKernelError) {
        if let AnswerTo::Caller(caller) = answer_to {
            // A caller who has left needs no telling.
            let _ = caller.send(Err(error));
        }
    }

    /// What a caller hears about a message that was buried.
    pub(crate) fn error_of(&self, reason: DeadLetterReason) -> RingKernelError {
        let kernel = self.id.to_string();
        match (reason, self.inner().last_fault.clone()) {
            (DeadLetterReason::KernelTerminated, _) => RingKernelError::KernelTerminated { kernel },
            (DeadLetterReason::KernelFailed, Some(fault)) => RingKernelError::KernelFailed { kernel, fault },
            (reason, _) => RingKernelError::Undeliverable { kernel, reason },
        }
    }

    /// Why it takes nothing and gives nothing any more.
    pub(crate) fn gone(&self) -> RingKernelError {
        let inner = self.inner();
        let kernel = self.id.to_string();
        match (inner.state, inner.last_fault.clone()) {
            (KernelState::Failed, Some(fault)) => RingKernelError::KernelFailed { kernel, fault },
            _ => RingKernelError::KernelTerminated { kernel },
        }
    }

    // ---- figures

    pub(crate) fn waiting_on(&self) -> Option<WaitingOn> {
        let inner = self.inner();
        if inner.state != KernelState::Active {
            return None;
        }
        let has_mail = inner.mailbox.len() + inner.kernels_waiting > 0;
        if inner.outbox_waiting > 0 {
            Some(WaitingOn::Outbox)
        } else if self.room_for_output(&inner) == 0 && (has_mail || !inner.pending.is_empty()) {
            Some(WaitingOn::Output)
        } else {
            None
        }
    }

    /// Outputs that there is room for, behind those that wait already.
    pub(crate) fn room_for_output(&self, inner: &Inner) -> usize {
        if inner.pending.is_empty() { self.output.free_slots() } else { 0 }
    }

    pub(crate) fn telemetry(&self) -> TelemetrySnapshot {
        self.telemetry.snapshot(self.input_depth(), self.output.depth())
    }

    pub(crate) fn input_depth(&self) -> usize {
        let inner = self.inner();
        inner.mailbox.len() + inner.kernels_waiting
    }

    pub(crate) fn traffic(&self) -> Traffic {
        Traffic {
            received: self.inner().mailbox.accepted()
                + self.counters.received_from_kernels.load(Ordering::Relaxed),
            sent: self.counters.sent.load(Ordering::Relaxed),
            processed: self.telemetry.processed(),
        }
    }

    pub(crate) fn queue_bytes(&self) -> usize {
        self.inner().mailbox.allocated_bytes() + self.output.allocated_bytes()
    }
}
