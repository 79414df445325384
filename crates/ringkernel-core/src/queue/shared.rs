//! What both queues are made of: a ring, a gate for each direction, and a meter.
//!
//! The ring decides what happens; the gates and the meter come after the fact and cannot change it.

use super::error::{CapacityError, QueueError};
use super::lazy_gate::LazyGate;
use super::meter::Meter;
use super::ring::spsc::Watch;
use super::ring::{PushError, mpsc, spsc};
use super::statistics::QueueStatistics;
use crate::timer;
use std::marker::PhantomData;
use std::time::Instant;

/// What a queue needs of its ring.
pub(super) trait RawRing<T>: Sized + Sync {
    /// What a producer owns.
    type Producer;
    /// What the consumer owns.
    type Consumer;

    fn new(capacity: usize) -> Result<(Self, Self::Producer, Self::Consumer), CapacityError>;
    fn allocated_bytes(&self) -> usize;
    fn positions(&self) -> (u64, u64);
    fn is_drained(&self) -> bool;
    /// True when a consumer that has just found nothing should not wait for more.
    fn is_over(&self) -> bool;

    /// # Safety
    ///
    /// `side` was made with this ring.
    unsafe fn push(
        &self,
        side: &mut Self::Producer,
        value: T,
        before_publish: impl FnOnce(u64),
    ) -> Result<u64, PushError<T>>;

    /// # Safety
    ///
    /// `side` was made with this ring.
    unsafe fn pop(&self, side: &mut Self::Consumer) -> Option<(u64, T)>;

    /// # Safety
    ///
    /// `side` was made with this ring.
    unsafe fn close_as_producer(&self, side: &mut Self::Producer);

    /// # Safety
    ///
    /// `side` was made with this ring.
    unsafe fn close_as_consumer(&self, side: &mut Self::Consumer);
}

