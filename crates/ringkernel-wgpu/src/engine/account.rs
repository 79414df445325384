//! What the host makes of the events of a submission.

use std::collections::BTreeMap;
use std::time::Instant;

use ringkernel_core::backend::driven::Actor;
use ringkernel_core::backend::{AnswerTo, Hosted, Mail};
use ringkernel_core::dead_letter::DeadLetterReason;
use ringkernel_core::runtime::{Answer, Fault, FaultKind, KernelState};
use ringkernel_core::sync::atomic::{AtomicU64, Ordering};
use ringkernel_core::{RingKernelError, clock};
use std::sync::Arc;
use std::time::Duration;

use super::driver::Driver;
use super::wire::{Event, Written, events};
use crate::device::DeviceError;
use crate::shader::layout as at;

impl Driver {
    /// Takes note of what waits on the device.
    pub(super) fn note_queues(&mut self, shared: &[u32]) {
        for (index, resident) in &mut self.residents {
            let first = (index * at::S_WORDS) as usize;
            let Some(words) = shared.get(first..first + at::S_WORDS as usize) else { continue };
            let word = |word: u32| words[word as usize];
            let received = word(at::S_RECEIVED).wrapping_sub(resident.received);
            resident.received = word(at::S_RECEIVED);
            let actor = &resident.actor;
            add(&actor.received_from_kernels, u64::from(received));
            let mut inner = actor.inner();
            inner.kernels_waiting = (word(at::S_USED) + word(at::S_POLLED_USED)) as usize;
            let was_blocked = std::mem::replace(&mut inner.outbox_waiting, word(at::S_OUTBOX) as usize) > 0;
            if was_blocked && inner.outbox_waiting == 0 && inner.mailbox.waiting() > 0 {
                self.hot.insert(*index, actor.clone());
            }
        }
    }

    /// Accounts for what the device has done.
    pub(super) fn account(&mut self, words: &[u32]) -> Result<(), DeviceError> {
        // What a handler gives is given when its message is done: who has it finds the message counted.
        let mut held: BTreeMap<u32, Vec<(u32, u32, Written)>> = BTreeMap::new();
        for event in events(words) {
            let Some(resident) = self.residents.get(&event.actor) else { continue };
            let actor = resident.actor.clone();
            match event.kind {
                at::EVENT_DONE => {
                    let written = held.remove(&event.actor).unwrap_or_default();
                    self.done(&actor, &event, written);
                }
                at::EVENT_FAULT => {
                    // What it had sent before it faulted is sent.
                    for (kind, argument, written) in held.remove(&event.actor).unwrap_or_default() {
                        self.written(&actor, kind, argument, written);
                    }
                    self.fault(&actor, &event)?;
                }
                at::EVENT_CLOSED => self.closed(event.actor)?,
                at::EVENT_EVICTED => self.evicted(&actor, event.argument),
                _ => match Written::read(event.words, |index| self.programs.type_id(index)) {
                    Some(written) if event.kind == at::EVENT_DEAD => {
                        self.dead(&actor, event.argument, written)
                    }
                    Some(written) => {
                        held.entry(event.actor).or_default().push((event.kind, event.argument, written));
                    }
                    None => {
                        tracing::error!(kernel = actor.id().as_str(), kind = event.kind, "unreadable event")
                    }
                },
            }
        }
        Ok(())
    }

    /// A message that the device has written for somebody on the host.
    fn written(&self, actor: &Arc<Actor>, kind: u32, argument: u32, written: Written) {
        match kind {
            at::EVENT_OUTPUT => {
                let envelope = written.message.into_envelope(written.sender, written.timestamp);
                actor.inner().pending.push_back(envelope);
                actor.flush_pending();
            }
            _ => {
                let mut inner = actor.inner();
                let inner_ref = &mut *inner;
                // A right may be used by the very handler that has kept it.
                let held = inner_ref.owed.get_mut(&argument);
                let Some(mail) = held.or_else(|| inner_ref.mailbox.fed_mut(argument)) else { return };
                let after = mail.deadline_ns.saturating_sub(mail.accepted_ns);
                let is_late = mail.is_late(clock::now_ns());
                let answer_to = std::mem::replace(&mut mail.answer_to, AnswerTo::Output);
                inner_ref.owed.remove(&argument);
                drop(inner);
                self.answer(actor, answer_to, written, is_late, after);
            }
        }
    }

