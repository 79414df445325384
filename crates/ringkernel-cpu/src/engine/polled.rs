//! Messages that a kernel polls with `try_receive_from_kernel` instead of handling.
//!
//! They come in through a mailbox of their own and wait there, counted against its capacity, until a handler asks for
//! their type and sender.

use std::collections::VecDeque;

use ringkernel_core::runtime::ActorRef;

use super::mailbox::{Inbox, Mailbox};
use ringkernel_core::backend::Mail;

pub(crate) struct Polled {
    inbox: Inbox,
    waiting: VecDeque<Mail>,
}

impl Polled {
    pub(crate) fn new(inbox: Inbox) -> Self {
        Self { inbox, waiting: VecDeque::new() }
    }

    /// The oldest message of this type from this kernel.
    pub(crate) fn take(&mut self, mailbox: &Mailbox, source: ActorRef, message_type: u64) -> Option<Mail> {
        while let Some(mail) = self.inbox.take_aside(mailbox) {
            self.waiting.push_back(mail);
        }
        let found = self
            .waiting
            .iter()
            .position(|mail| mail.origin.sender == source && mail.message_type == message_type)?;
        self.inbox.release();
        self.waiting.remove(found)
    }

    /// Everything that is left in a mailbox that has been closed.
    pub(crate) fn drain(&mut self, mailbox: &Mailbox, mut each: impl FnMut(Mail)) {
        for mail in self.waiting.drain(..) {
            self.inbox.release();
            each(mail);
        }
        self.inbox.drain(mailbox, each);
    }
}
