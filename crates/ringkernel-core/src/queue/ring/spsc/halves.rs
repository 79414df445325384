//! The two halves of a bare ring, for two threads that poll.

use super::chunk::{ReadChunk, WriteChunk};
use super::raw::{ConsumerSide, ProducerSide, Ring};
use crate::queue::error::CapacityError;
use crate::queue::ring::PushError;
use crate::queue::views::debug;
use crate::sync::Arc;
use std::fmt;

/// Makes a ring and returns its two halves, for two threads that poll.
///
/// # Errors
///
/// [`CapacityError`] when `capacity` is not a non-zero power of two.
pub fn channel<T: Send>(capacity: usize) -> Result<(Producer<T>, Consumer<T>), CapacityError> {
    let (ring, producer, consumer) = Ring::new(capacity)?;
    let ring = Arc::new(ring);
    Ok((Producer { ring: Arc::clone(&ring), side: producer }, Consumer { ring, side: consumer }))
}

/// The sending half of a bare ring. Dropping it closes the ring; what was pushed can still be taken.
pub struct Producer<T: Send> {
    ring: Arc<Ring<T>>,
    side: ProducerSide,
}

impl<T: Send> Producer<T> {
    /// Pushes a value or hands it back. A value pushed while the consumer goes away may be accepted and
    /// then destroyed with the ring.
    #[inline]
    pub fn push(&mut self, value: T) -> Result<(), PushError<T>> {
        // SAFETY: `channel` made the side with the ring.
        match unsafe { self.ring.push(&mut self.side, value, |_| ()) } {
            Ok(_) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Pushes what `values` gives, as far as there is room, and publishes all of it at once. Returns how
    /// many that were; what there was no room for stays in `values`. Nothing is taken when the ring is closed.
    #[inline]
    pub fn push_batch(&mut self, values: &mut impl Iterator<Item = T>) -> usize {
        // SAFETY: `channel` made the side with the ring.
        unsafe { WriteChunk::fill(&self.ring, &mut self.side, None, values) }
    }

    /// Reserves exactly `slots` free slots, to be filled one by one and published together. `None` when there are
    /// fewer, or the ring is closed.
    #[inline]
    pub fn write_chunk(&mut self, slots: usize) -> Option<WriteChunk<'_, T>> {
        // SAFETY: `channel` made the side with the ring.
        unsafe { WriteChunk::exactly(&self.ring, &mut self.side, None, slots) }
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
        // SAFETY: `channel` made the side with the ring.
        unsafe { self.ring.close_as_producer(&mut self.side) }
    }
}

impl<T: Send> fmt::Debug for Producer<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        debug("Producer", self.len(), self.capacity(), self.is_closed(), f)
    }
}

/// The receiving half of a bare ring. Dropping it closes the ring; leftovers are destroyed with it.
pub struct Consumer<T: Send> {
    ring: Arc<Ring<T>>,
    side: ConsumerSide,
}

impl<T: Send> Consumer<T> {
    /// Takes the oldest value.
    #[inline]
    pub fn pop(&mut self) -> Option<T> {
        // SAFETY: `channel` made the side with the ring.
        let popped = unsafe { self.ring.pop(&mut self.side) };
        popped.map(|(_, value)| value)
    }

    /// The oldest value, in its slot.
    #[inline]
    pub fn peek(&mut self) -> Option<&T> {
        // SAFETY: `channel` made the side with the ring.
        unsafe { self.ring.peek(&mut self.side) }
    }

    /// Up to `limit` of the oldest values, to be read in place or moved out; their slots are given back at once.
    /// The chunk is empty when the ring is.
    #[inline]
    pub fn read_chunk(&mut self, limit: usize) -> ReadChunk<'_, T> {
        // SAFETY: `channel` made the side with the ring.
        unsafe { ReadChunk::up_to(&self.ring, &mut self.side, None, limit) }
    }

    /// Takes up to `limit` values, oldest first, gives their slots back at once, and returns how many there were.
    #[inline]
    pub fn pop_batch(&mut self, limit: usize, take: impl FnMut(T)) -> usize {
        let chunk = self.read_chunk(limit);
        let count = chunk.len();
        chunk.into_iter().for_each(take);
        count
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
        // SAFETY: `channel` made the side with the ring.
        unsafe { self.ring.close_as_consumer(&mut self.side) }
    }
}

impl<T: Send> fmt::Debug for Consumer<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        debug("Consumer", self.len(), self.capacity(), self.is_closed(), f)
    }
}
