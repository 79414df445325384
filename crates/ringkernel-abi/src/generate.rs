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
const VERSION_MASK: u64 = 0xF000;
const VERSION_8: u64 = 0x8000;
const VARIANT_MASK: u64 = 0b11 << 62;
const VARIANT_RFC: u64 = 0b10 << 62;

/// The identifiers that this thread may still hand out.
#[derive(Clone, Copy)]
struct Block {
    hi: u64,
    next: u64,
    end: u64,
}

thread_local! {
    static BLOCK: Cell<Block> = const { Cell::new(Block { hi: 0, next: 0, end: 0 }) };
}

/// A pair `(hi, lo)` that no other call in this process returns.
pub(crate) fn unique_parts() -> (u64, u64) {
    BLOCK.with(|cell| {
        let mut block = cell.get();
        if block.next == block.end {
            block = take_block();
        }
        let lo = VARIANT_RFC | (block.next & !VARIANT_MASK);
        block.next += 1;
        cell.set(block);
        (block.hi, lo)
    })
}

#[cold]
fn take_block() -> Block {
    static NEXT_BLOCK: AtomicU64 = AtomicU64::new(0);
    static PROCESS: OnceLock<u64> = OnceLock::new();
    let hi = *PROCESS.get_or_init(|| Uuid::new_v4().as_u64_pair().0 & !VERSION_MASK | VERSION_8);
    // Relaxed: only the number matters. 2^46 blocks exist before the 62-bit counter would repeat.
    let first = NEXT_BLOCK.fetch_add(1, Ordering::Relaxed) << BLOCK_BITS;
    Block { hi, next: first, end: first + (1 << BLOCK_BITS) }
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
