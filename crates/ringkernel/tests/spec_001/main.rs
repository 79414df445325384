//! The code blocks of the design notes on core abstractions, as close to their print as they compile, and run.
//!
//! One module for each section; messages and handlers that the notes leave out are filled in.
#![allow(clippy::print_stdout, reason = "the printed blocks print")]

mod clock;
mod context;
mod dispatcher;
mod domains;
mod lanes;
mod messages;
mod persistent;
mod queues;
mod runtime;
