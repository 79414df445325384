//! Bounded ring for many producers and one consumer that sleeps when it has nothing to do.
//!
//! It differs from the ring of `mpsc` in what a message costs the two threads together. A producer claims its place, finds out whether
//! the ring is closed and whether the consumer sleeps with one compare-and-swap on `tail`: both are bits of that word. So there
//! is no fence between a push and the look for who sleeps. And the consumer writes to no line that producers write, and only to one
//! that they read when the ring seems full: each keeps what it last saw.
//!
//! A value that was popped keeps its place until [`Consumer::give_back`], because a mailbox with priorities sets values aside.
//!
//! The slot of position `p` is free when fewer than `limit` places, which are at most the slots, lie between `p` and the places that were
//! given back: those are at most the values that were popped, in order. So a slot needs no mark for being free. Its tag is the lap of
//! the value that was last written, from 1, so that zeroed memory is an empty ring.

use crate::queue::cache_line::CacheLine;
use crate::queue::error::{CapacityError, check_capacity};
use crate::queue::ring::slots::{Slots, TaggedSlot};
use crate::sync::Arc;
use crate::sync::atomic::{AtomicU64, Ordering};

/// Bit of `tail` that refuses further claims.
const CLOSED: u64 = 1;
/// Bit of `tail` that says that the consumer sleeps; the next claim takes it away.
const ASLEEP: u64 = 2;
/// One position in `tail`.
const STEP: u64 = 4;

/// Makes a ring for at most `limit` values, in as many slots as the next power of two.
///
/// # Errors
/// [`CapacityError`] when no memory could hold it.
pub(crate) fn channel<T: Send>(limit: usize) -> Result<(Producer<T>, Consumer<T>), CapacityError> {
    let capacity = limit.max(1).checked_next_power_of_two().unwrap_or(usize::MAX);
    let capacity = check_capacity::<TaggedSlot<T>>(capacity)?;
    let ring = Arc::new(Ring {
        claims: CacheLine(Claims { tail: AtomicU64::new(0), given_back: AtomicU64::new(0) }),
        taken: CacheLine(Taken { head: AtomicU64::new(0), given_back: AtomicU64::new(0) }),
        slots: Slots::new(capacity),
        limit: limit as u64,
        lap_shift: capacity.trailing_zeros(),
    });
    Ok((Producer { ring: ring.clone() }, Consumer { ring, head: 0, given_back: 0 }))
}

struct Ring<T> {
    claims: CacheLine<Claims>,
    taken: CacheLine<Taken>,
    slots: Slots<TaggedSlot<T>>,
    limit: u64,
    /// Base-two logarithm of the number of slots.
    lap_shift: u32,
}

/// What producers write.
struct Claims {
    /// Positions claimed, above the two bits.
    tail: AtomicU64,
    /// Places given back, as far as a producer has seen.
    given_back: AtomicU64,
}

/// What the consumer writes.
struct Taken {
    /// Values popped.
    head: AtomicU64,
    /// Places given back; at most `head`.
    given_back: AtomicU64,
}

// SAFETY: values move from a producer's thread to the consumer's, which needs `T: Send`; a slot's value is reached only by the
// producer that claimed it and by the one consumer, in turns.
unsafe impl<T: Send> Send for Ring<T> {}
// SAFETY: as above; no reference to a `T` is ever shared, so `T: Sync` is not needed.
unsafe impl<T: Send> Sync for Ring<T> {}

/// Why nothing was pushed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// All places are taken.
    Full,
    /// The ring is closed.
    Closed,
}

/// What the consumer may do that has found nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rest {
    /// Sleep: the next push says that it has to be woken.
    Sleep,
    /// Look again: a value is being written.
    Coming,
    /// Go: the ring is closed and empty.
    Over,
}

/// The sending end, for any number of threads.
pub(crate) struct Producer<T: Send> {
    ring: Arc<Ring<T>>,
}

/// The receiving end. Dropping it closes the ring; leftovers are destroyed with the ring.
pub(crate) struct Consumer<T: Send> {
    ring: Arc<Ring<T>>,
    head: u64,
    given_back: u64,
}

impl<T: Send> Producer<T> {
    /// Pushes the value that `make` makes, which must not panic, because the consumer would wait for it for ever. True when the
    /// consumer has to be woken.
    #[inline(always)]
    pub(crate) fn push(&self, make: impl FnOnce() -> T) -> Result<bool, Refusal> {
        let (position, is_asleep) = self.claim()?;
        let slot = self.ring.slots.get_or_allocate(position);
        slot.value.with_mut(|cell| {
            // SAFETY: the slot is free, and the claim made this thread the only one that may write it.
            unsafe { cell.cast::<T>().write(make()) }
        });
        // Publishes the value to the Acquire load of the tag in `pop`.
        slot.tag.store(self.ring.tag(position), Ordering::Release);
        Ok(is_asleep)
    }

