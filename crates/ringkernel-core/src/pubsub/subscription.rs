//! The receiving end of a subscription.

use std::fmt;
use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use tokio::task::coop;

use super::figures::count;
use super::mailbox::{Mailbox, Nothing, Replay, Taken};
use super::unacknowledged::Overdue;
use super::{Delivery, PubSubBroker, Publication, QoS, ReceiveError, SharedPublication, Topic};
use crate::dead_letter::DeadLetterReason;
use crate::runtime::KernelId;

/// Receives what is published to the topics that a pattern matches. Dropping it ends the subscription, unless the broker
/// [keeps its place](super::PubSubConfig::enable_persistence).
pub struct Subscription {
    broker: Arc<PubSubBroker>,
    mailbox: Arc<Mailbox>,
    replay: Replay,
    leaving: Leaving,
}

/// What a subscriber is given.
type Received = Result<Delivery, ReceiveError>;

/// What becomes of the subscription when it is dropped.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Leaving {
    KeepsPlace,
    Ends,
}

impl Subscription {
    pub(super) fn new(broker: Arc<PubSubBroker>, mailbox: Arc<Mailbox>, replay: Replay) -> Self {
        let leaving = match broker.config().enable_persistence {
            true => Leaving::KeepsPlace,
            false => Leaving::Ends,
        };
        Self { broker, mailbox, replay, leaving }
    }

    /// Its number, unique among the subscriptions of all tenants of a broker.
    pub fn id(&self) -> u64 {
        self.mailbox.id
    }

    /// What it is subscribed to.
    pub fn pattern(&self) -> &Topic {
        &self.mailbox.pattern
    }

    /// Who subscribed.
    pub fn subscriber(&self) -> &KernelId {
        &self.mailbox.subscriber
    }

    /// Waits for the next publication. Those to be given again come first, then the queue in its order.
    ///
    /// With as many publications unacknowledged as the queue has places, nothing new comes until some are acknowledged. A future
    /// that is dropped has received nothing.
    ///
    /// # Errors
    /// [`ReceiveError::Lagged`] when publications were missed because the queue was full; [`ReceiveError::Closed`] when the
    /// subscription has ended.
    pub async fn receive(&mut self) -> Result<Delivery, ReceiveError> {
        loop {
            let due = match self.mailbox.given() {
                0 => None,
                _ => self.mailbox.with_record(|record| record.next_due()),
            };
            let Some(due) = due else { return poll_fn(|context| self.poll_next(context)).await };
            // A timer is not needed for what is there.
            if let Some(received) = poll_fn(|context| self.poll_now(context)).await {
                return received;
            }
            let time = self.broker.config().time.clone();
            if let Ok(received) = time.timeout_at(due, poll_fn(|context| self.poll_next(context))).await {
                return received;
            }
            // Something is to be given again, or a letter is dead: `next` sees to it.
        }
    }

    /// The next publication, if it is there.
    ///
    /// # Errors
    /// As [`receive`](Self::receive), and [`ReceiveError::Empty`].
    pub fn try_receive(&mut self) -> Result<Delivery, ReceiveError> {
        self.next().unwrap_or(Err(ReceiveError::Empty))
    }

    /// Acknowledges a publication that this subscription was given. False when it was not waiting for that: it was acknowledged
    /// before, or given up, or nothing but its delivery was promised.
    pub fn ack(&self, publication: &Publication) -> bool {
        if publication.qos == QoS::AtMostOnce {
            return false;
        }
        self.mailbox.with_record(|record| record.acknowledge(publication))
    }

    /// Ends the subscription. What it has not acknowledged becomes dead letters.
    pub fn unsubscribe(mut self) {
        self.leaving = Leaving::Ends;
    }

