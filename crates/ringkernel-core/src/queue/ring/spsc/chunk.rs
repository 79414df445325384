//! Several slots at once: one publication for all that was written, one release for all that was read.
//!
//! Both chunks may be dropped or leaked at any point. Dropped, they settle what was done with them: values that were
//! written are published, slots whose values were moved out are freed, everything else stays as it was. Leaked, a
//! write chunk leaks its values, and a read chunk's freed slots come back with the next operation.

use super::raw::{ConsumerSide, ProducerSide, Ring, Slot};
use std::fmt;
use std::marker::PhantomData;
#[cfg(not(loom))]
use std::slice;

/// Who is told about what chunks do, beside the other side.
pub(in crate::queue) trait Watch: Sync {
    /// `count` positions from `from` on are about to be published.
    fn publishing(&self, from: u64, count: usize);
    /// They have been published.
    fn published(&self, from: u64, count: usize);
    /// `count` positions from `from` on were given back.
    fn taken(&self, from: u64, count: usize);
}

/// Free slots of a ring, reserved to be filled one by one and published together.
///
/// What was [pushed](Self::push) is published by [`commit`](Self::commit), which is what dropping does too. Slots that were
/// not filled stay free.
#[must_use = "a chunk that nothing is pushed into does nothing"]
pub struct WriteChunk<'a, T> {
    ring: &'a Ring<T>,
    side: &'a mut ProducerSide,
    slots: &'a [Slot<T>],
    watch: Option<&'a dyn Watch>,
    reserved: usize,
    written: usize,
}

impl<'a, T> WriteChunk<'a, T> {
    /// A chunk of exactly `slots` slots, if the ring is open and has as many free.
    ///
    /// # Safety
    ///
    /// `side` was made with `ring`.
    pub(in crate::queue) unsafe fn exactly(
        ring: &'a Ring<T>,
        side: &'a mut ProducerSide,
        watch: Option<&'a dyn Watch>,
        slots: usize,
    ) -> Option<Self> {
        // SAFETY: the caller's promise.
        let closed = unsafe { ring.is_over_for(side) };
        // SAFETY: as above.
        if closed || unsafe { ring.room(side, slots) } < slots {
            return None;
        }
        Some(Self { ring, side, slots: ring.slots().all_or_allocate(), watch, reserved: slots, written: 0 })
    }

    /// Fills free slots with what `values` gives, until there is no slot or no value left, publishes them together
    /// and returns how many there were. No value is taken from `values` without a slot for it.
    ///
    /// # Safety
    ///
    /// `side` was made with `ring`.
    #[inline]
    pub(in crate::queue) unsafe fn fill(
        ring: &'a Ring<T>,
        side: &'a mut ProducerSide,
        watch: Option<&'a dyn Watch>,
        values: &mut impl Iterator<Item = T>,
    ) -> usize {
        // SAFETY: the caller's promise.
        if unsafe { ring.is_over_for(side) } {
            return 0;
        }
        let wanted = values.size_hint().0.clamp(1, ring.capacity());
        // SAFETY: as above.
        let reserved = unsafe { ring.room(side, wanted) };
        let slots = ring.slots().all_or_allocate();
        let mut chunk = Self { ring, side, slots, watch, reserved, written: 0 };
        loop {
            let room = chunk.remaining();
            values.by_ref().take(room).for_each(|value| chunk.put(value));
            // Fewer values than slots, or as many, and no more to come: not worth a look at the consumer's line.
            if chunk.remaining() > 0 || values.size_hint().1 == Some(0) || !chunk.grow() {
                return chunk.written;
            }
        }
    }

    /// Looks for slots beyond the reserved ones, and reserves them.
    fn grow(&mut self) -> bool {
        // SAFETY: `side` was made with `ring`.
        self.reserved = unsafe { self.ring.room(self.side, self.reserved + 1) };
        self.written < self.reserved
    }

