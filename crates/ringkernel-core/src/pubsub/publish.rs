//! How a publication gets into the queues of its subscribers.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use super::entry::{Admitted, TopicEntry};
use super::figures::count;
use super::held_up::{HeldUp, Sent};
use super::mailbox::{Mailbox, Offered};
use super::port::Taken;
use super::{PubSubBroker, PubSubError, Publication, QoS, SharedPublication, Topic};
use crate::dead_letter::DeadLetterReason;
use crate::hlc::HlcTimestamp;
use crate::message::MessageEnvelope;
use crate::runtime::{BoxFuture, KernelId};

/// Future of a publication. It is small, so that moving it is cheap; what waiting for room needs is allocated by those who wait.
struct Publishing<'a> {
    broker: &'a PubSubBroker,
    publication: Option<SharedPublication>,
    later: Option<BoxFuture<'a, Result<u64, PubSubError>>>,
}

impl Future for Publishing<'_> {
    type Output = Result<u64, PubSubError>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let Self { broker, publication, later } = self.get_mut();
        let broker = *broker;
        if let Some(publication) = publication.take() {
            let Sent { sequence, delivered, held_up } = match broker.offer_of_host(publication) {
                Ok(sent) => sent,
                Err(error) => return Poll::Ready(Err(error)),
            };
            let Some(held_up) = held_up else { return Poll::Ready(Ok(sequence)) };
            *later = Some(Box::pin(broker.settle(held_up, delivered)));
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
    /// [`PubSubError::QuotaExceeded`], [`PubSubError::UnknownTenant`], [`PubSubError::RegistrationEnded`], with nothing published;
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
        Publishing { broker: self, publication: Some(SharedPublication::new(publication)), later: None }
    }

    /// Publishes without waiting: whoever has no room now does not get it.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub fn try_send(&self, publication: Publication) -> Result<u64, PubSubError> {
        let Sent { sequence, delivered, held_up } =
            self.offer_of_host(SharedPublication::new(publication))?;
        match held_up {
            None => Ok(sequence),
            Some(held_up) => self.refusal(held_up.without_waiting(), delivered),
        }
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
        let back = |(error, publication): (_, SharedPublication)| (error, publication.envelope.clone());
        if let Err(error) = self.space.check_current() {
            return Err((error, publication.envelope));
        }
        let known = self.space.topics.get(publication.topic.name());
        let Sent { sequence, held_up, .. } =
            self.offer(known, SharedPublication::new(publication)).map_err(back)?;
        let Some(HeldUp { publication, waiting, rejected, full, .. }) = held_up.map(|held_up| *held_up)
        else {
            return Ok(sequence);
        };
        for mailbox in waiting.iter().chain(&rejected) {
            count(&self.space.counters.rejected);
            mailbox.miss();
        }
        for port in &full {
            count(&self.space.counters.rejected);
            port.refuse(&publication);
        }
        Ok(sequence)
    }

    fn offer_of_host(&self, mut publication: SharedPublication) -> Result<Sent, PubSubError> {
        self.space.check_current()?;
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
        mut publication: SharedPublication,
    ) -> Result<Sent, (PubSubError, SharedPublication)> {
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
        let matched = entry.matched(&self.space.tree, &self.space.ports, self.space.generation());
        let mut sent = Sent { sequence: publication.sequence, delivered: 0, held_up: None };
        for port in &matched.ports {
            match port.deliver(&publication) {
                Taken::Yes => sent.delivered += 1,
                Taken::Full => sent.held_up(&publication).full.push(port.clone()),
                Taken::Gone => {}
            }
        }
        let Some((last, mailboxes)) = matched.mailboxes.split_last() else {
            return Ok(sent);
        };
        for mailbox in mailboxes {
            sent.note(self.offer_to(mailbox, &publication), mailbox, &publication);
        }
        if sent.held_up.is_some() || publication.qos == QoS::ExactlyOnce {
            sent.note(self.offer_to(last, &publication), last, &publication);
            return Ok(sent);
        }
        // The last one gets ours: a count that is not touched moves no cache line between processors.
        match last.offer_own(publication, |displaced| self.displace(last, &displaced)) {
            Ok(()) => {
                sent.delivered += 1;
                Ok(sent)
            }
            Err((offered, publication)) => {
                sent.note(offered, last, &publication);
                Ok(sent)
            }
        }
    }

    #[cold]
    fn fresh_entry(&self, publication: &Publication) -> Result<Arc<TopicEntry>, PubSubError> {
        publication.topic.check_name()?;
        self.space.topic(&publication.topic, self.config())
    }

    #[inline]
    pub(super) fn offer_to(&self, mailbox: &Mailbox, publication: &SharedPublication) -> Offered {
        mailbox.offer(publication, |displaced| self.displace(mailbox, &displaced))
    }

    fn displace(&self, mailbox: &Mailbox, displaced: &Publication) {
        count(&self.space.counters.displaced);
        self.space.bury(mailbox, displaced, DeadLetterReason::Displaced, self.config().time.now_ns());
    }

    fn check_retains(&self, publication: &Publication) -> Result<(), PubSubError> {
        match publication.retained && self.config().max_retained_messages == 0 {
            true => Err(PubSubError::RetainsNothing { topic: publication.topic.clone() }),
            false => Ok(()),
        }
    }
}
