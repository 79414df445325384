//! The way into an actor: four bands, one bound.
//!
//! Anybody pushes through [`Mailbox`]; the actor's loop alone takes through [`Inbox`]. The capacity is the total over
//! the bands, kept by `credits`. Hosts may fill it up to a limit that leaves a share for kernels, so that a cycle of
//! kernels does not starve on host traffic.

use ringkernel_core::Result;
use ringkernel_core::message::Band;
use ringkernel_core::queue::ring::PushError;
use ringkernel_core::queue::ring::mpsc::{self, Consumer, Producer};
use ringkernel_core::queue::{Gate, Waiting};
use ringkernel_core::sync::atomic::{Ordering, fence};

use super::mail::Mail;
use crate::protocol::credits::{Credits, NoCredit};

/// On whose behalf a message is pushed; kernels have a share of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sender {
    Host,
    Kernel,
}

pub(crate) struct Mailbox {
    capacity: usize,
    host_limit: usize,
    credits: Credits,
    bands: [Producer<Mail>; Band::COUNT],
    room_for_hosts: Gate,
    room_for_kernels: Gate,
}

/// The owner's half.
pub(crate) struct Inbox {
    bands: [Consumer<Mail>; Band::COUNT],
}

/// A mailbox for `capacity` messages, a power of two, and its owner's half.
pub(crate) fn mailbox(capacity: usize, kernels_share: usize) -> Result<(Mailbox, Inbox)> {
    let mut producers = Vec::with_capacity(Band::COUNT);
    let mut consumers = Vec::with_capacity(Band::COUNT);
    for _ in 0..Band::COUNT {
        // Each band can hold all: the credits keep the total. Slots are allocated when a band is first used.
        let (producer, consumer) = mpsc::channel(capacity)?;
        producers.push(producer);
        consumers.push(consumer);
    }
    let mailbox = Mailbox {
        capacity,
        host_limit: capacity - kernels_share,
        credits: Credits::new(),
        bands: producers.try_into().unwrap_or_else(|_| unreachable!("one producer per band")),
        room_for_hosts: Gate::new(),
        room_for_kernels: Gate::new(),
    };
    let inbox =
        Inbox { bands: consumers.try_into().unwrap_or_else(|_| unreachable!("one consumer per band")) };
    Ok((mailbox, inbox))
}

impl Mailbox {
    /// How many messages `sender` can have waiting at most.
    pub(crate) fn limit(&self, sender: Sender) -> usize {
        match sender {
            Sender::Host => self.host_limit,
            Sender::Kernel => self.capacity,
        }
    }

    /// Messages waiting.
    pub(crate) fn depth(&self) -> usize {
        self.credits.taken()
    }

    /// Whether `sender` finds room now.
    pub(crate) fn has_room(&self, sender: Sender) -> bool {
        self.depth() < self.limit(sender)
    }

    /// Puts a message in. The caller wakes the actor afterwards.
    pub(crate) fn push(&self, mail: Mail, sender: Sender) -> std::result::Result<(), (Mail, NoCredit)> {
        if let Err(refused) = self.credits.take(self.limit(sender)) {
            return Err((mail, refused));
        }
        let band = Band::from_u8(mail.priority).index();
        match self.bands[band].push(mail) {
            Ok(()) => Ok(()),
            // With a credit in hand the ring has a slot, unless its owner, the loop, is gone and will not come back.
            Err(PushError::Full(mail) | PushError::Closed(mail)) => {
                self.credits.give_back();
                Err((mail, NoCredit::Closed))
            }
        }
    }

    /// A listener for room. Listen first, then try again, then wait.
    pub(crate) fn listen_for_room(&self, sender: Sender) -> Waiting<'_> {
        match sender {
            Sender::Host => self.room_for_hosts.listen(),
            Sender::Kernel => self.room_for_kernels.listen(),
        }
    }

    /// Gives back the credit of a message that was taken.
    pub(crate) fn release(&self) {
        self.credits.give_back();
        // One fence for both gates; it pairs with that of a waiter, see `Gate`.
        fence(Ordering::SeqCst);
        self.room_for_hosts.notify_after_fence(1);
        self.room_for_kernels.notify_after_fence(1);
    }

    /// Refuses everything from now on, and wakes all who wait for room to tell them.
    pub(crate) fn close(&self) {
        self.credits.close();
        self.room_for_hosts.notify_all();
        self.room_for_kernels.notify_all();
    }

    /// Bytes allocated for slots.
    pub(crate) fn allocated_bytes(&self) -> usize {
        self.bands.iter().map(Producer::allocated_bytes).sum()
    }
}

impl Inbox {
    /// The next message, highest band first. Its credit is given back with [`Mailbox::release`].
    pub(crate) fn pop(&mut self) -> Option<Mail> {
        Band::HIGHEST_FIRST.iter().find_map(|band| self.bands[band.index()].pop())
    }

    /// Everything that is left in a mailbox that has been closed, including what senders are just putting in.
    pub(crate) fn drain(&mut self, mailbox: &Mailbox, mut each: impl FnMut(Mail)) {
        while mailbox.depth() > 0 {
            match self.pop() {
                Some(mail) => {
                    mailbox.release();
                    each(mail);
                }
                // A sender holds a credit and is between two instructions.
                None => std::thread::yield_now(),
            }
        }
    }
}
