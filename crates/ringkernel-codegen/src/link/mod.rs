//! From syntax trees and layouts to the typed intermediate language.
//!
//! Names become types, constants and functions by the bindings that macros have recorded; types are inferred by
//! unification, as in Rust, with `i32` and `f64` where nothing says otherwise; control flow and the order of evaluation
//! become statements. Functions that take references are expanded where they are called, others become functions.
//! What the language cannot say is an error that names the construct, the file and the line.
//!
//! - `kernel`, `error`: what goes in, and what can be wrong
//! - `program`: the entries
//! - `linker`: the module in the making
//! - `sources`, `resolve`: functions, and what the names in them stand for
//! - `ty`, `types`: types while they are inferred, and as they are written
//! - `infer`: types of everything in a function
//! - `numbers`: methods and constants of numbers
//! - `tables`: the names of all methods
//! - `lower`: statements and pure expressions
//! - `meets`: where lanes have to take one way

mod error;
mod infer;
mod kernel;
mod linker;
mod lower;
mod meets;
mod numbers;
mod program;
mod resolve;
mod sources;
mod tables;
mod ty;
mod types;

pub use error::LinkError;
pub(crate) use infer::unsigned;
pub use kernel::{REFUSALS, TextFunction};
pub use program::{called_methods, link, link_function, link_functions};
pub use ringkernel_abi::device::{HandlerSource, KernelSource};
pub use tables::{MethodCall, Receiver, methods};
