//! The ring itself, with a lap tag in every slot.
//!
//! `position / capacity` is the lap. A slot's tag is `2 * lap` while it is free for that lap and
//! `2 * lap + 1` while it holds the lap's value, so that zeroed memory is an empty ring. A producer claims
//! a position by compare-and-swap on `tail`; its tag store (Release) publishes the value to the consumer's
//! tag load (Acquire), whose own tag store (Release) gives the slot to the next lap's producer (Acquire).
//!
//! Bit 0 of `tail` closes the ring: claims fail from then on, so the end of the stream is exact.

use crate::queue::cache_line::CacheLine;
use crate::queue::error::{CapacityError, check_capacity};
use crate::queue::ring::PushError;
use crate::queue::ring::slots::{Slots, TaggedSlot};
use crate::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

/// Bit of `tail` that refuses further claims; the position is in the bits above.
const CLOSED: u64 = 1;
/// One position in `tail`.
const STEP: u64 = 2;

/// The consumer's own view. There is one for each ring, so that a `&mut` of it proves to be the consumer.
pub(in crate::queue) struct ConsumerSide {
    head: u64,
}

/// Pushing is safe from any thread; popping requires the consumer side.
pub(in crate::queue) struct Ring<T> {
    tail: CacheLine<AtomicU64>,
    head: CacheLine<AtomicU64>,
    slots: Slots<TaggedSlot<T>>,
    /// Sending halves alive. Kept here because there is room in this line.
    producers: AtomicUsize,
    /// Base-two logarithm of the capacity.
    lap_shift: u32,
}

// SAFETY: values move from a producer's thread to the consumer's, which needs `T: Send`; a slot's value is
// reached only by the producer that claimed it and by the owner of the consumer side, in turns.
unsafe impl<T: Send> Send for Ring<T> {}
// SAFETY: as above; no reference to a `T` is ever shared, so `T: Sync` is not needed.
unsafe impl<T: Send> Sync for Ring<T> {}

impl<T> Ring<T> {
    pub(in crate::queue) fn new(capacity: usize) -> Result<(Self, ConsumerSide), CapacityError> {
        let capacity = check_capacity::<TaggedSlot<T>>(capacity)?;
        let ring = Self {
            tail: CacheLine(AtomicU64::new(0)),
            head: CacheLine(AtomicU64::new(0)),
            slots: Slots::new(capacity),
            producers: AtomicUsize::new(1),
            lap_shift: capacity.trailing_zeros(),
        };
        Ok((ring, ConsumerSide { head: 0 }))
    }

    #[inline(always)]
    pub(in crate::queue) fn capacity(&self) -> usize {
        self.slots.capacity()
    }

    pub(in crate::queue) fn allocated_bytes(&self) -> usize {
        self.slots.allocated_bytes()
    }

    /// Positions claimed and messages taken so far.
    pub(in crate::queue) fn positions(&self) -> (u64, u64) {
        // The head first, with Acquire: the tail read after it cannot be behind it.
        let head = self.head.load(Ordering::Acquire);
        let tail = self.tail.load(Ordering::Acquire) / STEP;
        (tail, head)
    }

    pub(in crate::queue) fn len(&self) -> usize {
        let (tail, head) = self.positions();
        // Pops and pushes between the two loads can make the difference exceed what the ring holds.
        (tail.saturating_sub(head) as usize).min(self.capacity())
    }

    pub(in crate::queue) fn is_closed(&self) -> bool {
        self.tail.load(Ordering::Acquire) & CLOSED != 0
    }

    /// Refuses every claim from now on. Values claimed before can still be taken.
    pub(in crate::queue) fn close(&self) {
        self.tail.fetch_or(CLOSED, Ordering::AcqRel);
    }

