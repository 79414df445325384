//! The allocator of this program: the system's, counted while a row asks for it.
//!
//! Counting costs two contended atomic operations for each allocation, which would slow down the peers that allocate for every
//! message. So it is off while time is measured; the flag is a word that nobody writes then.

#![allow(unsafe_code, reason = "an allocator is unsafe by nature; every call goes to the system's")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicBool, Ordering};

use ringkernel_testkit::allocations::CountingAllocator;

#[global_allocator]
static ALLOCATOR: Switchable =
    Switchable { counts: AtomicBool::new(false), counting: CountingAllocator::new() };

struct Switchable {
    counts: AtomicBool,
    counting: CountingAllocator,
}

/// What was allocated while something ran.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Allocated {
    /// Bytes asked for and not given back.
    pub(crate) live_bytes: i64,
    /// How often memory was asked for.
    pub(crate) requests: u64,
}

/// Counting, from its construction until [`Count::so_far`] is read for the last time or it is dropped.
pub(crate) struct Count {
    live_bytes: u64,
    requests: u64,
}

impl Count {
    pub(crate) fn begin() -> Self {
        let count =
            Self { live_bytes: ALLOCATOR.counting.live_bytes(), requests: ALLOCATOR.counting.requests() };
        ALLOCATOR.counts.store(true, Ordering::SeqCst);
        count
    }

    pub(crate) fn so_far(&self) -> Allocated {
        Allocated {
            // What was allocated before and freed now counts too, so the sum can fall below where it began.
            live_bytes: ALLOCATOR.counting.live_bytes().wrapping_sub(self.live_bytes) as i64,
            requests: ALLOCATOR.counting.requests() - self.requests,
        }
    }
}

impl Drop for Count {
    fn drop(&mut self) {
        ALLOCATOR.counts.store(false, Ordering::SeqCst);
    }
}

impl Switchable {
    #[inline(always)]
    fn counts(&self) -> bool {
        // Relaxed: what is allocated at the very moment of the switch may count or not.
        self.counts.load(Ordering::Relaxed)
    }
}

/// Calls a method of the counting allocator or of the system's, whose contract is the same.
macro_rules! forward {
    ($self:ident.$method:ident($($argument:ident),+)) => {
        if $self.counts() {
            // SAFETY: the caller keeps the method's contract; memory of either allocator is the system's.
            unsafe { $self.counting.$method($($argument),+) }
        } else {
            // SAFETY: as above.
            unsafe { System.$method($($argument),+) }
        }
    };
}

// SAFETY: every method hands its arguments unchanged to one of two allocators that both are the system's.
unsafe impl GlobalAlloc for Switchable {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        forward!(self.alloc(layout))
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        forward!(self.alloc_zeroed(layout))
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        forward!(self.dealloc(memory, layout))
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        forward!(self.realloc(memory, layout, size))
    }
}
