//! The ring itself.
//!
//! Positions count up for ever (64 bits do not wrap in practice) and a slot is `position % capacity`.
//! The producer's `tail` store (Release) publishes slots to the consumer's `tail` load (Acquire); the
//! consumer's `head` store (Release) gives slots back to the producer's `head` load (Acquire). Each side keeps
//! its own position and the last it saw of its peer in memory that the peer never touches, and loads the
//! peer's line only when that says full or empty.
//!
//! The end of the stream is `cut`, which only the producer decides: README.md explains closing.

use crate::queue::cache_line::CacheLine;
use crate::queue::error::{CapacityError, check_capacity};
use crate::queue::ring::PushError;
use crate::queue::ring::slots::{Slots, ZeroIsEmpty};
use crate::sync::UnsafeCell;
use crate::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::mem::MaybeUninit;

/// Value of `cut` while the producer has not ended the stream.
const UNDECIDED: u64 = u64::MAX;

/// Transparent, so that neighbouring slots are a slice of values.
#[cfg_attr(not(loom), repr(transparent))]
pub(super) struct Slot<T>(pub(super) UnsafeCell<MaybeUninit<T>>);

// SAFETY: the only field holds a `MaybeUninit`, for which any bytes are valid and mean "empty".
unsafe impl<T> ZeroIsEmpty for Slot<T> {
    #[cfg(loom)]
    fn empty() -> Self {
        Self(UnsafeCell::new(MaybeUninit::uninit()))
    }
}

/// The producer's own view. There is one for each ring, so that a `&mut` of it proves to be the producer.
pub(in crate::queue) struct ProducerSide {
    pub(super) tail: u64,
    head_seen: u64,
}

/// The consumer's own view. There is one for each ring, so that a `&mut` of it proves to be the consumer.
pub(in crate::queue) struct ConsumerSide {
    /// Slots before it have been read; its copy in the ring may lag behind while a chunk is being taken.
    pub(super) head: u64,
    tail_seen: u64,
}

/// Its operations are unsafe because a side must be used with the ring that it was made with.
pub(in crate::queue) struct Ring<T> {
    tail: CacheLine<AtomicU64>,
    head: CacheLine<AtomicU64>,
    slots: Slots<Slot<T>>,
    /// End of the stream: `tail` when the producer closed or learned that the ring is closed.
    cut: AtomicU64,
    /// Set by either side.
    closed: AtomicBool,
}

// SAFETY: values move from the producer's thread to the consumer's, which needs `T: Send`; slots are reached
// only by the owners of the two sides and change hands by release and acquire.
unsafe impl<T: Send> Send for Ring<T> {}
// SAFETY: as above; no reference to a `T` is ever shared, so `T: Sync` is not needed.
unsafe impl<T: Send> Sync for Ring<T> {}

impl<T> Ring<T> {
    pub(in crate::queue) fn new(
        capacity: usize,
    ) -> Result<(Self, ProducerSide, ConsumerSide), CapacityError> {
        let capacity = check_capacity::<Slot<T>>(capacity)?;
        let ring = Self {
            tail: CacheLine(AtomicU64::new(0)),
            head: CacheLine(AtomicU64::new(0)),
            slots: Slots::new(capacity),
            cut: AtomicU64::new(UNDECIDED),
            closed: AtomicBool::new(false),
        };
        Ok((ring, ProducerSide { tail: 0, head_seen: 0 }, ConsumerSide { head: 0, tail_seen: 0 }))
    }

    #[inline(always)]
    pub(in crate::queue) fn capacity(&self) -> usize {
        self.slots.capacity()
    }

    pub(in crate::queue) fn allocated_bytes(&self) -> usize {
        self.slots.allocated_bytes()
    }

    /// Messages pushed and messages taken so far.
    pub(in crate::queue) fn positions(&self) -> (u64, u64) {
        // The head first: the tail read after it can only be further ahead, so that the difference is
        // never negative. Acquire keeps that order.
        let head = self.head.load(Ordering::Acquire);
        let tail = self.tail.load(Ordering::Acquire);
        (tail.max(head), head)
    }

    pub(in crate::queue) fn len(&self) -> usize {
        let (tail, head) = self.positions();
        // Pops and pushes between the two loads can make the difference exceed what the ring holds.
        ((tail - head) as usize).min(self.capacity())
    }

