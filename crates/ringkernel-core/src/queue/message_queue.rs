//! The trait that all message queues implement.

use super::error::QueueError;
use super::statistics::{QueueStatistics, QueueStats};
use crate::message::MessageEnvelope;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

/// A bounded queue of messages that is shared by reference.
///
/// A refused message always comes back in the error. The trait returns futures, so it is not
/// dyn-compatible; make code generic over the queue instead.
///
/// The methods take `&self` and own their side of the ring for the length of the call: two threads on the
/// same side wait for each other for a few instructions. Threads that keep a side to themselves use the
/// halves that the queue types' `split` methods return.
pub trait MessageQueue<T: Send = MessageEnvelope>: Send + Sync {
    /// Largest number of messages, a power of two. All of it is usable.
    fn capacity(&self) -> usize;

    /// Messages in the queue.
    fn len(&self) -> usize;

    /// True when there is nothing to take.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// True when the next [`try_enqueue`](Self::try_enqueue) would be refused for want of room.
    fn is_full(&self) -> bool {
        self.len() >= self.capacity()
    }

    /// Adds a message if there is room now.
    ///
    /// # Errors
    ///
    /// [`QueueError::Full`] or [`QueueError::Refused`] (closed), with the message.
    fn try_enqueue(&self, message: T) -> Result<(), QueueError<T>>;

    /// Takes the oldest message if there is one.
    fn try_dequeue(&self) -> Option<T>;

    /// Adds a message, waiting for room for at most `timeout` from this call on.
    ///
    /// A future that is dropped before it is ready has not added its message, and drops it.
    ///
    /// # Errors
    ///
    /// [`QueueError::Full`] when the time is up, [`QueueError::Refused`] when the queue is closed, both
    /// with the message.
    fn enqueue(
        &self,
        message: T,
        timeout: Duration,
    ) -> impl Future<Output = Result<(), QueueError<T>>> + Send;

    /// Takes the oldest message, waiting for one for at most `timeout` from this call on.
    ///
    /// A future that is dropped before it is ready has taken nothing.
    ///
    /// # Errors
    ///
    /// [`QueueError::Timeout`] when the time is up, [`QueueError::Closed`] when the queue is closed and
    /// drained.
    fn dequeue(&self, timeout: Duration) -> impl Future<Output = Result<T, QueueError<T>>> + Send;

    /// Refuses new messages from now on. What is in the queue can still be taken; waiting senders get
    /// their messages back. Closing twice does nothing.
    fn close(&self);

    /// True once the queue was closed.
    fn is_closed(&self) -> bool;

    /// The queue's figures since it was made.
    fn statistics(&self) -> QueueStatistics;

    /// The same figures as plain counters, with the depth.
    fn stats(&self) -> QueueStats {
        self.statistics().into()
    }
}

macro_rules! forward {
    ($($pointer:ty),+) => {$(
        impl<T: Send, Q: MessageQueue<T>> MessageQueue<T> for $pointer {
            fn capacity(&self) -> usize {
                (**self).capacity()
            }
            fn len(&self) -> usize {
                (**self).len()
            }
            fn try_enqueue(&self, message: T) -> Result<(), QueueError<T>> {
                (**self).try_enqueue(message)
            }
            fn try_dequeue(&self) -> Option<T> {
                (**self).try_dequeue()
            }
            fn enqueue(
                &self,
                message: T,
                timeout: Duration,
            ) -> impl Future<Output = Result<(), QueueError<T>>> + Send {
                (**self).enqueue(message, timeout)
            }
            fn dequeue(&self, timeout: Duration) -> impl Future<Output = Result<T, QueueError<T>>> + Send {
                (**self).dequeue(timeout)
            }
            fn close(&self) {
                (**self).close();
            }
            fn is_closed(&self) -> bool {
                (**self).is_closed()
            }
            fn statistics(&self) -> QueueStatistics {
                (**self).statistics()
            }
        }
    )+};
}

forward!(Arc<Q>, &Q);
