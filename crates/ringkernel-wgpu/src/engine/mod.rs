//! Actors on a device that runs nothing for long: the host submits turns while there is work.
//!
//! - `runtime`: starting and stopping; `shared`: what all parts of a runtime share
//! - `handle`: what stands behind a kernel's handle
//! - `actor`, `mailbox`: one kernel instance as the host sees it
//! - `driver`: the thread that speaks for the device: launches, states, feeding; `submission`: turns; `account`: what came
//!   of them
//! - `resident`: an actor in device memory; `world`: device memory; `heap`: who has which words of it; `wire`: messages there
//! - `program`: device programs; `launch`: a request to launch

mod account;
mod actor;
mod driver;
mod handle;
mod heap;
mod launch;
mod mailbox;
mod program;
mod resident;
mod runtime;
mod shared;
mod submission;
mod wire;
mod world;

pub use runtime::{DeviceFigures, WgpuRuntime};
