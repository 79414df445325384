//! What the host makes of what the grid tells.

use std::collections::BTreeSet;
use std::sync::Arc;

use ringkernel_core::backend::Hosted;
use ringkernel_core::backend::driven::wire::{self, Event, events};
use ringkernel_core::backend::driven::{Actor, AfterFault, Given};
use ringkernel_core::dead_letter::DeadLetterReason;
use ringkernel_core::runtime::KernelState;
use ringkernel_core::sync::atomic::Ordering;

use super::driver::Driver;
use crate::device::layout as at;

/// Packets that are accounted for at a time: the device may fill the ring faster than it is read, and others wait, too.
const PACKETS: usize = 1024;

/// Actors whose counts are read at a time.
const NOTED: usize = 4096;

impl Driver {
    /// Takes note of what some of the actors have received, in turns: of many, nobody looks at all at a time.
    pub(super) fn note_received(&mut self) {
        let mut last = None;
        for (index, resident) in self.residents.range_mut(self.next_noted..).take(NOTED) {
            resident.note_received(&self.world);
            last = Some(*index);
        }
        self.next_noted = last.map_or(0, |index| index + 1);
    }

    /// Accounts for everything that the grid has told. True when that was something.
    pub(super) fn hear(&mut self) -> bool {
        let mut heard = BTreeSet::new();
        for _ in 0..PACKETS {
            let Some(packet) = self.world.next_packet() else { break };
            self.account(&packet, &mut heard);
            // The grid may write as much again.
            self.world.flush();
        }
        for index in &heard {
            if let Some(resident) = self.residents.get_mut(index) {
                // A message that it has in hand now is another one.
                resident.actor.in_hand_ns.store(0, Ordering::Relaxed);
                resident.note_received(&self.world);
            }
            self.reckon_with(*index);
        }
        !heard.is_empty()
    }

    fn account(&mut self, words: &[u32], heard: &mut BTreeSet<u32>) {
        for event in events(words) {
            heard.insert(event.actor);
            let Some(resident) = self.residents.get_mut(&event.actor) else { continue };
            let actor = resident.actor.clone();
            match event.kind {
                at::EVENT_DONE => {
                    let given = self.take_held(event.actor);
                    if let Some(handled) = event.handled(|index| self.programs.type_id(index)) {
                        actor.handled(handled, given);
                    }
                    self.done_with(&actor, event.argument);
                }
                at::EVENT_FAULT => {
                    // What it had sent before it faulted is sent.
                    self.take_held(event.actor).into_iter().for_each(|given| actor.give(given));
                    self.fault(&actor, &event);
                }
                at::EVENT_EXPIRED => {
                    let mail = actor.inner().mailbox.take(event.argument);
                    mail.into_iter().for_each(|mail| actor.bury(mail, DeadLetterReason::Expired));
                    self.done_with(&actor, event.argument);
                }
                at::EVENT_SETTLED => {
                    resident.settled = event.argument;
                    self.look_at(&actor);
                }
                at::EVENT_CLOSED => self.closed(event.actor),
                at::EVENT_TALLY => match event.tally() {
                    Some(tally) => {
                        actor.tallied(&tally);
                        actor.tell_room();
                    }
                    None => tracing::error!(kernel = actor.id().as_str(), "unreadable sums of messages"),
                },
                at::EVENT_SPENT => event.spent().into_iter().for_each(|spent| actor.spent(spent)),
                at::EVENT_EVICTED => actor.right_gave_way(event.argument),
                at::EVENT_OVERSIZED => match event.oversized(|index| self.programs.type_id(index)) {
                    Some(given) => self.held.entry(event.actor).or_default().push(given),
                    None => tracing::error!(kernel = actor.id().as_str(), "unreadable event"),
                },
                _ => match wire::read(event.words, |index| self.programs.type_id(index)) {
                    Some(written) if event.kind == at::EVENT_DEAD => {
                        actor.undelivered(written, event.dead_letter_reason(), |name| {
                            self.programs.name(name)
                        });
                    }
                    Some(written) => {
                        self.held.entry(event.actor).or_default().push(event.given(written));
                    }
                    None => {
                        tracing::error!(kernel = actor.id().as_str(), kind = event.kind, "unreadable event");
                    }
                },
            }
        }
    }

    /// What a handler has given, which is passed on when its message is done: who has it finds the message counted.
    fn take_held(&mut self, index: u32) -> Vec<Given> {
        let held = self.held.remove(&index).unwrap_or_default();
        let outputs = held.iter().filter(|given| matches!(given, Given::Output(_))).count();
        if let Some(resident) = self.residents.get_mut(&index) {
            resident.outputs = resident.outputs.wrapping_add(outputs as u32);
        }
        held
    }

    /// The grid has no use any more for a message of this token: there is room for another.
    fn done_with(&mut self, actor: &Actor, token: u32) {
        let index = actor.address().index();
        if let Some(resident) = self.residents.get_mut(&index) {
            resident.take_back(&mut self.world, token);
            let mode = resident.wanted.mode;
            resident.want(&mut self.world, mode);
            self.hot.insert(index);
        }
        actor.tell_room();
    }

    /// A handler could not finish: the actor starts again, or fails. The caller hears when that is done.
    fn fault(&mut self, actor: &Arc<Actor>, event: &Event<'_>) {
        let broken = event.fault(
            actor.kernel.location,
            |number| self.programs.file(number),
            |index| self.programs.type_id(index),
        );
        let Some(broken) = broken else { return };
        let faulted = actor.faulted(broken, event.argument);
        let next = faulted.next;
        if let Some(resident) = self.residents.get_mut(&event.actor)
            && next == AfterFault::Restart
        {
            resident.write_state(&mut self.world);
            resident.forgive();
            let active = actor.state() == KernelState::Active;
            resident.want(&mut self.world, if active { at::MODE_ACTIVE } else { at::MODE_PAUSED });
        }
        actor.recovered(faulted);
        self.done_with(actor, event.argument);
        if next == AfterFault::Close {
            self.close(event.actor);
        }
        actor.announce();
    }
}
