//! Bounded ring for many producers and one consumer, whose bound depends on who pushes.
//!
//! A producer claims a position by compare-and-swap on `tail` if fewer messages than its limit are held; the tag of the
//! position's slot (Release) publishes the message to the consumer's load of the tag (Acquire). A message is held from
//! its claim until the consumer *releases* it, which may be later than taking it out: what a consumer has set aside still
//! counts against the bound. `released` has one writer, so it is a plain store (Release); a producer's load of it (Acquire)
//! says that the consumer is done with the slots of all messages before the last one released. That one may still be read in
//! place: there are twice as many slots as any limit allows messages, so that a claim never finds it in its way.
//!
//! Bit 0 of `tail` closes the ring: claims fail from then on, so the messages that there will ever be are counted.
//!
//! Slots come in chunks of doubling size that are allocated when their first slot is used: ten thousand idle actors do
//! not pay for ten thousand full rings.

use std::marker::PhantomData;
use std::mem::MaybeUninit;
use std::ops::{Deref, DerefMut};
use std::sync::OnceLock;

use ringkernel_core::sync::atomic::{AtomicU64, Ordering};
use ringkernel_core::sync::{Arc, UnsafeCell};

/// Bit of `tail` that refuses further claims; the position is in the bits above.
const CLOSED: u64 = 1;
/// One position in `tail`.
const STEP: u64 = 2;

/// Why a message was not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoRoom {
    Full,
    Closed,
}

/// Whole cache lines, so that a message that is written does not disturb the one before it, which is read.
#[repr(align(64))]
struct Slot<T> {
    /// The position after that of the message that the slot holds, or has held last; 0 at first.
    tag: AtomicU64,
    value: UnsafeCell<MaybeUninit<T>>,
}

/// Producers write it; the consumer writes what follows. Apart, so that they do not take each other's cache line.
#[repr(align(64))]
struct Apart<T>(T);

/// Slots that are allocated together.
type Chunk<T> = OnceLock<Box<[Slot<T>]>>;

struct Ring<T> {
    tail: Apart<AtomicU64>,
    /// The consumer's next position. Only the consumer uses it, and the destructor.
    head: Apart<AtomicU64>,
    /// Messages that count against no limit any more.
    released: AtomicU64,
    mask: u64,
    chunks: Box<[Chunk<T>]>,
}

// SAFETY: a message moves from a producer's thread to the consumer's, which needs `T: Send`; a slot's value is reached
// only by the producer that claimed it and by the one consumer, in turns that the tag and `released` order.
unsafe impl<T: Send> Send for Ring<T> {}
// SAFETY: as above; no reference to a `T` is ever shared, so `T: Sync` is not needed.
unsafe impl<T: Send> Sync for Ring<T> {}

/// The end that anybody pushes into.
pub(crate) struct Producer<T>(Arc<Ring<T>>);

/// The end of the one who takes. Not `Clone`.
pub(crate) struct Consumer<T> {
    ring: Arc<Ring<T>>,
    /// Where [`hold`](Consumer::hold) puts a message.
    spare: Option<Box<Slot<T>>>,
}

/// A message that was taken out and is read where it lies. Dropped with this.
pub(crate) struct Taken<'a, T> {
    slot: &'a Slot<T>,
    /// Nothing else is taken meanwhile.
    _consumer: PhantomData<&'a mut Consumer<T>>,
}

/// A ring for up to `capacity` messages, a power of two, with its two ends.
pub(crate) fn ring<T: Send>(capacity: usize) -> (Producer<T>, Consumer<T>) {
    assert!(
        capacity.is_power_of_two(),
        "a ring of {capacity} slots: the launch options are validated before"
    );
    let slots = 2 * capacity as u64;
    let ring = Arc::new(Ring {
        tail: Apart(AtomicU64::new(0)),
        head: Apart(AtomicU64::new(0)),
        released: AtomicU64::new(0),
        mask: slots - 1,
        chunks: (0..=chunk_of(slots - 1).0).map(|_| OnceLock::new()).collect(),
    });
    // loom must see its own constructors, and in the same order in every execution.
    #[cfg(loom)]
    for position in 0..slots {
        ring.slot_or_allocate(position);
    }
    (Producer(Arc::clone(&ring)), Consumer { ring, spare: None })
}

