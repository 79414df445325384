//! The queue for many producers and one consumer, and its halves.

use super::claim::Claim;
use super::error::{CapacityError, QueueError};
use super::message_queue::MessageQueue;
use super::ring::mpsc::Ring;
use super::shared::Shared;
use super::spsc::{debug, half_views};
use super::statistics::{QueueStatistics, QueueStats};
use super::tier::QueueTier;
use crate::message::MessageEnvelope;
use crate::sync::Arc;
use crate::sync::atomic::{AtomicUsize, Ordering};
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
    consumer: Claim,
}

impl<T: Send> MpscQueue<T> {
    /// Makes an empty queue. Its slots are allocated by the first message.
    ///
    /// # Errors
    ///
    /// [`CapacityError`] when `capacity` is not a non-zero power of two; it names the next one.
    pub fn new(capacity: usize) -> Result<Self, CapacityError> {
        Ok(Self { shared: Shared::new(capacity)?, consumer: Claim::new() })
    }

    /// Makes an empty queue with the capacity of a tier.
    pub fn with_tier(tier: QueueTier) -> Self {
        Self::new(tier.capacity()).expect("every tier is a power of two that memory can hold")
    }

    /// Separates the two sides. The producer can be cloned. Messages in the queue stay in it.
    pub fn split(self) -> (MpscProducer<T>, MpscConsumer<T>) {
        let ends = Arc::new(Ends { shared: self.shared, producers: AtomicUsize::new(1) });
        (MpscProducer { ends: Arc::clone(&ends) }, MpscConsumer { ends })
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
        unsafe { self.shared.push(message) }
    }

    fn try_dequeue(&self) -> Option<T> {
        let side = self.consumer.acquire();
        // SAFETY: the claim makes this call the owner of the consumer side.
        let message = unsafe { self.shared.pop() }?;
        drop(side);
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
        unsafe { self.shared.close_as_producer() }
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

/// What the halves share.
struct Ends<T: Send> {
    shared: Shared<T, Ring<T>>,
    producers: AtomicUsize,
}

impl<T: Send> std::ops::Deref for Ends<T> {
    type Target = Shared<T, Ring<T>>;

    fn deref(&self) -> &Self::Target {
        &self.shared
    }
}

/// A sending half of an [`MpscQueue`]; clone it for every producer. Dropping the last one closes the queue;
/// the consumer can still take what is in it.
pub struct MpscProducer<T: Send = MessageEnvelope> {
    ends: Arc<Ends<T>>,
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
        unsafe { self.ends.push(message) }
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
        self.ends.enqueue(message, timer::after(timeout), |message| self.try_enqueue(message))
    }

    /// Closes the queue for all producers; the consumer can still take what is in it.
    pub fn close(&self) {
        // SAFETY: any thread may be a producer of an MPSC ring.
        unsafe { self.ends.close_as_producer() }
    }

    half_views!(ends);
}

impl<T: Send> Clone for MpscProducer<T> {
    fn clone(&self) -> Self {
        // Relaxed: this producer keeps the count above zero meanwhile.
        self.ends.producers.fetch_add(1, Ordering::Relaxed);
        Self { ends: Arc::clone(&self.ends) }
    }
}

impl<T: Send> Drop for MpscProducer<T> {
    fn drop(&mut self) {
        // AcqRel: the pushes of every producer come before the close by the last.
        if self.ends.producers.fetch_sub(1, Ordering::AcqRel) == 1 {
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
    ends: Arc<Ends<T>>,
}

impl<T: Send> MpscConsumer<T> {
    /// Takes the oldest message if there is one.
    #[inline]
    pub fn try_dequeue(&mut self) -> Option<T> {
        // SAFETY: this is the only `MpscConsumer` of the ring and it is borrowed exclusively.
        unsafe { self.ends.pop() }
    }

    /// Takes up to `limit` messages, oldest first, and returns how many. Waiting producers are told once
    /// for all of them, which is cheaper than taking them one by one.
    pub fn try_dequeue_batch(&mut self, limit: usize, take: impl FnMut(T)) -> usize {
        // SAFETY: this is the only `MpscConsumer` of the ring and it is borrowed exclusively.
        unsafe { self.ends.pop_batch(limit, take) }
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
        let shared = &**self.ends;
        shared.dequeue(timer::after(timeout), || {
            // SAFETY: the future borrows the only `MpscConsumer` exclusively for as long as it lives.
            unsafe { shared.pop() }
        })
    }

    /// True when the queue is closed and everything was taken.
    pub fn is_drained(&self) -> bool {
        self.ends.ring.is_drained()
    }

    /// Refuses new messages from now on; what is in the queue can still be taken.
    pub fn close(&mut self) {
        // SAFETY: this is the only `MpscConsumer` of the ring and it is borrowed exclusively.
        unsafe { self.ends.close_as_consumer() }
    }

    half_views!(ends);
}

impl<T: Send> Drop for MpscConsumer<T> {
    fn drop(&mut self) {
        // SAFETY: this is the only `MpscConsumer` of the ring and it is going away.
        unsafe { self.ends.abandon() }
    }
}

impl<T: Send> fmt::Debug for MpscConsumer<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        debug("MpscConsumer", self.len(), self.capacity(), self.is_closed(), f)
    }
}
