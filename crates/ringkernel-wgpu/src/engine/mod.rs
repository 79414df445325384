//! Actors on a device that runs nothing for long: the host submits turns while there is work.
//!
//! What the host knows of actors, and the way from their handles to the driver, is `ringkernel_core::backend::driven`.
//!
//! - `runtime`: starting and stopping
//! - `driver`: the thread that speaks for the device
//! - `placing`: actors are put into device memory; `states`: they pause, close and end
//! - `submission`: turns; `feed`: what they are given; `results`: what they leave; `account`: what the host makes of it
//! - `resident`: an actor in device memory; `world`: device memory; `memory`: what lies where in it
//! - `program`: device programs; `need`: what an actor needs of them

mod account;
mod driver;
mod feed;
mod memory;
mod need;
mod placing;
mod program;
mod resident;
mod results;
mod runtime;
mod states;
mod submission;
mod world;

pub use runtime::{DeviceFigures, WgpuRuntime};