    #[inline(always)]
    pub(in crate::queue) fn is_closed(&self) -> bool {
        // Pairs with the Release stores in `close_as_producer` and `close_as_consumer`.
        self.closed.load(Ordering::Acquire)
    }

    /// True when the producer has ended the stream and everything before the end was taken: nothing will
    /// ever be available again.
    pub(in crate::queue) fn is_drained(&self) -> bool {
        // Acquire: with the end, and with the position that reached it, comes all that happened before.
        self.cut.load(Ordering::Acquire) == self.head.load(Ordering::Acquire)
    }

    /// True when a consumer that has just found nothing should not wait for more: the ring is drained, or
    /// the consumer side closed it and the producer has not called since.
    pub(in crate::queue) fn is_over(&self) -> bool {
        // The producer decides `cut` before it sets `closed`, so that the Acquire load in `is_closed` makes an
        // undecided end mean that it was not the producer who closed.
        self.is_closed() && {
            let cut = self.cut.load(Ordering::Acquire);
            cut == UNDECIDED || cut == self.head.load(Ordering::Acquire)
        }
    }

    /// Pushes a value and returns its position. `before_publish` sees that position before the consumer can.
    ///
    /// # Safety
    ///
    /// `side` was made with this ring.
    #[inline(always)]
    pub(in crate::queue) unsafe fn push(
        &self,
        side: &mut ProducerSide,
        value: T,
        before_publish: impl FnOnce(u64),
    ) -> Result<u64, PushError<T>> {
        // SAFETY: the caller's promise.
        if unsafe { self.is_over_for(side) } {
            return Err(PushError::Closed(value));
        }
        // SAFETY: as above.
        if unsafe { self.room(side, 1) } == 0 {
            return Err(PushError::Full(value));
        }
        let position = side.tail;
        // SAFETY: as above, and there is room for one value.
        unsafe { self.write(side, value) };
        before_publish(position);
        // SAFETY: as above, and the slot was written just now.
        unsafe { self.publish(side, 1) };
        Ok(position)
    }

    /// Whether the ring is closed, as the producer learns it: that is the moment at which the stream ends.
    ///
    /// # Safety
    ///
    /// `side` was made with this ring.
    #[inline(always)]
    pub(super) unsafe fn is_over_for(&self, side: &mut ProducerSide) -> bool {
        // Relaxed: nothing is read on the strength of it.
        let closed = self.closed.load(Ordering::Relaxed);
        if closed {
            // SAFETY: the caller's promise.
            unsafe { self.end(side) };
        }
        closed
    }

    /// # Safety
    ///
    /// `side` was made with this ring.
    #[cold]
    unsafe fn end(&self, side: &mut ProducerSide) {
        // Release publishes every push to whoever sees the end.
        self.cut.store(side.tail, Ordering::Release);
    }

    /// Free slots: all of them when fewer than `wanted` were known to be free.
    ///
    /// # Safety
    ///
    /// `side` was made with this ring.
    #[inline(always)]
    pub(super) unsafe fn room(&self, side: &mut ProducerSide, wanted: usize) -> usize {
        let room = self.capacity() - (side.tail - side.head_seen) as usize;
        if room >= wanted {
            return room;
        }
        // Pairs with the Release store of `head` in `free`: the slots before it may be overwritten.
        side.head_seen = self.head.load(Ordering::Acquire);
        self.capacity() - (side.tail - side.head_seen) as usize
    }

    /// Puts a value into the next slot. The slot's old content is not dropped.
    ///
    /// # Safety
    ///
    /// `side` was made with this ring, and [`room`](Self::room) was not zero.
    #[inline(always)]
    unsafe fn write(&self, side: &mut ProducerSide, value: T) {
        self.slots.get_or_allocate(side.tail).0.with_mut(|cell| {
            // SAFETY: the slot is free (the consumer's release of `head` was acquired in `room`) and only the
            // producer, which `side` proves the caller to be, writes free slots.
            unsafe { cell.cast::<T>().write(value) }
        });
    }

    /// Hands the next `count` slots to the consumer.
    ///
    /// # Safety
    ///
    /// `side` was made with this ring, and its next `count` slots were written.
    #[inline(always)]
    pub(super) unsafe fn publish(&self, side: &mut ProducerSide, count: usize) {
        side.tail += count as u64;
        // Publishes the slots to the Acquire load of `tail` in `available`.
        self.tail.store(side.tail, Ordering::Release);
    }

