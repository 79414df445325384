//! Bounded ring for one producer and one consumer, with plain loads and stores only.
//!
//! Positions count up for ever (64 bits do not wrap in practice) and a slot is `position % capacity`.
//! The producer's `tail` store (Release) publishes a slot to the consumer's `tail` load (Acquire); the
//! consumer's `head` store (Release) gives the slot back to the producer's `head` load (Acquire). Each
//! side keeps the last index it saw of its peer and reloads it only when that says full or empty.
//!
//! Closing by the consumer is exact for `Ring::push_settled`, which the queues use: README.md explains `cut`.

use super::PushError;
use super::slots::{Slots, ZeroIsEmpty};
use crate::queue::error::{CapacityError, check_capacity};
use crate::sync::atomic::{AtomicBool, AtomicU64, Ordering, fence};
use crate::sync::{Arc, UnsafeCell};
use crossbeam_utils::CachePadded;
use std::mem::MaybeUninit;

/// Value of `cut` while nobody has fixed the end of the stream.
const UNDECIDED: u64 = u64::MAX;

struct Slot<T>(UnsafeCell<MaybeUninit<T>>);

// SAFETY: the only field holds a `MaybeUninit`, for which any bytes are valid and mean "empty".
unsafe impl<T> ZeroIsEmpty for Slot<T> {
    #[cfg(loom)]
    fn empty() -> Self {
        Self(UnsafeCell::new(MaybeUninit::uninit()))
    }
}

/// What one side owns: its position, which the peer reads, and its memory of the peer's position.
struct Side {
    position: AtomicU64,
    peer_seen: UnsafeCell<u64>,
}

impl Side {
    fn new() -> CachePadded<Self> {
        CachePadded::new(Self { position: AtomicU64::new(0), peer_seen: UnsafeCell::new(0) })
    }
}

/// The ring itself. Its operations are unsafe because the caller must own the side; [`channel`] hands
/// out halves that prove it.
pub(crate) struct Ring<T> {
    producer: CachePadded<Side>,
    consumer: CachePadded<Side>,
    slots: Slots<Slot<T>>,
    closed: AtomicBool,
    /// End of the stream: positions from here on are never consumed. Decided once, by the first to close.
    cut: AtomicU64,
}

// SAFETY: values move from the producer's thread to the consumer's, which needs `T: Send`; the cells
// are reached only by the owner of a side, and slots change hands by release and acquire.
unsafe impl<T: Send> Send for Ring<T> {}
// SAFETY: as above; no reference to a `T` is ever shared, so `T: Sync` is not needed.
unsafe impl<T: Send> Sync for Ring<T> {}

impl<T> Ring<T> {
    pub(crate) fn new(capacity: usize) -> Result<Self, CapacityError> {
        let capacity = check_capacity::<Slot<T>>(capacity)?;
        Ok(Self {
            producer: Side::new(),
            consumer: Side::new(),
            slots: Slots::new(capacity),
            closed: AtomicBool::new(false),
            cut: AtomicU64::new(UNDECIDED),
        })
    }

    #[inline(always)]
    pub(crate) fn capacity(&self) -> usize {
        self.slots.capacity()
    }

    pub(crate) fn allocated_bytes(&self) -> usize {
        self.slots.allocated_bytes()
    }

    /// Messages pushed and messages taken so far.
    pub(crate) fn positions(&self) -> (u64, u64) {
        // The head first: the tail read after it can only be further ahead, so that the difference is
        // never negative. Acquire keeps that order.
        let head = self.consumer.position.load(Ordering::Acquire);
        let tail = self.producer.position.load(Ordering::Acquire);
        (tail.max(head), head)
    }

    pub(crate) fn len(&self) -> usize {
        let (tail, head) = self.positions();
        // Pops and pushes between the two loads can make the difference exceed what the ring holds.
        ((tail - head) as usize).min(self.capacity())
    }

    pub(crate) fn is_closed(&self) -> bool {
        // Pairs with the Release stores in `close_as_producer` and `close_as_consumer`.
        self.closed.load(Ordering::Acquire)
    }

