//! What the CPU offers to the handlers that it runs.

use std::fmt;
use std::sync::Arc;

use ringkernel_core::backend::{
    AnswerTo, Hosted, Mail, Unreachable, is_known, leave, publish, publish_refusal,
};
use ringkernel_core::context::{
    ContextBackend, K2KRefusal, KernelTarget, MessageOrigin, OutgoingMessage, ReplyTo,
};
use ringkernel_core::dead_letter::DeadLetterReason;
use ringkernel_core::hlc::ClockDrift;
use ringkernel_core::message::Payload;
use ringkernel_core::persistent_message::message_flags::FLAG_REQUIRES_RESPONSE;
use ringkernel_core::runtime::{ActorRef, KernelId, KernelState};
use ringkernel_core::sync::atomic::Ordering;
use ringkernel_core::{HlcTimestamp, RingKernelError};

use super::actor::{Actor, Delivery};
use super::deferred::Owed;
use super::mailbox::Sender;
use super::ports::{Ports, count_sent};

pub(crate) struct CpuContext<'a> {
    pub(crate) actor: &'a Arc<Actor>,
    pub(crate) ports: &'a mut Ports,
    mail: &'a Mail,
    /// Where the answer goes; `None` once the handler has deferred it.
    pub(crate) answer_to: Option<AnswerTo>,
    /// When the handler was entered.
    pub(crate) now_ns: u64,
}

impl<'a> CpuContext<'a> {
    /// What the handler of `mail`, entered at `now_ns`, is given.
    #[inline]
    pub(crate) fn new(
        actor: &'a Arc<Actor>,
        ports: &'a mut Ports,
        mail: &'a Mail,
        answer_to: AnswerTo,
        now_ns: u64,
    ) -> Self {
        Self { actor, ports, mail, answer_to: Some(answer_to), now_ns }
    }
}

impl CpuContext<'_> {
    /// Whether a name that the tenant has not in this runtime is looked for outside of it. One that another tenant has here is, if the
    /// broker knows it.
    #[cold]
    fn leads_out(&self, name: &str, reason: Unreachable) -> bool {
        let broker = self.actor.shared.config.k2k_broker.as_deref();
        let is_foreign = reason != Unreachable::Unknown;
        broker.is_some_and(|broker| !is_foreign || is_known(broker, self.actor.tenancy().tenant, name))
    }

    /// Sends to a name that is not one of this runtime.
    #[cold]
    fn send_outside(
        &mut self,
        name: &str,
        message: OutgoingMessage,
        wants_answer: bool,
    ) -> Result<(), K2KRefusal> {
        let timestamp = self.ports.clock.tick_alone_at(self.now_ns);
        let mut envelope = message.into_envelope(self.actor.address(), timestamp);
        if wants_answer {
            envelope.header.flags |= FLAG_REQUIRES_RESPONSE;
        }
        let left = leave(self.actor.as_ref(), &name.into(), envelope, self.payer())?;
        self.ports.note_left(left);
        count_sent(self.actor);
        Ok(())
    }

    /// The number of the account that the message in hand is on, and what comes of it.
    fn payer(&self) -> u32 {
        if self.mail.payer == 0 { self.actor.account.number() } else { self.mail.payer }
    }

    /// Why a target cannot be sent to. Trying to cross to another tenant is counted.
    #[cold]
    fn refuse(&self, target: KernelTarget<'_>, reason: Unreachable) -> K2KRefusal {
        match reason {
            Unreachable::Unknown => K2KRefusal::TargetNotFound,
            Unreachable::Foreign(owner) => {
                let actor = self.actor;
                match target {
                    KernelTarget::Actor(address) => actor.note_crossing(address),
                    KernelTarget::Name(name) => {
                        actor.shared.note_crossing(actor.tenancy(), actor.id().clone(), owner, name.into());
                    }
                }
                K2KRefusal::TenantMismatch
            }
        }
    }
}

impl fmt::Debug for CpuContext<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CpuContext").field("kernel", self.actor.id()).finish_non_exhaustive()
    }
}

