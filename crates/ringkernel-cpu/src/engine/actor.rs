//! One kernel instance as everybody but its own loop sees it.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Wake;
use std::time::{Duration, Instant};

use ringkernel_core::clock;
use ringkernel_core::dead_letter::DeadLetterReason;
use ringkernel_core::queue::{Gate, Waiting};
use ringkernel_core::registry::{HandlerRegistration, KernelRegistration};
use ringkernel_core::runtime::{ActorRef, Fault, KernelId, KernelState, LaunchOptions, WaitingOn};
use ringkernel_core::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};
use ringkernel_core::telemetry::{TelemetryRecorder, TelemetrySnapshot};
use ringkernel_core::{Result, RingKernelError};

use super::mailbox::{Inbox, Mailbox, Sender, mailbox};
use super::pulse::Pulse;
use super::shared::Shared;
use super::worker;
use crate::protocol::lifecycle::{Lifecycle, Permission};
use crate::protocol::ring::NoRoom;
use crate::protocol::task::{self, HasTask, Task};
use ringkernel_core::backend::Output;
use ringkernel_core::backend::{AnswerTo, Mail, Traffic};

/// The loop of an actor, see `run`.
pub(crate) type Loop = Pin<Box<dyn Future<Output = ()> + Send>>;

pub(crate) struct Actor {
    id: KernelId,
    address: ActorRef,
    pub(crate) kernel: &'static KernelRegistration,
    pub(crate) options: LaunchOptions,
    pub(crate) shared: Arc<Shared>,
    pub(crate) lifecycle: Lifecycle,
    /// Notified after every change that somebody may wait for.
    changed: Gate,
    task: Task<Actor>,
    pub(crate) mailbox: Mailbox,
    pub(crate) polled: Option<Box<Mailbox>>,
    pub(crate) output: Output,
    pub(crate) telemetry: TelemetryRecorder,
    pub(crate) counters: Counters,
    pub(crate) pulse: Pulse,
    waiting_on: AtomicU8,
    /// When the handler that runs now was entered; 0 while none runs.
    handler_entered_ns: AtomicU64,
    /// When the message in the hand of an async handler was taken; 0 while there is none.
    in_hand_since_ns: AtomicU64,
    last_fault: Mutex<Option<Box<Fault>>>,
    /// Whether the runtime has stopped without it, because its handler did not return.
    abandoned: AtomicBool,
    /// Whether a fault, and not its user, ended the kernel.
    failed: AtomicBool,
    launched: Instant,
}

/// Counts that telemetry does not have. Each has one writer at a time, the loop, unless noted.
#[derive(Default)]
pub(crate) struct Counters {
    pub(crate) sent: AtomicU64,
    pub(crate) errors_reported: AtomicU64,
    pub(crate) faults: AtomicU64,
    pub(crate) restarts: AtomicU64,
}

/// The owner's halves of an actor's mailboxes.
pub(crate) struct Inboxes {
    pub(crate) main: Inbox,
    pub(crate) polled: Option<Inbox>,
}

/// What became of a message from a kernel.
pub(crate) enum Delivery {
    /// It is in the mailbox, and the actor has to be woken for it.
    Accepted,
    /// It waits to be polled, or is among the dead letters.
    Done,
    /// There is no room yet.
    Full(Mail),
}

