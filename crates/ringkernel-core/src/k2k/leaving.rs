//! Messages that found no room and wait for it without a thread: in order for each destination, bounded, and for as long as they may.
//!
//! Whoever sends for others, a driver of a device or the loop of an actor, keeps such a queue for each of them and polls it. A message
//! counts against its tenant's quota once, however often it is tried.

use std::collections::VecDeque;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use super::attempt::{Attempt, Counted, Outgoing, Slot, Stage};
use super::endpoint::K2KSender;
use super::member::{Member, Target};
use super::receipt::{DeliveryStatus, K2KRefused};
use crate::backend::Left;
use crate::clock;
use crate::message::MessageEnvelope;
use crate::runtime::{AuditTag, BoxFuture, KernelId};
use crate::timer;

/// The most messages that wait in one queue.
pub(crate) const MOST_LEAVING: usize = 1024;

/// The messages of one sender that wait for room.
#[derive(Default)]
pub(crate) struct Leaving {
    /// None is empty.
    lines: Vec<Line>,
    waiting: usize,
}

/// What waits for one destination.
struct Line {
    destination: KernelId,
    slots: VecDeque<(Slot, Instant)>,
    /// Until it is worth to try the first one again.
    room: BoxFuture<'static, ()>,
}

/// A message that is to leave.
pub(crate) struct Departing {
    pub(crate) envelope: MessageEnvelope,
    /// The account, where it is another than the sender's.
    pub(crate) audit: Option<AuditTag>,
    pub(crate) counted: Counted,
}

impl Leaving {
    /// Sends a message now, or keeps it for at most `patience` and until its deadline.
    ///
    /// # Errors
    /// [`K2KRefused`] when nobody will take it, or as many wait as may.
    pub(crate) fn send(
        &mut self,
        sender: &K2KSender,
        destination: &KernelId,
        departing: Departing,
        patience: Duration,
    ) -> Result<Left, Box<K2KRefused>> {
        let Departing { envelope, audit: audit_tag, counted } = departing;
        let stage = match counted {
            Counted::Already => Stage::Prepaid,
            Counted::NotYet => Stage::New,
        };
        let mut slot = Some(Outgoing { audit_tag, stage, ..Outgoing::new(envelope) });
        let line = self.lines.iter_mut().find(|line| line.destination == *destination);
        let full = match &line {
            // Behind what waits already.
            Some(_) => None,
            None => match sender.attempt(destination, &mut slot) {
                Attempt::Accepted(_) => return Ok(Left::Done),
                Attempt::Refused(reason) => return Err(Box::new(sender.refused(slot, reason))),
                Attempt::Full(member) => Some(member),
            },
        };
        if self.waiting >= MOST_LEAVING {
            return Err(Box::new(sender.give_up(destination, slot, DeliveryStatus::QueueFull)));
        }
        let until = until(&slot, patience);
        self.waiting += 1;
        match (line, full) {
            (Some(line), _) => line.slots.push_back((slot, until)),
            (None, full) => self.lines.push(Line {
                destination: destination.clone(),
                slots: VecDeque::from([(slot, until)]),
                room: full.map_or_else(at_once, |member| room_at(member, until)),
            }),
        }
        Ok(Left::Waits)
    }

    /// Sends what there is room for, and gives `refused` what nobody will take. Ready when nothing waits any longer.
    pub(crate) fn poll(
        &mut self,
        sender: &K2KSender,
        context: &mut Context<'_>,
        mut refused: impl FnMut(&KernelId, K2KRefused),
    ) -> Poll<()> {
        let waiting = &mut self.waiting;
        self.lines.retain_mut(|line| {
            line.send_on(sender, context, |destination, message| {
                *waiting -= 1;
                if let Some(message) = message {
                    refused(destination, message);
                }
            });
            !line.slots.is_empty()
        });
        if self.lines.is_empty() { Poll::Ready(()) } else { Poll::Pending }
    }

    /// Takes out all that wait, in the order of sending for each destination.
    pub(crate) fn drain(&mut self) -> impl Iterator<Item = (KernelId, MessageEnvelope)> + use<> {
        self.waiting = 0;
        std::mem::take(&mut self.lines).into_iter().flat_map(|Line { destination, slots, .. }| {
            let envelopes = slots.into_iter().filter_map(|(slot, _)| Some(slot?.envelope));
            envelopes.map(move |envelope| (destination.clone(), envelope))
        })
    }
}

impl Line {
    /// Sends as far as there is room; `done` is told of each message that waits no longer, with the message if it was refused.
    fn send_on(
        &mut self,
        sender: &K2KSender,
        context: &mut Context<'_>,
        mut done: impl FnMut(&KernelId, Option<K2KRefused>),
    ) {
        while let Some((slot, until)) = self.slots.front_mut() {
            let until = *until;
            if self.room.as_mut().poll(context).is_pending() {
                return;
            }
            match sender.attempt(&self.destination, slot) {
                Attempt::Accepted(_) => done(&self.destination, None),
                Attempt::Refused(reason) => {
                    done(&self.destination, Some(sender.refused(slot.take(), reason)));
                }
                Attempt::Full(_) if Instant::now() >= until => {
                    let refused = sender.give_up(&self.destination, slot.take(), DeliveryStatus::Timeout);
                    done(&self.destination, Some(refused));
                }
                Attempt::Full(member) => {
                    self.room = room_at(member, until);
                    continue;
                }
            }
            self.slots.pop_front();
            self.room = at_once();
        }
    }
}

/// Until when a message may wait.
fn until(slot: &Slot, patience: Duration) -> Instant {
    let until = timer::after(patience);
    let deadline_ns = slot.as_ref().map_or(0, |outgoing| outgoing.envelope.header.deadline_ns);
    match deadline_ns {
        0 => until,
        deadline_ns => {
            until.min(timer::after(Duration::from_nanos(deadline_ns.saturating_sub(clock::now_ns()))))
        }
    }
}

fn at_once() -> BoxFuture<'static, ()> {
    Box::pin(std::future::ready(()))
}

/// Waits until there may be room, at most until then.
fn room_at(member: Arc<Member>, until: Instant) -> BoxFuture<'static, ()> {
    Box::pin(async move {
        let room = async {
            match &member.target {
                Target::Inbox(inbox) => inbox.room().await,
                Target::Port(port) => port.room().await,
                Target::Nowhere => {}
            }
        };
        // Over is over: the attempt that follows says whether there is room.
        let _ = timer::timeout_at(until, room).await;
    })
}
