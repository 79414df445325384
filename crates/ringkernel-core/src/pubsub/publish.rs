//! How a publication gets into the queues of its subscribers.

use std::future::Future;
use std::sync::Arc;

use super::entry::unshared;
use super::figures::count;
use super::mailbox::{Mailbox, Offered};
use super::{PubSubBroker, PubSubError, Publication, QoS, Topic};
use crate::dead_letter::DeadLetterReason;
use crate::hlc::HlcTimestamp;
use crate::message::MessageEnvelope;
use crate::runtime::KernelId;
use crate::sync::atomic::{Ordering, fence};
use ringkernel_abi::UNSPECIFIED_TENANT;

/// A publication that has been offered to everybody once.
struct Sending {
    publication: Arc<Publication>,
    delivered: usize,
    /// Those who want it to wait for room.
    waiting: Vec<Arc<Mailbox>>,
    without_room: Vec<KernelId>,
}

impl PubSubBroker {
    /// Publishes a message with the promise that is the default. Gives its number within the topic.
    ///
    /// Waits for subscribers that want publishers to wait, at most as long as the options say. A future that is dropped meanwhile has
    /// published to those who had room.
    ///
    /// # Errors
    /// [`PubSubError::Topic`], [`PubSubError::TooManyTopics`], [`PubSubError::TenantMismatch`], with nothing published;
    /// [`PubSubError::Rejected`] when some subscribers had no room.
    pub fn publish(
        &self,
        topic: impl Into<Topic>,
        publisher: impl Into<KernelId>,
        envelope: MessageEnvelope,
        timestamp: HlcTimestamp,
    ) -> impl Future<Output = Result<u64, PubSubError>> + Send {
        let qos = self.config().default_qos;
        self.send(Publication::new(topic, publisher, envelope, timestamp).with_qos(qos))
    }

    /// Publishes a message with this promise.
    ///
    /// # Errors
    /// As [`publish`](Self::publish).
    pub fn publish_qos(
        &self,
        topic: impl Into<Topic>,
        publisher: impl Into<KernelId>,
        envelope: MessageEnvelope,
        timestamp: HlcTimestamp,
        qos: QoS,
    ) -> impl Future<Output = Result<u64, PubSubError>> + Send {
        self.send(Publication::new(topic, publisher, envelope, timestamp).with_qos(qos))
    }

    /// Publishes a message that subscribers get, too, who come later.
    ///
    /// # Errors
    /// As [`publish`](Self::publish), and [`PubSubError::RetainsNothing`].
    pub fn publish_retained(
        &self,
        topic: impl Into<Topic>,
        publisher: impl Into<KernelId>,
        envelope: MessageEnvelope,
        timestamp: HlcTimestamp,
    ) -> impl Future<Output = Result<u64, PubSubError>> + Send {
        let qos = self.config().default_qos;
        self.send(Publication::new(topic, publisher, envelope, timestamp).with_qos(qos).with_retained())
    }

    /// Publishes, waiting as [`publish`](Self::publish) does.
    ///
    /// # Errors
    /// As [`publish`](Self::publish) and [`publish_retained`](Self::publish_retained).
    pub fn send(&self, publication: Publication) -> impl Future<Output = Result<u64, PubSubError>> + Send {
        // Before the future, which would carry the envelope's bytes along.
        let publication = Arc::new(publication);
        async move {
            let mut sending = self.offer(publication)?;
            if !sending.waiting.is_empty() {
                self.wait_for_room(&mut sending).await;
            }
            self.outcome(sending)
        }
    }