    /// Gives an answer to whoever waits for it.
    fn answer(&self, actor: &Actor, answer_to: AnswerTo, written: Written, is_late: bool, after_ns: u64) {
        let AnswerTo::Caller(caller) = answer_to else { return };
        let Written { message, sender: source, timestamp, .. } = written;
        let late = if is_late {
            let envelope = message.into_envelope(source, timestamp);
            let timeout = RingKernelError::Timeout {
                operation: format!("the call to kernel `{}`", actor.id()),
                after: Duration::from_nanos(after_ns),
            };
            self.shared.bury(envelope, Some(actor.id().clone()), DeadLetterReason::LateReply);
            // A caller who has left needs no telling.
            let _ = caller.send(Err(timeout));
            return;
        } else {
            caller.send(Ok(Answer { message, source, timestamp }))
        };
        if let Err(Ok(late)) = late {
            self.shared.bury(late.into_envelope(), Some(actor.id().clone()), DeadLetterReason::LateReply);
        }
    }

    /// A message from a kernel that was not delivered or handled.
    fn dead(&self, actor: &Arc<Actor>, reason: u32, written: Written) {
        let target = self.shared.directory.by_address(written.target);
        let reason = match reason {
            at::DEAD_QUEUE_FULL => DeadLetterReason::QueueFull,
            at::DEAD_LATE_REPLY => {
                let envelope = written.message.into_envelope(written.sender, written.timestamp);
                return self.shared.bury(envelope, Some(actor.id().clone()), DeadLetterReason::LateReply);
            }
            at::DEAD_FAULT => DeadLetterReason::HandlerFault,
            at::DEAD_TOO_LARGE => DeadLetterReason::MessageTooLarge,
            at::DEAD_UNHANDLED => DeadLetterReason::UnhandledMessage,
            _ => target.as_deref().map_or(DeadLetterReason::KernelTerminated, Actor::closing_reason),
        };
        match target {
            Some(target) => target.bury(written.into_mail(), reason),
            None => {
                let address = written.target;
                let (envelope, _) = written.into_mail().into_envelope(address);
                self.shared.bury(envelope, None, reason);
            }
        }
    }

    /// A message was handled, and its handler has written these.
    fn done(&self, actor: &Arc<Actor>, event: &Event<'_>, written: Vec<(u32, u32, Written)>) {
        let &[outcome, sent, errors, dropped, accepted_low, accepted_high] = event.words else { return };
        count(actor, sent, errors, dropped);
        let accepted_ns = u64::from(accepted_low) | u64::from(accepted_high) << 32;
        actor.telemetry.record_processed(clock::now_ns().saturating_sub(accepted_ns));
        let from_host = outcome & at::OUTCOME_FROM_KERNEL == 0;
        let mail = if from_host { actor.inner().mailbox.take(event.argument) } else { None };
        let mut mail = mail.map(|mail| conclude(actor, event.argument, mail, outcome));
        for (kind, argument, written) in written {
            match mail.take_if(|_| kind == at::EVENT_ANSWER) {
                Some(Some(mail)) => {
                    let after = mail.deadline_ns.saturating_sub(mail.accepted_ns);
                    let is_late = mail.is_late(clock::now_ns());
                    self.answer(actor, mail.answer_to, written, is_late, after);
                }
                Some(None) | None => self.written(actor, kind, argument, written),
            }
        }
        if let Some(Some(mail)) = mail {
            let kernel = actor.id().to_string();
            mail.answer_to.refuse(|| RingKernelError::NoReply { kernel });
        }
        if outcome & at::OUTCOME_ENDS != 0 {
            actor.request_termination();
        }
    }

    /// A right to answer gave way to a newer one.
    fn evicted(&self, actor: &Actor, token: u32) {
        let mail = actor.inner().owed.remove(&token);
        if let Some(mail) = mail {
            let kernel = actor.id().to_string();
            mail.answer_to.refuse(|| RingKernelError::NoReply { kernel });
        }
    }

