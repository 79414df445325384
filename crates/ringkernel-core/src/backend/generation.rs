//! Numbers that tell the actors and clocks of one process apart.

use crate::sync::atomic::{AtomicU32, Ordering};

/// A number that no other actor or clock of this process has; never 0.
pub fn next_generation() -> u32 {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    loop {
        // Relaxed: only the distinctness of the numbers matters.
        match NEXT.fetch_add(1, Ordering::Relaxed) {
            0 => {}
            generation => return generation,
        }
    }
}