    /// What is next, or has the task woken when there is something.
    ///
    /// In a task of tokio it counts against the task's budget, so that one that always has publications gives way to others.
    #[inline]
    fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Received> {
        let turn = ready!(coop::poll_proceed(context));
        if let Ok(received) = self.next() {
            turn.made_progress();
            return Poll::Ready(received);
        }
        let mailbox = self.mailbox.clone();
        let waited = mailbox.wait(context, || self.next());
        if waited.is_ready() {
            turn.made_progress();
        }
        waited
    }

    /// What is next, if it is there, at the expense of the task's budget as well. `None` costs nothing.
    fn poll_now(&mut self, context: &mut Context<'_>) -> Poll<Option<Received>> {
        let turn = ready!(coop::poll_proceed(context));
        let received = self.next().ok();
        if received.is_some() {
            turn.made_progress();
        }
        Poll::Ready(received)
    }

    /// What is next: the rest of the retained, then what is due again, then the queue.
    fn next(&mut self) -> Result<Received, Nothing> {
        if self.mailbox.given() > 0 {
            if let Some(delivery) = self.due_again() {
                return Ok(Ok(delivery));
            }
            if self.mailbox.given() >= self.mailbox.capacity() {
                return Err(Nothing::Now);
            }
        }
        if let Some(publication) = self.replay.publications.pop_front() {
            return Ok(Ok(self.give(publication)));
        }
        loop {
            return match self.mailbox.take() {
                Some(Taken::Publication(publication)) if self.has_seen(&publication) => continue,
                Some(Taken::Publication(publication)) => Ok(Ok(self.give(publication))),
                Some(Taken::Missed(missed)) => Ok(Err(ReceiveError::Lagged { missed })),
                None if self.mailbox.is_over() => Ok(Err(ReceiveError::Closed)),
                None => Err(Nothing::InQueue),
            };
        }
    }

    /// Whether a publication was among the retained ones, or is older than the subscription.
    fn has_seen(&self, publication: &Publication) -> bool {
        !self.replay.until.is_empty()
            && self.replay.until.get(&publication.topic).is_some_and(|until| publication.sequence <= *until)
    }

    /// Hands a publication out for the first time.
    fn give(&self, publication: SharedPublication) -> Delivery {
        if publication.qos != QoS::AtMostOnce {
            let config = self.broker.config();
            let due = config.time.after(config.ack_timeout);
            self.mailbox.with_record(|record| record.give(publication.clone(), due));
        }
        Delivery::new(publication, 1)
    }

    /// The next publication that is to be given again; those that were given too often become dead letters.
    fn due_again(&self) -> Option<Delivery> {
        let config = self.broker.config();
        let now = config.time.instant();
        loop {
            let next_due = config.time.after(config.ack_timeout);
            let overdue = |record: &mut super::unacknowledged::Unacknowledged| {
                record.overdue(now, next_due, config.max_deliveries)
            };
            match self.mailbox.with_record(overdue)? {
                Overdue::Again(publication, attempt) => {
                    count(&self.broker.space.counters.redelivered);
                    return Some(Delivery::new(publication, attempt));
                }
                Overdue::TooOften(publication) => {
                    let (reason, at_ns) = (DeadLetterReason::Unacknowledged, config.time.now_ns());
                    self.broker.space.bury(&self.mailbox, &publication, reason, at_ns);
                }
            }
        }
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        let (space, time) = (&self.broker.space, &self.broker.config().time);
        let now_ns = time.now_ns();
        let bury = |publication: &SharedPublication| {
            space.bury(&self.mailbox, publication, DeadLetterReason::SubscriberGone, now_ns);
        };
        let replay = std::mem::take(&mut self.replay);
        if self.leaving == Leaving::KeepsPlace && space.subscription(self.mailbox.id).is_some() {
            self.mailbox.park(replay, time.instant()).iter().for_each(bury);
        } else {
            replay.publications.iter().for_each(bury);
            space.end(&self.mailbox, now_ns);
        }
    }
}

impl fmt::Debug for Subscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscription")
            .field("id", &self.id())
            .field("pattern", self.pattern())
            .field("subscriber", self.subscriber())
            .finish_non_exhaustive()
    }
}