impl Actor {
    pub(crate) fn new(
        id: KernelId,
        address: ActorRef,
        kernel: &'static KernelRegistration,
        options: LaunchOptions,
        shared: Arc<Shared>,
        make_loop: impl FnOnce(Arc<Self>, Inboxes) -> Loop,
    ) -> Arc<Self> {
        let capacity = options.input_queue_capacity;
        let kernels_share = if options.enable_k2k { capacity.div_ceil(4) } else { 0 };
        let (polled_mailbox, polled) = match kernel.polled {
            [] => (None, None),
            // Hosts do not send there, so nothing has to be reserved for kernels.
            _ => {
                let (mailbox, inbox) = mailbox(capacity, 0);
                (Some(Box::new(mailbox)), Some(inbox))
            }
        };
        let (mailbox, main) = mailbox(capacity, kernels_share);
        let actor = Arc::new(Self {
            output: Output::new(options.output_queue_capacity),
            launched: shared.time.instant(),
            id,
            address,
            kernel,
            options,
            shared,
            lifecycle: Lifecycle::new(),
            changed: Gate::new(),
            task: Task::new(),
            mailbox,
            polled: polled_mailbox,
            telemetry: TelemetryRecorder::new(),
            counters: Counters::default(),
            pulse: Pulse::default(),
            waiting_on: AtomicU8::new(0),
            handler_entered_ns: AtomicU64::new(0),
            in_hand_since_ns: AtomicU64::new(0),
            last_fault: Mutex::default(),
            abandoned: AtomicBool::new(false),
            failed: AtomicBool::new(false),
        });
        let actor_loop = make_loop(actor.clone(), Inboxes { main, polled });
        task::start(&actor, actor_loop);
        actor
    }

    pub(crate) fn id(&self) -> &KernelId {
        &self.id
    }

    pub(crate) fn address(&self) -> ActorRef {
        self.address
    }

    pub(crate) fn state(&self) -> KernelState {
        self.lifecycle.state()
    }

    pub(crate) fn uptime(&self) -> Duration {
        self.shared.time.instant().saturating_duration_since(self.launched)
    }