    /// Counts one more sending half.
    pub(in crate::queue) fn add_producer(&self) {
        // Relaxed: the half that is cloned keeps the count above zero meanwhile.
        self.producers.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts one sending half less; true for the last, which has to close.
    pub(in crate::queue) fn remove_producer(&self) -> bool {
        // AcqRel: the pushes of every producer come before the close by the last.
        self.producers.fetch_sub(1, Ordering::AcqRel) == 1
    }

    /// Tag of a slot that is free for the lap of `position`.
    #[inline(always)]
    fn free_tag(&self, position: u64) -> u64 {
        2 * (position >> self.lap_shift)
    }

    /// Pushes a value and returns its position. `before_publish` sees that position before the consumer can.
    #[inline(always)]
    pub(in crate::queue) fn push(
        &self,
        value: T,
        before_publish: impl FnOnce(u64),
    ) -> Result<u64, PushError<T>> {
        let mut tail = self.tail.load(Ordering::Relaxed);
        loop {
            if tail & CLOSED != 0 {
                return Err(PushError::Closed(value));
            }
            let position = tail / STEP;
            let free = self.free_tag(position);
            let slot = self.slots.get_or_allocate(position);
            // Pairs with the Release store in `pop`: the consumer has finished with the slot.
            let tag = slot.tag.load(Ordering::Acquire);
            if tag == free {
                // Relaxed: the claim only excludes other producers. The slot's tag carries the data.
                match self.tail.compare_exchange_weak(tail, tail + STEP, Ordering::Relaxed, Ordering::Relaxed)
                {
                    Ok(_) => {
                        slot.value.with_mut(|cell| {
                            // SAFETY: the tag was free for this lap and the claim made this thread the
                            // only one that may write the slot in it.
                            unsafe { cell.cast::<T>().write(value) }
                        });
                        before_publish(position);
                        // Publishes the value to the Acquire load of the tag in `oldest`.
                        slot.tag.store(free + 1, Ordering::Release);
                        return Ok(position);
                    }
                    Err(now) => tail = now,
                }
            } else {
                let now = self.tail.load(Ordering::Relaxed);
                if now == tail && tag < free {
                    // The slot still belongs to the previous lap: a full ring lies between.
                    return Err(PushError::Full(value));
                }
                tail = now;
            }
        }
    }

    /// Pushes as many values as there is room for, from the front of `values`, with one claim for all of them. Returns the
    /// first position and how many there were. The others stay in `values`, all of them when the ring is closed.
    pub(in crate::queue) fn push_batch(
        &self,
        values: &mut Vec<T>,
        mut before_publish: impl FnMut(u64, usize),
    ) -> Option<(u64, usize)> {
        let (position, count) = self.claim(values.len().min(self.capacity()))?;
        before_publish(position, count);
        // Nothing below can panic, so that every claimed slot is published.
        for (position, value) in (position..).zip(values.drain(..count)) {
            let slot = self.slots.get_or_allocate(position);
            slot.value.with_mut(|cell| {
                // SAFETY: the slot was free for this lap and the claim made this thread the only one that may
                // write it.
                unsafe { cell.cast::<T>().write(value) }
            });
            // Publishes the value to the Acquire load of the tag in `oldest`.
            slot.tag.store(self.free_tag(position) + 1, Ordering::Release);
        }
        Some((position, count))
    }

    /// Claims up to `wanted` free slots in a row.
    fn claim(&self, wanted: usize) -> Option<(u64, usize)> {
        let mut tail = self.tail.load(Ordering::Relaxed);
        loop {
            let position = tail / STEP;
            // Acquire pairs with the Release store of `head` in `pop`: the consumer has finished with every slot before
            // the last that it counts.
            let head = self.head.load(Ordering::Acquire);
            let now = self.tail.load(Ordering::Relaxed);
            if now != tail {
                tail = now;
                continue;
            }
            if tail & CLOSED != 0 || wanted == 0 {
                return None;
            }
            let in_use = position.saturating_sub(head) as usize;
            let mut count = wanted.min(self.capacity().saturating_sub(in_use));
            if count > 0 && !self.is_free(position + count as u64 - 1) {
                // `head` is stored before the tag, so the last slot may be an instruction away from being free.
                count -= 1;
            }
            if count == 0 {
                return None;
            }
            let next = tail + STEP * count as u64;
            // Relaxed: the claim only excludes other producers.
            match self.tail.compare_exchange_weak(tail, next, Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) => return Some((position, count)),
                Err(now) => tail = now,
            }
        }
    }

