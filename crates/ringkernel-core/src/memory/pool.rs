//! Host buffers of one size that are used again.

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::PinnedMemory;

/// Memory pool for efficient allocation/deallocation: host buffers of one size, which come back when they are dropped and are
/// used again. All are zero when they are given, so that nobody sees what another has left.
#[derive(Debug)]
pub struct MemoryPool {
    name: String,
    buffer_size: usize,
    max_buffers: usize,
    kind: Kind,
    free: Mutex<Free>,
}

/// A pool that several own.
pub type SharedMemoryPool = Arc<MemoryPool>;

/// A buffer of a pool, to which it returns when it is dropped.
pub struct PooledBuffer<'a> {
    pool: &'a MemoryPool,
    /// There until it is dropped.
    bytes: Option<Bytes>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Ordinary,
    Pinned,
}

enum Bytes {
    Ordinary(Box<[u8]>),
    Pinned(PinnedMemory<u8>),
}

/// The buffers that wait to be used again, and how often there was one.
#[derive(Debug, Default)]
struct Free {
    buffers: Vec<Bytes>,
    hits: u64,
    misses: u64,
}

/// A pool to be shared, as [`MemoryPool::new`] makes it.
pub fn create_pool(name: impl Into<String>, buffer_size: usize, max_buffers: usize) -> SharedMemoryPool {
    Arc::new(MemoryPool::new(name, buffer_size, max_buffers))
}

impl MemoryPool {
    /// A pool of ordinary memory, which keeps at most `max_buffers` buffers of `buffer_size` bytes for use again. More may be in
    /// use; what comes back to a full pool is freed.
    pub fn new(name: impl Into<String>, buffer_size: usize, max_buffers: usize) -> Self {
        Self {
            name: name.into(),
            buffer_size,
            max_buffers,
            kind: Kind::Ordinary,
            free: Mutex::new(Free::default()),
        }
    }

    /// The same, of [`PinnedMemory`] where there is as much: for copies from and to a device. Each buffer has pages of its own.
    pub fn pinned(name: impl Into<String>, buffer_size: usize, max_buffers: usize) -> Self {
        Self { kind: Kind::Pinned, ..Self::new(name, buffer_size, max_buffers) }
    }

    /// A buffer, all zero: one that has come back, or a new one.
    pub fn allocate(&self) -> PooledBuffer<'_> {
        let waiting = {
            let mut free = self.lock();
            let waiting = free.buffers.pop();
            *(if waiting.is_some() { &mut free.hits } else { &mut free.misses }) += 1;
            waiting
        };
        PooledBuffer { pool: self, bytes: Some(waiting.unwrap_or_else(|| self.make())) }
    }

    /// What it is called.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The size of each buffer in bytes.
    pub fn buffer_size(&self) -> usize {
        self.buffer_size
    }

    /// How many buffers it keeps at most.
    pub fn max_buffers(&self) -> usize {
        self.max_buffers
    }

    /// How many buffers wait to be used again.
    pub fn current_size(&self) -> usize {
        self.lock().buffers.len()
    }

    /// The share of all allocations, from 0 to 1, that got a buffer which had been waiting; 0 before the first.
    pub fn hit_rate(&self) -> f64 {
        let (hits, misses) = self.uses();
        if hits == 0 { 0.0 } else { hits as f64 / (hits + misses) as f64 }
    }

    /// Makes buffers until as many wait, or as many as it keeps.
    pub fn preallocate(&self, count: usize) {
        // Locking pages takes its time, so that the pool is not locked meanwhile.
        while self.current_size() < count.min(self.max_buffers) {
            self.keep(self.make());
        }
    }

    /// Frees waiting buffers until at most `count` are left; gives the number of bytes that became free.
    pub fn shrink_to(&self, count: usize) -> usize {
        let dropped = {
            let mut free = self.lock();
            let kept = count.min(free.buffers.len());
            free.buffers.split_off(kept)
        };
        dropped.len() * self.buffer_size
    }

    /// How many allocations got a buffer that had been waiting, and how many a new one.
    pub(super) fn uses(&self) -> (u64, u64) {
        let free = self.lock();
        (free.hits, free.misses)
    }

    fn make(&self) -> Bytes {
        if self.kind == Kind::Pinned
            && let Ok(memory) = PinnedMemory::new(self.buffer_size)
        {
            return Bytes::Pinned(memory);
        }
        Bytes::Ordinary(vec![0; self.buffer_size].into())
    }

    /// Keeps a buffer that is all zero, unless enough wait.
    fn keep(&self, bytes: Bytes) {
        let mut free = self.lock();
        if free.buffers.len() < self.max_buffers {
            free.buffers.push(bytes);
        } else {
            // Freeing may take its time.
            drop(free);
            drop(bytes);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Free> {
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl PooledBuffer<'_> {
    /// Whether its pages are locked, so that a device copies them by itself.
    pub fn is_page_locked(&self) -> bool {
        matches!(&self.bytes, Some(Bytes::Pinned(memory)) if memory.is_page_locked())
    }
}

impl Deref for PooledBuffer<'_> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match &self.bytes {
            Some(Bytes::Ordinary(bytes)) => bytes,
            Some(Bytes::Pinned(memory)) => memory,
            None => &[],
        }
    }
}

