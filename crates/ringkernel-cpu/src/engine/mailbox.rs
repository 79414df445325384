//! The way into an actor: four bands, one bound.
//!
//! Anybody pushes through [`Mailbox`]; the actor's loop alone takes through [`Inbox`]. Hosts may fill it up to a limit
//! that leaves a share for kernels, so that a cycle of kernels does not starve on host traffic.
//!
//! All bands come through one ring. While only messages of the normal band wait, which `unusual` tells, the loop takes
//! them from there; otherwise it sets aside what has arrived, by band, and takes the highest. What is set aside counts
//! against the bound until it is taken.
//!
//! Who waits for room listens and then wakes the actor; the loop tells of room at the end of every turn. `protocol::room`
//! says why it pays no fence for that.

use std::collections::VecDeque;

use ringkernel_core::message::Band;
use ringkernel_core::queue::Waiting;
use ringkernel_core::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use crate::protocol::ring::{Consumer, NoRoom, Producer, Taken, ring};
use crate::protocol::room::Room;
use ringkernel_core::backend::Mail;

/// On whose behalf a message is pushed; kernels have a share of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sender {
    Host,
    Kernel,
}

pub(crate) struct Mailbox {
    capacity: usize,
    host_limit: usize,
    /// Whether a test has it refuse everything for want of room.
    held_shut: AtomicBool,
    messages: Producer<Mail>,
    /// Messages of other bands than the normal one that wait, or are just being pushed.
    unusual: AtomicU32,
    room_for_hosts: Room,
    room_for_kernels: Room,
}

/// The owner's half.
pub(crate) struct Inbox {
    messages: Consumer<Mail>,
    /// Messages that were set aside, by band.
    aside: Option<Box<[VecDeque<Mail>; Band::COUNT]>>,
}

/// A mailbox for `capacity` messages, a power of two, and its owner's half.
pub(crate) fn mailbox(capacity: usize, kernels_share: usize) -> (Mailbox, Inbox) {
    let (producer, consumer) = ring(capacity);
    let mailbox = Mailbox {
        capacity,
        host_limit: capacity - kernels_share,
        held_shut: AtomicBool::new(false),
        messages: producer,
        unusual: AtomicU32::new(0),
        room_for_hosts: Room::default(),
        room_for_kernels: Room::default(),
    };
    (mailbox, Inbox { messages: consumer, aside: None })
}

fn band_of(mail: &Mail) -> Band {
    Band::from_u8(mail.origin.priority)
}

impl Mailbox {
    /// How many messages `sender` can have waiting at most; none while the mailbox is held shut.
    #[inline]
    pub(crate) fn limit(&self, sender: Sender) -> usize {
        if self.held_shut.load(Ordering::Relaxed) { 0 } else { self.capacity(sender) }
    }

    /// How many messages of `sender` it is made for.
    #[inline]
    pub(crate) fn capacity(&self, sender: Sender) -> usize {
        match sender {
            Sender::Host => self.host_limit,
            Sender::Kernel => self.capacity,
        }
    }

    /// Messages waiting.
    pub(crate) fn depth(&self) -> usize {
        self.messages.held()
    }

    /// Messages that were ever accepted.
    pub(crate) fn accepted(&self) -> u64 {
        self.messages.accepted()
    }

    /// Whether `sender` finds room now.
    pub(crate) fn has_room(&self, sender: Sender) -> bool {
        self.depth() < self.limit(sender)
    }

    /// Puts what `make` makes of `source`, a message of this priority, in. The caller wakes the actor afterwards. Nothing of
    /// it must panic.
    #[inline]
    pub(crate) fn push<S>(
        &self,
        source: S,
        priority: u8,
        sender: Sender,
        make: impl FnOnce(S) -> Mail,
    ) -> Result<(), (S, NoRoom)> {
        if Band::from_u8(priority) == Band::Normal {
            return self.messages.push(source, self.limit(sender), make);
        }
        // Relaxed: whoever sees the message sees that it was counted, for the ring publishes both.
        self.unusual.fetch_add(1, Ordering::Relaxed);
        let pushed = self.messages.push(source, self.limit(sender), make);
        if pushed.is_err() {
            self.unusual.fetch_sub(1, Ordering::Relaxed);
        }
        pushed
    }

