//! One clock for timestamps, deadlines and latencies.
//!
//! Nanoseconds since the epoch, read from the wall clock once and carried on by the monotonic clock: it agrees with
//! other machines as well as the wall clock did at start, and never jumps or goes back. Where the processor's cycle counter
//! can be had, it carries a reading on for a few microseconds, see `cycles`.

#[cfg(all(target_arch = "x86_64", target_os = "linux", not(loom), not(miri)))]
mod cycles;
mod system;

#[cfg(all(target_arch = "x86_64", target_os = "linux", not(loom), not(miri)))]
pub use cycles::now_ns;
#[cfg(not(all(target_arch = "x86_64", target_os = "linux", not(loom), not(miri))))]
pub use system::now_ns;