    /// Publishes without waiting: whoever has no room now does not get it.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub fn try_send(&self, publication: Publication) -> Result<u64, PubSubError> {
        let mut sending = self.offer(Arc::new(publication))?;
        let waiting = sending.waiting.drain(..).map(|mailbox| mailbox.subscriber.clone());
        sending.without_room.extend(waiting);
        self.outcome(sending)
    }

    /// Offers a publication to everybody who matches, and wakes them.
    fn offer(&self, mut publication: Arc<Publication>) -> Result<Sending, PubSubError> {
        let entry = match self.space.topics.get(publication.topic.name()) {
            // Its name has been checked when it was published to first.
            Some(entry) => entry,
            None => {
                publication.topic.check_name()?;
                self.check_retains(&publication)?;
                self.space.topic(&publication.topic, self.config())?
            }
        };
        self.check_retains(&publication)?;
        self.mark_tenant(&mut publication)?;
        if !entry.admit(&mut publication, self.config()) {
            count(&self.space.counters.duplicates);
        }
        let mut sending =
            Sending { publication, delivered: 0, waiting: Vec::new(), without_room: Vec::new() };
        let matched = entry.matched(&self.space.tree, self.space.generation());
        for mailbox in &matched.mailboxes {
            match self.offer_to(mailbox, &sending.publication) {
                Offered::Accepted | Offered::Duplicate => sending.delivered += 1,
                Offered::Full => sending.waiting.push(mailbox.clone()),
                Offered::Rejected => sending.without_room.push(mailbox.subscriber.clone()),
                Offered::Gone => {}
            }
        }
        // One for all: it orders every push before the looks for who waits, and pairs with the fence of each who does.
        fence(Ordering::SeqCst);
        matched.mailboxes.iter().for_each(|mailbox| mailbox.bell.ring_after_fence());
        Ok(sending)
    }

    #[inline]
    fn offer_to(&self, mailbox: &Mailbox, publication: &Arc<Publication>) -> Offered {
        mailbox.offer(publication, |displaced| {
            count(&self.space.counters.displaced);
            let now_ns = self.config().time.now_ns();
            self.space.bury(mailbox, &displaced, DeadLetterReason::Displaced, now_ns);
        })
    }

    async fn wait_for_room(&self, sending: &mut Sending) {
        let time = &self.config().time;
        let deadline = time.after(self.config().publish_timeout);
        for mailbox in std::mem::take(&mut sending.waiting) {
            let attempt = || match self.offer_to(&mailbox, &sending.publication) {
                Offered::Full => None,
                offered => Some(offered),
            };
            match time.timeout_at(deadline, mailbox.room.wait(attempt)).await {
                Ok(Offered::Accepted | Offered::Duplicate) => {
                    mailbox.bell.ring();
                    sending.delivered += 1;
                }
                Ok(Offered::Gone) => {}
                Ok(Offered::Full | Offered::Rejected) | Err(_) => {
                    sending.without_room.push(mailbox.subscriber.clone());
                }
            }
        }
    }

    fn outcome(&self, sending: Sending) -> Result<u64, PubSubError> {
        let Sending { publication, delivered, without_room, .. } = sending;
        if without_room.is_empty() {
            return Ok(publication.sequence);
        }
        without_room.iter().for_each(|_| count(&self.space.counters.rejected));
        let (topic, sequence) = (publication.topic.clone(), publication.sequence);
        Err(PubSubError::Rejected { topic, sequence, delivered, without_room })
    }

    fn check_retains(&self, publication: &Publication) -> Result<(), PubSubError> {
        match publication.retained && self.config().max_retained_messages == 0 {
            true => Err(PubSubError::RetainsNothing { topic: publication.topic.clone() }),
            false => Ok(()),
        }
    }

    /// Marks the envelope as of the tenant to which the topics belong, unless it is marked as of another.
    fn mark_tenant(&self, publication: &mut Arc<Publication>) -> Result<(), PubSubError> {
        let (marked, tenant) = (publication.envelope.header.tenant_id, self.tenant());
        if marked != UNSPECIFIED_TENANT && marked != tenant {
            return Err(PubSubError::TenantMismatch { from: marked, to: tenant });
        }
        if marked != tenant {
            unshared(publication).envelope.header.tenant_id = tenant;
        }
        Ok(())
    }
}
