//! What printers of all languages share.
//!
//! - `names`: names of the source in printed text
//! - `types`: questions about types
//! - `dispatch`: which handler a message is for
//! - `facts`: what kernels do, for runtimes that have to reserve memory
//! - `unsupported`: the error of printers

mod dispatch;
mod facts;
pub(crate) mod names;
pub(crate) mod types;
mod unsupported;

pub(crate) use dispatch::{Heads, dispatch};
pub use facts::{HandlerEntry, KernelFacts, PayloadBytes, kernel_facts};
pub(crate) use facts::{of_kernel, reachable, visit};
pub use unsupported::Unsupported;
