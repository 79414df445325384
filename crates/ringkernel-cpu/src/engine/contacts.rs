//! The actors that an actor has lately sent to, and those of them that it has yet to wake.
//!
//! Sending to a contact touches no reference count and no shared table. A contact keeps a terminated actor in memory until
//! it gives way to another or its owner ends, too.

use std::sync::Arc;

use ringkernel_core::backend::{Directory, Hosted};
use ringkernel_core::runtime::{ActorRef, KernelState};

use super::actor::Actor;

/// Contacts that are kept; then the oldest gives way.
const MAX_CONTACTS: usize = 8;

struct Contact {
    actor: Arc<Actor>,
    /// Whether it has been sent something and not been woken for it.
    to_wake: bool,
}

#[derive(Default)]
pub(crate) struct Contacts {
    contacts: Vec<Contact>,
    /// The contact that gives way next.
    oldest: usize,
    to_wake: usize,
}

impl Contacts {
    /// The running actor of an address, as an index that holds until the next call.
    #[inline]
    pub(crate) fn find(&mut self, address: ActorRef, directory: &Directory<Actor>) -> Option<usize> {
        match self.contacts.iter().position(|contact| contact.actor.address() == address) {
            Some(known) if self.contacts[known].actor.state() != KernelState::Terminated => Some(known),
            Some(_) => None,
            None => self.add(directory.by_address(address)?),
        }
    }

    #[cold]
    fn add(&mut self, actor: Arc<Actor>) -> Option<usize> {
        let contact = Contact { actor, to_wake: false };
        if self.contacts.len() < MAX_CONTACTS {
            self.contacts.push(contact);
            return Some(self.contacts.len() - 1);
        }
        let place = self.oldest;
        self.oldest = (place + 1) % MAX_CONTACTS;
        let evicted = std::mem::replace(&mut self.contacts[place], contact);
        if evicted.to_wake {
            self.to_wake -= 1;
            evicted.actor.schedule();
        }
        Some(place)
    }

    #[inline]
    pub(crate) fn actor(&self, contact: usize) -> &Arc<Actor> {
        &self.contacts[contact].actor
    }

    /// Has a contact woken when the handler has returned.
    #[inline]
    pub(crate) fn wake_later(&mut self, contact: usize) {
        let to_wake = &mut self.contacts[contact].to_wake;
        self.to_wake += usize::from(!std::mem::replace(to_wake, true));
    }

    /// Wakes those who have been sent something. No user code runs on this thread until it looks for its next turn, or
    /// hands over the one that it keeps.
    #[inline]
    pub(crate) fn wake(&mut self) {
        if self.to_wake == 0 {
            return;
        }
        self.to_wake = 0;
        for contact in &mut self.contacts {
            if std::mem::take(&mut contact.to_wake) {
                contact.actor.schedule_next();
            }
        }
    }
}