    /// Writes the next value, for which there is a reserved slot.
    #[inline(always)]
    fn put(&mut self, value: T) {
        debug_assert!(self.written < self.reserved);
        let index = (self.side.tail as usize + self.written) & (self.slots.len() - 1);
        self.slots[index].0.with_mut(|cell| {
            // SAFETY: the slot is one of those that `room` counted as free, and only the producer, which `side` proves
            // the chunk to be, writes free slots.
            unsafe { cell.cast::<T>().write(value) }
        });
        self.written += 1;
    }

    /// Fills the next slot, or hands the value back when all are filled.
    ///
    /// # Errors
    ///
    /// The value, when [`remaining`](Self::remaining) is zero.
    #[inline]
    pub fn push(&mut self, value: T) -> Result<(), T> {
        if self.remaining() == 0 {
            return Err(value);
        }
        self.put(value);
        Ok(())
    }

    /// Slots that can still be filled.
    pub fn remaining(&self) -> usize {
        self.reserved - self.written
    }

    /// Values in the chunk.
    pub fn len(&self) -> usize {
        self.written
    }

    /// True when nothing was pushed.
    pub fn is_empty(&self) -> bool {
        self.written == 0
    }

    /// Publishes what was pushed.
    pub fn commit(self) {
        drop(self);
    }
}

impl<T> Drop for WriteChunk<'_, T> {
    #[inline]
    fn drop(&mut self) {
        if self.written == 0 {
            return;
        }
        let from = self.side.tail;
        if let Some(watch) = self.watch {
            watch.publishing(from, self.written);
        }
        // SAFETY: `side` was made with `ring`, and as many slots were written.
        unsafe { self.ring.publish(self.side, self.written) };
        if let Some(watch) = self.watch {
            watch.published(from, self.written);
        }
    }
}

impl<T> fmt::Debug for WriteChunk<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WriteChunk")
            .field("len", &self.written)
            .field("remaining", &self.remaining())
            .finish()
    }
}

/// The oldest values of a ring, read where they lie.
///
/// Look at them with [`as_slices`](Self::as_slices), then [`commit`](Self::commit) as many as are done with; or iterate, which
/// moves the values out. What is neither committed nor moved out stays in the ring, the oldest first.
#[must_use = "a chunk takes nothing until it is committed or iterated"]
pub struct ReadChunk<'a, T> {
    ring: &'a Ring<T>,
    side: &'a mut ConsumerSide,
    watch: Option<&'a dyn Watch>,
    len: usize,
    /// Values moved out, whose slots are not yet given back.
    read: usize,
    /// A shared chunk shares its values, so that it is `Sync` only when they are.
    values: PhantomData<&'a mut T>,
}

impl<'a, T> ReadChunk<'a, T> {
    /// The oldest values, at most `limit`; possibly none.
    ///
    /// # Safety
    ///
    /// `side` was made with `ring`.
    #[inline]
    pub(in crate::queue) unsafe fn up_to(
        ring: &'a Ring<T>,
        side: &'a mut ConsumerSide,
        watch: Option<&'a dyn Watch>,
        limit: usize,
    ) -> Self {
        // SAFETY: the caller's promise.
        let len = unsafe { ring.available(side, limit) }.min(limit);
        Self { ring, side, watch, len, read: 0, values: PhantomData }
    }

    /// Values in the chunk.
    pub fn len(&self) -> usize {
        self.len
    }

    /// True when there is nothing to read.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The values, oldest first. The second slice is empty unless the chunk passes the end of the slot array.
    #[cfg(not(loom))]
    #[inline]
    pub fn as_slices(&self) -> (&[T], &[T]) {
        let (first, second, split) = self.runs();
        // SAFETY: `split` published values lie one after the other from `first` on, inside the slot array (and without
        // an array there are none). Nobody writes them before they are given back, which takes the chunk by value.
        let first = unsafe { slice::from_raw_parts(first, split) };
        // SAFETY: as above, for the others.
        let second = unsafe { slice::from_raw_parts(second, self.len - split) };
        (first, second)
    }

