//! The queue for many producers and one consumer, and its halves.

use super::claim::Claim;
use super::error::{CapacityError, QueueError};
use super::message_queue::MessageQueue;
use super::ring::mpsc::{ConsumerSide, Ring};
use super::ring::spsc::Watch as _;
use super::shared::Shared;
use super::statistics::{QueueStatistics, QueueStats};
use super::tier::QueueTier;
use super::views::{debug, half_views};
use crate::message::MessageEnvelope;
use crate::sync::Arc;
use crate::timer;
use std::fmt;
use std::future::Future;
use std::time::Duration;

/// A bounded queue from any number of producers to one consumer.
///
/// [`split`](Self::split) gives the halves. Shared by reference it works as a [`MessageQueue`], where calls
/// that take messages exclude each other; calls that add messages never wait for one another.
pub struct MpscQueue<T: Send = MessageEnvelope> {
    shared: Shared<T, Ring<T>>,
    consumer: Claim<ConsumerSide>,
}

impl<T: Send> MpscQueue<T> {
    /// Makes an empty queue. Its slots are allocated by the first message.
    ///
    /// # Errors
    ///
    /// [`CapacityError`] when `capacity` is not a non-zero power of two; it names the next one.
    pub fn new(capacity: usize) -> Result<Self, CapacityError> {
        let (shared, (), consumer) = Shared::new(capacity)?;
        Ok(Self { shared, consumer: Claim::new(consumer) })
    }

    /// Makes an empty queue with the capacity of a tier.
    pub fn with_tier(tier: QueueTier) -> Self {
        Self::new(tier.capacity()).expect("every tier is a power of two that memory can hold")
    }

    /// Separates the two sides. The producer can be cloned. Messages in the queue stay in it.
    pub fn split(self) -> (MpscProducer<T>, MpscConsumer<T>) {
        let shared = Arc::new(self.shared);
        let consumer = MpscConsumer { shared: Arc::clone(&shared), side: self.consumer.into_inner() };
        (MpscProducer { shared }, consumer)
    }

    /// Bytes of slots: zero until the first message.
    pub fn allocated_bytes(&self) -> usize {
        self.shared.allocated_bytes()
    }
}

impl<T: Send> MessageQueue<T> for MpscQueue<T> {
    fn capacity(&self) -> usize {
        self.shared.ring.capacity()
    }

    fn len(&self) -> usize {
        self.shared.ring.len()
    }

    fn try_enqueue(&self, message: T) -> Result<(), QueueError<T>> {
        // SAFETY: any thread may be a producer of an MPSC ring.
        unsafe { self.shared.push(&mut (), message) }
    }

    fn try_dequeue(&self) -> Option<T> {
        // SAFETY: `new` made the side with the queue.
        let message = self.consumer.own(|side| unsafe { self.shared.pop(side) })?;
        self.shared.notify_if_drained();
        Some(message)
    }

    fn enqueue(
        &self,
        message: T,
        timeout: Duration,
    ) -> impl Future<Output = Result<(), QueueError<T>>> + Send {
        self.shared.enqueue(message, timer::after(timeout), |message| self.try_enqueue(message))
    }

    fn dequeue(&self, timeout: Duration) -> impl Future<Output = Result<T, QueueError<T>>> + Send {
        self.shared.dequeue(timer::after(timeout), || self.try_dequeue())
    }

    fn close(&self) {
        // SAFETY: any thread may be a producer of an MPSC ring.
        unsafe { self.shared.close_as_producer(&mut ()) }
    }

    fn is_closed(&self) -> bool {
        self.shared.ring.is_closed()
    }

    fn statistics(&self) -> QueueStatistics {
        self.shared.statistics()
    }
}

impl<T: Send> fmt::Debug for MpscQueue<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        debug("MpscQueue", self.len(), self.capacity(), self.is_closed(), f)
    }
}

/// A sending half of an [`MpscQueue`]; clone it for every producer. Dropping the last one closes the queue;
/// the consumer can still take what is in it.
pub struct MpscProducer<T: Send = MessageEnvelope> {
    shared: Arc<Shared<T, Ring<T>>>,
}

impl<T: Send> MpscProducer<T> {
    /// Adds a message if there is room now.
    ///
    /// # Errors
    ///
    /// [`QueueError::Full`] or [`QueueError::Refused`] (closed, or the consumer is gone), with the message.
    #[inline]
    pub fn try_enqueue(&self, message: T) -> Result<(), QueueError<T>> {
        // SAFETY: any thread may be a producer of an MPSC ring.
        unsafe { self.shared.push(&mut (), message) }
    }

    /// Adds as many messages as there is room for, from the front of `messages`, one after the other with no other
    /// producer's between them. Returns how many there were; the others stay in `messages`, all of them when the queue is
    /// closed.
    pub fn try_enqueue_batch(&self, messages: &mut Vec<T>) -> usize {
        let Shared { ring, meter, .. } = &*self.shared;
        let Some((from, count)) = ring.push_batch(messages, |from, count| meter.publishing(from, count))
        else {
            return 0;
        };
        self.shared.published(from, count);
        count
    }

