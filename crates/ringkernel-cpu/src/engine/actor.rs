//! One kernel instance as everybody but its own loop sees it.

use std::future::Future;
use std::ops::Deref;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Wake;
use std::time::Duration;

use ringkernel_core::RingKernelError;
use ringkernel_core::backend::{Account, Host, Hosted, Instance, Mail, Traffic, launch};
use ringkernel_core::clock;
use ringkernel_core::dead_letter::DeadLetterReason;
use ringkernel_core::message::MessageEnvelope;
use ringkernel_core::queue::Waiting;
use ringkernel_core::registry::KernelRegistration;
use ringkernel_core::runtime::{
    ActorRef, KernelId, KernelState, LaunchOptions, Refused, SendError, Submission, WaitingOn,
};
use ringkernel_core::sync::atomic::{AtomicU8, AtomicU64, Ordering};

use super::mailbox::{Inbox, Mailbox, Sender, mailbox};
use super::pulse::Pulse;
use super::shared::Shared;
use super::worker;
use crate::protocol::lifecycle::{Lifecycle, Permission};
use crate::protocol::ring::NoRoom;
use crate::protocol::task::{self, HasTask, Task};

/// The loop of an actor, see `run`.
pub(crate) type Loop = Pin<Box<dyn Future<Output = ()> + Send>>;

pub(crate) struct Actor {
    instance: Instance,
    pub(crate) shared: Arc<Shared>,
    pub(crate) lifecycle: Lifecycle,
    task: Task<Actor>,
    pub(crate) mailbox: Mailbox,
    pub(crate) polled: Option<Box<Mailbox>>,
    pub(crate) pulse: Pulse,
    waiting_on: AtomicU8,
    /// When the handler that runs now was entered; 0 while none runs.
    handler_entered_ns: AtomicU64,
    /// When the message in the hand of an async handler was taken; 0 while there is none.
    in_hand_since_ns: AtomicU64,
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
        account: Account,
        shared: Arc<Shared>,
        make_loop: impl FnOnce(Arc<Self>, Inboxes) -> Loop,
    ) -> Arc<Self> {
        let capacity = options.input_queue_capacity;
        let kernels_share = launch::kernels_share(&options);
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
            instance: Instance::new(id, address, kernel, options, account, shared.time.instant()),
            shared,
            lifecycle: Lifecycle::new(),
            task: Task::new(),
            mailbox,
            polled: polled_mailbox,
            pulse: Pulse::default(),
            waiting_on: AtomicU8::new(0),
            handler_entered_ns: AtomicU64::new(0),
            in_hand_since_ns: AtomicU64::new(0),
        });
        let actor_loop = make_loop(actor.clone(), Inboxes { main, polled });
        task::start(&actor, actor_loop);
        actor
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

    /// Leaves the actor to a handler that does not return. Nobody waits for it any longer: senders and receivers hear
    /// that it is gone. Should the handler return all the same, the loop ends the actor.
    pub(crate) fn abandon(&self) {
        self.set_abandoned();
        self.mailbox.close();
        self.polled.iter().for_each(|polled| polled.close());
        self.output.close();
        self.announce();
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

    // ---- figures

    pub(crate) fn set_waiting_on(&self, waiting_on: Option<WaitingOn>) {
        let code = match waiting_on {
            None => 0,
            Some(WaitingOn::Output) => 1,
            Some(_) => 2,
        };
        self.waiting_on.store(code, Ordering::Relaxed);
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

    /// For how long the handler that runs now has been running.
    pub(crate) fn running_for(&self, now_ns: u64) -> Option<Duration> {
        elapsed_since(self.handler_entered_ns.load(Ordering::Relaxed), now_ns)
    }

    /// Now, for deadlines and timestamps, for whoever runs the actor. Others ask the runtime's `time`.
    pub(crate) fn now_ns() -> u64 {
        clock::now_ns()
    }
}

/// What everybody knows of it.
impl Deref for Actor {
    type Target = Instance;

    #[inline]
    fn deref(&self) -> &Instance {
        &self.instance
    }
}

impl Hosted for Actor {
    #[inline]
    fn host(&self) -> &Host<Self> {
        &self.shared
    }

    #[inline]
    fn state(&self) -> KernelState {
        self.lifecycle.state()
    }

    fn change(
        self: &Arc<Self>,
        to: KernelState,
        allowed: impl Fn(KernelState) -> bool,
    ) -> Result<KernelState, KernelState> {
        let before = self.lifecycle.change(to, allowed)?;
        self.announce();
        worker::schedule_notice(self);
        Ok(before)
    }

    fn is_settled(&self) -> bool {
        !self.lifecycle.is_working()
    }

    #[inline]
    fn accept(self: &Arc<Self>, submission: Submission) -> Result<(), Refused> {
        let message_type = submission.message.message_type;
        let is_call = submission.reply.is_some();
        let now_ns = self.shared.time.now_ns();
        let make =
            |submission| Mail::from_host(submission, now_ns, || self.shared.host_clock.tick_at(now_ns));
        let priority = submission.message.priority;
        let Err((message, refused)) = self.mailbox.push(submission, priority, Sender::Host, make) else {
            if worker::in_turn() {
                // A handler that sends like this may go on to wait, for an actor whose turn is kept here.
                self.shared.ready.give_up_kept();
            }
            if is_call {
                worker::schedule_or_run(self, message_type, now_ns);
            } else {
                self.schedule();
            }
            return Ok(());
        };
        let error = match refused {
            NoRoom::Full => RingKernelError::QueueFull {
                queue: self.id().to_string(),
                capacity: self.mailbox.capacity(Sender::Host),
            },
            NoRoom::Closed => self.gone(),
        };
        Err(Box::new(SendError { message, error }))
    }

    fn listen_for_room(self: &Arc<Self>) -> Waiting<'_> {
        let room = self.mailbox.listen_for_room(Sender::Host);
        // At the end of its next turn it tells those who wait.
        self.schedule();
        room
    }

    fn output_taken(self: &Arc<Self>) {
        // Its loop waits at the output queue itself.
    }

    fn bury_envelope(&self, envelope: MessageEnvelope, reason: DeadLetterReason) {
        self.shared.bury(self.marked(envelope), Some(self.id().clone()), reason);
    }

    fn waiting_on(&self) -> Option<WaitingOn> {
        match self.waiting_on.load(Ordering::Relaxed) {
            0 => None,
            1 => Some(WaitingOn::Output),
            _ => Some(WaitingOn::Outbox),
        }
    }

    fn in_hand_for(&self, now_ns: u64) -> Option<Duration> {
        elapsed_since(self.in_hand_since_ns.load(Ordering::Relaxed), now_ns)
            .or_else(|| self.running_for(now_ns))
    }

    fn stuck_for(&self, now_ns: u64) -> Option<Duration> {
        self.running_for(now_ns).filter(|running_for| *running_for > self.shared.config.watchdog)
    }

    fn input_depth(&self) -> usize {
        self.mailboxes().map(Mailbox::depth).sum()
    }

    fn traffic(&self) -> Traffic {
        Traffic {
            received: self.mailboxes().map(Mailbox::accepted).sum(),
            sent: self.counters.sent.load(Ordering::Relaxed),
            processed: self.telemetry.processed(),
        }
    }

    fn queue_bytes(&self) -> usize {
        self.mailboxes().map(Mailbox::allocated_bytes).sum::<usize>() + self.output.allocated_bytes()
    }

    fn lost(&self) -> Option<RingKernelError> {
        // The processor does not go away.
        None
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
