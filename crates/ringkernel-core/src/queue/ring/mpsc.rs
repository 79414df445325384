//! Bounded ring for many producers and one consumer, with a lap tag in every slot.
//!
//! `position / capacity` is the lap. A slot's tag is `2 * lap` while it is free for that lap and
//! `2 * lap + 1` while it holds the lap's value, so that zeroed memory is an empty ring. A producer claims
//! a position by compare-and-swap on `tail`; its tag store (Release) publishes the value to the consumer's
//! tag load (Acquire), whose own tag store (Release) gives the slot to the next lap's producer (Acquire).
//!
//! Bit 0 of `tail` closes the ring: claims fail from then on, so the end of the stream is exact.

use super::PushError;
use super::slots::{Slots, ZeroIsEmpty};
use crate::queue::error::{CapacityError, check_capacity};
use crate::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use crate::sync::{Arc, UnsafeCell};
use crossbeam_utils::CachePadded;
use std::mem::MaybeUninit;

/// Bit of `tail` that refuses further claims; the position is in the bits above.
const CLOSED: u64 = 1;
/// One position in `tail`.
const STEP: u64 = 2;

struct Slot<T> {
    tag: AtomicU64,
    value: UnsafeCell<MaybeUninit<T>>,
}

// SAFETY: tag 0 means "free for lap 0", and the value is a `MaybeUninit`, for which any bytes are valid.
unsafe impl<T> ZeroIsEmpty for Slot<T> {
    #[cfg(loom)]
    fn empty() -> Self {
        Self { tag: AtomicU64::new(0), value: UnsafeCell::new(MaybeUninit::uninit()) }
    }
}

/// The ring itself. Pushing is safe from any thread; popping requires to own the consumer side.
pub(crate) struct Ring<T> {
    tail: CachePadded<AtomicU64>,
    head: CachePadded<AtomicU64>,
    slots: Slots<Slot<T>>,
    /// Base-two logarithm of the capacity.
    lap_shift: u32,
}

// SAFETY: values move from a producer's thread to the consumer's, which needs `T: Send`; a slot's value is
// reached only by the producer that claimed it and by the owner of the consumer side, in turns.
unsafe impl<T: Send> Send for Ring<T> {}
// SAFETY: as above; no reference to a `T` is ever shared, so `T: Sync` is not needed.
unsafe impl<T: Send> Sync for Ring<T> {}

impl<T> Ring<T> {
    pub(crate) fn new(capacity: usize) -> Result<Self, CapacityError> {
        let capacity = check_capacity::<Slot<T>>(capacity)?;
        Ok(Self {
            tail: CachePadded::new(AtomicU64::new(0)),
            head: CachePadded::new(AtomicU64::new(0)),
            slots: Slots::new(capacity),
            lap_shift: capacity.trailing_zeros(),
        })
    }

    #[inline(always)]
    pub(crate) fn capacity(&self) -> usize {
        self.slots.capacity()
    }

    pub(crate) fn allocated_bytes(&self) -> usize {
        self.slots.allocated_bytes()
    }

    /// Positions claimed and messages taken so far.
    pub(crate) fn positions(&self) -> (u64, u64) {
        // The head first, with Acquire: the tail read after it cannot be behind it.
        let head = self.head.load(Ordering::Acquire);
        let tail = self.tail.load(Ordering::Acquire) / STEP;
        (tail, head)
    }

    pub(crate) fn len(&self) -> usize {
        let (tail, head) = self.positions();
        // Pops and pushes between the two loads can make the difference exceed what the ring holds.
        (tail.saturating_sub(head) as usize).min(self.capacity())
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.tail.load(Ordering::Acquire) & CLOSED != 0
    }

    /// Refuses every claim from now on. Values claimed before can still be taken.
    pub(crate) fn close(&self) {
        self.tail.fetch_or(CLOSED, Ordering::AcqRel);
    }

    /// Tag of a slot that is free for the lap of `position`.
    #[inline(always)]
    fn free_tag(&self, position: u64) -> u64 {
        2 * (position >> self.lap_shift)
    }

