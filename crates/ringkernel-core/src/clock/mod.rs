//! One clock for timestamps, deadlines and latencies.
//!
//! Nanoseconds since the epoch, read from the wall clock once and carried on by the monotonic clock: it agrees with
//! other machines as well as the wall clock did at start, and never jumps or goes back. Where the processor's cycle counter
//! can be had, it carries a reading on for a few microseconds, see `cycles`.
//!
//! - `system`, `cycles`: the clock of the machine
//! - `manual`: [`ManualClock`], which stands still until a test moves it
//! - `source`: [`TimeSource`], one of the two, as a runtime reads it and waits by it; [`now_ns`]

#[cfg(all(target_arch = "x86_64", target_os = "linux", not(loom), not(miri)))]
mod cycles;
mod manual;
mod source;
mod system;

pub(crate) use manual::Due;
pub use manual::ManualClock;
pub use source::{TimeSource, now_ns};

#[cfg(all(target_arch = "x86_64", target_os = "linux", not(loom), not(miri)))]
use cycles as best;
#[cfg(not(all(target_arch = "x86_64", target_os = "linux", not(loom), not(miri))))]
use system as best;
