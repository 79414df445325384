//! A publication for which not everybody had room, and what becomes of it.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Context, Poll};

use super::figures::count;
use super::mailbox::{Mailbox, Offered};
use super::port::{Attached, Taken};
use super::{PubSubBroker, PubSubError, Publication, SharedPublication};
use crate::runtime::{BoxFuture, KernelId};

/// A publication that has been offered to everybody once.
pub(super) struct Sent {
    pub(super) sequence: u64,
    /// How many have it.
    pub(super) delivered: usize,
    /// What is left to do where some had no room. Apart, because it is large, and mostly there is nothing.
    pub(super) held_up: Option<Box<HeldUp>>,
}

/// Those who had no room.
pub(super) struct HeldUp {
    pub(super) publication: SharedPublication,
    /// Those who want it to wait for room.
    pub(super) waiting: Vec<Arc<Mailbox>>,
    /// Those who want to be told.
    pub(super) rejected: Vec<Arc<Mailbox>>,
    /// Kernels.
    pub(super) full: Vec<Arc<Attached>>,
    /// Those for whom nothing is left to do but to name them.
    without_room: Vec<KernelId>,
}

/// A wait for room.
struct Wait<'a> {
    subscriber: KernelId,
    taken: BoxFuture<'a, Taken>,
}

impl Sent {
    /// Those of a publication who had no room.
    pub(super) fn held_up(&mut self, publication: &SharedPublication) -> &mut HeldUp {
        self.held_up.get_or_insert_with(|| {
            Box::new(HeldUp {
                publication: publication.clone(),
                waiting: Vec::new(),
                rejected: Vec::new(),
                full: Vec::new(),
                without_room: Vec::new(),
            })
        })
    }

    /// Notes what became of an offer.
    #[inline]
    pub(super) fn note(&mut self, offered: Offered, mailbox: &Arc<Mailbox>, publication: &SharedPublication) {
        match offered {
            Offered::Accepted | Offered::Duplicate => self.delivered += 1,
            Offered::Full => self.held_up(publication).waiting.push(mailbox.clone()),
            Offered::Rejected => self.held_up(publication).rejected.push(mailbox.clone()),
            Offered::Gone => {}
        }
    }
}

impl HeldUp {
    /// The same for a publisher that does not wait.
    pub(super) fn without_waiting(mut self) -> Self {
        let waiting = self.waiting.drain(..).map(|mailbox| mailbox.subscriber.clone());
        self.without_room.extend(waiting);
        let full = self.full.drain(..).map(|port| port.subscriber.clone());
        self.without_room.extend(full);
        self
    }
}

impl PubSubBroker {
    /// Waits for those who want that, and tells the publisher who had no room.
    pub(super) async fn settle(
        &self,
        mut held_up: Box<HeldUp>,
        mut delivered: usize,
    ) -> Result<u64, PubSubError> {
        delivered += self.wait_for_room(&mut held_up).await;
        self.refusal(*held_up, delivered)
    }

    /// Waits for all at the same time: who has no room is no concern of the others.
    /// Gives how many had it in the end.
    async fn wait_for_room(&self, held_up: &mut HeldUp) -> usize {
        let HeldUp { publication, waiting, full, without_room, .. } = held_up;
        let publication = &*publication;
        let mut delivered = 0;
        let queues = std::mem::take(waiting).into_iter().map(|mailbox| Wait {
            subscriber: mailbox.subscriber.clone(),
            taken: Box::pin(self.wait_for_mailbox(mailbox, publication)),
        });
        let ports = std::mem::take(full).into_iter().map(|port| Wait {
            subscriber: port.subscriber.clone(),
            taken: Box::pin(wait_for_port(port, publication)),
        });
        let mut waits: Vec<_> = queues.chain(ports).collect();
        let mut look = |context: &mut Context<'_>| {
            waits.retain_mut(|wait| match wait.taken.as_mut().poll(context) {
                Poll::Pending => true,
                Poll::Ready(Taken::Full) => {
                    without_room.push(wait.subscriber.clone());
                    false
                }
                Poll::Ready(Taken::Yes) => {
                    delivered += 1;
                    false
                }
                Poll::Ready(Taken::Gone) => false,
            });
            if waits.is_empty() { Poll::Ready(()) } else { Poll::Pending }
        };
        let time = &self.config().time;
        let deadline = time.after(self.config().publish_timeout);
        // Those for whom it was too long are left.
        let _ = time.timeout_at(deadline, poll_fn(&mut look)).await;
        without_room.extend(waits.into_iter().map(|wait| wait.subscriber));
        delivered
    }

    async fn wait_for_mailbox(&self, mailbox: Arc<Mailbox>, publication: &SharedPublication) -> Taken {
        let attempt = || match self.offer_to(&mailbox, publication) {
            Offered::Full => None,
            offered => Some(offered),
        };
        match mailbox.room.wait(attempt).await {
            Offered::Accepted | Offered::Duplicate => Taken::Yes,
            Offered::Full | Offered::Rejected => Taken::Full,
            Offered::Gone => Taken::Gone,
        }
    }

    /// Tells the publisher who had no room, if anybody.
    pub(super) fn refusal(&self, held_up: HeldUp, delivered: usize) -> Result<u64, PubSubError> {
        let HeldUp { publication, rejected, without_room, .. } = held_up;
        if rejected.is_empty() && without_room.is_empty() {
            return Ok(publication.sequence);
        }
        let rejected = rejected.iter().map(|mailbox| mailbox.subscriber.clone());
        let without_room: Vec<KernelId> = rejected.chain(without_room).collect();
        without_room.iter().for_each(|_| count(&self.space.counters.rejected));
        let (topic, sequence) = (publication.topic.clone(), publication.sequence);
        Err(PubSubError::Rejected { topic, sequence, delivered, without_room })
    }
}

async fn wait_for_port(port: Arc<Attached>, publication: &Publication) -> Taken {
    loop {
        match port.deliver(publication) {
            Taken::Full => port.room().await,
            taken => return taken,
        }
    }
}
