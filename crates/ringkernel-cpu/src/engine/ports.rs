//! What a handler reaches besides its state: the ways out, and the answers it owes.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use ringkernel_core::RingKernelError;
use ringkernel_core::context::{KernelTarget, OutgoingMessage};
use ringkernel_core::dead_letter::DeadLetterReason;
use ringkernel_core::message::{CorrelationId, MessageEnvelope};
use ringkernel_core::runtime::ActorRef;
use ringkernel_core::sync::atomic::Ordering;

use super::actor::Actor;
use super::deferred::Deferred;
use super::mail::{AnswerTo, Mail};
use super::outbox::Outbox;
use super::polled::Polled;

/// Names that an actor remembers the address of.
const REMEMBERED_NAMES: usize = 1024;

pub(crate) struct Ports {
    pub(crate) outbox: Outbox,
    pub(crate) polled: Option<Polled>,
    pub(crate) deferred: Deferred,
    /// Outputs that found the queue full. Flushed before the actor takes its next message; bounded by the answers that
    /// one handler call can give.
    pub(crate) pending: VecDeque<MessageEnvelope>,
    names: HashMap<Box<str>, ActorRef>,
}

impl Ports {
    pub(crate) fn new(polled: Option<Polled>, deferred: Deferred) -> Self {
        Self { outbox: Outbox::default(), polled, deferred, pending: VecDeque::new(), names: HashMap::new() }
    }

    /// The running actor that a handler names. A name is looked up once and remembered.
    pub(crate) fn resolve(&mut self, actor: &Actor, target: KernelTarget<'_>) -> Option<Arc<Actor>> {
        let directory = &actor.shared.directory;
        let name = match target {
            KernelTarget::Actor(address) => return directory.by_address(address),
            KernelTarget::Name(name) => name,
        };
        if let Some(found) = self.names.get(name).and_then(|address| directory.by_address(*address)) {
            return Some(found);
        }
        let found = directory.by_name(name)?;
        if self.names.len() == REMEMBERED_NAMES {
            self.names.clear();
        }
        self.names.insert(name.into(), found.address());
        Some(found)
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
            actor.refuse_answer(answer_to, RingKernelError::NoReply { kernel: actor.id().to_string() });
            return true;
        };
        message.correlation_id = correlation;
        let timestamp = actor.clock.tick_at(now_ns);
        match answer_to {
            AnswerTo::Output => self.output(actor, message.into_envelope(actor.address(), timestamp)),
            AnswerTo::Caller(caller) => {
                count_sent(actor);
                let envelope = message.into_envelope(actor.address(), timestamp);
                if let Err(Ok(envelope)) = caller.send(Ok(envelope)) {
                    actor.shared.bury(envelope, Some(actor.id().clone()), DeadLetterReason::LateReply);
                    return false;
                }
            }
            AnswerTo::Kernel(asker) => {
                count_sent(actor);
                let Some(asker) = actor.shared.directory.by_address(asker) else {
                    let envelope = message.into_envelope(actor.address(), timestamp);
                    actor.shared.bury(envelope, Some(actor.id().clone()), DeadLetterReason::LateReply);
                    return false;
                };
                let mail = Mail::from_kernel(message, actor.address(), AnswerTo::Output, now_ns, timestamp);
                if mail.payload.len() > asker.options.max_payload {
                    asker.bury(mail, DeadLetterReason::MessageTooLarge);
                } else {
                    self.outbox.push(asker, mail);
                }
            }
        }
        true
    }
}

/// Counts a message that the actor has produced. Only its loop does.
pub(crate) fn count_sent(actor: &Actor) {
    actor.counters.sent.fetch_add(1, Ordering::Relaxed);
}