impl DerefMut for PooledBuffer<'_> {
    fn deref_mut(&mut self) -> &mut [u8] {
        match &mut self.bytes {
            Some(Bytes::Ordinary(bytes)) => bytes,
            Some(Bytes::Pinned(memory)) => memory,
            None => &mut [],
        }
    }
}

impl Drop for PooledBuffer<'_> {
    fn drop(&mut self) {
        self.fill(0);
        if let Some(bytes) = self.bytes.take() {
            self.pool.keep(bytes);
        }
    }
}

impl fmt::Debug for PooledBuffer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes of the pool `{}`", self.len(), self.pool.name)
    }
}

impl fmt::Debug for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ordinary(bytes) => write!(f, "{} ordinary bytes", bytes.len()),
            Self::Pinned(memory) => write!(f, "{} pinned bytes", memory.len()),
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_comes_back_and_is_zero_when_it_is_given_again() {
        for pool in [MemoryPool::new("bytes", 64, 2), MemoryPool::pinned("pages", 64, 2)] {
            let mut first = pool.allocate();
            first.fill(7);
            let address = first.as_ptr();
            drop(first);
            assert_eq!(pool.current_size(), 1);
            let again = pool.allocate();
            assert_eq!((again.as_ptr(), pool.current_size()), (address, 0));
            assert_eq!(*again, [0; 64]);
        }
    }

    #[test]
    fn more_may_be_in_use_than_are_kept() {
        let pool = create_pool("few", 16, 2);
        let buffers: Vec<_> = (0..5).map(|_| pool.allocate()).collect();
        assert_eq!(pool.current_size(), 0);
        drop(buffers);
        assert_eq!((pool.current_size(), pool.max_buffers()), (2, 2));
    }

    #[test]
    fn the_hit_rate_counts_what_had_been_waiting() {
        let pool = MemoryPool::new("counted", 16, 4);
        assert_eq!(pool.hit_rate(), 0.0);
        drop(pool.allocate());
        assert_eq!(pool.hit_rate(), 0.0);
        for _ in 0..3 {
            drop(pool.allocate());
        }
        assert_eq!(pool.hit_rate(), 0.75);
    }

    #[test]
    fn buffers_are_made_ahead_and_given_back() {
        let pool = MemoryPool::new("ahead", 100, 8);
        pool.preallocate(5);
        assert_eq!(pool.current_size(), 5);
        pool.preallocate(20);
        assert_eq!(pool.current_size(), 8, "no more than it keeps");
        assert_eq!((pool.shrink_to(3), pool.current_size()), (500, 3));
        assert_eq!((pool.shrink_to(9), pool.current_size()), (0, 3));
        drop(pool.allocate());
        assert_eq!(pool.hit_rate(), 1.0);
    }

    #[test]
    fn buffers_of_no_bytes_are_buffers() {
        for pool in [MemoryPool::new("none", 0, 1), MemoryPool::pinned("none", 0, 1)] {
            assert!(pool.allocate().is_empty());
            assert_eq!((pool.current_size(), pool.buffer_size(), pool.name()), (1, 0, "none"));
        }
    }
}
