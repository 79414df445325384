//! How a publication gets into the queues of its subscribers.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use super::entry::{Admitted, TopicEntry};
use super::figures::count;
use super::mailbox::{Mailbox, Offered};
use super::port::{Attached, Taken};
use super::{PubSubBroker, PubSubError, Publication, QoS, Topic};
use crate::dead_letter::DeadLetterReason;
use crate::hlc::HlcTimestamp;
use crate::message::MessageEnvelope;
use crate::runtime::{BoxFuture, KernelId};

/// A publication that has been offered to everybody once.
struct Sending {
    publication: Arc<Publication>,
    delivered: usize,
    /// Those who want it to wait for room.
    waiting: Vec<Arc<Mailbox>>,
    /// Those who want to be told.
    rejected: Vec<Arc<Mailbox>>,
    /// Kernels without room.
    full: Vec<Arc<Attached>>,
    without_room: Vec<KernelId>,
}

/// A wait for room.
struct Wait<'a> {
    subscriber: KernelId,
    taken: BoxFuture<'a, Taken>,
}

/// Future of a publication. It is small, so that moving it is cheap; what waiting for room needs is allocated by those who wait.
struct Publishing<'a> {
    broker: &'a PubSubBroker,
    publication: Option<Arc<Publication>>,
    later: Option<BoxFuture<'a, Result<u64, PubSubError>>>,
}

impl Future for Publishing<'_> {
    type Output = Result<u64, PubSubError>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let Self { broker, publication, later } = self.get_mut();
        let broker = *broker;
        if let Some(publication) = publication.take() {
            let mut sending = match broker.offer_of_host(publication) {
                Ok(sending) => sending,
                Err(error) => return Poll::Ready(Err(error)),
            };
            if sending.waiting.is_empty() && sending.full.is_empty() {
                return Poll::Ready(broker.outcome(sending));
            }
            *later = Some(Box::pin(async move {
                broker.wait_for_room(&mut sending).await;
                broker.outcome(sending)
            }));
        }
        let later = later.as_mut().expect("a future that is ready is not polled again");
        later.as_mut().poll(context)
    }
}

impl PubSubBroker {
    /// Publishes a message with the promise that is the default. Gives its number within the topic.
    ///
    /// Waits for subscribers that want publishers to wait, at most as long as the options say. A future that is dropped meanwhile has
    /// published to those who had room.
    ///
    /// # Errors
    /// [`PubSubError::Topic`], [`PubSubError::TooManyTopics`], [`PubSubError::TenantMismatch`],
    /// [`PubSubError::QuotaExceeded`], [`PubSubError::UnknownTenant`], with nothing published;
    /// [`PubSubError::Rejected`] when some subscribers had no room.
    #[inline]
    pub fn publish(
        &self,
        topic: impl Into<Topic>,
        publisher: impl Into<KernelId>,
        envelope: MessageEnvelope,
        timestamp: HlcTimestamp,
    ) -> impl Future<Output = Result<u64, PubSubError>> + Send {
        let mut publication = Publication::new(topic, publisher, envelope, timestamp);
        publication.qos = self.config().default_qos;
        self.send(publication)
    }

    /// Publishes a message with this promise.
    ///
    /// # Errors
    /// As [`publish`](Self::publish).
    #[inline]
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
    #[inline]
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
    #[inline]
    pub fn send(&self, publication: Publication) -> impl Future<Output = Result<u64, PubSubError>> + Send {
        // Before the future, which would carry the envelope's bytes along.
        Publishing { broker: self, publication: Some(publication.shared()), later: None }
    }