    /// Claims a position, and says whether the consumer sleeps.
    #[inline(always)]
    fn claim(&self) -> Result<(u64, bool), Refusal> {
        let Ring { claims, taken, limit, .. } = &*self.ring;
        let mut tail = claims.tail.load(Ordering::Relaxed);
        loop {
            if tail & CLOSED != 0 {
                return Err(Refusal::Closed);
            }
            let position = tail / STEP;
            let in_use = |given_back: u64| position.saturating_sub(given_back);
            // Acquire pairs with the Release store below, or with that in `give_back`: the consumer has finished with the slots of
            // these places.
            if in_use(claims.given_back.load(Ordering::Acquire)) >= *limit {
                let given_back = taken.given_back.load(Ordering::Acquire);
                if in_use(given_back) >= *limit {
                    let now = claims.tail.load(Ordering::Relaxed);
                    if now == tail {
                        return Err(Refusal::Full);
                    }
                    tail = now;
                    continue;
                }
                // Another producer may have seen more; then it is seen again.
                claims.given_back.store(given_back, Ordering::Release);
            }
            // Acquire pairs with the Release in `rest`, so that who wakes the consumer sees what it left. Relaxed would do for the
            // claim: the slot's tag carries the data.
            let next = (tail + STEP) & !ASLEEP;
            match claims.tail.compare_exchange_weak(tail, next, Ordering::Acquire, Ordering::Relaxed) {
                Ok(_) => return Ok((position, tail & ASLEEP != 0)),
                Err(now) => tail = now,
            }
        }
    }

    /// Values that have a place.
    pub(crate) fn len(&self) -> usize {
        self.ring.len()
    }

    /// Refuses every push from now on; values pushed before can still be taken. The consumer has to be woken.
    pub(crate) fn close(&self) {
        self.ring.close();
    }
}

impl<T: Send> Consumer<T> {
    /// What `read` makes of the oldest value, if that has been written completely. Its place stays taken until
    /// [`give_back`](Self::give_back).
    #[inline(always)]
    pub(crate) fn pop<R>(&mut self, read: impl FnOnce(T) -> R) -> Option<R> {
        let slot = self.ring.slots.get(self.head)?;
        // Pairs with the Release store in `push`.
        if slot.tag.load(Ordering::Acquire) != self.ring.tag(self.head) {
            return None;
        }
        self.head += 1;
        // Relaxed: read by the destructor, which is ordered by the ring's owners.
        self.ring.taken.head.store(self.head, Ordering::Relaxed);
        Some(slot.value.with(|cell| {
            // SAFETY: the tag says that the slot holds this lap's value; `head`, which has moved on, makes this the only read, and the
            // slot is not written before a place that was popped later, or this one, is given back.
            read(unsafe { cell.cast::<T>().read() })
        }))
    }

    /// Gives back the place of one value that was popped. More than were popped cannot be given back.
    #[inline(always)]
    pub(crate) fn give_back(&mut self) {
        self.given_back = (self.given_back + 1).min(self.head);
        // Pairs with the Acquire load in `claim`: the slots have been read.
        self.ring.taken.given_back.store(self.given_back, Ordering::Release);
    }

    /// What to do after `pop` has found nothing. For [`Rest::Sleep`], who wakes has to find the waker already.
    pub(crate) fn rest(&mut self) -> Rest {
        let claims = &self.ring.claims;
        let mut tail = claims.tail.load(Ordering::Relaxed);
        loop {
            if tail / STEP != self.head {
                return Rest::Coming;
            }
            if tail & CLOSED != 0 {
                return Rest::Over;
            }
            // Release pairs with the Acquire in `claim`. Done again where it slept already, because of the waker, which may be a new one.
            let asleep = tail | ASLEEP;
            match claims.tail.compare_exchange_weak(tail, asleep, Ordering::Release, Ordering::Relaxed) {
                Ok(_) => return Rest::Sleep,
                Err(now) => tail = now,
            }
        }
    }

    /// True when no push can succeed any more and every value was popped.
    pub(crate) fn is_drained(&self) -> bool {
        self.ring.claims.tail.load(Ordering::Acquire) & !ASLEEP == self.head * STEP + CLOSED
    }

    /// Values that have a place.
    pub(crate) fn len(&self) -> usize {
        self.ring.len()
    }
}

impl<T: Send> Drop for Consumer<T> {
    fn drop(&mut self) {
        self.ring.close();
    }
}

impl<T> Ring<T> {
    /// The tag of the value at a position.
    #[inline(always)]
    fn tag(&self, position: u64) -> u64 {
        (position >> self.lap_shift) + 1
    }

    fn len(&self) -> usize {
        // The places first: the claims that are read after them cannot be fewer.
        let given_back = self.taken.given_back.load(Ordering::Acquire);
        let claimed = self.claims.tail.load(Ordering::Acquire) / STEP;
        // Claims and takings between the two loads can make the difference exceed what the ring holds.
        claimed.saturating_sub(given_back).min(self.limit) as usize
    }

    fn close(&self) {
        self.claims.tail.fetch_or(CLOSED, Ordering::AcqRel);
    }
}

impl<T> Drop for Ring<T> {
    fn drop(&mut self) {
        let head = self.taken.head.load(Ordering::Relaxed);
        let tail = self.claims.tail.load(Ordering::Relaxed) / STEP;
        for position in head..tail {
            let Some(slot) = self.slots.get(position) else { return };
            debug_assert_eq!(slot.tag.load(Ordering::Relaxed), self.tag(position));
            slot.value.with_mut(|cell| {
                // SAFETY: `&mut self` excludes producers and consumer, so every claimed position has been published, and those from
                // `head` on have not been popped.
                unsafe { std::ptr::drop_in_place(cell.cast::<T>()) }
            });
        }
    }
}
