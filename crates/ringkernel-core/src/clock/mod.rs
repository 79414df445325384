//! One clock for timestamps, deadlines and latencies.
//!
//! Nanoseconds since the epoch, read from the wall clock once and carried on by the monotonic clock: it agrees with
//! other machines as well as the wall clock did at start, and never jumps or goes back. Where the processor's cycle counter
//! can be had, it carries a reading on for a few microseconds, see `cycles`.

#[cfg(all(target_arch = "x86_64", target_os = "linux", not(loom), not(miri)))]
mod cycles;
mod system;

#[cfg(all(target_arch = "x86_64", target_os = "linux", not(loom), not(miri)))]
use cycles as best;
#[cfg(not(all(target_arch = "x86_64", target_os = "linux", not(loom), not(miri))))]
use system as best;

/// Now, in nanoseconds since the epoch. Never decreases within a thread; nor from one to another that is told, because telling
/// takes longer than the few nanoseconds by which a reading can be behind.
#[inline]
pub fn now_ns() -> u64 {
    best::now_ns()
}
