//! Generation of 128-bit identifiers without coordination.
//!
//! The high half is random and drawn once per process; the low half counts. Threads take the counter in blocks,
//! so that they share a cache line once in 65,536 identifiers. The bits that RFC 9562 reserves are set, which
//! makes every identifier a valid UUID of version 8 and never nil.

use core::cell::Cell;
// A process-wide static: the loom shim of `ringkernel-core` has none, and no other memory depends on it.
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread_local;

use uuid::Uuid;

const BLOCK_BITS: u32 = 16;
const BLOCK_MASK: u64 = (1 << BLOCK_BITS) - 1;
const VERSION_MASK: u64 = 0xF000;
const VERSION_8: u64 = 0x8000;
const VARIANT_MASK: u64 = 0b11 << 62;
const VARIANT_RFC: u64 = 0b10 << 62;

/// The random half.
static PROCESS: OnceLock<u64> = OnceLock::new();

thread_local! {
    /// The next number of this thread; at the start of a block there is none left, nor is there at first.
    static NEXT: Cell<u64> = const { Cell::new(0) };
}

/// A pair `(hi, lo)` that no other call in this process returns.
#[inline]
pub(crate) fn unique_parts() -> (u64, u64) {
    let mut number = NEXT.get();
    if number & BLOCK_MASK == 0 {
        number = take_block();
    }
    NEXT.set(number + 1);
    let hi = *PROCESS.get_or_init(|| Uuid::new_v4().as_u64_pair().0 & !VERSION_MASK | VERSION_8);
    (hi, VARIANT_RFC | (number & !VARIANT_MASK))
}

/// The first number of a block that is this thread's from now on.
#[cold]
fn take_block() -> u64 {
    static NEXT_BLOCK: AtomicU64 = AtomicU64::new(0);
    // Relaxed: only the number matters. 2^46 blocks exist before the 62-bit counter would repeat.
    NEXT_BLOCK.fetch_add(1, Ordering::Relaxed) << BLOCK_BITS
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;
    use std::vec::Vec;

    #[test]
    fn identifiers_are_unique_across_threads_and_blocks() {
        const THREADS: usize = 4;
        const PER_THREAD: usize = (1 << BLOCK_BITS) + 1_000;
        let seen: HashSet<(u64, u64)> = std::thread::scope(|scope| {
            let workers: Vec<_> = (0..THREADS)
                .map(|_| scope.spawn(|| (0..PER_THREAD).map(|_| unique_parts()).collect::<Vec<_>>()))
                .collect();
            workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
        });
        assert_eq!(seen.len(), THREADS * PER_THREAD);
    }

    #[test]
    fn identifiers_are_valid_uuids_of_version_8() {
        let (hi, lo) = unique_parts();
        let uuid = Uuid::from_u64_pair(hi, lo);
        assert_eq!(uuid.get_version_num(), 8);
        assert_eq!(uuid.get_variant(), uuid::Variant::RFC4122);
    }
}