/// Chunk and offset of a slot: chunk 0 holds one slot, chunk `k` the `2^(k - 1)` slots from `2^(k - 1)` on.
#[inline]
fn chunk_of(index: u64) -> (usize, usize) {
    match index.checked_ilog2() {
        None => (0, 0),
        Some(power) => (power as usize + 1, (index - (1 << power)) as usize),
    }
}

impl<T> Ring<T> {
    #[inline]
    fn slot(&self, position: u64) -> Option<&Slot<T>> {
        let (chunk, offset) = chunk_of(position & self.mask);
        Some(&self.chunks[chunk].get()?[offset])
    }

    #[inline]
    fn slot_or_allocate(&self, position: u64) -> &Slot<T> {
        let (chunk, offset) = chunk_of(position & self.mask);
        &self.chunks[chunk].get_or_init(|| allocate(1 << chunk.saturating_sub(1)))[offset]
    }

    /// Lets one message less count as held. Only the consumer calls this.
    #[inline]
    fn release(&self) {
        // Release pairs with the Acquire in `push`.
        self.released.store(self.released.load(Ordering::Relaxed) + 1, Ordering::Release);
    }

    /// Messages held.
    fn held(&self) -> u64 {
        // `released` first, with Acquire: the tail read after it is not behind it.
        let released = self.released.load(Ordering::Acquire);
        let held = self.tail.0.load(Ordering::Acquire) / STEP - released;
        // Messages that came and went between the two loads make the difference exceed what the ring holds. Not for the
        // consumer, without whom none goes.
        held.min(self.mask.div_ceil(2))
    }
}

#[cold]
fn allocate<T>(slots: usize) -> Box<[Slot<T>]> {
    (0..slots).map(|_| Slot::empty()).collect()
}

impl<T> Slot<T> {
    fn empty() -> Self {
        Self { tag: AtomicU64::new(0), value: UnsafeCell::new(MaybeUninit::uninit()) }
    }
}

impl<T: Send> Producer<T> {
    /// Pushes what `make` makes of `source` if fewer than `limit` messages are held; `limit` is at most the ring's
    /// capacity. The message is made in its slot, so that it is moved no further. `make` must not panic: its place has been
    /// claimed.
    #[inline]
    pub(crate) fn push<S>(
        &self,
        source: S,
        limit: usize,
        make: impl FnOnce(S) -> T,
    ) -> Result<(), (S, NoRoom)> {
        let ring = &*self.0;
        debug_assert!(2 * limit as u64 <= ring.mask + 1);
        let mut tail = ring.tail.0.load(Ordering::Relaxed);
        let position = loop {
            if tail & CLOSED != 0 {
                return Err((source, NoRoom::Closed));
            }
            let position = tail / STEP;
            // Acquire pairs with the Release of `release`: the slots of released messages have been read. A tail that has
            // moved on meanwhile can be behind it; the exchange below notices.
            if position.wrapping_sub(ring.released.load(Ordering::Acquire)) as i64 >= limit as i64 {
                let now = ring.tail.0.load(Ordering::Relaxed);
                if now == tail {
                    return Err((source, NoRoom::Full));
                }
                tail = now;
                continue;
            }
            // Relaxed: the claim only excludes other producers. The slot's tag carries the message.
            match ring.tail.0.compare_exchange_weak(tail, tail + STEP, Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) => break position,
                Err(now) => tail = now,
            }
        };
        let claimed = Claimed;
        let slot = ring.slot_or_allocate(position);
        slot.value.with_mut(|value| {
            // SAFETY: the claim made this thread the only one that may write the slot of `position`. What was in it before
            // is `2 * capacity` positions older, more than `capacity` behind `released`, so the consumer has released later
            // messages and is done with it.
            unsafe { value.cast::<T>().write(make(source)) }
        });
        std::mem::forget(claimed);
        // Publishes the message to the Acquire load in `take`.
        slot.tag.store(position + 1, Ordering::Release);
        Ok(())
    }

    /// Messages held: claimed, waiting, or taken out and not released.
    pub(crate) fn held(&self) -> usize {
        self.0.held() as usize
    }

    /// Messages that were ever accepted.
    pub(crate) fn accepted(&self) -> u64 {
        self.0.tail.0.load(Ordering::Acquire) / STEP
    }

    /// Refuses every further message.
    pub(crate) fn close(&self) {
        // AcqRel: a claim before this in the word's order is counted in `held` after it.
        self.0.tail.0.fetch_or(CLOSED, Ordering::AcqRel);
    }

    /// Bytes allocated for slots.
    pub(crate) fn allocated_bytes(&self) -> usize {
        self.0.chunks.iter().filter_map(Chunk::get).map(|chunk| size_of_val::<[Slot<T>]>(chunk)).sum()
    }
}