macro_rules! forward_safe {
    ($ring:ident) => {
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

impl<T: Send> RawRing<T> for spsc::Ring<T> {
    type Producer = spsc::ProducerSide;
    type Consumer = spsc::ConsumerSide;
    forward_safe!(spsc);

    fn new(capacity: usize) -> Result<(Self, Self::Producer, Self::Consumer), CapacityError> {
        spsc::Ring::new(capacity)
    }

    fn is_over(&self) -> bool {
        spsc::Ring::is_over(self)
    }

    #[inline(always)]
    unsafe fn push(
        &self,
        side: &mut Self::Producer,
        value: T,
        before_publish: impl FnOnce(u64),
    ) -> Result<u64, PushError<T>> {
        // SAFETY: the caller's promise.
        unsafe { spsc::Ring::push(self, side, value, before_publish) }
    }

    #[inline(always)]
    unsafe fn pop(&self, side: &mut Self::Consumer) -> Option<(u64, T)> {
        // SAFETY: the caller's promise.
        unsafe { spsc::Ring::pop(self, side) }
    }

    unsafe fn close_as_producer(&self, side: &mut Self::Producer) {
        // SAFETY: the caller's promise.
        unsafe { spsc::Ring::close_as_producer(self, side) }
    }

    unsafe fn close_as_consumer(&self, side: &mut Self::Consumer) {
        // SAFETY: the caller's promise.
        unsafe { spsc::Ring::close_as_consumer(self, side) }
    }
}

impl<T: Send> RawRing<T> for mpsc::Ring<T> {
    /// Any thread may push.
    type Producer = ();
    type Consumer = mpsc::ConsumerSide;
    forward_safe!(mpsc);

    fn new(capacity: usize) -> Result<(Self, (), Self::Consumer), CapacityError> {
        mpsc::Ring::new(capacity).map(|(ring, consumer)| (ring, (), consumer))
    }

    fn is_over(&self) -> bool {
        mpsc::Ring::is_drained(self)
    }

    #[inline(always)]
    unsafe fn push(
        &self,
        (): &mut (),
        value: T,
        before_publish: impl FnOnce(u64),
    ) -> Result<u64, PushError<T>> {
        mpsc::Ring::push(self, value, before_publish)
    }

    #[inline(always)]
    unsafe fn pop(&self, side: &mut Self::Consumer) -> Option<(u64, T)> {
        // SAFETY: the caller's promise.
        unsafe { mpsc::Ring::pop(self, side) }
    }

    unsafe fn close_as_producer(&self, (): &mut ()) {
        self.close();
    }

    unsafe fn close_as_consumer(&self, _: &mut Self::Consumer) {
        self.close();
    }
}

pub(super) struct Shared<T, R> {
    pub(super) ring: R,
    pub(super) meter: Meter,
    /// Where producers wait for a free slot.
    room: LazyGate,
    /// Where consumers wait for a message.
    items: LazyGate,
    _message: PhantomData<fn(T) -> T>,
}

impl<T: Send, R: RawRing<T>> Shared<T, R> {
    pub(super) fn new(capacity: usize) -> Result<(Self, R::Producer, R::Consumer), CapacityError> {
        let (ring, producer, consumer) = R::new(capacity)?;
        let shared = Self {
            ring,
            meter: Meter::new(capacity),
            room: LazyGate::new(),
            items: LazyGate::new(),
            _message: PhantomData,
        };
        Ok((shared, producer, consumer))
    }

    pub(super) fn allocated_bytes(&self) -> usize {
        self.ring.allocated_bytes() + self.meter.allocated_bytes()
    }

    pub(super) fn statistics(&self) -> QueueStatistics {
        self.meter.statistics(|| self.ring.positions())
    }

    /// # Safety
    ///
    /// `side` was made with this queue.
    #[inline]
    pub(super) unsafe fn push(&self, side: &mut R::Producer, message: T) -> Result<(), QueueError<T>> {
        // SAFETY: the caller's promise.
        match unsafe { self.ring.push(side, message, |position| self.meter.publishing(position, 1)) } {
            Ok(position) => {
                self.published(position, 1);
                Ok(())
            }
            Err(PushError::Full(message)) => Err(QueueError::Full(message)),
            Err(PushError::Closed(message)) => Err(QueueError::Refused(message)),
        }
    }

    /// # Safety
    ///
    /// `side` was made with this queue.
    #[inline]
    pub(super) unsafe fn pop(&self, side: &mut R::Consumer) -> Option<T> {
        // SAFETY: the caller's promise.
        let (position, message) = unsafe { self.ring.pop(side) }?;
        self.taken(position, 1);
        Some(message)
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
    /// `side` was made with this queue.
    pub(super) unsafe fn close_as_producer(&self, side: &mut R::Producer) {
        // SAFETY: the caller's promise.
        unsafe { self.ring.close_as_producer(side) };
        self.notify_closed();
    }

    /// # Safety
    ///
    /// `side` was made with this queue.
    pub(super) unsafe fn close_as_consumer(&self, side: &mut R::Consumer) {
        // SAFETY: the caller's promise.
        unsafe { self.ring.close_as_consumer(side) };
        self.notify_closed();
    }

    fn notify_closed(&self) {
        self.items.notify_all();
        self.room.notify_all();
    }

    /// Closes, then destroys what is in the ring; everything that is not taken by now counts as dropped. A message
    /// that another thread is writing at this moment is destroyed with the ring instead.
    ///
    /// # Safety
    ///
    /// `side` was made with this queue and is not used any more.
    pub(super) unsafe fn abandon(&self, side: &mut R::Consumer) {
        // SAFETY: the caller's promise.
        unsafe { self.close_as_consumer(side) };
        self.meter.abandoned(self.ring.positions().1);
        // SAFETY: as above.
        while let Some((_, message)) = unsafe { self.ring.pop(side) } {
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
            None if self.ring.is_over() => Some(Err(QueueError::Closed)),
            None => None,
        };
        match timer::timeout_at(deadline, self.items.wait(attempt)).await {
            Ok(done) => done,
            Err(timer::Elapsed) => Err(QueueError::Timeout),
        }
    }
}

/// The figures and the notifications, one for each chunk.
impl<T: Send, R: RawRing<T>> Watch for Shared<T, R> {
    fn publishing(&self, from: u64, count: usize) {
        self.meter.publishing(from, count);
    }

    #[inline(always)]
    fn published(&self, from: u64, count: usize) {
        self.meter.published(from + count as u64 - 1, || self.ring.positions().1);
        self.items.notify(count);
    }

    #[inline(always)]
    fn taken(&self, from: u64, count: usize) {
        self.meter.taken(from, count);
        self.room.notify(count);
    }
}
