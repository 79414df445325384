//! Host buffers of a few sizes that are used again.

use std::ops::{Deref, DerefMut};

use super::{MemoryPool, PooledBuffer};

/// The sizes of buffers, smallest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum SizeBucket {
    /// 256 bytes.
    Tiny,
    /// 1 KiB.
    Small,
    /// 4 KiB.
    #[default]
    Medium,
    /// 16 KiB.
    Large,
    /// 64 KiB.
    Huge,
}

/// Host buffers of five sizes, each of which comes back when it is dropped and is used again.
#[derive(Debug)]
pub struct StratifiedMemoryPool {
    name: String,
    max_buffers_per_bucket: usize,
    /// One for each bucket, in their order.
    pools: [MemoryPool; 5],
}

/// A buffer of a [`StratifiedMemoryPool`], to which it returns when it is dropped.
#[derive(Debug)]
pub struct StratifiedBuffer<'a> {
    bucket: SizeBucket,
    bytes: Bytes<'a>,
}

#[derive(Debug)]
enum Bytes<'a> {
    Pooled(PooledBuffer<'a>),
    /// Larger than the largest bucket: freed when it is dropped.
    Single(Box<[u8]>),
}

/// What a [`StratifiedMemoryPool`] has done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct StratifiedPoolStats {
    /// Allocations that got a buffer which had been waiting.
    pub hits: u64,
    /// Allocations that got a new one. Those that are larger than the largest bucket are not counted.
    pub misses: u64,
    /// Buffers that wait to be used again, by bucket, smallest first.
    pub pooled: [usize; 5],
    /// The size of all these in bytes.
    pub pooled_bytes: usize,
}

impl SizeBucket {
    /// All of them, smallest first.
    pub const ALL: [Self; 5] = [Self::Tiny, Self::Small, Self::Medium, Self::Large, Self::Huge];

    /// The size of its buffers in bytes.
    pub const fn size(self) -> usize {
        256 << (2 * self as usize)
    }

    /// The smallest whose buffers hold so many bytes; [`Huge`](Self::Huge) when none does.
    pub fn for_size(bytes: usize) -> Self {
        Self::ALL.into_iter().find(|bucket| bytes <= bucket.size()).unwrap_or(Self::Huge)
    }

    /// The next larger one, if there is one.
    pub fn upgrade(self) -> Option<Self> {
        Self::ALL.get(self as usize + 1).copied()
    }

    /// The next smaller one, if there is one.
    pub fn downgrade(self) -> Option<Self> {
        (self as usize).checked_sub(1).map(|index| Self::ALL[index])
    }
}

impl StratifiedMemoryPool {
    /// A pool that keeps at most 32 buffers of each size.
    pub fn new(name: impl Into<String>) -> Self {
        Self::with_capacity(name, 32)
    }

    /// A pool that keeps at most so many buffers of each size.
    pub fn with_capacity(name: impl Into<String>, max_buffers_per_bucket: usize) -> Self {
        let name = name.into();
        let pools = SizeBucket::ALL.map(|bucket| {
            MemoryPool::new(format!("{name}, {} bytes", bucket.size()), bucket.size(), max_buffers_per_bucket)
        });
        Self { name, max_buffers_per_bucket, pools }
    }

    /// A buffer of the smallest size that holds so many bytes, all zero. What is larger than the largest bucket gets a buffer of
    /// just that size, which is freed when it is dropped instead of being used again.
    pub fn allocate(&self, bytes: usize) -> StratifiedBuffer<'_> {
        let bucket = SizeBucket::for_size(bytes);
        if bytes <= bucket.size() {
            return self.allocate_bucket(bucket);
        }
        StratifiedBuffer { bucket, bytes: Bytes::Single(vec![0; bytes].into()) }
    }

    /// A buffer of this size, all zero.
    pub fn allocate_bucket(&self, bucket: SizeBucket) -> StratifiedBuffer<'_> {
        StratifiedBuffer { bucket, bytes: Bytes::Pooled(self.pool(bucket).allocate()) }
    }

    /// What it is called.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How many buffers of each size it keeps at most.
    pub fn max_buffers_per_bucket(&self) -> usize {
        self.max_buffers_per_bucket
    }

    /// How many buffers of this size wait to be used again.
    pub fn bucket_size(&self, bucket: SizeBucket) -> usize {
        self.pool(bucket).current_size()
    }

    /// How many buffers wait to be used again.
    pub fn total_pooled(&self) -> usize {
        self.pools.iter().map(MemoryPool::current_size).sum()
    }

    /// What it has done so far.
    pub fn stats(&self) -> StratifiedPoolStats {
        let mut stats = StratifiedPoolStats::default();
        for (pool, pooled) in self.pools.iter().zip(&mut stats.pooled) {
            let (hits, misses) = pool.uses();
            stats.hits += hits;
            stats.misses += misses;
            *pooled = pool.current_size();
            stats.pooled_bytes += *pooled * pool.buffer_size();
        }
        stats
    }

    /// Makes buffers of this size until as many wait, or as many as it keeps.
    pub fn preallocate(&self, bucket: SizeBucket, count: usize) {
        self.pool(bucket).preallocate(count);
    }

    /// The same for each size.
    pub fn preallocate_all(&self, count_per_bucket: usize) {
        self.pools.iter().for_each(|pool| pool.preallocate(count_per_bucket));
    }

    /// Frees waiting buffers, largest first, until at most so many bytes wait; gives the number of bytes that became free.
    pub fn shrink_to(&self, bytes: usize) -> usize {
        let mut freed = 0;
        for pool in self.pools.iter().rev() {
            let excess = self.stats().pooled_bytes.saturating_sub(bytes);
            let count = excess.div_ceil(pool.buffer_size());
            freed += pool.shrink_to(pool.current_size().saturating_sub(count));
        }
        freed
    }

    fn pool(&self, bucket: SizeBucket) -> &MemoryPool {
        &self.pools[bucket as usize]
    }
}

