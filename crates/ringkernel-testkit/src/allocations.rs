//! An allocator that counts: what is alive, and how often memory was asked for. A test binary that wants the figures
//! makes it its `#[global_allocator]`.
//!
//! Resident memory says little about leaks: the system's allocator keeps arenas per thread, and how many it makes
//! depends on how threads happened to meet. Bytes that are alive do not.

#![allow(unsafe_code, reason = "an allocator is unsafe by nature; every call goes to the system's")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicU64, Ordering};

/// The system's allocator with two counters. They are plain sums without order: read them when the threads that matter
/// are quiet.
#[derive(Debug)]
pub struct CountingAllocator {
    live_bytes: AtomicU64,
    requests: AtomicU64,
}

impl CountingAllocator {
    /// An allocator that has counted nothing yet.
    #[must_use]
    #[allow(clippy::new_without_default, reason = "a static needs a const fn")]
    pub const fn new() -> Self {
        CountingAllocator { live_bytes: AtomicU64::new(0), requests: AtomicU64::new(0) }
    }

    /// Bytes that have been asked for and not given back.
    pub fn live_bytes(&self) -> u64 {
        self.live_bytes.load(Ordering::Relaxed)
    }

    /// How often memory was asked for: allocations, and reallocations that had to grow or shrink something.
    pub fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    fn given(&self, bytes: usize) {
        self.live_bytes.fetch_add(bytes as u64, Ordering::Relaxed);
        self.requests.fetch_add(1, Ordering::Relaxed);
    }

    fn taken_back(&self, bytes: usize) {
        self.live_bytes.fetch_sub(bytes as u64, Ordering::Relaxed);
    }
}

// SAFETY: every method hands its arguments unchanged to the system's allocator and returns what that returned; the
// counters touch no memory of the caller's.
unsafe impl GlobalAlloc for CountingAllocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller keeps `alloc`'s contract, which is the system allocator's.
        let memory = unsafe { System.alloc(layout) };
        if !memory.is_null() {
            self.given(layout.size());
        }
        memory
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller keeps `alloc_zeroed`'s contract, which is the system allocator's.
        let memory = unsafe { System.alloc_zeroed(layout) };
        if !memory.is_null() {
            self.given(layout.size());
        }
        memory
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        // SAFETY: `memory` came from this allocator with this layout, hence from the system's.
        unsafe { System.dealloc(memory, layout) };
        self.taken_back(layout.size());
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: as for `dealloc`; the caller vouches for `size`.
        let moved = unsafe { System.realloc(memory, layout, size) };
        if !moved.is_null() {
            self.given(size);
            self.taken_back(layout.size());
        }
        moved
    }
}
