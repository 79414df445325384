//! Host memory for copies from and to a device.

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::ptr::NonNull;

use super::Pages;
use super::locking::{LockedPages, lock};
use crate::error::{Result, RingKernelError};

/// Pinned (page-locked) host memory for efficient DMA transfers: `count` values on pages of their own.
///
/// The pages are locked when a backend that runs at that time can lock them, which is CUDA; such memory is copied by the device
/// itself, without a detour. On other backends, and when the device has no room left for it, it is ordinary memory on whole pages,
/// which works the same and is copied as all other is: [`is_page_locked`](Self::is_page_locked) tells.
///
/// Locking takes its time (on CUDA it stops the grid for a moment), so make it once and use it often.
pub struct PinnedMemory<T: Copy> {
    address: NonNull<T>,
    count: usize,
    memory: Memory,
}

/// Keeps the pages.
enum Memory {
    Ordinary { _pages: Pages },
    Locked { _pages: LockedPages },
}

// SAFETY: It owns the values, as a vector does; what keeps the pages may be sent by itself.
unsafe impl<T: Copy + Send> Send for PinnedMemory<T> {}
// SAFETY: As above; by reference it gives only references to the values.
unsafe impl<T: Copy + Sync> Sync for PinnedMemory<T> {}

impl<T: Copy> PinnedMemory<T> {
    const FITS_A_PAGE: () =
        assert!(align_of::<T>() <= Pages::SIZE, "values must not be aligned beyond a page");

    /// As many values, each the default of its type (0 for numbers).
    ///
    /// # Errors
    /// [`RingKernelError::InvalidConfig`] for a count of 0; [`RingKernelError::ResourceExhausted`].
    pub fn new(count: usize) -> Result<Self>
    where
        T: Default,
    {
        Self::filled(count, |_| T::default())
    }

    /// A copy of these values.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn from_slice(values: &[T]) -> Result<Self> {
        Self::filled(values.len(), |index| values[index])
    }

    fn filled(count: usize, value: impl Fn(usize) -> T) -> Result<Self> {
        const { Self::FITS_A_PAGE };
        if count == 0 {
            return Err(RingKernelError::InvalidConfig(
                "pinned memory has at least one value; 0 were asked for".into(),
            ));
        }
        // More than there are addresses is as much as nobody has.
        let pages = Pages::zeroed(count.saturating_mul(size_of::<T>()))?;
        let address = pages.address().cast::<T>();
        let memory = match lock(pages) {
            Ok(pages) => Memory::Locked { _pages: pages },
            Err(pages) => Memory::Ordinary { _pages: pages },
        };
        for index in 0..count {
            // SAFETY: The pages have room for `count` values, so that this address is within them.
            let place = unsafe { address.add(index) };
            // SAFETY: As above; it is aligned, because pages are and sizes are multiples of alignments, and nobody else has it.
            unsafe { place.write(value(index)) };
        }
        Ok(Self { address, count, memory })
    }

    /// The values.
    pub fn as_slice(&self) -> &[T] {
        // SAFETY: All values were written, and nobody writes to them while this is borrowed.
        unsafe { std::slice::from_raw_parts(self.address.as_ptr(), self.count) }
    }

    /// The values, to be changed.
    pub fn as_mut_slice(&mut self) -> &mut [T] {
        // SAFETY: All values were written, and nobody else has them while this is borrowed.
        unsafe { std::slice::from_raw_parts_mut(self.address.as_ptr(), self.count) }
    }

    /// The address of the first value.
    pub fn as_ptr(&self) -> *const T {
        self.address.as_ptr()
    }

    /// The address of the first value.
    pub fn as_mut_ptr(&mut self) -> *mut T {
        self.address.as_ptr()
    }

    /// How many values there are.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Always false.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The size of all values in bytes.
    pub fn size_bytes(&self) -> usize {
        self.count * size_of::<T>()
    }

    /// Whether the pages are locked, so that a device copies them by itself.
    pub fn is_page_locked(&self) -> bool {
        matches!(self.memory, Memory::Locked { .. })
    }
}

