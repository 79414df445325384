//! One checked call of the driver each: the status becomes an error, what is written becomes a value.
//!
//! Calls that need a context are methods of [`Current`](super::context::Current), which is one on this thread; those that need
//! none are methods of [`Functions`](super::sys::Functions). Calls that take a handle are unsafe: the handle has to be alive
//! and of this context, which the safe layer sees to by owning it.
//!
//! - `device`: devices and contexts
//! - `memory`: memory of the device, page-locked memory, copies
//! - `program`: programs, streams, launches
//! - `graph`: launches that are prepared once

mod device;
mod graph;
mod memory;
mod program;
