//! The CPU backend of RingKernel: thousands of actors over a few workers.
//!
//! - `engine`: actors, and the workers that run them
//! - `cooperative`: the lanes of cooperative handlers
//! - `protocol`: the words through which threads meet
//!
//! An actor is an async loop. A worker polls it for a bounded batch of messages; whoever makes it runnable pushes
//! its turn into the ready queue. No actor owns a thread and no message takes a lock.

// Under loom only the protocols are built: their tests model the threads that the engine would start.
#[cfg(not(loom))]
mod cooperative;
#[cfg(not(loom))]
mod engine;
mod protocol;

#[cfg(not(loom))]
pub use engine::{CpuFactory, CpuRuntime, Injection, ProbeLog, Schedule, Step, StepOutcome, SteppedRuntime};