impl<T: Copy> Deref for PinnedMemory<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        self.as_slice()
    }
}

impl<T: Copy> DerefMut for PinnedMemory<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        self.as_mut_slice()
    }
}

impl<T: Copy + fmt::Debug> fmt::Debug for PinnedMemory<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PinnedMemory")
            .field("values", &self.as_slice())
            .field("page_locked", &self.is_page_locked())
            .finish()
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use std::sync::{Arc, Mutex, PoisonError};

    use super::*;
    use crate::memory::{PageLocker, offer_page_locking};

    /// The locker is one for the whole process.
    static ALONE: Mutex<()> = Mutex::new(());

    #[derive(Default)]
    struct Locker {
        refuses: bool,
        locked: Arc<()>,
    }

    // SAFETY: What it gives owns the pages and never touches them.
    unsafe impl PageLocker for Locker {
        fn lock(&self, pages: Pages) -> Result<LockedPages, Pages> {
            if self.refuses { Err(pages) } else { Ok(Box::new((pages, self.locked.clone()))) }
        }
    }

    #[test]
    fn values_are_kept_on_pages_of_their_own() {
        let mut memory = PinnedMemory::<u64>::new(1000).unwrap();
        assert_eq!((memory.len(), memory.size_bytes(), memory.is_empty()), (1000, 8000, false));
        assert!(memory.as_ptr().addr().is_multiple_of(Pages::SIZE));
        assert!(memory.iter().all(|value| *value == 0));
        memory.as_mut_slice()[999] = 7;
        assert_eq!(memory.as_slice().iter().sum::<u64>(), 7);
        assert_eq!(memory.as_mut_ptr().cast_const(), memory.as_ptr());
        let copy = PinnedMemory::from_slice(&memory).unwrap();
        assert_eq!(copy.as_slice(), memory.as_slice());
    }

    #[test]
    fn values_without_a_zero_and_without_a_size_are_kept_too() {
        let texts = PinnedMemory::from_slice(&["one", "two"]).unwrap();
        assert_eq!(*texts, ["one", "two"]);
        let units = PinnedMemory::<()>::new(5).unwrap();
        assert_eq!((units.len(), units.size_bytes()), (5, 0));
    }

    #[test]
    fn no_values_and_too_many_are_refused() {
        assert!(matches!(PinnedMemory::<u8>::new(0), Err(RingKernelError::InvalidConfig(_))));
        assert!(matches!(PinnedMemory::<u8>::from_slice(&[]), Err(RingKernelError::InvalidConfig(_))));
        for count in [usize::MAX, usize::MAX / 8, 1 << 60] {
            let error = PinnedMemory::<u64>::new(count).map(drop);
            assert!(matches!(error, Err(RingKernelError::ResourceExhausted { .. })), "{error:?}");
        }
    }

    #[test]
    fn pages_are_locked_by_whoever_can_while_it_lives() {
        let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        let locked = Arc::new(());
        let refusing: Arc<dyn PageLocker> = Arc::new(Locker { refuses: true, ..Locker::default() });
        let locking: Arc<dyn PageLocker> = Arc::new(Locker { refuses: false, locked: locked.clone() });
        offer_page_locking(&refusing);
        assert!(!PinnedMemory::<u8>::new(1).unwrap().is_page_locked());
        offer_page_locking(&locking);
        let memory = PinnedMemory::from_slice(&[1u8, 2, 3]).unwrap();
        assert!(memory.is_page_locked());
        assert_eq!(*memory, [1, 2, 3]);
        drop(locking);
        assert!(!PinnedMemory::<u8>::new(1).unwrap().is_page_locked(), "nobody offers it any more");
        assert_eq!(*memory, [1, 2, 3]);
        assert_eq!(Arc::strong_count(&locked), 2, "the locker is gone, and the memory is there");
        drop(memory);
        assert_eq!(Arc::strong_count(&locked), 1);
    }
}