    /// Pushes a value and returns its position. `before_publish` sees that position before the consumer can.
    #[inline(always)]
    pub(crate) fn push(&self, value: T, before_publish: impl FnOnce(u64)) -> Result<u64, PushError<T>> {
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
                        // Publishes the value to the Acquire load of the tag in `pop`.
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

    /// True when the ring is closed and every claimed position was taken: no value will ever come again.
    pub(crate) fn is_drained(&self) -> bool {
        // Both Acquire: whoever knows that nothing is left also knows what the last pop knew.
        let head = self.head.load(Ordering::Acquire);
        self.tail.load(Ordering::Acquire) == head * STEP + CLOSED
    }

    /// Takes the oldest value, with its position. `None` is also the answer while the producer that
    /// claimed the next position has not yet published it. Reads no word that producers write, except
    /// the slot, so that a consumer that polls does not disturb them.
    ///
    /// # Safety
    ///
    /// The caller owns the consumer side for the duration of the call.
    #[inline(always)]
    pub(crate) unsafe fn pop(&self) -> Option<(u64, T)> {
        // Only this side writes it.
        let head = self.head.load(Ordering::Relaxed);
        let full = self.free_tag(head) + 1;
        let slot = self.slots.get(head)?;
        // Pairs with the Release store of the tag in `push`.
        if slot.tag.load(Ordering::Acquire) != full {
            return None;
        }
        let value = slot.value.with(|cell| {
            // SAFETY: the tag says that the slot holds this lap's value, acquired above; changing the tag
            // below makes this the only read.
            unsafe { cell.cast::<T>().read() }
        });
        // Before the tag, so that a producer that is given the slot also sees the new head: a depth
        // computed from it never exceeds the capacity. Release pairs with `positions`.
        self.head.store(head + 1, Ordering::Release);
        // Gives the slot to the next lap: pairs with the Acquire load of the tag in `push`.
        slot.tag.store(full + 1, Ordering::Release);
        Some((head, value))
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

struct Shared<T> {
    ring: Ring<T>,
    producers: AtomicUsize,
}

/// Makes a ring and returns its two ends, for threads that poll or wake each other by other means.
///
/// # Errors
///
/// [`CapacityError`] when `capacity` is not a non-zero power of two.
pub fn channel<T: Send>(capacity: usize) -> Result<(Producer<T>, Consumer<T>), CapacityError> {
    let shared = Arc::new(Shared { ring: Ring::new(capacity)?, producers: AtomicUsize::new(1) });
    Ok((Producer { shared: Arc::clone(&shared) }, Consumer { shared }))
}

/// A sending end of a bare ring. Dropping the last one closes the ring; what was pushed can still be taken.
pub struct Producer<T: Send> {
    shared: Arc<Shared<T>>,
}

impl<T: Send> Producer<T> {
    /// Pushes a value or hands it back.
    #[inline]
    pub fn push(&self, value: T) -> Result<(), PushError<T>> {
        self.shared.ring.push(value, |_| ()).map(drop)
    }

    /// Values in the ring, those being written included.
    pub fn len(&self) -> usize {
        self.shared.ring.len()
    }

    /// True when nothing is in the ring.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Slots of the ring.
    pub fn capacity(&self) -> usize {
        self.shared.ring.capacity()
    }

    /// Bytes of the slot array: zero until the first push.
    pub fn allocated_bytes(&self) -> usize {
        self.shared.ring.allocated_bytes()
    }

    /// Refuses every push from now on; values pushed before can still be taken.
    pub fn close(&self) {
        self.shared.ring.close();
    }

    /// True once the ring was closed, from either end.
    pub fn is_closed(&self) -> bool {
        self.shared.ring.is_closed()
    }
}

impl<T: Send> Clone for Producer<T> {
    fn clone(&self) -> Self {
        // Relaxed: this producer keeps the count above zero meanwhile.
        self.shared.producers.fetch_add(1, Ordering::Relaxed);
        Self { shared: Arc::clone(&self.shared) }
    }
}

impl<T: Send> Drop for Producer<T> {
    fn drop(&mut self) {
        // AcqRel: the pushes of every producer come before the close by the last.
        if self.shared.producers.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.shared.ring.close();
        }
    }
}

/// The receiving end of a bare ring. Dropping it closes the ring; leftovers are destroyed with it.
pub struct Consumer<T: Send> {
    shared: Arc<Shared<T>>,
}

impl<T: Send> Consumer<T> {
    /// Takes the oldest value that has been written completely.
    #[inline]
    pub fn pop(&mut self) -> Option<T> {
        // SAFETY: this is the only `Consumer` of the ring and it is borrowed exclusively.
        unsafe { self.shared.ring.pop() }.map(|(_, value)| value)
    }

    /// True when no push can succeed any more and every value was taken.
    pub fn is_drained(&self) -> bool {
        self.shared.ring.is_drained()
    }

    /// Values in the ring, those being written included.
    pub fn len(&self) -> usize {
        self.shared.ring.len()
    }

    /// True when nothing is in the ring.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Slots of the ring.
    pub fn capacity(&self) -> usize {
        self.shared.ring.capacity()
    }

    /// Bytes of the slot array: zero until the first push.
    pub fn allocated_bytes(&self) -> usize {
        self.shared.ring.allocated_bytes()
    }

    /// Refuses every push from now on; values pushed before can still be taken.
    pub fn close(&self) {
        self.shared.ring.close();
    }

    /// True once the ring was closed, from either end.
    pub fn is_closed(&self) -> bool {
        self.shared.ring.is_closed()
    }
}

impl<T: Send> Drop for Consumer<T> {
    fn drop(&mut self) {
        self.shared.ring.close();
    }
}
