//! What an actor has sent to other kernels and found no room for: bounded, flushed before the actor runs again.

use std::collections::VecDeque;
use std::future::{self, Future};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use ringkernel_core::backend::{Hosted, Mail};
use ringkernel_core::dead_letter::DeadLetterReason;
use ringkernel_core::queue::Waiting;
use ringkernel_core::timer;

use super::actor::{Actor, Delivery};
use super::mailbox::{Mailbox, Sender};

/// Messages without room that one handler call can send to other kernels.
pub(crate) const OUTBOX_CAPACITY: usize = 1024;

/// What keeps memory of an outbox that was once full.
const KEPT_CAPACITY: usize = 32;

struct Parcel {
    target: Arc<Actor>,
    mail: Mail,
}

#[derive(Default)]
pub(crate) struct Outbox {
    parcels: VecDeque<Parcel>,
}

impl Outbox {
    pub(crate) fn is_empty(&self) -> bool {
        self.parcels.is_empty()
    }

    pub(crate) fn is_full(&self) -> bool {
        self.parcels.len() >= OUTBOX_CAPACITY
    }

    pub(crate) fn push(&mut self, target: Arc<Actor>, mail: Mail) {
        self.parcels.push_back(Parcel { target, mail });
    }

    /// Delivers what there is room for, in order per mailbox. A mailbox that is full holds up its own messages only.
    pub(crate) fn deliver(&mut self) {
        let mut full: Vec<*const Mailbox> = Vec::new();
        for _ in 0..self.parcels.len() {
            let Some(Parcel { target, mail }) = self.parcels.pop_front() else {
                break;
            };
            let mailbox: *const Mailbox = target.mailbox_for(mail.message_type);
            if full.contains(&mailbox) {
                self.parcels.push_back(Parcel { target, mail });
                continue;
            }
            match target.deliver(mail) {
                Delivery::Accepted => target.schedule_next(),
                Delivery::Done => {}
                Delivery::Full(mail) => {
                    full.push(mailbox);
                    self.parcels.push_back(Parcel { target, mail });
                }
            }
        }
        if self.parcels.is_empty() && self.parcels.capacity() > KEPT_CAPACITY {
            self.parcels.shrink_to(KEPT_CAPACITY);
        }
    }

    /// Delivers everything, waiting for room. What is left at the end of `limit`, or as soon as `give_up` says so,
    /// is dead-lettered at its target.
    pub(crate) async fn flush(&mut self, limit: Duration, give_up: impl Fn() -> bool) {
        self.deliver();
        if self.is_empty() {
            return;
        }
        let mut deadline = std::pin::pin!(timer::sleep(limit));
        loop {
            // Listen before trying again, so that room made in between is not missed. Only where a message was refused:
            // a notification that came elsewhere would be lost to who waits there.
            let refusing = self.refusing();
            let mut rooms: Vec<Waiting<'_>> = refusing
                .iter()
                .map(|(target, message_type)| {
                    let room = target.mailbox_for(*message_type).listen_for_room(Sender::Kernel);
                    // At the end of its next turn it tells those who wait.
                    target.schedule();
                    room
                })
                .collect();
            self.deliver();
            if self.is_empty() {
                return;
            }
            let in_time = future::poll_fn(|context: &mut Context<'_>| {
                if give_up() || deadline.as_mut().poll(context).is_ready() {
                    return Poll::Ready(false);
                }
                // Every one is polled, so that each of them wakes this actor.
                let ready = rooms
                    .iter_mut()
                    .fold(false, |ready, room| Pin::new(room).poll(context).is_ready() | ready);
                if ready { Poll::Ready(true) } else { Poll::Pending }
            });
            if !in_time.await {
                break;
            }
        }
        self.abandon();
    }

    /// Dead-letters what is left, at its targets.
    pub(crate) fn abandon(&mut self) {
        for Parcel { target, mail } in self.parcels.drain(..) {
            target.bury(mail, DeadLetterReason::QueueFull);
        }
    }

    /// Each mailbox that messages wait for, once: an actor, and a message type that goes there.
    fn refusing(&self) -> Vec<(Arc<Actor>, u64)> {
        let mut refusing: Vec<(Arc<Actor>, u64)> = Vec::new();
        for Parcel { target, mail } in &self.parcels {
            let mailbox = target.mailbox_for(mail.message_type);
            if !refusing
                .iter()
                .any(|(known, known_type)| std::ptr::eq(known.mailbox_for(*known_type), mailbox))
            {
                refusing.push((target.clone(), mail.message_type));
            }
        }
        refusing
    }
}