    /// A handler could not finish: the actor starts again, or fails. The caller hears when that is done.
    fn fault(&mut self, actor: &Arc<Actor>, event: &Event<'_>) -> Result<(), DeviceError> {
        let &[kind, code, file, line, sent, errors, dropped] = event.words else { return Ok(()) };
        count(actor, sent, errors, dropped);
        // What no line of a handler says, the kernel's own place stands for.
        let kernel = actor.kernel.location;
        let (file, line) =
            if line == 0 { (kernel.file, kernel.line) } else { (self.programs.file(file), line) };
        let fault = Box::new(fault(kind, code, file, line));
        actor.record_fault(fault.clone());
        let index = event.actor;
        let (mail, restarts, terminating) = {
            let mut inner = actor.inner();
            let restarts = inner.restarts.may_restart(actor.options.restart, Instant::now());
            let terminating = inner.state == KernelState::Terminating;
            if !restarts {
                actor.set_failed();
                if !terminating {
                    inner.state = KernelState::Failed;
                }
            }
            (inner.mailbox.take(event.argument), restarts, terminating)
        };
        if let Some(resident) = self.residents.get_mut(&index) {
            resident.mode = at::MODE_FAULTED;
            if restarts && !terminating {
                resident.write_state(&self.world)?;
                let mode =
                    if actor.state() == KernelState::Active { at::MODE_ACTIVE } else { at::MODE_PAUSED };
                resident.set_mode(&self.world, mode)?;
                self.has_more |= actor.options.enable_k2k;
            }
        }
        if restarts {
            add(&actor.counters.restarts, 1);
        }
        let error = RingKernelError::HandlerFault { kernel: actor.id().to_string(), fault };
        if let Some(mail) = mail {
            actor.bury_as(mail, DeadLetterReason::HandlerFault, error.clone());
        }
        actor.refuse_owed(&error);
        if !restarts || terminating {
            self.close(index)?;
        }
        actor.announce();
        Ok(())
    }
}

/// Keeps a message whose answer was deferred; gives the others back.
fn conclude(actor: &Actor, token: u32, mail: Mail, outcome: u32) -> Option<Mail> {
    if outcome & at::OUTCOME_DEFERRED == 0 {
        return Some(mail);
    }
    if matches!(mail.answer_to, AnswerTo::Caller(_)) {
        actor.inner().owed.insert(token, mail);
    }
    None
}

fn count(actor: &Actor, sent: u32, errors: u32, dropped: u32) {
    add(&actor.counters.sent, u64::from(sent));
    add(&actor.counters.errors_reported, u64::from(errors));
    for _ in 0..errors {
        actor.telemetry.record_error(0);
    }
    for _ in 0..dropped {
        actor.telemetry.record_dropped();
    }
}

fn add(counter: &AtomicU64, count: u64) {
    counter.fetch_add(count, Ordering::Relaxed);
}

/// A fault as users see it, with the words that the CPU has for it.
fn fault(kind: u32, code: u32, file: &str, line: u32) -> Fault {
    let (kind, message) = match kind {
        1 => (FaultKind::Failed, "the handler called `ctx.fail`"),
        2 => (FaultKind::IndexOutOfBounds, "index out of bounds"),
        3 => (FaultKind::DivisionByZero, "attempt to divide by zero"),
        4 => (FaultKind::ArithmeticOverflow, "attempt to calculate with overflow"),
        6 => (
            FaultKind::Divergence,
            "lanes do not meet: they take different ways around a barrier or warp operation",
        ),
        7 => (FaultKind::SharedMemory, "the block's arrays take more than its shared memory"),
        8 => (FaultKind::Panic, "vectors take more memory than the largest message"),
        at::FAULT_NOT_LEADING => (
            FaultKind::Panic,
            "on this device only the first lane of a grid can use the clock, send, and end the kernel",
        ),
        _ => (FaultKind::Panic, "the handler panicked"),
    };
    let code = if kind == FaultKind::Failed { code } else { kind.code() };
    Fault { kind, code, message: message.into(), file: file.into(), line }
}
