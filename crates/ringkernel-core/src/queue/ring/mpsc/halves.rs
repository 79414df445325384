//! The two ends of a bare ring, for threads that poll or wake each other by other means.

use super::raw::{ConsumerSide, Ring};
use crate::queue::error::CapacityError;
use crate::queue::ring::PushError;
use crate::queue::views::debug;
use crate::sync::Arc;
use std::fmt;

/// Makes a ring and returns its two ends, for threads that poll or wake each other by other means.
///
/// # Errors
///
/// [`CapacityError`] when `capacity` is not a non-zero power of two.
pub fn channel<T: Send>(capacity: usize) -> Result<(Producer<T>, Consumer<T>), CapacityError> {
    let (ring, side) = Ring::new(capacity)?;
    let ring = Arc::new(ring);
    Ok((Producer { ring: Arc::clone(&ring) }, Consumer { ring, side }))
}

/// A sending end of a bare ring. Dropping the last one closes the ring; what was pushed can still be taken.
pub struct Producer<T: Send> {
    ring: Arc<Ring<T>>,
}

impl<T: Send> Producer<T> {
    /// Pushes a value or hands it back.
    #[inline(always)]
    pub fn push(&self, value: T) -> Result<(), PushError<T>> {
        match self.ring.push(value, |_| ()) {
            Ok(_) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Pushes as many values as there is room for, from the front of `values`, one after the other with no other
    /// producer's between them. Returns how many there were; the others stay in `values`, all of them when the ring
    /// is closed.
    #[inline]
    pub fn push_batch(&self, values: &mut Vec<T>) -> usize {
        self.ring.push_batch(values, |_, _| ()).map_or(0, |(_, count)| count)
    }

    /// Values in the ring, those being written included.
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

    /// Bytes of the slot array: zero until the first push.
    pub fn allocated_bytes(&self) -> usize {
        self.ring.allocated_bytes()
    }

    /// Refuses every push from now on; values pushed before can still be taken.
    pub fn close(&self) {
        self.ring.close();
    }

    /// True once the ring was closed, from either end.
    pub fn is_closed(&self) -> bool {
        self.ring.is_closed()
    }
}

impl<T: Send> Clone for Producer<T> {
    fn clone(&self) -> Self {
        self.ring.add_producer();
        Self { ring: Arc::clone(&self.ring) }
    }
}

impl<T: Send> Drop for Producer<T> {
    fn drop(&mut self) {
        if self.ring.remove_producer() {
            self.ring.close();
        }
    }
}

/// The receiving end of a bare ring. Dropping it closes the ring; leftovers are destroyed with it.
pub struct Consumer<T: Send> {
    ring: Arc<Ring<T>>,
    side: ConsumerSide,
}

impl<T: Send> Consumer<T> {
    /// Takes the oldest value that has been written completely.
    #[inline(always)]
    pub fn pop(&mut self) -> Option<T> {
        // SAFETY: `channel` made the side with the ring.
        let popped = unsafe { self.ring.pop(&mut self.side) };
        popped.map(|(_, value)| value)
    }

    /// The oldest value that has been written completely, in its slot.
    #[inline]
    pub fn peek(&mut self) -> Option<&T> {
        // SAFETY: `channel` made the side with the ring.
        unsafe { self.ring.peek(&mut self.side) }
    }

    /// Takes up to `limit` values, oldest first, and returns how many there were.
    #[inline]
    pub fn pop_batch(&mut self, limit: usize, take: impl FnMut(T)) -> usize {
        std::iter::from_fn(|| self.pop()).take(limit).map(take).count()
    }

    /// True when no push can succeed any more and every value was taken.
    pub fn is_drained(&self) -> bool {
        self.ring.is_drained()
    }

    /// Values in the ring, those being written included.
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

    /// Bytes of the slot array: zero until the first push.
    pub fn allocated_bytes(&self) -> usize {
        self.ring.allocated_bytes()
    }

    /// Refuses every push from now on; values pushed before can still be taken.
    pub fn close(&self) {
        self.ring.close();
    }

    /// True once the ring was closed, from either end.
    pub fn is_closed(&self) -> bool {
        self.ring.is_closed()
    }
}

impl<T: Send> Drop for Consumer<T> {
    fn drop(&mut self) {
        self.ring.close();
    }
}

impl<T: Send> fmt::Debug for Producer<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        debug("Producer", self.len(), self.capacity(), self.is_closed(), f)
    }
}

impl<T: Send> fmt::Debug for Consumer<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        debug("Consumer", self.len(), self.capacity(), self.is_closed(), f)
    }
}
