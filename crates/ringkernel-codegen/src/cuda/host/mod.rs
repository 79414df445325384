//! Printed programs on the CPU: the same text, compiled by a C++ compiler for the host, and run.
//!
//! For tests, and for looking at a handler's CUDA C++ in a debugger, on machines without a GPU. Lanes run as stacks of one
//! thread, each until it waits for others, so that every run is the same; lanes that wait for ever are an error.
//!
//! - `build`: from text to a loaded program
//! - `run`: running a handler
//! - `services`: what handlers ask of the context, answered from a script and recorded
//! - `lanes.hpp`, `runtime.hpp`: the C++ in front of and behind the prelude

mod build;
mod run;
mod services;

pub use build::{BuildError, HostProgram};
pub use run::{Fault, HostRun, RunError, Shape};
pub use services::{Polled, Sent, Services};
