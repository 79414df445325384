//! What comes of messages: answers, landings and dead letters, each held against what was sent.

use ringkernel::dead_letter::{DeadLetter, DeadLetterReason};
use ringkernel::message::MessageEnvelope;
use ringkernel::prelude::*;
use ringkernel_testkit::kernels::soak::{
    Answered, Break, Landed, Link, Linked, Misplaced, Question, Token, passed,
};

use crate::ledger::Ledger;
use crate::rings::salt;

impl Ledger {
    /// A call has ended, with this answer, or without one because the actor has ended.
    pub(crate) fn heard(&mut self, actor: usize, value: u64, heard: Result<Answered>) {
        self.calls.remove(&value);
        let is_accepted = self.accepted_calls.remove(&value);
        let is_dead = self.dead_calls.remove(&value);
        match heard {
            Ok(_) if is_dead => {
                self.wrong(format!("call {value} of actor {actor} has an answer and a dead letter"))
            }
            Ok(answered) => self.check_answer(actor, answered, value),
            Err(RingKernelError::KernelTerminated { .. } | RingKernelError::KernelFailed { .. }) => {
                if !is_dead {
                    let without =
                        if is_accepted { &mut self.unanswered_calls } else { &mut self.failed_calls };
                    without.insert(value);
                }
            }
            Err(error) => self.wrong(format!("call {value} of actor {actor}: {error}")),
        }
    }

    /// An output of an actor.
    pub(crate) fn output(&mut self, actor: usize, envelope: &MessageEnvelope) {
        if let Ok(landed) = envelope.decode::<Landed>() {
            self.landed(actor, landed);
        } else if let Ok(answered) = envelope.decode::<Answered>() {
            self.answered(actor, answered.value);
            self.check_answer(actor, answered, answered.value);
        } else if let Ok(linked) = envelope.decode::<Linked>() {
            self.answered(actor, linked.value);
            self.tally.answers += 1;
        } else if let Ok(misplaced) = envelope.decode::<Misplaced>() {
            self.wrong(format!("actor {actor} was sent something out of order: {misplaced:?}"));
        } else {
            self.wrong(format!("actor {actor} gives what nobody has asked for: {envelope:?}"));
        }
    }

    /// A message of a host is over. Those before it are over, too, or they have faulted.
    fn answered(&mut self, actor: usize, value: u64) {
        let this = &mut self.actors[actor];
        if !this.asked.iter().any(|asked| asked.value == value) {
            return self.wrong(format!("actor {actor} answers {value}, which is over, or was never asked"));
        }
        if this.cut.is_some_and(|cut| cut < value) {
            return self.wrong(format!("actor {actor} answers {value}, after what it did not come to"));
        }
        while let Some(asked) = self.actors[actor].asked.pop_front() {
            if asked.value == value {
                break;
            }
            if asked.breaks {
                self.actors[actor].broken.insert(asked.value);
            } else {
                self.wrong(format!("actor {actor} answers {value} before {}", asked.value));
            }
        }
    }

    fn check_answer(&mut self, actor: usize, answered: Answered, value: u64) {
        self.tally.answers += 1;
        let result = passed(value, salt(actor));
        if answered != (Answered { value, result }) {
            self.wrong(format!("actor {actor} answers {answered:?} to {value}, and not {result}"));
        }
    }

    fn landed(&mut self, actor: usize, landed: Landed) {
        let Some(journey) = self.journeys.remove(&landed.journey) else {
            return self.wrong(format!("{landed:?} is over, or was never under way"));
        };
        let ring = &self.rings[journey.ring];
        let hops = journey.hops - landed.hops_left.min(journey.hops);
        let expected = (journey.actor_after(ring, hops), journey.sum_after(ring, hops + 1));
        if (actor, landed.sum) != expected {
            self.wrong(format!("{landed:?} at actor {actor} after {journey:?}, and not {expected:?}"));
        }
        self.tally.landed += 1;
        self.tally.arrived += u64::from(landed.hops_left == 0);
        self.tally.hops += u64::from(hops);
        self.tally.taken += u64::from(hops) + 1;
        self.idle.push_back(journey.ring);
    }

    /// A message that was not delivered, or whose handler has faulted.
    pub(crate) fn letter(&mut self, letter: &DeadLetter) {
        use DeadLetterReason::{HandlerFault, KernelFailed, KernelTerminated, TargetNotFound};
        self.tally.letters += 1;
        let envelope = &letter.envelope;
        if let Ok(token) = envelope.decode::<Token>() {
            let expected = matches!(letter.reason, KernelFailed | KernelTerminated)
                || (token.link != 0 && letter.reason == TargetNotFound);
            return if expected {
                self.lost(token)
            } else {
                self.wrong(format!("{token:?}: {}", letter.reason))
            };
        }
        let value = if let Ok(message) = envelope.decode::<Break>() {
            message.value
        } else if let Ok(message) = envelope.decode::<Link>() {
            message.value
        } else if let Ok(message) = envelope.decode::<Question>() {
            let value = message.value;
            let is_first = self.calls.contains(&value) && self.dead_calls.insert(value);
            if is_first || self.unanswered_calls.remove(&value) || self.failed_calls.remove(&value) {
                if !matches!(letter.reason, KernelFailed | KernelTerminated) {
                    self.wrong(format!("call {value} should have been answered: {}", letter.reason));
                }
                return;
            }
            value
        } else {
            return self.wrong(format!("a dead letter that nobody has sent: {letter:?}"));
        };
        let actor = letter.kernel.as_ref().and_then(|id| id.as_str().strip_prefix("soak-")?.parse().ok());
        let Some(this) = actor.and_then(|actor: usize| self.actors.get_mut(actor)) else {
            return self.wrong(format!("a dead letter of a kernel that is not there: {letter:?}"));
        };
        let waiting = this.asked.iter().position(|asked| asked.value == value);
        let breaks = this.broken.remove(&value) || waiting.is_some_and(|at| this.asked[at].breaks);
        match letter.reason {
            HandlerFault if breaks => {
                this.asked.retain(|asked| asked.value != value);
                self.tally.faults += 1;
            }
            KernelFailed | KernelTerminated if waiting.is_some() => {
                this.asked.retain(|asked| asked.value != value);
                this.cut = Some(this.cut.map_or(value, |cut| cut.min(value)));
            }
            reason => self.wrong(format!(
                "message {value} to actor {actor:?} is over, or should have been answered: {reason}"
            )),
        }
    }

    /// A token whose target has ended.
    fn lost(&mut self, token: Token) {
        let Some(journey) = self.journeys.remove(&token.journey) else {
            return self.wrong(format!("{token:?} is over, or was never under way"));
        };
        let hops = journey.hops - token.hops_left.min(journey.hops);
        let expected = journey.sum_after(&self.rings[journey.ring], hops);
        if token.sum != expected {
            self.wrong(format!("{token:?} is a dead letter of {journey:?}, whose sum is {expected}"));
        }
        self.tally.letters_of_kernels += u64::from(token.link != 0);
        self.tally.hops += u64::from(hops);
        self.tally.taken += u64::from(hops);
        self.idle.push_back(journey.ring);
    }
}
