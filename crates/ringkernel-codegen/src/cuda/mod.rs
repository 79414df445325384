//! CUDA C++ from the typed language.
//!
//! README.md beside this file says what the text needs from a runtime that is put in front of it, how it keeps Rust's
//! meaning, and with which options it has to be compiled.
//!
//! - `program`: what is printed, and for what
//! - `printer`: the printer's state, the entry, the order of the text
//! - `types`, `literals`, `expressions`, `math`, `equality`: values
//! - `functions`, `places`, `checked`: statements
//! - `context`, `cells`, `messages`: what handlers do beyond computing
//! - `prelude/`: C++ that every program has
//! - `compile`, `nvrtc` (feature `nvrtc`): from text to what a device runs
//! - `host` (feature `host`): the same text on the CPU

mod cells;
mod checked;
#[cfg(feature = "nvrtc")]
mod compile;
mod context;
mod equality;
mod expressions;
mod functions;
#[cfg(feature = "host")]
pub mod host;
mod literals;
mod math;
mod messages;
#[cfg(feature = "nvrtc")]
mod nvrtc;
mod places;
mod printer;
mod program;
mod types;

#[cfg(feature = "nvrtc")]
pub use compile::{CompileError, Compiler, Cubin, Ptx};
#[cfg(feature = "nvrtc")]
pub use nvrtc::LIBRARIES_VARIABLE;

pub use crate::print::{HandlerEntry, KernelFacts, PayloadBytes, Unsupported};
pub use printer::print;
pub use program::{Checks, HOST_LANES, Options, PRELUDE, Program, Requirements, Scope};