impl<T: Send> Consumer<T> {
    /// Takes the oldest message out and makes room for another. `None` also while the producer that has claimed the next
    /// position has not published it.
    #[inline]
    pub(crate) fn take(&mut self) -> Option<Taken<'_, T>> {
        let slot = self.next_slot()?;
        self.ring.release();
        Some(Taken { slot, _consumer: PhantomData })
    }

    /// Takes the oldest message out. It counts against the bound until [`release`](Self::release) is called for it.
    pub(crate) fn take_aside(&mut self) -> Option<T> {
        let slot = self.next_slot()?;
        Some(Taken { slot, _consumer: PhantomData }.into_inner())
    }

    /// The message that is taken next, where it lies.
    #[inline]
    pub(crate) fn peek(&mut self) -> Option<&T> {
        let ring = &*self.ring;
        let position = ring.head.0.load(Ordering::Relaxed);
        let slot = ring.slot(position)?;
        // Pairs with the Release store in `push`.
        if slot.tag.load(Ordering::Acquire) != position + 1 {
            return None;
        }
        // SAFETY: the tag says that the slot holds this position's message, acquired above; nobody takes it while the consumer
        // is borrowed.
        Some(slot.value.with(|value| unsafe { &*value.cast::<T>() }))
    }

    #[inline]
    fn next_slot(&self) -> Option<&Slot<T>> {
        let ring = &*self.ring;
        // Only this side writes it.
        let position = ring.head.0.load(Ordering::Relaxed);
        let slot = ring.slot(position)?;
        // Pairs with the Release store in `push`.
        if slot.tag.load(Ordering::Acquire) != position + 1 {
            return None;
        }
        // Whoever is given the slot makes a `Taken` of it, the only one: the head is past it.
        ring.head.0.store(position + 1, Ordering::Relaxed);
        Some(slot)
    }

    /// Makes room for another message in place of one that was set aside. Called once for each.
    pub(crate) fn release(&mut self) {
        self.ring.release();
    }

    /// Treats a message that was set aside as if it were just taken out.
    pub(crate) fn hold(&mut self, message: T) -> Taken<'_, T> {
        let slot = self.spare.get_or_insert_with(|| Box::new(Slot::empty()));
        slot.value.with_mut(|value| {
            // SAFETY: only this side knows the slot, and what it held was taken by a `Taken` that is gone.
            unsafe { value.cast::<T>().write(message) }
        });
        Taken { slot, _consumer: PhantomData }
    }

    /// Messages held, see [`Producer::held`].
    pub(crate) fn held(&self) -> usize {
        self.ring.held() as usize
    }
}

// SAFETY: a `Taken` owns the message in its slot, so that sending it sends a `T`; nobody else reaches the slot's value while
// it exists.
unsafe impl<T: Send> Send for Taken<'_, T> {}

