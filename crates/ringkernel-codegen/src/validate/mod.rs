//! Checks a module: that every expression, statement and place has the type that it says.
//!
//! The linker makes no module that this refuses. It is run on everything that is linked, so that a mistake of the linker
//! is an error of its own and not a wrong answer of a device.
//!
//! - `module`: functions, calls, kernels
//! - `expressions`, `statements`, `places`, `context`: what is in a function
//! - `flow`: when locals have their values
//! - `error`: what can be wrong

mod context;
mod error;
mod expressions;
mod flow;
mod module;
mod places;
mod statements;

pub use error::Invalid;
pub use module::validate;
