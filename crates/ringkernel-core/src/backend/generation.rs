//! Numbers that tell the actors and clocks of one process apart.

use ringkernel_abi::wire::{OUTSIDE, PUBLISHED};

use crate::sync::atomic::{AtomicU32, Ordering};

// The marks are the largest numbers.
const _: () = assert!(OUTSIDE == PUBLISHED + 1 && OUTSIDE == u32::MAX);

/// A number that no other actor or clock of this process has; never 0, nor what stands in place of one in an address that is none.
pub fn next_generation() -> u32 {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    next_of(&NEXT)
}

fn next_of(next: &AtomicU32) -> u32 {
    loop {
        // Relaxed: only the distinctness of the numbers matters.
        let generation = next.fetch_add(1, Ordering::Relaxed);
        if (1..PUBLISHED).contains(&generation) {
            return generation;
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_generation_is_never_a_mark() {
        let next = AtomicU32::new(PUBLISHED - 1);
        assert_eq!([(); 3].map(|()| next_of(&next)), [PUBLISHED - 1, 1, 2]);
    }
}
