//! The queue for one producer and one consumer, and its halves.

use super::claim::Claim;
use super::error::{CapacityError, QueueError};
use super::message_queue::MessageQueue;
use super::ring::spsc::Ring;
use super::shared::Shared;
use super::statistics::{QueueStatistics, QueueStats};
use super::tier::QueueTier;
use crate::message::MessageEnvelope;
use crate::sync::Arc;
use crate::timer;
use std::fmt;
use std::future::Future;
use std::time::Duration;

/// A bounded queue from one producer to one consumer.
///
/// [`split`](Self::split) gives the two halves, which cannot be misused and never wait for anybody. Shared by
/// reference it works as a [`MessageQueue`], where calls on the same side exclude each other.
pub struct SpscQueue<T: Send = MessageEnvelope> {
    shared: Shared<T, Ring<T>>,
    producer: Claim,
    consumer: Claim,
}

impl<T: Send> SpscQueue<T> {
    /// Makes an empty queue. Its slots are allocated by the first message.
    ///
    /// # Errors
    ///
    /// [`CapacityError`] when `capacity` is not a non-zero power of two; it names the next one.
    pub fn new(capacity: usize) -> Result<Self, CapacityError> {
        Ok(Self { shared: Shared::new(capacity)?, producer: Claim::new(), consumer: Claim::new() })
    }

    /// Makes an empty queue with the capacity of a tier.
    pub fn with_tier(tier: QueueTier) -> Self {
        Self::new(tier.capacity()).expect("every tier is a power of two that memory can hold")
    }

    /// Separates the two sides, for one thread each. Messages in the queue stay in it.
    pub fn split(self) -> (Producer<T>, Consumer<T>) {
        let shared = Arc::new(self.shared);
        (Producer { shared: Arc::clone(&shared) }, Consumer { shared })
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
        let _side = self.producer.acquire();
        // SAFETY: the claim makes this call the owner of the producer side.
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
        let _side = self.consumer.acquire();
        // SAFETY: the claim makes this call the owner of the consumer side.
        unsafe { self.shared.close_as_consumer() }
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

/// Prints a queue or a half as its state, never its messages.
pub(super) fn debug(
    name: &str,
    len: usize,
    capacity: usize,
    closed: bool,
    f: &mut fmt::Formatter<'_>,
) -> fmt::Result {
    f.debug_struct(name)
        .field("len", &len)
        .field("capacity", &capacity)
        .field("closed", &closed)
        .finish_non_exhaustive()
}

/// What both halves can tell about their queue.
macro_rules! half_views {
    ($shared:ident) => {
        /// Messages in the queue.
        pub fn len(&self) -> usize {
            self.$shared.ring.len()
        }

        /// Largest number of messages, a power of two.
        pub fn capacity(&self) -> usize {
            self.$shared.ring.capacity()
        }

        /// True when there is nothing to take.
        pub fn is_empty(&self) -> bool {
            self.len() == 0
        }

        /// True when the next message would be refused for want of room.
        pub fn is_full(&self) -> bool {
            self.len() >= self.capacity()
        }

        /// True once either half closed the queue or is gone.
        pub fn is_closed(&self) -> bool {
            self.$shared.ring.is_closed()
        }

        /// The queue's figures since it was made.
        pub fn statistics(&self) -> QueueStatistics {
            self.$shared.statistics()
        }

        /// The same figures as plain counters, with the depth.
        pub fn stats(&self) -> QueueStats {
            self.statistics().into()
        }

        /// Bytes of slots: zero until the first message.
        pub fn allocated_bytes(&self) -> usize {
            self.$shared.allocated_bytes()
        }
    };
}
pub(super) use half_views;

/// The sending half of an [`SpscQueue`]. Dropping it closes the queue; the consumer can still take what is
/// in it.
pub struct Producer<T: Send = MessageEnvelope> {
    shared: Arc<Shared<T, Ring<T>>>,
}

impl<T: Send> Producer<T> {
    /// Adds a message if there is room now.
    ///
    /// # Errors
    ///
    /// [`QueueError::Full`] or [`QueueError::Refused`] (closed, or the consumer is gone), with the message.
    #[inline]
    pub fn try_enqueue(&mut self, message: T) -> Result<(), QueueError<T>> {
        // SAFETY: this is the only `Producer` of the ring and it is borrowed exclusively.
        unsafe { self.shared.push(message) }
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
        let shared = &*self.shared;
        shared.enqueue(message, timer::after(timeout), |message| {
            // SAFETY: the future borrows the only `Producer` exclusively for as long as it lives.
            unsafe { shared.push(message) }
        })
    }

    /// Ends the stream: the consumer takes what is in the queue and then learns that it is closed.
    pub fn close(&mut self) {
        // SAFETY: this is the only `Producer` of the ring and it is borrowed exclusively.
        unsafe { self.shared.close_as_producer() }
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
}

impl<T: Send> Consumer<T> {
    /// Takes the oldest message if there is one.
    #[inline]
    pub fn try_dequeue(&mut self) -> Option<T> {
        // SAFETY: this is the only `Consumer` of the ring and it is borrowed exclusively.
        unsafe { self.shared.pop() }
    }

    /// Takes up to `limit` messages, oldest first, and returns how many. Waiting producers are told once
    /// for all of them, which is cheaper than taking them one by one.
    pub fn try_dequeue_batch(&mut self, limit: usize, take: impl FnMut(T)) -> usize {
        // SAFETY: this is the only `Consumer` of the ring and it is borrowed exclusively.
        unsafe { self.shared.pop_batch(limit, take) }
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
        let shared = &*self.shared;
        shared.dequeue(timer::after(timeout), || {
            // SAFETY: the future borrows the only `Consumer` exclusively for as long as it lives.
            unsafe { shared.pop() }
        })
    }

    /// True when the queue is closed and everything was taken.
    pub fn is_drained(&self) -> bool {
        self.shared.ring.is_drained()
    }

    /// Refuses new messages from now on; what is in the queue can still be taken.
    pub fn close(&mut self) {
        // SAFETY: this is the only `Consumer` of the ring and it is borrowed exclusively.
        unsafe { self.shared.close_as_consumer() }
    }

    half_views!(shared);
}

impl<T: Send> Drop for Consumer<T> {
    fn drop(&mut self) {
        // SAFETY: this is the only `Consumer` of the ring and it is going away.
        unsafe { self.shared.abandon() }
    }
}

impl<T: Send> fmt::Debug for Consumer<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        debug("Consumer", self.len(), self.capacity(), self.is_closed(), f)
    }
}
