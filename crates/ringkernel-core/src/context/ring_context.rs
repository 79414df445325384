//! The first argument of every handler.

use std::fmt;
use std::panic::{Location, resume_unwind};

use ringkernel_abi::{ActorRef, CorrelationId, HlcTimestamp, MessageId, ReplyTo};

use super::{ContextBackend, K2KRefusal, KernelTarget, OutgoingMessage};
use crate::cooperative::{LaneBackend, LanePosition};
use crate::hlc::ClockDrift;
use crate::message::RingMessage;
use crate::runtime::KernelId;

/// GPU intrinsics facade for kernel handlers: identity, clock, messaging and control of the running kernel.
///
/// The same calls mean the same on every backend; on a device they become its intrinsics.
pub struct RingContext<'a> {
    backend: &'a mut dyn ContextBackend,
    pub(super) position: LanePosition,
    /// What lanes meet through; `None` in a scalar handler.
    pub(super) lane: Option<&'a mut dyn LaneBackend>,
}

/// A message to another kernel that was not accepted.
pub struct K2KSendError<M> {
    /// The message.
    pub message: M,
    /// Why it was not accepted.
    pub reason: K2KRefusal,
}

impl<M> fmt::Debug for K2KSendError<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("K2KSendError").field("reason", &self.reason).finish_non_exhaustive()
    }
}

impl<M> fmt::Display for K2KSendError<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.reason.fmt(f)
    }
}

impl<M> std::error::Error for K2KSendError<M> {}

/// What [`RingContext::fail`] unwinds with. Backends catch it; it never leaves a runtime.
#[derive(Debug, Clone, Copy)]
pub struct HandlerFailure {
    /// The user's code.
    pub code: u32,
    /// Where `fail` was called.
    pub location: &'static Location<'static>,
}

impl<'a> RingContext<'a> {
    /// The context of a scalar handler on a backend.
    pub fn new(backend: &'a mut dyn ContextBackend) -> Self {
        Self { backend, position: LanePosition::SCALAR, lane: None }
    }

    /// The context of one lane of a cooperative handler on a backend.
    pub fn of_lane(
        backend: &'a mut dyn ContextBackend,
        position: LanePosition,
        lane: &'a mut dyn LaneBackend,
    ) -> Self {
        Self { backend, position, lane: Some(lane) }
    }

    // ---- identity

    /// The id that the instance was launched under.
    pub fn kernel_id(&self) -> &KernelId {
        self.backend.kernel_id()
    }

    /// The instance's address, which can travel in messages and states.
    pub fn actor_ref(&self) -> ActorRef {
        self.backend.actor_ref()
    }

    /// The kernel that sent the message in hand; [`ActorRef::NONE`] for the host.
    pub fn sender(&self) -> ActorRef {
        self.backend.origin().sender
    }

    /// The id of the message in hand.
    pub fn message_id(&self) -> MessageId {
        self.backend.origin().message_id
    }

    /// What the message in hand belongs to; in an answer, the id of the request. Nil when nothing.
    pub fn correlation_id(&self) -> CorrelationId {
        self.backend.origin().correlation_id
    }

    /// When the message in hand was sent.
    pub fn message_timestamp(&self) -> HlcTimestamp {
        self.backend.origin().timestamp
    }

    // ---- time

    /// The kernel's clock. Does not advance it.
    pub fn now(&self) -> HlcTimestamp {
        self.backend.now()
    }

    /// Advances the clock by a local event; returns its timestamp, later than any before.
    pub fn tick(&mut self) -> HlcTimestamp {
        self.backend.tick()
    }

    /// Merges a timestamp that came in by other ways than a message (those are merged on receipt).
    ///
    /// # Errors
    /// [`ClockDrift`] when it is further ahead than the clock allows; the clock is then unchanged.
    pub fn update_clock(&mut self, received: HlcTimestamp) -> Result<HlcTimestamp, ClockDrift> {
        self.backend.update_clock(received)
    }

    // ---- output to the host

    /// Puts a message into the output queue. Returns false when that is full: the message is then gone, and counted as
    /// dropped. [`try_enqueue_output`](Self::try_enqueue_output) gives it back instead.
    pub fn enqueue_output<M: RingMessage>(&mut self, message: M) -> bool {
        let accepted = self.try_enqueue_output(message).is_ok();
        if !accepted {
            self.backend.count_dropped();
        }
        accepted
    }

    /// Puts a message into the output queue.
    ///
    /// # Errors
    /// Gives the message back when the queue is full.
    pub fn try_enqueue_output<M: RingMessage>(&mut self, message: M) -> Result<(), M> {
        if self.output_queue_free_slots() == 0 {
            return Err(message);
        }
        self.backend.enqueue_output(OutgoingMessage::pack(message));
        Ok(())
    }

    /// Room in the output queue, in messages.
    pub fn output_queue_free_slots(&self) -> usize {
        self.backend.output_queue_free_slots()
    }

    // ---- kernel to kernel