    /// Pushes without a full fence and returns the value's position. `before_publish` sees that position
    /// before the consumer can.
    ///
    /// A push that runs at the same time as the consumer closes may be accepted and never read.
    ///
    /// # Safety
    ///
    /// The caller owns the producer side for the duration of the call.
    #[inline(always)]
    pub(crate) unsafe fn push(
        &self,
        value: T,
        before_publish: impl FnOnce(u64),
    ) -> Result<u64, PushError<T>> {
        // Only this side writes it.
        let tail = self.producer.position.load(Ordering::Relaxed);
        if self.closed.load(Ordering::Relaxed) {
            return Err(PushError::Closed(value));
        }
        // SAFETY: the caller owns the producer side.
        if !unsafe { self.has_room(tail) } {
            return Err(PushError::Full(value));
        }
        let slot = self.slots.get_or_allocate(tail);
        slot.0.with_mut(|cell| {
            // SAFETY: the slot is free (the consumer's release of `head` was acquired in `has_room`) and
            // only the producer side writes free slots.
            unsafe { cell.cast::<T>().write(value) }
        });
        before_publish(tail);
        // Publishes the slot to the Acquire load of `tail` in `available`.
        self.producer.position.store(tail + 1, Ordering::Release);
        Ok(tail)
    }

    /// Pushes, then settles the race with a consumer that closes at the same time: on `Ok` the consumer
    /// will find the value before it learns that the ring is drained, otherwise the value comes back.
    /// Contains a `SeqCst` fence after the publication, which a notification can rely on.
    ///
    /// # Safety
    ///
    /// The caller owns the producer side for the duration of the call.
    #[inline]
    pub(crate) unsafe fn push_settled(
        &self,
        value: T,
        before_publish: impl FnOnce(u64),
    ) -> Result<u64, PushError<T>> {
        // SAFETY: the caller owns the producer side.
        let position = unsafe { self.push(value, before_publish) }?;
        // Pairs with the fence in `close_as_consumer`: either that side sees the new `tail`, or the load
        // below sees `closed`.
        fence(Ordering::SeqCst);
        if self.closed.load(Ordering::Acquire) {
            // SAFETY: the caller owns the producer side and `position` is its last push.
            return unsafe { self.settle(position) };
        }
        Ok(position)
    }

    /// Decides whether the last push came before or after the end of the stream.
    ///
    /// # Safety
    ///
    /// The caller owns the producer side, `position` is its last push, and it saw `closed` (Acquire).
    #[cold]
    unsafe fn settle(&self, position: u64) -> Result<u64, PushError<T>> {
        // Everything the consumer took before closing is visible through `closed`; after closing it takes
        // nothing before `cut` is decided.
        if self.consumer.position.load(Ordering::Relaxed) > position {
            return Ok(position);
        }
        if self.decide_cut(position) > position {
            return Ok(position);
        }
        // The stream ends before this value, so nobody else will ever read its slot.
        let slot = self.slots.get_or_allocate(position);
        let value = slot.0.with_mut(|cell| {
            // SAFETY: this side wrote the slot just now and the consumer stops before it.
            unsafe { cell.cast::<T>().read() }
        });
        // The consumer never looks past `cut`; only lengths and counts read this.
        self.producer.position.store(position, Ordering::Release);
        Err(PushError::Closed(value))
    }

    /// Proposes an end of the stream and returns the one that holds.
    fn decide_cut(&self, proposed: u64) -> u64 {
        match self.cut.compare_exchange(UNDECIDED, proposed, Ordering::AcqRel, Ordering::Acquire) {
            Ok(_) => proposed,
            Err(decided) => decided,
        }
    }

    /// # Safety
    ///
    /// The caller owns the producer side.
    #[inline(always)]
    unsafe fn has_room(&self, tail: u64) -> bool {
        let capacity = self.capacity() as u64;
        // SAFETY: only the owner of the producer side, the caller, reaches this cell.
        let seen = self.producer.peer_seen.with(|seen| unsafe { *seen });
        if tail - seen < capacity {
            return true;
        }
        // Pairs with the Release store of `head` in `pop`: the slots before it are free to overwrite.
        let head = self.consumer.position.load(Ordering::Acquire);
        // SAFETY: as above.
        self.producer.peer_seen.with_mut(|seen| unsafe { *seen = head });
        tail - head < capacity
    }

