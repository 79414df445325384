//! What a handler reaches besides its state: the clock, the ways out, and the answers it owes.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use ringkernel_core::RingKernelError;
use ringkernel_core::backend::{AnswerTo, Hosted, Left, Mail, Payers, Unreachable, answer_outside};
use ringkernel_core::context::{KernelTarget, OutgoingMessage};
use ringkernel_core::dead_letter::DeadLetterReason;
use ringkernel_core::hlc::HlcClock;
use ringkernel_core::message::{CorrelationId, MessageEnvelope};
use ringkernel_core::runtime::{ActorRef, Answer};
use ringkernel_core::sync::atomic::Ordering;

use super::actor::{Actor, Delivery};
use super::contacts::Contacts;
use super::deferred::Deferred;
use super::outbox::Outbox;
use super::polled::Polled;

/// Names that an actor remembers the address of.
const REMEMBERED_NAMES: usize = 1024;

pub(crate) struct Ports {
    pub(crate) clock: HlcClock,
    pub(crate) contacts: Contacts,
    /// Messages to other kernels that found no room. Flushed before the actor takes its next message.
    pub(crate) outbox: Outbox,
    pub(crate) polled: Option<Polled>,
    pub(crate) deferred: Deferred,
    /// Outputs that found the queue full. Flushed before the actor takes its next message; bounded by the answers that
    /// one handler call can give.
    pub(crate) pending: VecDeque<MessageEnvelope>,
    /// Who pays for messages on other accounts.
    pub(crate) payers: Payers,
    /// Whether messages for names outside of the runtime wait for room there.
    pub(crate) are_leaving: bool,
    names: HashMap<Box<str>, ActorRef>,
}

impl Ports {
    pub(crate) fn new(clock: HlcClock, polled: Option<Polled>, deferred: Deferred) -> Self {
        Self {
            clock,
            contacts: Contacts::default(),
            outbox: Outbox::default(),
            polled,
            deferred,
            pending: VecDeque::new(),
            payers: Payers::default(),
            are_leaving: false,
            names: HashMap::new(),
        }
    }

    /// The running actor that a handler names, as an index into the contacts that holds until the next call. A name is
    /// looked up once and remembered.
    ///
    /// # Errors
    /// That there is none, or that it is another tenant's.
    pub(crate) fn resolve(&mut self, actor: &Actor, target: KernelTarget<'_>) -> Result<usize, Unreachable> {
        let directory = &actor.shared.directory;
        let tenant = actor.tenancy().tenant;
        let name = match target {
            KernelTarget::Actor(address) => {
                let found = self.contacts.find(address, directory).ok_or(Unreachable::Unknown)?;
                let owner = self.contacts.actor(found).tenancy().tenant;
                return if owner == tenant { Ok(found) } else { Err(Unreachable::Foreign(owner)) };
            }
            KernelTarget::Name(name) => name,
        };
        if let Some(address) = self.names.get(name)
            && let Some(found) = self.contacts.find(*address, directory)
        {
            return Ok(found);
        }
        let address = directory.by_name(tenant, name)?.address();
        if self.names.len() == REMEMBERED_NAMES {
            self.names.clear();
        }
        self.names.insert(name.into(), address);
        self.contacts.find(address, directory).ok_or(Unreachable::Unknown)
    }

    /// Sends a message on at once, as the mail that `stamp` makes of it, or puts it into the outbox: when there is no room, and behind what waits there already.
    /// The target is woken when the handler has returned.
    #[inline]
    pub(crate) fn post(
        &mut self,
        target: usize,
        message: OutgoingMessage,
        stamp: impl Fn(OutgoingMessage) -> Mail,
    ) {
        let actor = self.contacts.actor(target);
        if !self.outbox.is_empty() {
            self.outbox.push(actor.clone(), stamp(message));
            return;
        }
        match actor.deliver_as(message.message_type, message.priority, message, stamp) {
            Delivery::Accepted => self.contacts.wake_later(target),
            Delivery::Done => {}
            Delivery::Full(mail) => self.outbox.push(actor.clone(), mail),
        }
    }

    /// Notes what has become of a message to a name outside of the runtime.
    pub(crate) fn note_left(&mut self, left: Left) {
        self.are_leaving |= left == Left::Waits;
    }

    /// Puts a message into the output queue, or behind those that wait for room there.
    pub(crate) fn output(&mut self, actor: &Actor, envelope: MessageEnvelope) {
        count_sent(actor);
        if !self.pending.is_empty() {
            self.pending.push_back(envelope);
        } else if let Err(envelope) = actor.output.push(envelope) {
            self.pending.push_back(envelope);
        }
    }

    /// Gives an answer, or says that there is none. False when nobody waits for it.
    pub(crate) fn answer(
        &mut self,
        actor: &Actor,
        answer_to: AnswerTo,
        correlation: CorrelationId,
        answer: Option<OutgoingMessage>,
        now_ns: u64,
    ) -> bool {
        let Some(mut message) = answer else {
            answer_to.refuse(|| RingKernelError::NoReply { kernel: actor.id().to_string() });
            return true;
        };
        message.correlation_id = correlation;
        let timestamp = self.clock.tick_alone_at(now_ns);
        match answer_to {
            AnswerTo::Outside(outside) if outside.is_awaited() => {
                count_sent(actor);
                let answer = message.into_envelope(actor.address(), timestamp);
                self.note_left(answer_outside(actor, *outside, answer));
            }
            AnswerTo::Output | AnswerTo::Outside(_) => {
                self.output(actor, message.into_envelope(actor.address(), timestamp))
            }
            AnswerTo::Caller(caller) => {
                count_sent(actor);
                let answer = Answer { message, source: actor.address(), timestamp };
                if let Err(Ok(late)) = caller.send(Ok(answer)) {
                    actor.bury_envelope(late.into_envelope(), DeadLetterReason::LateReply);
                    return false;
                }
            }
            AnswerTo::Kernel(asker) => {
                count_sent(actor);
                let Some(target) = self.contacts.find(asker, &actor.shared.directory) else {
                    let envelope = message.into_envelope(actor.address(), timestamp);
                    actor.bury_envelope(envelope, DeadLetterReason::LateReply);
                    return false;
                };
                let source = actor.address();
                let stamp = |message| Mail::from_kernel(message, source, AnswerTo::Output, now_ns, timestamp);
                let asker = self.contacts.actor(target);
                if message.payload.len() > asker.options.max_payload {
                    asker.bury(stamp(message), DeadLetterReason::MessageTooLarge);
                } else {
                    self.post(target, message, stamp);
                }
            }
        }
        true
    }

    /// Dead-letters an answer that comes after the deadline of the call, and tells the caller.
    #[cold]
    pub(crate) fn answer_late(
        &mut self,
        actor: &Actor,
        mail: &Mail,
        answer_to: AnswerTo,
        mut answer: OutgoingMessage,
        now_ns: u64,
    ) {
        count_sent(actor);
        answer.correlation_id = mail.answer_correlation();
        let envelope = answer.into_envelope(actor.address(), self.clock.tick_alone_at(now_ns));
        actor.bury_envelope(envelope, DeadLetterReason::LateReply);
        answer_to.refuse(|| RingKernelError::Timeout {
            operation: format!("the call to kernel `{}`", actor.id()),
            after: Duration::from_nanos(mail.deadline_ns.saturating_sub(mail.accepted_ns)),
        });
    }
}

/// Counts a message that the actor has produced. Only its loop does, so that nothing is lost between load and store.
pub(crate) fn count_sent(actor: &Actor) {
    let sent = &actor.counters.sent;
    sent.store(sent.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
}
