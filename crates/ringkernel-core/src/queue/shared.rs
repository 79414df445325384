//! What both queues are made of: a ring, a gate for each direction, and a meter.
//!
//! The ring decides what happens; the gates and the meter come after the fact and cannot change it.

use super::error::{CapacityError, QueueError};
use super::gate::Gate;
use super::meter::Meter;
use super::ring::{PushError, mpsc, spsc};
use super::statistics::QueueStatistics;
use crate::sync::atomic::{Ordering, fence};
use crate::timer;
use std::marker::PhantomData;
use std::time::Instant;

/// What a queue needs of its ring.
pub(super) trait RawRing<T>: Sized {
    fn new(capacity: usize) -> Result<Self, CapacityError>;
    fn allocated_bytes(&self) -> usize;
    fn positions(&self) -> (u64, u64);
    fn is_drained(&self) -> bool;

    /// Pushes and, on success, issues a `SeqCst` fence after the publication.
    ///
    /// # Safety
    ///
    /// The caller owns a producer side.
    unsafe fn push_fenced(&self, value: T, before_publish: impl FnOnce(u64)) -> Result<u64, PushError<T>>;

    /// # Safety
    ///
    /// The caller owns the consumer side.
    unsafe fn pop(&self) -> Option<(u64, T)>;

    /// # Safety
    ///
    /// The caller owns a producer side.
    unsafe fn close_as_producer(&self);

    /// # Safety
    ///
    /// The caller owns the consumer side.
    unsafe fn close_as_consumer(&self);
}

macro_rules! forward_safe {
    ($ring:ident) => {
        fn new(capacity: usize) -> Result<Self, CapacityError> {
            $ring::Ring::new(capacity)
        }
        fn allocated_bytes(&self) -> usize {
            $ring::Ring::allocated_bytes(self)
        }
        fn positions(&self) -> (u64, u64) {
            $ring::Ring::positions(self)
        }
        fn is_drained(&self) -> bool {
            $ring::Ring::is_drained(self)
        }
    };
}

impl<T> RawRing<T> for spsc::Ring<T> {
    forward_safe!(spsc);

    #[inline(always)]
    unsafe fn push_fenced(&self, value: T, before_publish: impl FnOnce(u64)) -> Result<u64, PushError<T>> {
        // SAFETY: the caller owns the producer side.
        unsafe { self.push_settled(value, before_publish) }
    }

    #[inline(always)]
    unsafe fn pop(&self) -> Option<(u64, T)> {
        // SAFETY: the caller owns the consumer side.
        unsafe { spsc::Ring::pop(self) }
    }

    unsafe fn close_as_producer(&self) {
        // SAFETY: the caller owns the producer side.
        unsafe { spsc::Ring::close_as_producer(self) }
    }

    unsafe fn close_as_consumer(&self) {
        // SAFETY: the caller owns the consumer side.
        unsafe { spsc::Ring::close_as_consumer(self) }
    }
}

impl<T> RawRing<T> for mpsc::Ring<T> {
    forward_safe!(mpsc);

    #[inline(always)]
    unsafe fn push_fenced(&self, value: T, before_publish: impl FnOnce(u64)) -> Result<u64, PushError<T>> {
        let position = self.push(value, before_publish)?;
        // For the gate: pairs with the fence in `Gate::wait`.
        fence(Ordering::SeqCst);
        Ok(position)
    }

    #[inline(always)]
    unsafe fn pop(&self) -> Option<(u64, T)> {
        // SAFETY: the caller owns the consumer side.
        unsafe { mpsc::Ring::pop(self) }
    }

    unsafe fn close_as_producer(&self) {
        self.close();
    }

    unsafe fn close_as_consumer(&self) {
        self.close();
    }
}

pub(super) struct Shared<T, R> {
    pub(super) ring: R,
    meter: Meter,
    /// Where producers wait for a free slot.
    room: Gate,
    /// Where consumers wait for a message.
    items: Gate,
    _message: PhantomData<fn(T) -> T>,
}

impl<T: Send, R: RawRing<T>> Shared<T, R> {
    pub(super) fn new(capacity: usize) -> Result<Self, CapacityError> {
        Ok(Self {
            ring: R::new(capacity)?,
            meter: Meter::new(capacity),
            room: Gate::new(),
            items: Gate::new(),
            _message: PhantomData,
        })
    }

    pub(super) fn allocated_bytes(&self) -> usize {
        self.ring.allocated_bytes() + self.meter.allocated_bytes()
    }

    pub(super) fn statistics(&self) -> QueueStatistics {
        self.meter.statistics(|| self.ring.positions())
    }