    /// Sends a message to another kernel, by name or by [`ActorRef`], one-way. Never waits. A name that is not one of this runtime is
    /// looked for at its broker, if it was started with one; on a device that happens after the handler has returned, and a message
    /// that nobody has is a dead letter.
    ///
    /// Returns false when it was not accepted: the message is then gone, and counted as dropped.
    /// [`try_send_to_kernel`](Self::try_send_to_kernel) gives it back instead and says why. What is accepted is in
    /// the target's mailbox at once if there is room, and the target is woken when the handler has returned (an async handler
    /// too); what finds no room goes there before this kernel takes its next message; what its target
    /// does not take in time is dead-lettered. Kernels that send to each other faster than they take, all mailboxes
    /// full, wait for each other until that time is over: bound what is under way between them.
    ///
    /// What the target's handler returns goes to the *target's* output queue, as for a `send` from the host. If
    /// nobody receives there, that queue fills up and the target takes no further message: return nothing for
    /// messages that ask nothing.
    pub fn send_to_kernel<'t, M: RingMessage>(
        &mut self,
        target: impl Into<KernelTarget<'t>>,
        message: M,
    ) -> bool {
        let accepted = self.try_send_to_kernel(target, message).is_ok();
        if !accepted {
            self.backend.count_dropped();
        }
        accepted
    }

    /// [`send_to_kernel`](Self::send_to_kernel) that gives a refused message back.
    ///
    /// # Errors
    /// The message and the reason.
    pub fn try_send_to_kernel<'t, M: RingMessage>(
        &mut self,
        target: impl Into<KernelTarget<'t>>,
        message: M,
    ) -> Result<(), K2KSendError<M>> {
        self.send(target.into(), message, false).map(drop)
    }

    /// Sends a message to another kernel of this runtime and asks for its answer, which arrives as a message at this kernel's handler
    /// for that type; [`correlation_id`](Self::correlation_id) is then the id returned here.
    ///
    /// # Errors
    /// The message and the reason. An answer that this kernel has no handler for is dead-lettered. If the target gives no
    /// answer (it returns nothing, faults, or ends), nothing arrives here: where that matters, keep the id and a time
    /// with it, and give up in a later handler.
    pub fn request_kernel<'t, M: RingMessage>(
        &mut self,
        target: impl Into<KernelTarget<'t>>,
        message: M,
    ) -> Result<CorrelationId, K2KSendError<M>> {
        self.send(target.into(), message, true)
    }

    fn send<M: RingMessage>(
        &mut self,
        target: KernelTarget<'_>,
        mut message: M,
        wants_answer: bool,
    ) -> Result<CorrelationId, K2KSendError<M>> {
        let outgoing = OutgoingMessage::pack_mut(&mut message);
        let id = outgoing.correlation_id.or_request(outgoing.message_id);
        match self.backend.send_to_kernel(target, outgoing, wants_answer) {
            Ok(()) => Ok(id),
            Err(reason) => Err(K2KSendError { message, reason }),
        }
    }

    /// The next message of type `M` from the kernel `source`, of those that this kernel declares as `polled(..)`.
    pub fn try_receive_from_kernel<'t, M: RingMessage>(
        &mut self,
        source: impl Into<KernelTarget<'t>>,
    ) -> Option<M> {
        let payload = self.backend.poll_from_kernel(source.into(), M::TYPE_ID)?;
        // The payload was checked against its type before it was kept.
        M::deserialize(&payload).ok()
    }

    // ---- publishing

    /// Publishes a message to a topic of this kernel's tenant, at most once to each subscriber: kernels that are declared with a pattern
    /// that matches, and hosts. Never waits. A subscriber whose queue is full misses it and is told; a kernel whose mailbox is full does,
    /// too, and the message is a dead letter of its runtime.
    ///
    /// Returns false when it was not accepted: the message is then gone, and counted as dropped.
    /// [`try_publish`](Self::try_publish) gives it back instead and says why. On a device it is published after the handler has returned;
    /// what cannot be published then is a dead letter.
    pub fn publish<M: RingMessage>(&mut self, topic: &str, message: M) -> bool {
        let accepted = self.try_publish(topic, message).is_ok();
        if !accepted {
            self.backend.count_dropped();
        }
        accepted
    }

    /// [`publish`](Self::publish) that gives a refused message back.
    ///
    /// # Errors
    /// The message and the reason.
    pub fn try_publish<M: RingMessage>(
        &mut self,
        topic: &str,
        mut message: M,
    ) -> Result<(), K2KSendError<M>> {
        let outgoing = OutgoingMessage::pack_mut(&mut message);
        self.backend.publish(topic, outgoing).map_err(|reason| K2KSendError { message, reason })
    }

    // ---- answering later

    /// Keeps the right to answer the message in hand, for [`reply`](Self::reply). What the handler returns is then not
    /// the answer. The right can be stored in the kernel's state; it ends with the caller's deadline and with a
    /// restart of the kernel. A kernel keeps as many rights as its mailbox has slots; the oldest gives way, and its
    /// caller hears of it ([`AnswerDisplaced`](crate::RingKernelError::AnswerDisplaced)).
    pub fn defer(&mut self) -> ReplyTo {
        self.backend.defer()
    }

    /// Answers a message that was deferred. Returns false when nobody waits for the answer any longer; it is then
    /// dead-lettered.
    pub fn reply<M: RingMessage>(&mut self, to: ReplyTo, message: M) -> bool {
        self.backend.reply(to, OutgoingMessage::pack(message))
    }

    // ---- control

    /// Terminates this kernel after the message in hand.
    pub fn request_termination(&mut self) {
        self.backend.request_termination();
    }

    /// Whether this kernel is to terminate after the message in hand. A handler that runs for long should ask.
    pub fn is_termination_requested(&self) -> bool {
        self.backend.is_termination_requested()
    }

    /// Counts an error in the kernel's figures; nothing else.
    pub fn report_error(&mut self) {
        self.backend.report_error();
    }

    /// Ends this handler with a fault: the kernel becomes failed with this code, or restarts.
    #[track_caller]
    pub fn fail(&mut self, code: u32) -> ! {
        resume_unwind(Box::new(HandlerFailure { code, location: Location::caller() }))
    }
}

impl fmt::Debug for RingContext<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RingContext")
            .field("kernel", self.kernel_id())
            .field("message", self.backend.origin())
            .finish()
    }
}