    /// Adds a message, waiting for room for at most `timeout` from this call on. A future that is dropped
    /// before it is ready has not added its message, and drops it.
    ///
    /// # Errors
    ///
    /// [`QueueError::Full`] when the time is up, [`QueueError::Refused`] when the queue is closed, both
    /// with the message.
    pub fn enqueue(
        &self,
        message: T,
        timeout: Duration,
    ) -> impl Future<Output = Result<(), QueueError<T>>> + Send + '_ {
        self.shared.enqueue(message, timer::after(timeout), |message| self.try_enqueue(message))
    }

    /// Closes the queue for all producers; the consumer can still take what is in it.
    pub fn close(&self) {
        // SAFETY: any thread may be a producer of an MPSC ring.
        unsafe { self.shared.close_as_producer(&mut ()) }
    }

    half_views!(shared);
}

impl<T: Send> Clone for MpscProducer<T> {
    fn clone(&self) -> Self {
        self.shared.ring.add_producer();
        Self { shared: Arc::clone(&self.shared) }
    }
}

impl<T: Send> Drop for MpscProducer<T> {
    fn drop(&mut self) {
        if self.shared.ring.remove_producer() {
            self.close();
        }
    }
}

impl<T: Send> fmt::Debug for MpscProducer<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        debug("MpscProducer", self.len(), self.capacity(), self.is_closed(), f)
    }
}

/// The receiving half of an [`MpscQueue`]. Dropping it closes the queue and destroys what is in it;
/// producers get further messages back.
pub struct MpscConsumer<T: Send = MessageEnvelope> {
    shared: Arc<Shared<T, Ring<T>>>,
    side: ConsumerSide,
}

impl<T: Send> MpscConsumer<T> {
    /// Takes the oldest message if there is one.
    #[inline]
    pub fn try_dequeue(&mut self) -> Option<T> {
        // SAFETY: the queue made the side with what is shared.
        unsafe { self.shared.pop(&mut self.side) }
    }

    /// The oldest message, in its slot. It stays in the queue.
    #[inline]
    pub fn peek(&mut self) -> Option<&T> {
        // SAFETY: the queue made the side with what is shared.
        unsafe { self.shared.ring.peek(&mut self.side) }
    }

    /// Takes up to `limit` messages, oldest first, and returns how many. Waiting producers are told once
    /// for all of them, which is cheaper than taking them one by one.
    pub fn try_dequeue_batch(&mut self, limit: usize, mut take: impl FnMut(T)) -> usize {
        /// Tells the producers even when `take` panics.
        struct Taken<'a, T: Send> {
            shared: &'a Shared<T, Ring<T>>,
            from: u64,
            count: usize,
        }
        impl<T: Send> Drop for Taken<'_, T> {
            fn drop(&mut self) {
                if self.count > 0 {
                    self.shared.taken(self.from, self.count);
                }
            }
        }
        let shared = &*self.shared;
        let mut taken = Taken { shared, from: shared.ring.positions().1, count: 0 };
        while taken.count < limit {
            // SAFETY: the queue made the side with what is shared.
            let Some((_, message)) = (unsafe { shared.ring.pop(&mut self.side) }) else {
                break;
            };
            taken.count += 1;
            take(message);
        }
        taken.count
    }

    /// Takes the oldest message, waiting for one for at most `timeout` from this call on. A future that is
    /// dropped before it is ready has taken nothing.
    ///
    /// # Errors
    ///
    /// [`QueueError::Timeout`] when the time is up, [`QueueError::Closed`] when the queue is closed and
    /// drained.
    pub fn dequeue(
        &mut self,
        timeout: Duration,
    ) -> impl Future<Output = Result<T, QueueError<T>>> + Send + '_ {
        let Self { shared, side } = self;
        shared.dequeue(timer::after(timeout), || {
            // SAFETY: the queue made the side with what is shared.
            unsafe { shared.pop(side) }
        })
    }

    /// True when the queue is closed and everything was taken.
    pub fn is_drained(&self) -> bool {
        self.shared.ring.is_drained()
    }

    /// Refuses new messages from now on; what is in the queue can still be taken.
    pub fn close(&mut self) {
        // SAFETY: the queue made the side with what is shared.
        unsafe { self.shared.close_as_consumer(&mut self.side) }
    }

    half_views!(shared);
}

impl<T: Send> Drop for MpscConsumer<T> {
    fn drop(&mut self) {
        // SAFETY: the queue made the side with what is shared, and the side goes away with this half.
        unsafe { self.shared.abandon(&mut self.side) }
    }
}

impl<T: Send> fmt::Debug for MpscConsumer<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        debug("MpscConsumer", self.len(), self.capacity(), self.is_closed(), f)
    }
}
