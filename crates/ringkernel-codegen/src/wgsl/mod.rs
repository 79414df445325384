//! The typed language as WGSL.
//!
//! README.md beside this file says what a runtime has to put around the text.
//!
//! | where | what |
//! |---|---|
//! | `options` | what is asked for, and what is known of the result |
//! | `unsupported` | what WGSL or an adapter lacks |
//! | `printer` | the program: which functions, in which order, and the entry |
//! | `functions`, `bindings`, `statements`, `checked`, `context`, `vectors`, `atomics`, `lanes` | functions and what is in them |
//! | `expressions`, `casts`, `math`, `equality` | expressions |
//! | `types`, `words` | how values are held and called |
//! | `memory`, `places`, `messages`, `tails` | how values lie in memory |
//! | `helpers`, `fillings`, `text/` | fixed functions that printed code calls |
//!
//! Names, and what kernels do, are shared with other printers: [`crate::print`].

mod atomics;
mod bindings;
mod casts;
mod checked;
mod context;
mod equality;
mod expressions;
mod fillings;
mod functions;
mod helpers;
mod lanes;
mod math;
mod memory;
mod messages;
mod options;
mod places;
mod printer;
mod statements;
mod tails;
mod types;
mod unsupported;
mod vectors;
mod words;

pub use crate::print::{HandlerEntry, KernelFacts, PayloadBytes, Unsupported};
pub use options::{Capabilities, Dialect, Kernels, Options, Program, Requirements};
pub use printer::print;
