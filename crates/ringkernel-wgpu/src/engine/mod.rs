//! Actors on a device that runs nothing for long: the host submits turns while there is work.
//!
//! What the host knows of actors, and the way from their handles to the driver, is `ringkernel_core::backend::driven`.
//!
//! - `runtime`: starting and stopping
//! - `driver`: the thread that speaks for the device: launches, states, feeding; `submission`: turns; `account`: what came
//!   of them
//! - `resident`: an actor in device memory; `world`: device memory
//! - `program`: device programs

mod account;
mod driver;
mod program;
mod resident;
mod results;
mod runtime;
mod submission;
mod world;

pub use runtime::{DeviceFigures, WgpuRuntime};
