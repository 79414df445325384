//! The queue for one producer and one consumer, and its halves.

use super::claim::Claim;
use super::error::{CapacityError, QueueError};
use super::message_queue::MessageQueue;
use super::ring::spsc::{ConsumerSide, ProducerSide, ReadChunk, Ring, WriteChunk};
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

/// A bounded queue from one producer to one consumer.
///
/// [`split`](Self::split) gives the two halves, which cannot be misused and never wait for anybody. While nobody has
/// awaited an `enqueue` or `dequeue`, they cost little more than the bare [`ring`](super::ring); after that every call
/// has a fence, which chunks and batches share among their messages. Shared by reference it works as a [`MessageQueue`], where calls on the same side exclude each other.
pub struct SpscQueue<T: Send = MessageEnvelope> {
    shared: Shared<T, Ring<T>>,
    producer: Claim<ProducerSide>,
    consumer: Claim<ConsumerSide>,
}

impl<T: Send> SpscQueue<T> {
    /// Makes an empty queue. Its slots are allocated by the first message.
    ///
    /// # Errors
    ///
    /// [`CapacityError`] when `capacity` is not a non-zero power of two; it names the next one.
    pub fn new(capacity: usize) -> Result<Self, CapacityError> {
        let (shared, producer, consumer) = Shared::new(capacity)?;
        Ok(Self { shared, producer: Claim::new(producer), consumer: Claim::new(consumer) })
    }

    /// Makes an empty queue with the capacity of a tier.
    pub fn with_tier(tier: QueueTier) -> Self {
        Self::new(tier.capacity()).expect("every tier is a power of two that memory can hold")
    }

    /// Separates the two sides, for one thread each. Messages in the queue stay in it.
    pub fn split(self) -> (Producer<T>, Consumer<T>) {
        let Self { shared, producer, consumer } = self;
        let shared = Arc::new(shared);
        let producer = Producer { shared: Arc::clone(&shared), side: producer.into_inner() };
        (producer, Consumer { shared, side: consumer.into_inner() })
    }

    /// Bytes of slots: zero until the first message.
    pub fn allocated_bytes(&self) -> usize {
        self.shared.allocated_bytes()
    }
}

impl<T: Send> MessageQueue<T> for SpscQueue<T> {
    fn capacity(&self) -> usize {
        self.shared.ring.capacity()
    }

    fn len(&self) -> usize {
        self.shared.ring.len()
    }

    fn try_enqueue(&self, message: T) -> Result<(), QueueError<T>> {
        // SAFETY: `new` made the side with the queue.
        self.producer.own(|side| unsafe { self.shared.push(side, message) })
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
        // As the producer, so that no push is under way and the end is decided when this returns.
        // SAFETY: `new` made the side with the queue.
        self.producer.own(|side| unsafe { self.shared.close_as_producer(side) });
    }

    fn is_closed(&self) -> bool {
        self.shared.ring.is_closed()
    }

    fn statistics(&self) -> QueueStatistics {
        self.shared.statistics()
    }
}

impl<T: Send> fmt::Debug for SpscQueue<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        debug("SpscQueue", self.len(), self.capacity(), self.is_closed(), f)
    }
}

/// The sending half of an [`SpscQueue`]. Dropping it closes the queue; the consumer can still take what is
/// in it.
pub struct Producer<T: Send = MessageEnvelope> {
    shared: Arc<Shared<T, Ring<T>>>,
    side: ProducerSide,
}

impl<T: Send> Producer<T> {
    /// Adds a message if there is room now.
    ///
    /// # Errors
    ///
    /// [`QueueError::Full`] or [`QueueError::Refused`] (closed, or the consumer is gone), with the message.
    #[inline]
    pub fn try_enqueue(&mut self, message: T) -> Result<(), QueueError<T>> {
        // SAFETY: the queue made the side with what is shared.
        unsafe { self.shared.push(&mut self.side, message) }
    }