    /// True when the ring is closed and everything before the end was taken: nothing will ever be
    /// available again. May be false for the moment in which the consumer is closing.
    pub(crate) fn is_drained(&self) -> bool {
        // Both pairs: `closed` and `cut` as in `available`; `head` with its store in `pop`.
        self.is_closed() && self.consumer.position.load(Ordering::Acquire) == self.cut.load(Ordering::Acquire)
    }

    /// Takes the oldest value, with its position.
    ///
    /// # Safety
    ///
    /// The caller owns the consumer side for the duration of the call.
    #[inline(always)]
    pub(crate) unsafe fn pop(&self) -> Option<(u64, T)> {
        // Only this side writes it.
        let head = self.consumer.position.load(Ordering::Relaxed);
        // SAFETY: the caller owns the consumer side.
        if !unsafe { self.available(head) } {
            return None;
        }
        let slot = self.slots.get(head)?;
        let value = slot.0.with(|cell| {
            // SAFETY: the slot was published (acquired in `available`) and `head` has not passed it, so
            // it holds a value that nobody else reads; storing `head` below makes this the only read.
            unsafe { cell.cast::<T>().read() }
        });
        // Gives the slot back to the Acquire load of `head` in `has_room`.
        self.consumer.position.store(head + 1, Ordering::Release);
        Some((head, value))
    }

    /// # Safety
    ///
    /// The caller owns the consumer side.
    #[inline(always)]
    unsafe fn available(&self, head: u64) -> bool {
        // SAFETY: only the owner of the consumer side, the caller, reaches this cell.
        let seen = self.consumer.peer_seen.with(|seen| unsafe { *seen });
        if head != seen {
            return true;
        }
        // Pairs with the Release stores in the two close functions, so that `cut`, decided before
        // `closed` became visible to the consumer side, is seen as well.
        let end =
            if self.closed.load(Ordering::Acquire) { self.cut.load(Ordering::Acquire) } else { UNDECIDED };
        // Pairs with the Release store of `tail` in `push`: slots before it are readable.
        let tail = self.producer.position.load(Ordering::Acquire).min(end);
        // SAFETY: as above.
        self.consumer.peer_seen.with_mut(|seen| unsafe { *seen = tail });
        tail != head
    }

    /// Ends the stream after the last push.
    ///
    /// # Safety
    ///
    /// The caller owns the producer side.
    pub(crate) unsafe fn close_as_producer(&self) {
        self.decide_cut(self.producer.position.load(Ordering::Relaxed));
        // Publishes the pushes and the cut to whoever sees the flag.
        self.closed.store(true, Ordering::Release);
    }

    /// Ends the stream after what is visible now; values before the end can still be taken.
    ///
    /// # Safety
    ///
    /// The caller owns the consumer side.
    pub(crate) unsafe fn close_as_consumer(&self) {
        // Release: the producer that sees the flag also sees what was taken before (see `settle`).
        self.closed.store(true, Ordering::Release);
        // Pairs with the fence in `push_settled`.
        fence(Ordering::SeqCst);
        let end = self.decide_cut(self.producer.position.load(Ordering::Acquire));
        self.consumer.peer_seen.with_mut(|seen| {
            // SAFETY: only the owner of the consumer side, the caller, reaches this cell.
            let seen = unsafe { &mut *seen };
            // A value that was visible and then taken back by the producer is not available.
            *seen = end.min(*seen);
        });
    }
}

