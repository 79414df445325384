//! The slot array of a ring, allocated when the first message arrives.
//!
//! A thousand idle actors must not pay for a thousand full rings. The array comes zeroed from the
//! allocator, so that the operating system hands out a page only when a slot in it is written.
//! Under loom the slots are made at once, because loom must see its own constructors.

use std::mem::MaybeUninit;
use std::sync::OnceLock;

use crate::sync::UnsafeCell;
use crate::sync::atomic::AtomicU64;

/// A slot for which all-zero bytes are the empty state.
///
/// # Safety
///
/// Memory of zeroes must be a valid, empty value of the implementing type.
pub(in crate::queue) unsafe trait ZeroIsEmpty: Sized {
    /// An empty slot, for models that cannot start from zeroed memory.
    #[cfg(loom)]
    fn empty() -> Self;
}

/// A slot with a tag that says what it holds. What the tags mean is the ring's matter, but for 0, which is an empty slot's.
pub(in crate::queue) struct TaggedSlot<T> {
    pub(in crate::queue) tag: AtomicU64,
    pub(in crate::queue) value: UnsafeCell<MaybeUninit<T>>,
}

// SAFETY: tag 0 is an empty slot's, and the value is a `MaybeUninit`, for which any bytes are valid.
unsafe impl<T> ZeroIsEmpty for TaggedSlot<T> {
    #[cfg(loom)]
    fn empty() -> Self {
        Self { tag: AtomicU64::new(0), value: UnsafeCell::new(MaybeUninit::uninit()) }
    }
}

pub(in crate::queue) struct Slots<S> {
    capacity: usize,
    slots: OnceLock<Box<[S]>>,
}

impl<S: ZeroIsEmpty> Slots<S> {
    /// `capacity` is a checked power of two.
    pub(in crate::queue) fn new(capacity: usize) -> Self {
        debug_assert!(capacity.is_power_of_two());
        let slots = Self { capacity, slots: OnceLock::new() };
        #[cfg(loom)]
        slots.get_or_allocate(0);
        slots
    }

    #[inline(always)]
    pub(in crate::queue) fn capacity(&self) -> usize {
        self.capacity
    }

    /// The slot of a position, if any message was ever pushed.
    #[inline(always)]
    pub(in crate::queue) fn get(&self, position: u64) -> Option<&S> {
        // The array's length is the capacity, a power of two; the mask also spares the bounds check.
        self.all().map(|slots| &slots[position as usize & (slots.len() - 1)])
    }

    /// All slots, if any message was ever pushed.
    #[inline(always)]
    pub(in crate::queue) fn all(&self) -> Option<&[S]> {
        self.slots.get().map(|slots| &**slots)
    }

    /// All slots; the first call allocates them.
    #[inline(always)]
    pub(in crate::queue) fn all_or_allocate(&self) -> &[S] {
        self.slots.get_or_init(|| allocate(self.capacity))
    }

    /// The slot of a position; the first call allocates them all.
    #[inline(always)]
    pub(in crate::queue) fn get_or_allocate(&self, position: u64) -> &S {
        let slots = self.all_or_allocate();
        &slots[position as usize & (slots.len() - 1)]
    }

    /// Bytes of the slot array: zero until the first push.
    pub(in crate::queue) fn allocated_bytes(&self) -> usize {
        self.slots.get().map_or(0, |slots| size_of_val::<[S]>(slots))
    }
}

#[cfg(not(loom))]
#[cold]
fn allocate<S: ZeroIsEmpty>(capacity: usize) -> Box<[S]> {
    let slots = Box::new_zeroed_slice(capacity);
    // SAFETY: `S: ZeroIsEmpty` promises that zeroed memory is a valid `S`, and every byte was zeroed.
    unsafe { slots.assume_init() }
}

#[cfg(loom)]
fn allocate<S: ZeroIsEmpty>(capacity: usize) -> Box<[S]> {
    (0..capacity).map(|_| S::empty()).collect()
}