    /// Publishes without waiting: whoever has no room now does not get it.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub fn try_send(&self, publication: Publication) -> Result<u64, PubSubError> {
        let mut sending = self.offer_of_host(publication.shared())?;
        let waiting = sending.waiting.drain(..).map(|mailbox| mailbox.subscriber.clone());
        sending.without_room.extend(waiting);
        let full = sending.full.drain(..).map(|port| port.subscriber.clone());
        sending.without_room.extend(full);
        self.outcome(sending)
    }

    /// Publishes what a kernel has published, marked by its runtime. The kernel cannot wait, nor be told who has no room: each of those
    /// learns that it has missed a publication, and for kernels it is a dead letter of their runtime.
    ///
    /// # Errors
    /// Gives the envelope back with the reason, with nothing published.
    pub(crate) fn publish_of_kernel(
        &self,
        publication: Publication,
    ) -> Result<u64, (PubSubError, MessageEnvelope)> {
        let back = |(error, publication)| (error, Arc::<Publication>::unwrap_or_clone(publication).envelope);
        let known = self.space.topics.get(publication.topic.name());
        let Sending { publication, waiting, rejected, full, .. } =
            self.offer(known, publication.shared()).map_err(back)?;
        for mailbox in waiting.iter().chain(&rejected) {
            count(&self.space.counters.rejected);
            mailbox.miss();
        }
        for port in &full {
            count(&self.space.counters.rejected);
            port.refuse(&publication);
        }
        Ok(publication.sequence)
    }

    fn offer_of_host(&self, mut publication: Arc<Publication>) -> Result<Sending, PubSubError> {
        self.check_retains(&publication)?;
        let known = self.space.topics.get(publication.topic.name());
        if known.is_none() {
            // Before anything is taken from the tenant's quota.
            publication.topic.check_name()?;
        }
        self.mark(&mut publication)?;
        self.offer(known, publication).map_err(|(error, _)| error)
    }

    /// Offers a publication to everybody who matches, and wakes them. Gives it back when there is no such topic.
    ///
    /// `known` is the topic, if it has been published to; its name has been checked then.
    fn offer(
        &self,
        mut known: Option<Arc<TopicEntry>>,
        mut publication: Arc<Publication>,
    ) -> Result<Sending, (PubSubError, Arc<Publication>)> {
        let entry = loop {
            let entry = match known.take().map_or_else(|| self.fresh_entry(&publication), Ok) {
                Ok(entry) => entry,
                Err(error) => return Err((error, publication)),
            };
            match entry.admit(&mut publication, self.config()) {
                Admitted::First => break entry,
                Admitted::Again => {
                    count(&self.space.counters.duplicates);
                    break entry;
                }
                Admitted::Forgotten => {}
            }
        };
        let mut sending = Sending {
            publication,
            delivered: 0,
            waiting: Vec::new(),
            rejected: Vec::new(),
            full: Vec::new(),
            without_room: Vec::new(),
        };
        let matched = entry.matched(&self.space.tree, &self.space.ports, self.space.generation());
        for mailbox in &matched.mailboxes {
            match self.offer_to(mailbox, &sending.publication) {
                Offered::Accepted | Offered::Duplicate => sending.delivered += 1,
                Offered::Full => sending.waiting.push(mailbox.clone()),
                Offered::Rejected => sending.rejected.push(mailbox.clone()),
                Offered::Gone => {}
            }
        }
        for port in &matched.ports {
            match port.deliver(&sending.publication) {
                Taken::Yes => sending.delivered += 1,
                Taken::Full => sending.full.push(port.clone()),
                Taken::Gone => {}
            }
        }
        Ok(sending)
    }

    #[cold]
    fn fresh_entry(&self, publication: &Publication) -> Result<Arc<TopicEntry>, PubSubError> {
        publication.topic.check_name()?;
        self.space.topic(&publication.topic, self.config())
    }

    #[inline]
    fn offer_to(&self, mailbox: &Mailbox, publication: &Arc<Publication>) -> Offered {
        mailbox.offer(publication, |displaced| {
            count(&self.space.counters.displaced);
            let now_ns = self.config().time.now_ns();
            self.space.bury(mailbox, &displaced, DeadLetterReason::Displaced, now_ns);
        })
    }

    /// Waits for all at the same time: who has no room is no concern of the others.
    async fn wait_for_room(&self, sending: &mut Sending) {
        let publication = &sending.publication;
        let queues = std::mem::take(&mut sending.waiting).into_iter().map(|mailbox| Wait {
            subscriber: mailbox.subscriber.clone(),
            taken: Box::pin(self.wait_for_mailbox(mailbox, publication)),
        });
        let ports = std::mem::take(&mut sending.full).into_iter().map(|port| Wait {
            subscriber: port.subscriber.clone(),
            taken: Box::pin(wait_for_port(port, publication)),
        });
        let mut waits: Vec<_> = queues.chain(ports).collect();
        let mut look = |context: &mut Context<'_>| {
            waits.retain_mut(|wait| match wait.taken.as_mut().poll(context) {
                Poll::Pending => true,
                Poll::Ready(Taken::Full) => {
                    sending.without_room.push(wait.subscriber.clone());
                    false
                }
                Poll::Ready(Taken::Yes) => {
                    sending.delivered += 1;
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
        sending.without_room.extend(waits.into_iter().map(|wait| wait.subscriber));
    }

    async fn wait_for_mailbox(&self, mailbox: Arc<Mailbox>, publication: &Arc<Publication>) -> Taken {
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

    fn outcome(&self, sending: Sending) -> Result<u64, PubSubError> {
        let Sending { publication, delivered, rejected, .. } = sending;
        if rejected.is_empty() && sending.without_room.is_empty() {
            return Ok(publication.sequence);
        }
        let rejected = rejected.iter().map(|mailbox| mailbox.subscriber.clone());
        let without_room: Vec<KernelId> = rejected.chain(sending.without_room).collect();
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
}

async fn wait_for_port(port: Arc<Attached>, publication: &Publication) -> Taken {
    loop {
        match port.deliver(publication) {
            Taken::Full => port.room().await,
            taken => return taken,
        }
    }
}