    /// A listener for room. Wake the actor after this call, then try again, then wait.
    pub(crate) fn listen_for_room(&self, sender: Sender) -> Waiting<'_> {
        match sender {
            Sender::Host => self.room_for_hosts.listen(),
            Sender::Kernel => self.room_for_kernels.listen(),
        }
    }

    /// Wakes who waits for the room that there is. The loop calls this at the end of every turn.
    #[inline]
    pub(crate) fn tell_room(&self) {
        for (room, sender) in [(&self.room_for_hosts, Sender::Host), (&self.room_for_kernels, Sender::Kernel)]
        {
            room.tell(|| self.limit(sender).saturating_sub(self.depth()));
        }
    }

    /// Refuses everything for want of room, until [`let_go`](Self::let_go).
    pub(crate) fn hold_shut(&self) {
        self.held_shut.store(true, Ordering::Relaxed);
    }

    /// Ends what [`hold_shut`](Self::hold_shut) began, and wakes all who wait for room.
    pub(crate) fn let_go(&self) {
        self.held_shut.store(false, Ordering::Relaxed);
        self.room_for_hosts.tell_all();
        self.room_for_kernels.tell_all();
    }

    /// Refuses everything from now on, and wakes all who wait for room to tell them.
    pub(crate) fn close(&self) {
        self.messages.close();
        self.room_for_hosts.tell_all();
        self.room_for_kernels.tell_all();
    }

    /// Bytes allocated for slots.
    pub(crate) fn allocated_bytes(&self) -> usize {
        self.messages.allocated_bytes()
    }
}

impl Inbox {
    /// The next message, highest band first; there is room for another in its place.
    #[inline]
    pub(crate) fn take(&mut self, mailbox: &Mailbox) -> Option<Taken<'_, Mail>> {
        // Relaxed: as in `push`. A count that is seen late is that of a message that comes at the same time.
        if self.aside.is_some() || mailbox.unusual.load(Ordering::Relaxed) != 0 {
            let mail = self.take_by_band(mailbox)?;
            self.messages.release();
            return Some(self.messages.hold(mail));
        }
        let mail = self.messages.take()?;
        if band_of(&mail) != Band::Normal {
            mailbox.unusual.fetch_sub(1, Ordering::Relaxed);
        }
        Some(mail)
    }

    /// The next message, whatever its band, which counts against the bound until [`release`](Self::release) is called for
    /// it.
    pub(crate) fn take_aside(&mut self, mailbox: &Mailbox) -> Option<Mail> {
        self.take_by_band(mailbox)
    }

    /// The type of the message that [`take`](Self::take) gives next. 0, which no message has, while several bands wait.
    #[inline]
    pub(crate) fn next_type(&mut self) -> Option<u64> {
        if self.aside.is_some() {
            return Some(0);
        }
        self.messages.peek().map(|mail| mail.message_type)
    }

    /// Whether nothing waits, and nobody is just putting something in.
    pub(crate) fn is_empty(&self) -> bool {
        self.messages.held() == 0
    }

    /// Gives the place of a message free that was [taken aside](Self::take_aside).
    pub(crate) fn release(&mut self) {
        self.messages.release();
    }

    #[cold]
    fn take_by_band(&mut self, mailbox: &Mailbox) -> Option<Mail> {
        let aside = self.aside.get_or_insert_default();
        while let Some(mail) = self.messages.take_aside() {
            aside[band_of(&mail).index()].push_back(mail);
        }
        let Some(mail) = Band::HIGHEST_FIRST.iter().find_map(|band| aside[band.index()].pop_front()) else {
            self.aside = None;
            return None;
        };
        if band_of(&mail) != Band::Normal {
            mailbox.unusual.fetch_sub(1, Ordering::Relaxed);
        }
        Some(mail)
    }

    /// Everything that is left in a mailbox that has been closed, including what senders are just putting in.
    pub(crate) fn drain(&mut self, mailbox: &Mailbox, mut each: impl FnMut(Mail)) {
        while self.messages.held() > 0 {
            match self.take(mailbox) {
                Some(mail) => each(mail.into_inner()),
                // A sender has claimed a place and is between two instructions.
                None => std::thread::yield_now(),
            }
        }
    }
}

#[cfg(test)]
#[path = "mailbox_tests.rs"]
mod tests;