impl<T> Drop for Ring<T> {
    fn drop(&mut self) {
        let head = self.consumer.position.load(Ordering::Relaxed);
        let tail = self.producer.position.load(Ordering::Relaxed);
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

/// Makes a ring and returns its two halves, for two threads that poll.
///
/// # Errors
///
/// [`CapacityError`] when `capacity` is not a non-zero power of two.
pub fn channel<T: Send>(capacity: usize) -> Result<(Producer<T>, Consumer<T>), CapacityError> {
    let ring = Arc::new(Ring::new(capacity)?);
    Ok((Producer { ring: Arc::clone(&ring) }, Consumer { ring }))
}

/// The sending half of a bare ring. Dropping it closes the ring; what was pushed can still be taken.
pub struct Producer<T: Send> {
    ring: Arc<Ring<T>>,
}

impl<T: Send> Producer<T> {
    /// Pushes a value or hands it back. A value pushed while the consumer goes away may be accepted and
    /// then destroyed with the ring.
    #[inline]
    pub fn push(&mut self, value: T) -> Result<(), PushError<T>> {
        // SAFETY: this is the only `Producer` of the ring and it is borrowed exclusively.
        unsafe { self.ring.push(value, |_| ()) }.map(drop)
    }

    /// Values in the ring.
    pub fn len(&self) -> usize {
        self.ring.len()
    }

    /// True when nothing is in the ring.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Slots of the ring.
    pub fn capacity(&self) -> usize {
        self.ring.capacity()
    }

    /// True once either half is gone.
    pub fn is_closed(&self) -> bool {
        self.ring.is_closed()
    }
}

impl<T: Send> Drop for Producer<T> {
    fn drop(&mut self) {
        // SAFETY: this is the only `Producer` of the ring and it is borrowed exclusively.
        unsafe { self.ring.close_as_producer() }
    }
}

/// The receiving half of a bare ring. Dropping it closes the ring; leftovers are destroyed with it.
pub struct Consumer<T: Send> {
    ring: Arc<Ring<T>>,
}

impl<T: Send> Consumer<T> {
    /// Takes the oldest value.
    #[inline]
    pub fn pop(&mut self) -> Option<T> {
        // SAFETY: this is the only `Consumer` of the ring and it is borrowed exclusively.
        unsafe { self.ring.pop() }.map(|(_, value)| value)
    }

    /// True when the producer is gone and every value was taken.
    pub fn is_drained(&self) -> bool {
        self.ring.is_drained()
    }

    /// Values in the ring.
    pub fn len(&self) -> usize {
        self.ring.len()
    }

    /// True when nothing is in the ring.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Slots of the ring.
    pub fn capacity(&self) -> usize {
        self.ring.capacity()
    }

    /// True once either half is gone.
    pub fn is_closed(&self) -> bool {
        self.ring.is_closed()
    }
}

impl<T: Send> Drop for Consumer<T> {
    fn drop(&mut self) {
        // SAFETY: this is the only `Consumer` of the ring and it is borrowed exclusively.
        unsafe { self.ring.close_as_consumer() }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_value_that_was_taken_before_the_close_is_not_taken_back() {
        let ring = Ring::<Box<u64>>::new(2).unwrap();
        // SAFETY: this thread owns both sides.
        let position = unsafe { ring.push(Box::new(7), |_| ()) }.unwrap();
        // SAFETY: as above.
        assert_eq!(unsafe { ring.pop() }, Some((0, Box::new(7))));
        // The consumer has begun to close and not yet decided the end.
        ring.closed.store(true, Ordering::Release);
        // SAFETY: as above, and `position` is the last push.
        assert_eq!(unsafe { ring.settle(position) }, Ok(0));
        // SAFETY: as above.
        unsafe { ring.close_as_consumer() };
        assert!(ring.is_drained());
    }

    #[test]
    fn a_value_that_was_taken_back_is_no_longer_available_to_a_consumer_that_saw_it() {
        let ring = Ring::<Box<u64>>::new(2).unwrap();
        // SAFETY: this thread owns both sides.
        unsafe { ring.push(Box::new(7), |_| ()) }.unwrap();
        // SAFETY: as above.
        assert!(unsafe { ring.available(0) });
        ring.closed.store(true, Ordering::Release);
        // SAFETY: as above, and the push at position 0 is the last one.
        assert_eq!(unsafe { ring.settle(0) }, Err(PushError::Closed(Box::new(7))));
        // SAFETY: as above.
        unsafe { ring.close_as_consumer() };
        // SAFETY: as above.
        assert_eq!(unsafe { ring.pop() }, None);
        assert!(ring.is_drained());
    }

    #[test]
    fn a_value_before_an_end_that_the_consumer_decided_stays() {
        let ring = Ring::<Box<u64>>::new(2).unwrap();
        // SAFETY: this thread owns both sides.
        unsafe { ring.push(Box::new(7), |_| ()) }.unwrap();
        // SAFETY: as above.
        unsafe { ring.close_as_consumer() };
        // SAFETY: as above, and the push at position 0 is the last one.
        assert_eq!(unsafe { ring.settle(0) }, Ok(0));
        // SAFETY: as above.
        assert_eq!(unsafe { ring.pop() }, Some((0, Box::new(7))));
    }
}