    /// Whether the slot may be written in the lap of `position`.
    fn is_free(&self, position: u64) -> bool {
        // Pairs with the Release store of the tag in `pop`: the consumer has finished with the slot.
        self.slots.get_or_allocate(position).tag.load(Ordering::Acquire) == self.free_tag(position)
    }

    /// True when the ring is closed and every claimed position was taken: no value will ever come again.
    pub(in crate::queue) fn is_drained(&self) -> bool {
        // Both Acquire: whoever knows that nothing is left also knows what the last pop knew.
        let head = self.head.load(Ordering::Acquire);
        self.tail.load(Ordering::Acquire) == head * STEP + CLOSED
    }

    /// The slot of the oldest value, if that has been published. Reads no word that producers write, except
    /// the slot, so that a consumer that polls does not disturb them.
    #[inline(always)]
    fn oldest(&self, side: &ConsumerSide) -> Option<&TaggedSlot<T>> {
        let slot = self.slots.get(side.head)?;
        // Pairs with the Release stores of the tag in `push` and `push_batch`.
        (slot.tag.load(Ordering::Acquire) == self.free_tag(side.head) + 1).then_some(slot)
    }

    /// Takes the oldest value, with its position. `None` is also the answer while the producer that
    /// claimed the next position has not yet published it.
    ///
    /// # Safety
    ///
    /// `side` was made with this ring.
    #[inline(always)]
    pub(in crate::queue) unsafe fn pop(&self, side: &mut ConsumerSide) -> Option<(u64, T)> {
        let slot = self.oldest(side)?;
        let position = side.head;
        let value = slot.value.with(|cell| {
            // SAFETY: the tag says that the slot holds this lap's value, acquired in `oldest`; changing the tag
            // below, which only the owner of `side` does, makes this the only read.
            unsafe { cell.cast::<T>().read() }
        });
        side.head += 1;
        // Before the tag, so that a producer that is given the slot also sees the new head: a depth
        // computed from it never exceeds the capacity. Release pairs with `positions` and `claim`.
        self.head.store(side.head, Ordering::Release);
        // Gives the slot to the next lap: pairs with the Acquire loads of the tag in `push` and `is_free`.
        slot.tag.store(self.free_tag(position) + 2, Ordering::Release);
        Some((position, value))
    }

    /// The oldest value, in its slot.
    ///
    /// # Safety
    ///
    /// `side` was made with this ring.
    #[inline(always)]
    pub(in crate::queue) unsafe fn peek<'a>(&'a self, side: &'a mut ConsumerSide) -> Option<&'a T> {
        let value = self.oldest(side)?.value.with(|cell| cell.cast::<T>());
        // SAFETY: the slot holds a published value, acquired in `oldest`, which stays there until the consumer
        // takes it, for which it needs the side that is borrowed here.
        Some(unsafe { &*value })
    }
}

impl<T> Drop for Ring<T> {
    fn drop(&mut self) {
        let head = self.head.load(Ordering::Relaxed);
        let tail = self.tail.load(Ordering::Relaxed) / STEP;
        for position in head..tail {
            let Some(slot) = self.slots.get(position) else {
                return;
            };
            debug_assert_eq!(slot.tag.load(Ordering::Relaxed), self.free_tag(position) + 1);
            slot.value.with_mut(|cell| {
                // SAFETY: `&mut self` excludes producers and consumer, so every claimed position has been
                // published, and those from `head` on have not been taken.
                unsafe { std::ptr::drop_in_place(cell.cast::<T>()) }
            });
        }
    }
}