    /// The handler for a message type.
    pub(crate) fn handler(&self, message_type: u64) -> Option<&'static HandlerRegistration> {
        self.handler_index(message_type).map(|index| &self.kernel.handlers[index])
    }

    /// The place of the handler for a message type among those of the kernel.
    #[inline]
    pub(crate) fn handler_index(&self, message_type: u64) -> Option<usize> {
        self.kernel.handlers.iter().position(|handler| handler.message.type_id == message_type)
    }

    /// Whether a thread that calls the actor may run the handler for a message type itself.
    #[inline]
    pub(crate) fn callers_may_run(&self, message_type: u64) -> bool {
        self.handler_index(message_type).is_some_and(|index| self.pulse.is_quick(index))
    }

    /// Whether handlers poll for a message type.
    pub(crate) fn polls(&self, message_type: u64) -> bool {
        self.kernel.polled.iter().any(|message| message.type_id == message_type)
    }

    /// Makes the actor run soon. Called after anything that its loop has to know has been written.
    pub(crate) fn schedule(&self) {
        if let Some(turn) = task::wake(self) {
            self.shared.ready.push(turn);
        }
    }

    /// As [`schedule`](Self::schedule), for a worker that runs no user code before its next turn.
    #[inline]
    pub(crate) fn schedule_next(&self) {
        if let Some(turn) = task::wake(self) {
            self.shared.ready.push_or_keep(turn);
        }
    }

    // ---- changes

    /// Whether the loop, which alone asks, may take a message. It has none in hand when it asks.
    #[inline]
    pub(crate) fn take_notice(&self) -> Permission {
        let permission = self.lifecycle.may_work();
        if let Permission::Rest { noticed: true, .. } = permission {
            // Somebody may be waiting for the message in hand to be done.
            self.announce();
        }
        permission
    }

    /// Tells all who wait for a change of the actor.
    pub(crate) fn announce(&self) {
        self.changed.notify_all();
    }

    /// A listener for changes. Listen first, then look, then wait.
    pub(crate) fn listen_for_change(&self) -> Waiting<'_> {
        self.changed.listen()
    }

    /// Sets a state, if the one before allows it, and wakes everybody concerned.
    pub(crate) fn change(
        &self,
        to: KernelState,
        allowed: impl Fn(KernelState) -> bool,
    ) -> Result<KernelState, KernelState> {
        let before = self.lifecycle.change(to, allowed)?;
        self.announce();
        worker::schedule_notice(self);
        Ok(before)
    }

    /// Asks the loop to end after the message in hand. False when it cannot, because it has.
    pub(crate) fn request_termination(&self) -> bool {
        self.change(KernelState::Terminating, |state| {
            state.can_terminate() || state == KernelState::Terminating
        })
        .is_ok()
    }

    /// Leaves the actor to a handler that does not return. Nobody waits for it any longer: senders and receivers hear
    /// that it is gone. Should the handler return all the same, the loop ends the actor.
    pub(crate) fn abandon(&self) {
        // Release pairs with the Acquire in `is_abandoned`.
        self.abandoned.store(true, Ordering::Release);
        self.mailbox.close();
        self.polled.iter().for_each(|polled| polled.close());
        self.output.close();
        self.announce();
    }

    pub(crate) fn is_abandoned(&self) -> bool {
        self.abandoned.load(Ordering::Acquire)
    }

    /// Wakes who waits for room in the mailboxes. Called at the end of every turn.
    #[inline]
    pub(crate) fn tell_room(&self) {
        self.mailbox.tell_room();
        if let Some(polled) = &self.polled {
            polled.tell_room();
        }
    }

    // ---- messages from kernels

    /// Puts a message from a kernel in, or finds that there is no room. The caller wakes the actor afterwards.
    pub(crate) fn deliver(&self, mail: Mail) -> Delivery {
        let (message_type, priority) = (mail.message_type, mail.origin.priority);
        self.deliver_as(message_type, priority, mail, |mail| mail)
    }

    /// As [`deliver`](Self::deliver) for a message that is made of `source` where it is to lie, or that comes back. `make`
    /// must not panic.
    #[inline]
    pub(crate) fn deliver_as<S>(
        &self,
        message_type: u64,
        priority: u8,
        source: S,
        make: impl Fn(S) -> Mail,
    ) -> Delivery {
        let mailbox = self.mailbox_for(message_type);
        match mailbox.push(source, priority, Sender::Kernel, &make) {
            Ok(()) if std::ptr::eq(mailbox, &self.mailbox) => Delivery::Accepted,
            // What is polled waits until a handler asks for it.
            Ok(()) => Delivery::Done,
            Err((source, NoRoom::Full)) => Delivery::Full(make(source)),
            Err((source, NoRoom::Closed)) => {
                self.bury(make(source), self.closed_reason());
                Delivery::Done
            }
        }
    }

    /// The mailbox that messages of this type from kernels go to.
    pub(crate) fn mailbox_for(&self, message_type: u64) -> &Mailbox {
        self.polled.as_deref().filter(|_| self.polls(message_type)).unwrap_or(&self.mailbox)
    }

    /// All its mailboxes.
    pub(crate) fn mailboxes(&self) -> impl Iterator<Item = &Mailbox> {
        [Some(&self.mailbox), self.polled.as_deref()].into_iter().flatten()
    }

    fn closed_reason(&self) -> DeadLetterReason {
        match self.state() {
            KernelState::Failed => DeadLetterReason::KernelFailed,
            _ => DeadLetterReason::KernelTerminated,
        }
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
        self.refuse_answer(answer_to, || error);
    }

    /// Tells a caller that there will be no answer.
    pub(crate) fn refuse_answer(&self, answer_to: AnswerTo, error: impl FnOnce() -> RingKernelError) {
        if let AnswerTo::Caller(caller) = answer_to {
            // A caller who has left needs no telling.
            let _ = caller.send(Err(error()));
        }
    }

    /// What a caller hears about a message that was buried.
    pub(crate) fn error_of(&self, reason: DeadLetterReason) -> RingKernelError {
        let kernel = self.id.to_string();
        match (reason, self.last_fault()) {
            (DeadLetterReason::KernelTerminated, _) => RingKernelError::KernelTerminated { kernel },
            (DeadLetterReason::KernelFailed, Some(fault)) => RingKernelError::KernelFailed { kernel, fault },
            (reason, _) => RingKernelError::Undeliverable { kernel, reason },
        }
    }

    pub(crate) fn record_fault(&self, fault: Box<Fault>) {
        if self.shared.config.debug {
            tracing::error!(kernel = self.id.as_str(), %fault, "a handler faulted");
        }
        self.telemetry.record_error(fault.code);
        self.counters.faults.fetch_add(1, Ordering::Relaxed);
        self.shared.faults.fetch_add(1, Ordering::Relaxed);
        *self.last_fault.lock().unwrap_or_else(PoisonError::into_inner) = Some(fault);
    }

    /// Notes that a fault has ended the kernel.
    pub(crate) fn set_failed(&self) {
        self.failed.store(true, Ordering::Release);
    }

    /// The fault that has ended the kernel.
    pub(crate) fn fatal_fault(&self) -> Option<Box<Fault>> {
        self.last_fault().filter(|_| self.failed.load(Ordering::Acquire))
    }

    pub(crate) fn last_fault(&self) -> Option<Box<Fault>> {
        self.last_fault.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    // ---- figures

    pub(crate) fn set_waiting_on(&self, waiting_on: Option<WaitingOn>) {
        let code = match waiting_on {
            None => 0,
            Some(WaitingOn::Output) => 1,
            Some(_) => 2,
        };
        self.waiting_on.store(code, Ordering::Relaxed);
    }

    pub(crate) fn waiting_on(&self) -> Option<WaitingOn> {
        match self.waiting_on.load(Ordering::Relaxed) {
            0 => None,
            1 => Some(WaitingOn::Output),
            _ => Some(WaitingOn::Outbox),
        }
    }

    /// Notes that a handler is entered (at this time) or left (0).
    pub(crate) fn set_handler_entered(&self, at_ns: u64) {
        self.handler_entered_ns.store(at_ns, Ordering::Relaxed);
    }

    /// Notes that an async handler has a message in hand (since this time) or is done (0).
    pub(crate) fn set_in_hand(&self, at_ns: u64) {
        self.in_hand_since_ns.store(at_ns, Ordering::Relaxed);
    }

    /// Whether an async handler has a message in hand.
    pub(crate) fn has_in_hand(&self) -> bool {
        self.in_hand_since_ns.load(Ordering::Relaxed) != 0
    }

    /// For how long a message has been in hand.
    pub(crate) fn in_hand_for(&self, now_ns: u64) -> Option<Duration> {
        elapsed_since(self.in_hand_since_ns.load(Ordering::Relaxed), now_ns)
            .or_else(|| self.running_for(now_ns))
    }

    /// For how long the handler that runs now has been running.
    pub(crate) fn running_for(&self, now_ns: u64) -> Option<Duration> {
        elapsed_since(self.handler_entered_ns.load(Ordering::Relaxed), now_ns)
    }

    /// [`running_for`](Self::running_for), when that is longer than the watchdog allows.
    pub(crate) fn stuck_for(&self, now_ns: u64) -> Option<Duration> {
        self.running_for(now_ns).filter(|running_for| *running_for > self.shared.config.watchdog)
    }

    pub(crate) fn telemetry(&self) -> TelemetrySnapshot {
        self.telemetry.snapshot(self.input_depth(), self.output.depth())
    }

    pub(crate) fn input_depth(&self) -> usize {
        self.mailbox.depth() + self.polled.as_deref().map_or(0, Mailbox::depth)
    }

    pub(crate) fn traffic(&self) -> Traffic {
        Traffic {
            received: self.mailbox.accepted() + self.polled.as_deref().map_or(0, Mailbox::accepted),
            sent: self.counters.sent.load(Ordering::Relaxed),
            processed: self.telemetry.processed(),
        }
    }

    pub(crate) fn queue_bytes(&self) -> usize {
        self.mailbox.allocated_bytes()
            + self.polled.as_deref().map_or(0, Mailbox::allocated_bytes)
            + self.output.allocated_bytes()
    }

    /// Now, for deadlines and timestamps, for whoever runs the actor. Others ask the runtime's `time`.
    pub(crate) fn now_ns() -> u64 {
        clock::now_ns()
    }
}

/// The time since `since_ns`, unless that is 0, for never.
fn elapsed_since(since_ns: u64, now_ns: u64) -> Option<Duration> {
    (since_ns != 0).then(|| Duration::from_nanos(now_ns.saturating_sub(since_ns)))
}

impl HasTask for Actor {
    type Value = Loop;

    fn task(&self) -> &Task<Self> {
        &self.task
    }
}

/// What the loop waits for with a waker wakes the actor.
impl Wake for Actor {
    fn wake(self: Arc<Self>) {
        self.schedule();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.schedule();
    }
}