    /// # Safety
    ///
    /// The caller owns a producer side.
    #[inline]
    pub(super) unsafe fn push(&self, message: T) -> Result<(), QueueError<T>> {
        // SAFETY: the caller owns a producer side.
        match unsafe { self.ring.push_fenced(message, |position| self.meter.publishing(position)) } {
            Ok(position) => {
                self.meter.published(position, || self.ring.positions().1);
                self.items.notify_after_fence(1);
                Ok(())
            }
            Err(PushError::Full(message)) => Err(QueueError::Full(message)),
            Err(PushError::Closed(message)) => Err(QueueError::Refused(message)),
        }
    }

    /// Takes a message without telling the producers.
    ///
    /// # Safety
    ///
    /// The caller owns the consumer side.
    #[inline]
    unsafe fn pop_quietly(&self) -> Option<T> {
        // SAFETY: the caller owns the consumer side.
        let (position, message) = unsafe { self.ring.pop() }?;
        self.meter.taken(position);
        Some(message)
    }

    /// # Safety
    ///
    /// The caller owns the consumer side.
    #[inline]
    pub(super) unsafe fn pop(&self) -> Option<T> {
        // SAFETY: the caller owns the consumer side.
        let message = unsafe { self.pop_quietly() }?;
        self.room.notify(1);
        Some(message)
    }

    /// Takes up to `limit` messages with one notification for all of them, and returns how many it took.
    ///
    /// # Safety
    ///
    /// The caller owns the consumer side, also while `take` runs.
    pub(super) unsafe fn pop_batch(&self, limit: usize, mut take: impl FnMut(T)) -> usize {
        /// Tells the producers even when `take` panics.
        struct Freed<'a>(&'a Gate, usize);
        impl Drop for Freed<'_> {
            fn drop(&mut self) {
                if self.1 > 0 {
                    self.0.notify(self.1);
                }
            }
        }
        let mut freed = Freed(&self.room, 0);
        while freed.1 < limit {
            // SAFETY: the caller owns the consumer side.
            let Some(message) = (unsafe { self.pop_quietly() }) else {
                break;
            };
            freed.1 += 1;
            take(message);
        }
        freed.1
    }

    /// Wakes everybody who waits for messages, if none will ever come again. Needed where several
    /// tasks take from one queue: the one that takes the last message tells the others.
    pub(super) fn notify_if_drained(&self) {
        if self.ring.is_drained() {
            self.items.notify_all();
        }
    }

    /// # Safety
    ///
    /// The caller owns a producer side.
    pub(super) unsafe fn close_as_producer(&self) {
        // SAFETY: the caller owns a producer side.
        unsafe { self.ring.close_as_producer() };
        self.notify_closed();
    }

    /// # Safety
    ///
    /// The caller owns the consumer side.
    pub(super) unsafe fn close_as_consumer(&self) {
        // SAFETY: the caller owns the consumer side.
        unsafe { self.ring.close_as_consumer() };
        self.notify_closed();
    }

    fn notify_closed(&self) {
        self.items.notify_all();
        self.room.notify_all();
    }

    /// Closes, then destroys and counts what is in the ring. A message that another thread is writing
    /// at this moment is destroyed with the ring instead.
    ///
    /// # Safety
    ///
    /// The caller owns the consumer side and gives it up.
    pub(super) unsafe fn abandon(&self) {
        // SAFETY: the caller owns the consumer side.
        unsafe { self.close_as_consumer() };
        // SAFETY: as above.
        while let Some((_, message)) = unsafe { self.ring.pop() } {
            self.meter.dropping();
            drop(message);
        }
    }

    /// Repeats `try_push` until it succeeds, the queue is closed, or the deadline passes.
    pub(super) async fn enqueue(
        &self,
        message: T,
        deadline: Instant,
        mut try_push: impl FnMut(T) -> Result<(), QueueError<T>> + Send,
    ) -> Result<(), QueueError<T>> {
        let mut pending = Some(message);
        let attempt = || match try_push(pending.take()?) {
            Err(QueueError::Full(message)) => {
                pending = Some(message);
                None
            }
            done => Some(done),
        };
        match timer::timeout_at(deadline, self.room.wait(attempt)).await {
            Ok(done) => done,
            Err(timer::Elapsed) => Err(pending.map_or(QueueError::Timeout, QueueError::Full)),
        }
    }

    /// Repeats `try_pop` until it gives a message, the queue is drained, or the deadline passes.
    pub(super) async fn dequeue(
        &self,
        deadline: Instant,
        mut try_pop: impl FnMut() -> Option<T> + Send,
    ) -> Result<T, QueueError<T>> {
        let attempt = || match try_pop() {
            Some(message) => Some(Ok(message)),
            None if self.ring.is_drained() => Some(Err(QueueError::Closed)),
            None => None,
        };
        match timer::timeout_at(deadline, self.items.wait(attempt)).await {
            Ok(done) => done,
            Err(timer::Elapsed) => Err(QueueError::Timeout),
        }
    }
}
