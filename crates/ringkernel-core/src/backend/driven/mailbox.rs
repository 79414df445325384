//! What the host has sent to an actor and the actor has not handled: by band, bounded, fed to the device in portions.

use std::collections::VecDeque;

use crate::backend::Mail;
use crate::message::Band;

/// Messages from the host.
#[derive(Debug, Default)]
pub struct Mailbox {
    /// From the lowest band to the highest.
    bands: [VecDeque<Mail>; Band::COUNT],
    /// With the device, in the order in which it was given them, by token.
    fed: VecDeque<(u32, Mail)>,
    /// Messages that were popped and not yet fed or given up: they keep their places.
    held: usize,
    next_token: u32,
    closed: bool,
    accepted: u64,
}

impl Mailbox {
    /// Messages that wait, those with the device included.
    pub fn depth(&self) -> usize {
        self.waiting() + self.held + self.fed.len()
    }

    /// Messages that the device has not been given.
    pub fn waiting(&self) -> usize {
        self.bands.iter().map(VecDeque::len).sum()
    }

    /// Messages that were ever accepted.
    pub fn accepted(&self) -> u64 {
        self.accepted
    }

    /// Accepts nothing from now on.
    pub fn close(&mut self) {
        self.closed = true;
    }

    /// Whether it accepts nothing any more.
    pub fn is_closed(&self) -> bool {
        self.closed
    }

    /// Puts a message behind those of its band.
    pub fn push(&mut self, mail: Mail) {
        self.accepted += 1;
        self.bands[band(&mail)].push_back(mail);
    }

    /// The next message to feed: the oldest of the highest band. It is to be fed, or given up.
    pub fn pop(&mut self) -> Option<Mail> {
        let mail = self.next()?;
        self.held += 1;
        Some(mail)
    }

    fn next(&mut self) -> Option<Mail> {
        self.bands.iter_mut().rev().find_map(VecDeque::pop_front)
    }

    /// The band of the next message to feed.
    pub fn next_band(&self) -> Option<Band> {
        let next = self.bands.iter().rev().find_map(VecDeque::front)?;
        Some(Band::from_u8(next.origin.priority))
    }

    /// Puts a message that was popped back in front.
    pub fn put_back(&mut self, mail: Mail) {
        self.held -= 1;
        self.push_front(mail);
    }

    /// What the device has not been given, in the order in which it would have been handled.
    pub fn drain_unfed(&mut self) -> Vec<Mail> {
        std::iter::from_fn(|| self.next()).collect()
    }

    /// Gives up the place of a message that was popped.
    pub fn give_up(&mut self) {
        self.held -= 1;
    }

    fn push_front(&mut self, mail: Mail) {
        self.bands[band(&mail)].push_front(mail);
    }

    /// The token by which the device names the next message that it is given; never 0.
    pub fn next_token(&self) -> u32 {
        self.next_token.wrapping_add(1).max(1)
    }

    /// Notes that the device is given a message under the next token.
    pub fn feed(&mut self, mail: Mail) {
        self.held -= 1;
        self.next_token = self.next_token();
        self.fed.push_back((self.next_token, mail));
    }

    /// Whether the device has been given messages that it is not done with.
    pub fn is_fed(&self) -> bool {
        !self.fed.is_empty()
    }

    /// The message of this token, which the device is done with.
    pub fn take(&mut self, token: u32) -> Option<Mail> {
        let place = self.fed.iter().position(|(fed, _)| *fed == token)?;
        self.fed.remove(place).map(|(_, mail)| mail)
    }

    /// The message of this token, which is with the device.
    pub fn fed_mut(&mut self, token: u32) -> Option<&mut Mail> {
        self.fed.iter_mut().find(|(fed, _)| *fed == token).map(|(_, mail)| mail)
    }

    /// Takes back what the device was given and has not handled.
    pub fn take_back(&mut self) {
        while let Some((_, mail)) = self.fed.pop_back() {
            self.push_front(mail);
        }
    }

    /// Everything that is left, in the order in which it would have been handled.
    pub fn drain(&mut self) -> Vec<Mail> {
        self.take_back();
        std::iter::from_fn(|| self.next()).collect()
    }

    /// Host memory that it holds, in bytes.
    pub fn allocated_bytes(&self) -> usize {
        self.bands.iter().map(VecDeque::capacity).sum::<usize>() * size_of::<Mail>()
            + self.fed.capacity() * size_of::<(u32, Mail)>()
    }
}

fn band(mail: &Mail) -> usize {
    Band::from_u8(mail.origin.priority).index()
}