    /// Takes the oldest value, with its position.
    ///
    /// # Safety
    ///
    /// `side` was made with this ring.
    #[inline(always)]
    pub(in crate::queue) unsafe fn pop(&self, side: &mut ConsumerSide) -> Option<(u64, T)> {
        // SAFETY: the caller's promise.
        if unsafe { self.available(side, 1) } == 0 {
            return None;
        }
        let position = side.head;
        // SAFETY: as above, and there is a value.
        let value = unsafe { self.read(side) };
        // SAFETY: as above.
        unsafe { self.free(side) };
        Some((position, value))
    }

    /// Values that can be read: all of them when fewer than `wanted` were known to be there.
    ///
    /// # Safety
    ///
    /// `side` was made with this ring.
    #[inline(always)]
    pub(super) unsafe fn available(&self, side: &mut ConsumerSide, wanted: usize) -> usize {
        let available = (side.tail_seen - side.head) as usize;
        if available >= wanted {
            return available;
        }
        // Pairs with the Release store of `tail` in `publish`: slots before it are readable.
        side.tail_seen = self.tail.load(Ordering::Acquire);
        (side.tail_seen - side.head) as usize
    }

    /// The oldest value, in its slot.
    ///
    /// # Safety
    ///
    /// `side` was made with this ring.
    #[inline(always)]
    pub(in crate::queue) unsafe fn peek<'a>(&'a self, side: &'a mut ConsumerSide) -> Option<&'a T> {
        // SAFETY: the caller's promise.
        if unsafe { self.available(side, 1) } == 0 {
            return None;
        }
        let value = self.slots.get(side.head)?.0.with(|cell| cell.cast::<T>());
        // SAFETY: the slot was published (acquired in `available`), and it is neither read nor given back while
        // the side is borrowed.
        Some(unsafe { &*value })
    }

    /// The slot array, for chunks.
    #[inline(always)]
    pub(super) fn slots(&self) -> &Slots<Slot<T>> {
        &self.slots
    }

    /// Moves the oldest value out. Its slot is free to be written only after [`free`](Self::free).
    ///
    /// # Safety
    ///
    /// `side` was made with this ring, and [`available`](Self::available) was not zero.
    #[inline(always)]
    pub(super) unsafe fn read(&self, side: &mut ConsumerSide) -> T {
        let value = self.slots.get_or_allocate(side.head).0.with(|cell| {
            // SAFETY: the slot was published (acquired in `available`) and `side`, which proves the caller
            // to be the consumer, has not passed it; it does so below, which makes this the only read.
            unsafe { cell.cast::<T>().read() }
        });
        side.head += 1;
        value
    }

    /// Gives every slot that was read back to the producer.
    ///
    /// # Safety
    ///
    /// `side` was made with this ring.
    #[inline(always)]
    pub(super) unsafe fn free(&self, side: &mut ConsumerSide) {
        // Pairs with the Acquire load of `head` in `room`.
        self.head.store(side.head, Ordering::Release);
    }

    /// Ends the stream after the last push.
    ///
    /// # Safety
    ///
    /// `side` was made with this ring.
    pub(in crate::queue) unsafe fn close_as_producer(&self, side: &mut ProducerSide) {
        // SAFETY: the caller's promise.
        unsafe { self.end(side) };
        // Publishes the end to whoever sees the flag.
        self.closed.store(true, Ordering::Release);
    }

    /// Refuses further pushes. One that is under way may still succeed: the producer ends the stream when it learns
    /// of the close, at its next call or when it goes away.
    ///
    /// # Safety
    ///
    /// `side` was made with this ring.
    pub(in crate::queue) unsafe fn close_as_consumer(&self, side: &mut ConsumerSide) {
        // A chunk that was leaked may have read slots without giving them back.
        // SAFETY: the caller's promise.
        unsafe { self.free(side) };
        self.closed.store(true, Ordering::Release);
    }
}

impl<T> Drop for Ring<T> {
    fn drop(&mut self) {
        let head = self.head.load(Ordering::Relaxed);
        let tail = self.tail.load(Ordering::Relaxed);
        for position in head..tail {
            let Some(slot) = self.slots.get(position) else {
                return;
            };
            slot.0.with_mut(|cell| {
                // SAFETY: `&mut self` excludes both sides, and slots from `head` to `tail` hold values.
                unsafe { std::ptr::drop_in_place(cell.cast::<T>()) }
            });
        }
    }
}