impl<T> Taken<'_, T> {
    /// The message itself.
    pub(crate) fn into_inner(self) -> T {
        let slot = self.slot;
        std::mem::forget(self);
        slot.value.with(|value| {
            // SAFETY: the slot holds a message (see `drop`), and the `Taken` that owned it is forgotten.
            unsafe { value.cast::<T>().read() }
        })
    }
}

impl<T> Deref for Taken<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: the slot holds a message that this `Taken` owns (see `drop`); the borrow of `self` excludes `deref_mut`.
        self.slot.value.with(|value| unsafe { &*value.cast::<T>() })
    }
}

impl<T> DerefMut for Taken<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: as for `deref`; the exclusive borrow of `self` makes this the only reference.
        self.slot.value.with_mut(|value| unsafe { &mut *value.cast::<T>() })
    }
}

impl<T> Drop for Taken<'_, T> {
    #[inline]
    fn drop(&mut self) {
        self.slot.value.with_mut(|value| {
            // SAFETY: a `Taken` is made of a slot that holds a message, acquired or written by the consumer, which is borrowed
            // until here; the head is past it, so nobody else drops it. No producer writes the slot before the consumer has
            // released a later message, which it cannot while it is borrowed.
            unsafe { std::ptr::drop_in_place(value.cast::<T>()) }
        });
    }
}

/// A place that has been claimed and not filled. The ring cannot go on without it.
struct Claimed;

impl Drop for Claimed {
    fn drop(&mut self) {
        std::process::abort();
    }
}

impl<T> Drop for Ring<T> {
    fn drop(&mut self) {
        let head = self.head.0.load(Ordering::Relaxed);
        let tail = self.tail.0.load(Ordering::Relaxed) / STEP;
        for position in head..tail {
            let Some(slot) = self.slot(position) else { return };
            slot.value.with_mut(|value| {
                // SAFETY: `&mut self` excludes producers and consumer, so every claimed position has been published, and
                // those from `head` on have not been taken.
                unsafe { std::ptr::drop_in_place(value.cast::<T>()) }
            });
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    fn same<T>(message: T) -> T {
        message
    }

    #[test]
    fn slots_fill_one_chunk_after_the_other() {
        let mut expected = (0, 0);
        for index in 0..10_000 {
            assert_eq!(chunk_of(index), expected);
            expected.1 += 1;
            if expected.1 == 1 << usize::saturating_sub(expected.0, 1) {
                expected = (expected.0 + 1, 0);
            }
        }
    }

    #[test]
    fn each_pusher_has_its_own_limit_and_order_is_kept_over_many_laps() {
        let (producer, mut consumer) = ring(8);
        assert_eq!(producer.allocated_bytes(), 0);
        for lap in 0..100u64 {
            for value in 0..6 {
                assert_eq!(producer.push(lap * 8 + value, 6, same), Ok(()));
            }
            assert_eq!(producer.push(0, 6, same), Err((0, NoRoom::Full)));
            assert_eq!(producer.push(lap * 8 + 6, 8, same), Ok(()));
            for value in 0..7 {
                assert_eq!(consumer.take_aside(), Some(lap * 8 + value));
            }
            assert_eq!(consumer.take_aside(), None);
            // Taken out, and still in the way until they are released.
            assert_eq!((producer.held(), producer.push(0, 7, same)), (7, Err((0, NoRoom::Full))));
            (0..7).for_each(|_| consumer.release());
        }
        assert_eq!((producer.held(), producer.accepted()), (0, 700));
        producer.close();
        assert_eq!(producer.push(0, 8, same), Err((0, NoRoom::Closed)));
    }

    #[test]
    fn what_was_not_taken_is_dropped_with_the_ring() {
        let message = std::sync::Arc::new(());
        let (producer, mut consumer) = ring(4);
        for _ in 0..3 {
            producer.push(message.clone(), 4, same).unwrap();
        }
        drop(consumer.take().map(Taken::into_inner));
        assert_eq!(std::sync::Arc::strong_count(&message), 3);
        drop((producer, consumer));
        assert_eq!(std::sync::Arc::strong_count(&message), 1);
    }
}

#[cfg(all(test, loom))]
mod loom_tests;
