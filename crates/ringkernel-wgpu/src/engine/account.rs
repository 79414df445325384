//! What the host makes of the events of a submission.

use std::collections::BTreeMap;
use std::time::Duration;

use ringkernel_core::backend::Hosted;
use ringkernel_core::backend::driven::wire::{self, Event, events};
use ringkernel_core::backend::driven::{Actor, AfterFault, Given};
use ringkernel_core::runtime::KernelState;
use ringkernel_core::sync::atomic::Ordering;

use super::driver::Driver;
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
            let waiting = (word(at::S_USED) + word(at::S_POLLED_USED)) as usize;
            let is_roomier = waiting < std::mem::replace(&mut inner.kernels_waiting, waiting);
            let was_blocked = std::mem::replace(&mut inner.outbox_waiting, word(at::S_OUTBOX) as usize) > 0;
            if was_blocked && inner.outbox_waiting == 0 && inner.mailbox.waiting() > 0 {
                self.hot.insert(*index, actor.clone());
            }
            drop(inner);
            if is_roomier {
                actor.tell_room();
            }
        }
    }

    /// Accounts for what the device has done in this time. It has no clock, so that each message that was handled is charged the same
    /// part.
    pub(super) fn account(&mut self, words: &[u32], taken: Duration) -> Result<(), DeviceError> {
        let is_handled = |event: &Event<'_>| matches!(event.kind, at::EVENT_DONE | at::EVENT_FAULT);
        let handled = events(words).filter(is_handled).count() as u64;
        let part_ns = (taken.as_nanos() as u64).checked_div(handled).unwrap_or(0);
        // What a handler gives is given when its message is done: who has it finds the message counted.
        let mut held: BTreeMap<u32, Vec<Given>> = BTreeMap::new();
        for event in events(words) {
            let Some(resident) = self.residents.get(&event.actor) else { continue };
            let actor = resident.actor.clone();
            if is_handled(&event) {
                actor.charge_ns(event.argument, part_ns);
            }
            let mut take_held = || held.remove(&event.actor).unwrap_or_default();
            match event.kind {
                at::EVENT_DONE => {
                    if let Some(handled) = event.handled(|index| self.programs.type_id(index)) {
                        actor.handled(handled, take_held());
                    }
                }
                at::EVENT_FAULT => {
                    // What it had sent before it faulted is sent.
                    take_held().into_iter().for_each(|given| actor.give(given));
                    self.fault(&actor, &event)?;
                }
                at::EVENT_CLOSED => self.closed(event.actor)?,
                at::EVENT_SPENT => event.spent().into_iter().for_each(|spent| actor.spent(spent)),
                at::EVENT_EVICTED => actor.right_gave_way(event.argument),
                _ => match wire::read(event.words, |index| self.programs.type_id(index)) {
                    Some(written) if event.kind == at::EVENT_DEAD => {
                        actor.undelivered(written, event.dead_letter_reason(), |name| {
                            self.programs.name(name)
                        });
                    }
                    Some(written) => {
                        held.entry(event.actor).or_default().push(event.given(written));
                    }
                    None => {
                        tracing::error!(kernel = actor.id().as_str(), kind = event.kind, "unreadable event")
                    }
                },
            }
        }
        Ok(())
    }

    /// A handler could not finish: the actor starts again, or fails. The caller hears when that is done.
    fn fault(&mut self, actor: &Actor, event: &Event<'_>) -> Result<(), DeviceError> {
        let programs = &self.programs;
        let told = event.fault(
            actor.kernel.location,
            |number| programs.file(number),
            |index| programs.type_id(index),
        );
        let Some(broken) = told else { return Ok(()) };
        let faulted = actor.faulted(broken, event.argument);
        let next = faulted.next;
        if let Some(resident) = self.residents.get_mut(&event.actor) {
            resident.mode = at::MODE_FAULTED;
            self.closing.remove(&event.actor);
            if next == AfterFault::Restart {
                resident.write_state(&self.world)?;
                let mode =
                    if actor.state() == KernelState::Active { at::MODE_ACTIVE } else { at::MODE_PAUSED };
                resident.set_mode(&self.world, mode)?;
                self.has_more |= actor.options.enable_k2k || self.programs.facts(resident.kernel).publishes;
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