    /// Adds the messages that `messages` gives, as far as there is room, and hands all of them over at once, which is
    /// cheaper than adding them one by one. Returns how many that were. What there was no room for stays in
    /// `messages`. Nothing is taken when the queue is closed.
    pub fn try_enqueue_batch(&mut self, messages: &mut impl Iterator<Item = T>) -> usize {
        let shared = &*self.shared;
        // SAFETY: the queue made the side with what is shared.
        unsafe { WriteChunk::fill(&shared.ring, &mut self.side, Some(shared), messages) }
    }

    /// Reserves exactly `slots` free slots, to be filled one by one and handed over together. `None` when there are
    /// fewer, or the queue is closed.
    pub fn write_chunk(&mut self, slots: usize) -> Option<WriteChunk<'_, T>> {
        let shared = &*self.shared;
        // SAFETY: the queue made the side with what is shared.
        unsafe { WriteChunk::exactly(&shared.ring, &mut self.side, Some(shared), slots) }
    }

    /// Adds a message, waiting for room for at most `timeout` from this call on. A future that is dropped
    /// before it is ready has not added its message, and drops it.
    ///
    /// # Errors
    ///
    /// [`QueueError::Full`] when the time is up, [`QueueError::Refused`] when the queue is closed, both
    /// with the message.
    pub fn enqueue(
        &mut self,
        message: T,
        timeout: Duration,
    ) -> impl Future<Output = Result<(), QueueError<T>>> + Send + '_ {
        let Self { shared, side } = self;
        shared.enqueue(message, timer::after(timeout), |message| {
            // SAFETY: the queue made the side with what is shared.
            unsafe { shared.push(side, message) }
        })
    }

    /// Ends the stream: the consumer takes what is in the queue and then learns that it is closed.
    pub fn close(&mut self) {
        // SAFETY: the queue made the side with what is shared.
        unsafe { self.shared.close_as_producer(&mut self.side) }
    }

    half_views!(shared);
}

impl<T: Send> Drop for Producer<T> {
    fn drop(&mut self) {
        self.close();
    }
}

impl<T: Send> fmt::Debug for Producer<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        debug("Producer", self.len(), self.capacity(), self.is_closed(), f)
    }
}

/// The receiving half of an [`SpscQueue`]. Dropping it closes the queue and destroys what is in it; the
/// producer gets further messages back.
pub struct Consumer<T: Send = MessageEnvelope> {
    shared: Arc<Shared<T, Ring<T>>>,
    side: ConsumerSide,
}

impl<T: Send> Consumer<T> {
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

    /// Up to `limit` of the oldest messages, to be read in place or moved out; their slots are given back, and waiting
    /// producers told, at once. The chunk is empty when the queue is.
    pub fn read_chunk(&mut self, limit: usize) -> ReadChunk<'_, T> {
        let shared = &*self.shared;
        // SAFETY: the queue made the side with what is shared.
        unsafe { ReadChunk::up_to(&shared.ring, &mut self.side, Some(shared), limit) }
    }

    /// Takes up to `limit` messages, oldest first, and returns how many. Waiting producers are told once
    /// for all of them, which is cheaper than taking them one by one.
    pub fn try_dequeue_batch(&mut self, limit: usize, take: impl FnMut(T)) -> usize {
        let chunk = self.read_chunk(limit);
        let count = chunk.len();
        chunk.into_iter().for_each(take);
        count
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

    /// True when everything was taken and nothing will ever come again: the producer has closed the queue, is gone, or
    /// has had a message refused. A consumer that closes the queue itself learns it once the producer has noticed.
    pub fn is_drained(&self) -> bool {
        self.shared.ring.is_drained()
    }

    /// Refuses new messages from now on; what is in the queue can still be taken. A message that the producer is
    /// adding at this moment may still come; [`is_drained`](Self::is_drained) says when none can.
    pub fn close(&mut self) {
        // SAFETY: the queue made the side with what is shared.
        unsafe { self.shared.close_as_consumer(&mut self.side) }
    }

    half_views!(shared);
}

impl<T: Send> Drop for Consumer<T> {
    fn drop(&mut self) {
        // SAFETY: the queue made the side with what is shared, and the side goes away with this half.
        unsafe { self.shared.abandon(&mut self.side) }
    }
}

impl<T: Send> fmt::Debug for Consumer<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        debug("Consumer", self.len(), self.capacity(), self.is_closed(), f)
    }
}