impl StratifiedPoolStats {
    /// The share of the allocations, from 0 to 1, that got a buffer which had been waiting; 0 before the first.
    pub fn hit_rate(&self) -> f64 {
        if self.hits == 0 { 0.0 } else { self.hits as f64 / (self.hits + self.misses) as f64 }
    }
}

impl StratifiedBuffer<'_> {
    /// Its size; [`SizeBucket::Huge`] also for what is larger.
    pub fn bucket(&self) -> SizeBucket {
        self.bucket
    }

    /// How many bytes it has.
    pub fn capacity(&self) -> usize {
        self.len()
    }
}

impl Deref for StratifiedBuffer<'_> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match &self.bytes {
            Bytes::Pooled(buffer) => buffer,
            Bytes::Single(bytes) => bytes,
        }
    }
}

impl DerefMut for StratifiedBuffer<'_> {
    fn deref_mut(&mut self) -> &mut [u8] {
        match &mut self.bytes {
            Bytes::Pooled(buffer) => buffer,
            Bytes::Single(bytes) => bytes,
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn buckets_hold_what_they_say() {
        let sizes = SizeBucket::ALL.map(SizeBucket::size);
        assert_eq!(sizes, [256, 1024, 4096, 16_384, 65_536]);
        assert_eq!(SizeBucket::default(), SizeBucket::Medium);
        for (bytes, bucket) in [
            (0, SizeBucket::Tiny),
            (256, SizeBucket::Tiny),
            (257, SizeBucket::Small),
            (4096, SizeBucket::Medium),
            (65_536, SizeBucket::Huge),
            (65_537, SizeBucket::Huge),
        ] {
            assert_eq!(SizeBucket::for_size(bytes), bucket, "{bytes}");
        }
    }

    #[test]
    fn buckets_have_neighbours() {
        assert_eq!(SizeBucket::Tiny.upgrade(), Some(SizeBucket::Small));
        assert_eq!(SizeBucket::Huge.upgrade(), None);
        assert_eq!(SizeBucket::Huge.downgrade(), Some(SizeBucket::Large));
        assert_eq!(SizeBucket::Tiny.downgrade(), None);
    }

    #[test]
    fn a_buffer_is_large_enough_and_is_used_again() {
        let pool = StratifiedMemoryPool::new("messages");
        let mut buffer = pool.allocate(300);
        assert_eq!((buffer.bucket(), buffer.capacity()), (SizeBucket::Small, 1024));
        buffer.fill(1);
        let address = buffer.as_ptr();
        drop(buffer);
        assert_eq!((pool.bucket_size(SizeBucket::Small), pool.total_pooled()), (1, 1));
        let again = pool.allocate_bucket(SizeBucket::Small);
        assert_eq!(again.as_ptr(), address);
        assert!(again.iter().all(|byte| *byte == 0));
        let stats = pool.stats();
        assert_eq!((stats.hits, stats.misses, stats.hit_rate()), (1, 1, 0.5));
    }

    #[test]
    fn what_is_larger_than_the_largest_gets_all_its_bytes_and_is_not_kept() {
        let pool = StratifiedMemoryPool::new("large");
        let mut buffer = pool.allocate(100_000);
        assert_eq!((buffer.bucket(), buffer.capacity()), (SizeBucket::Huge, 100_000));
        buffer[99_999] = 1;
        drop(buffer);
        assert_eq!((pool.total_pooled(), pool.stats()), (0, StratifiedPoolStats::default()));
    }

    #[test]
    fn the_largest_buffers_are_freed_first() {
        let pool = StratifiedMemoryPool::with_capacity("full", 3);
        pool.preallocate_all(9);
        pool.preallocate(SizeBucket::Tiny, 9);
        assert_eq!((pool.stats().pooled, pool.max_buffers_per_bucket()), ([3; 5], 3));
        let all: usize = SizeBucket::ALL.iter().map(|bucket| 3 * bucket.size()).sum();
        assert_eq!(pool.stats().pooled_bytes, all);
        let freed = pool.shrink_to(all - 3 * 65_536 - 1);
        assert_eq!((freed, pool.stats().pooled), (3 * 65_536 + 16_384, [3, 3, 3, 2, 0]));
        assert_eq!((pool.shrink_to(usize::MAX), pool.total_pooled()), (0, 11));
        pool.shrink_to(0);
        assert_eq!((pool.total_pooled(), pool.name()), (0, "full"));
    }
}