impl ContextBackend for CpuContext<'_> {
    fn kernel_id(&self) -> &KernelId {
        self.actor.id()
    }

    fn actor_ref(&self) -> ActorRef {
        self.actor.address()
    }

    fn origin(&self) -> &MessageOrigin {
        &self.mail.origin
    }

    fn now(&self) -> HlcTimestamp {
        self.ports.clock.now()
    }

    fn tick(&mut self) -> HlcTimestamp {
        self.ports.clock.tick_alone_at(Actor::now_ns())
    }

    fn update_clock(&mut self, received: HlcTimestamp) -> Result<HlcTimestamp, ClockDrift> {
        self.ports.clock.update_alone_at(&received, Actor::now_ns())
    }

    fn enqueue_output(&mut self, message: OutgoingMessage) {
        let timestamp = self.ports.clock.tick_alone_at(self.now_ns);
        let envelope = message.into_envelope(self.actor.address(), timestamp);
        self.ports.output(self.actor, envelope);
    }

    fn count_dropped(&mut self) {
        self.actor.telemetry.record_dropped();
    }

    fn output_queue_free_slots(&self) -> usize {
        self.actor.output.free_slots().saturating_sub(self.ports.pending.len())
    }

    fn send_to_kernel(
        &mut self,
        target: KernelTarget<'_>,
        message: OutgoingMessage,
        wants_answer: bool,
    ) -> Result<(), K2KRefusal> {
        if !self.actor.options.enable_k2k {
            return Err(K2KRefusal::NotEnabled);
        }
        let contact = match (self.ports.resolve(self.actor, target), target) {
            (Ok(contact), _) => contact,
            (Err(reason), KernelTarget::Name(name)) if self.leads_out(name, reason) => {
                return self.send_outside(name, message, wants_answer);
            }
            (Err(reason), _) => return Err(self.refuse(target, reason)),
        };
        let target = self.ports.contacts.actor(contact);
        if !target.options.enable_k2k {
            return Err(K2KRefusal::TargetNotFound);
        }
        if target.handler_index(message.message_type).is_none() && !target.polls(message.message_type) {
            return Err(K2KRefusal::Unhandled);
        }
        if message.payload.len() > target.options.max_payload {
            return Err(K2KRefusal::TooLarge);
        }
        let to_itself = target.address() == self.actor.address();
        if to_itself && !self.actor.mailbox_for(message.message_type).has_room(Sender::Kernel) {
            return Err(K2KRefusal::OwnMailboxFull);
        }
        if self.ports.outbox.is_full() {
            return Err(K2KRefusal::OutboxFull);
        }
        let payer = self.payer();
        if self.ports.payers.admit(&self.actor.account, payer).is_err() {
            return Err(K2KRefusal::QuotaExceeded);
        }
        let now_ns = self.now_ns;
        let timestamp = self.ports.clock.tick_alone_at(now_ns);
        let source = self.actor.address();
        let stamp = |message| {
            let answer_to = if wants_answer { AnswerTo::Kernel(source) } else { AnswerTo::Output };
            Mail::from_kernel(message, source, answer_to, now_ns, timestamp).on_account(payer)
        };
        count_sent(self.actor);
        if to_itself {
            // Past the outbox: only this actor makes room, so its own messages must not wait for room. It looks into its
            // mailbox before it sleeps.
            let (message_type, priority) = (message.message_type, message.priority);
            if let Delivery::Full(mail) = self.actor.deliver_as(message_type, priority, message, stamp) {
                self.ports.outbox.push(self.actor.clone(), mail);
            }
        } else {
            self.ports.post(contact, message, stamp);
        }
        Ok(())
    }

    fn poll_from_kernel(&mut self, source: KernelTarget<'_>, message_type: u64) -> Option<Payload> {
        let mailbox = self.actor.polled.as_ref()?;
        let source = match source {
            KernelTarget::Actor(address) => address,
            name @ KernelTarget::Name(_) => {
                let source = self.ports.resolve(self.actor, name).ok()?;
                self.ports.contacts.actor(source).address()
            }
        };
        let polled = self.ports.polled.as_mut()?;
        loop {
            let mail = polled.take(mailbox, source, message_type)?;
            match self.ports.clock.update_alone_at(&mail.origin.timestamp, Actor::now_ns()) {
                Ok(_) => return Some(mail.payload),
                Err(_) => self.actor.bury(mail, DeadLetterReason::ClockDrift),
            }
        }
    }

    fn publish(&mut self, topic: &str, message: OutgoingMessage) -> Result<(), K2KRefusal> {
        let payer = self.payer();
        if self.ports.payers.admit(&self.actor.account, payer).is_err() {
            return Err(K2KRefusal::QuotaExceeded);
        }
        let timestamp = self.ports.clock.tick_alone_at(self.now_ns);
        let envelope = message.into_envelope(self.actor.address(), timestamp);
        publish(&**self.actor, topic, envelope).map_err(|(error, _)| publish_refusal(&error))?;
        count_sent(self.actor);
        Ok(())
    }

    fn defer(&mut self) -> ReplyTo {
        let Some(answer_to) = self.answer_to.take() else {
            return ReplyTo::NONE;
        };
        let (right, evicted) =
            self.ports.deferred.keep(Owed { answer_to, correlation: self.mail.answer_correlation() });
        if let Some(evicted) = evicted {
            self.actor.telemetry.record_dropped();
            let kernel = self.actor.id().to_string();
            evicted.answer_to.refuse(|| RingKernelError::AnswerDisplaced { kernel });
        }
        right
    }

    fn reply(&mut self, to: ReplyTo, message: OutgoingMessage) -> bool {
        let now_ns = Actor::now_ns();
        let Some(owed) = self.ports.deferred.take(to) else {
            let timestamp = self.ports.clock.tick_alone_at(now_ns);
            let envelope = message.into_envelope(self.actor.address(), timestamp);
            self.actor.bury_envelope(envelope, DeadLetterReason::LateReply);
            return false;
        };
        self.ports.answer(self.actor, owed.answer_to, owed.correlation, Some(message), now_ns)
    }

    fn request_termination(&mut self) {
        self.actor.request_termination();
    }

    fn is_termination_requested(&self) -> bool {
        self.actor.state() == KernelState::Terminating
    }

    fn report_error(&mut self) {
        self.actor.counters.errors_reported.fetch_add(1, Ordering::Relaxed);
    }
}
