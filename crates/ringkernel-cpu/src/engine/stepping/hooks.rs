//! Where the engine calls in: when a handler is entered, when it has returned, and when a message is dead-lettered.
//!
//! In a runtime with workers each of these is a branch that is not taken.

use std::panic::{Location, resume_unwind};

use ringkernel_core::context::{ContextBackend, HandlerFailure};
use ringkernel_core::dead_letter::DeadLetterReason;
use ringkernel_core::message::{MessageEnvelope, MessageHeader};
use ringkernel_core::registry::{self, HandlerRegistration};
use ringkernel_core::runtime::KernelId;

use super::injection::{Blow, Strike};
use super::script::{Stepping, Taken, sender};
use crate::engine::actor::Actor;
use crate::engine::context::CpuContext;

/// Called in the guard of a handler, before it.
#[inline]
pub(crate) fn before_handler(actor: &Actor) {
    if let Some(stepping) = &actor.shared.stepping {
        stepping.strike(actor);
    }
}

/// Called in the guard of a handler that has returned.
#[inline]
pub(crate) fn after_handler(actor: &Actor) {
    if let Some(stepping) = &actor.shared.stepping {
        stepping.strike_late(actor);
    }
}

/// Calls a handler that does not wait between the two, in its guard.
#[inline]
pub(crate) fn around_handler<R>(actor: &Actor, run: impl FnOnce() -> R) -> R {
    before_handler(actor);
    let outcome = run();
    after_handler(actor);
    outcome
}

impl Stepping {
    /// Notes that a message has passed all checks and its handler is about to be entered.
    pub(crate) fn note_entered(
        &self,
        context: &CpuContext<'_>,
        handler: &HandlerRegistration,
        payload: &[u8],
    ) {
        let (actor, origin) = (context.actor, context.origin());
        let probe = {
            let mut inner = self.inner();
            let message = handler.message.name.to_owned();
            let taken = Taken { kernel: actor.id().clone(), message, source: origin.sender };
            inner.in_hand.insert(actor.address(), taken);
            inner.probes.get(&actor.address()).cloned()
        };
        let Some(probe) = probe else { return };
        let mut header = MessageHeader::new(handler.message.type_id, payload.len() as u64);
        header.message_id = origin.message_id;
        header.correlation_id = origin.correlation_id;
        header.source = origin.sender;
        header.destination = actor.address();
        header.timestamp = origin.timestamp;
        header.priority = origin.priority;
        let envelope = MessageEnvelope { header, payload: payload.into() };
        probe.push(envelope, sender(&actor.shared, origin.sender));
    }

    /// Notes that a message became a dead letter.
    pub(crate) fn note_buried(
        &self,
        header: &MessageHeader,
        kernel: Option<&KernelId>,
        reason: DeadLetterReason,
    ) {
        // What the turn under way has taken and could not handle. Other reasons are those of messages that nobody took, or
        // that the outcome tells already.
        let refused = matches!(
            reason,
            DeadLetterReason::Expired
                | DeadLetterReason::ClockDrift
                | DeadLetterReason::UnhandledMessage
                | DeadLetterReason::DecodeFailed
        );
        if let (true, Some(kernel)) = (refused, kernel) {
            let message = registry::message_name(header.message_type);
            let taken = Taken { kernel: kernel.clone(), message, source: header.source };
            self.inner().buried = Some((taken, reason));
        }
    }

    /// Does to a handler what was injected for its message. Unwinds for a fault.
    fn strike(&self, actor: &Actor) {
        let mut due = Vec::new();
        {
            let mut inner = self.inner();
            inner.doomed.retain(|(doomed, _)| *doomed != actor.address());
            inner.strikes.retain_mut(|(kernel, strike)| {
                if *kernel != actor.address() {
                    return true;
                }
                strike.nth -= 1;
                if strike.nth == 0 {
                    due.push(*strike);
                }
                strike.nth != 0
            });
            let dooms = due.iter().filter(|strike| strike.blow == Blow::PanicAfter);
            inner.doomed.extend(dooms.map(|strike| (actor.address(), strike.at)));
        }
        // A handler that takes long and then faults does both, in this order.
        for strike in &due {
            if let Blow::Slow(takes) = strike.blow {
                self.clock().advance(takes);
            }
        }
        for Strike { blow, at, .. } in due {
            match blow {
                Blow::PanicBefore => panic_silently(at),
                Blow::Fail(code) => resume_unwind(Box::new(HandlerFailure { code, location: at })),
                Blow::PanicAfter | Blow::Slow(_) => {}
            }
        }
    }

    fn strike_late(&self, actor: &Actor) {
        let doom = {
            let mut inner = self.inner();
            let found = inner.doomed.iter().position(|(doomed, _)| *doomed == actor.address());
            found.map(|index| inner.doomed.swap_remove(index))
        };
        if let Some((_, at)) = doom {
            panic_silently(at);
        }
    }
}

/// Panics without the report on the console, which would look like a defect.
fn panic_silently(at: &Location<'_>) -> ! {
    resume_unwind(Box::new(format!("a panic that the test has injected at {}:{}", at.file(), at.line())))
}