    /// The values, oldest first, to be changed in place.
    #[cfg(not(loom))]
    #[inline]
    pub fn as_mut_slices(&mut self) -> (&mut [T], &mut [T]) {
        let (first, second, split) = self.runs();
        // SAFETY: as in `as_slices`; the exclusive borrow of the chunk excludes other references, and the two runs
        // do not overlap, because a chunk is no longer than the slot array.
        let first = unsafe { slice::from_raw_parts_mut(first, split) };
        // SAFETY: as above.
        let second = unsafe { slice::from_raw_parts_mut(second, self.len - split) };
        (first, second)
    }

    /// Where the values begin, where they go on after the end of the slot array, and how many come before it.
    #[cfg(not(loom))]
    fn runs(&self) -> (*mut T, *mut T, usize) {
        let Some(slots) = self.ring.slots().all() else {
            let nowhere = std::ptr::NonNull::dangling().as_ptr();
            return (nowhere, nowhere, self.len);
        };
        // The slots are transparent cells around values. Both pointers are made from the whole array and may reach all of it.
        let begin = self.side.head as usize & (slots.len() - 1);
        let array = slots.as_ptr().cast::<T>().cast_mut();
        (array.wrapping_add(begin), array, self.len.min(slots.len() - begin))
    }

    /// Drops the first `count` values and gives their slots back. The others stay in the ring.
    ///
    /// `count` counts as [`len`](Self::len) when it is more.
    pub fn commit(self, count: usize) {
        let mut values = self.into_iter();
        if std::mem::needs_drop::<T>() {
            values.by_ref().take(count).for_each(drop);
        } else {
            values.skip_over(count);
        }
    }

    /// Drops all values and gives their slots back.
    pub fn commit_all(self) {
        let len = self.len;
        self.commit(len);
    }
}

impl<T> Drop for ReadChunk<'_, T> {
    #[inline]
    fn drop(&mut self) {
        if self.read == 0 {
            return;
        }
        // SAFETY: `side` was made with `ring`.
        unsafe { self.ring.free(self.side) };
        if let Some(watch) = self.watch {
            watch.taken(self.side.head - self.read as u64, self.read);
        }
    }
}

impl<T> fmt::Debug for ReadChunk<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReadChunk").field("len", &self.len).finish_non_exhaustive()
    }
}

impl<'a, T> IntoIterator for ReadChunk<'a, T> {
    type Item = T;
    type IntoIter = IntoIter<'a, T>;

    fn into_iter(self) -> IntoIter<'a, T> {
        IntoIter { chunk: self }
    }
}

/// Moves the values of a [`ReadChunk`] out. Dropped early, it gives the slots of those values back and leaves the
/// others in the ring.
#[derive(Debug)]
pub struct IntoIter<'a, T> {
    chunk: ReadChunk<'a, T>,
}

impl<T> IntoIter<'_, T> {
    /// Passes over values without dropping them.
    fn skip_over(&mut self, count: usize) {
        let count = count.min(self.chunk.len - self.chunk.read);
        self.chunk.side.head += count as u64;
        self.chunk.read += count;
    }
}

impl<T> Iterator for IntoIter<'_, T> {
    type Item = T;

    #[inline]
    fn next(&mut self) -> Option<T> {
        let chunk = &mut self.chunk;
        if chunk.read == chunk.len {
            return None;
        }
        chunk.read += 1;
        // SAFETY: `side` was made with `ring`, and the chunk's values were available when it was made.
        Some(unsafe { chunk.ring.read(chunk.side) })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.chunk.len - self.chunk.read;
        (left, Some(left))
    }
}

impl<T> ExactSizeIterator for IntoIter<'_, T> {}
impl<T> std::iter::FusedIterator for IntoIter<'_, T> {}
