//! What the host makes of the events of a submission.

use std::collections::BTreeMap;

use ringkernel_codegen::ir;
use ringkernel_core::backend::Hosted;
use ringkernel_core::backend::driven::{Actor, AfterFault, Deeds, Given, Handled, Written};
use ringkernel_core::dead_letter::DeadLetterReason;
use ringkernel_core::runtime::{Fault, KernelState};
use ringkernel_core::sync::atomic::Ordering;

use super::driver::Driver;
use super::wire::{self, Event, events};
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
            actor.received_from_kernels.fetch_add(u64::from(received), Ordering::Relaxed);
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
        let mut held: BTreeMap<u32, Vec<Given>> = BTreeMap::new();
        for event in events(words) {
            let Some(resident) = self.residents.get(&event.actor) else { continue };
            let actor = resident.actor.clone();
            let mut take_held = || held.remove(&event.actor).unwrap_or_default();
            match event.kind {
                at::EVENT_DONE => {
                    if let Some(handled) = handled(&event) {
                        actor.handled(handled, take_held());
                    }
                }
                at::EVENT_FAULT => {
                    // What it had sent before it faulted is sent.
                    take_held().into_iter().for_each(|given| actor.give(given));
                    self.fault(&actor, &event)?;
                }
                at::EVENT_CLOSED => self.closed(event.actor)?,
                at::EVENT_EVICTED => actor.right_gave_way(event.argument),
                _ => match wire::read(event.words, |index| self.programs.type_id(index)) {
                    Some(written) if event.kind == at::EVENT_DEAD => {
                        self.dead(&actor, event.argument, written);
                    }
                    Some(written) => {
                        held.entry(event.actor).or_default().push(given(&event, written));
                    }
                    None => {
                        tracing::error!(kernel = actor.id().as_str(), kind = event.kind, "unreadable event")
                    }
                },
            }
        }
        Ok(())
    }

    /// A message from a kernel that was not delivered or handled.
    fn dead(&self, actor: &Actor, reason: u32, written: Written) {
        let reason = match reason {
            at::DEAD_LATE_REPLY => {
                return actor.bury_envelope(written.into_envelope(), DeadLetterReason::LateReply);
            }
            at::DEAD_QUEUE_FULL => Some(DeadLetterReason::QueueFull),
            at::DEAD_FAULT => Some(DeadLetterReason::HandlerFault),
            at::DEAD_TOO_LARGE => Some(DeadLetterReason::MessageTooLarge),
            at::DEAD_UNHANDLED => Some(DeadLetterReason::UnhandledMessage),
            _ => None,
        };
        self.shared.undelivered(written, reason);
    }

    /// A handler could not finish: the actor starts again, or fails. The caller hears when that is done.
    fn fault(&mut self, actor: &Actor, event: &Event<'_>) -> Result<(), DeviceError> {
        let &[kind, code, file, line, sent, errors_reported, dropped] = event.words else { return Ok(()) };
        // What no line of a handler says, the kernel's own place stands for.
        let kernel = actor.kernel.location;
        let (file, line) =
            if line == 0 { (kernel.file, kernel.line) } else { (self.programs.file(file), line) };
        let fault = Box::new(fault(kind, code, file, line));
        let faulted = actor.faulted(fault, event.argument, Deeds { sent, errors_reported, dropped });
        let next = faulted.next;
        if let Some(resident) = self.residents.get_mut(&event.actor) {
            resident.mode = at::MODE_FAULTED;
            if next == AfterFault::Restart {
                resident.write_state(&self.world)?;
                let mode =
                    if actor.state() == KernelState::Active { at::MODE_ACTIVE } else { at::MODE_PAUSED };
                resident.set_mode(&self.world, mode)?;
                self.has_more |= actor.options.enable_k2k;
            }
        }
        actor.recovered(faulted);
        if next == AfterFault::Close {
            self.close(event.actor)?;
        }
        actor.announce();
        Ok(())
    }
}

/// What an event says of a message that is done.
fn handled(event: &Event<'_>) -> Option<Handled> {
    let &[outcome, sent, errors_reported, dropped, accepted_low, accepted_high] = event.words else {
        return None;
    };
    let is = |flag| outcome & flag != 0;
    Some(Handled {
        token: (!is(at::OUTCOME_FROM_KERNEL)).then_some(event.argument),
        accepted_ns: u64::from(accepted_low) | u64::from(accepted_high) << 32,
        deferred: is(at::OUTCOME_DEFERRED),
        ends: is(at::OUTCOME_ENDS),
        deeds: Deeds { sent, errors_reported, dropped },
    })
}

/// What an event gives to the host.
fn given(event: &Event<'_>, written: Written) -> Given {
    match event.kind {
        at::EVENT_OUTPUT => Given::Output(written),
        _ => Given::Answer { token: event.argument, answer: written },
    }
}

/// A fault as users see it.
fn fault(kind: u32, code: u32, file: &str, line: u32) -> Fault {
    let reported = ir::FaultKind::from_number(kind).unwrap_or(ir::FaultKind::Panic);
    let mut fault = Fault::on_device(reported, code, file, line);
    if kind == at::FAULT_NOT_LEADING {
        fault.message =
            "on this device only the first lane of a grid can use the clock, send, and end the kernel".into();
    }
    fault
}
