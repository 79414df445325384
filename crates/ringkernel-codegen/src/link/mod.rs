//! From syntax trees and layouts to the typed intermediate language.
//!
//! Names become types, constants and functions by the bindings that macros have recorded; types are inferred by
//! unification, as in Rust, with `i32` and `f64` where nothing says otherwise; control flow and the order of evaluation
//! become statements. Functions that take references are expanded where they are called, others become functions.
//! What the language cannot say is an error that names the construct, the file and the line.

use ringkernel_abi::TypeLayout;
use ringkernel_abi::device::{DeviceFunction, MessageLayout};

/// A kernel as macros have registered it.
#[derive(Debug, Clone)]
pub struct KernelSource {
    /// Its id.
    pub id: &'static str,
    /// Layout of its state; `None` where it has none.
    pub state: Option<TypeLayout>,
    /// Whether all lanes of a grid run its handlers.
    pub cooperative: bool,
    /// Its handlers.
    pub handlers: Vec<HandlerSource>,
    /// Message types that its handlers poll.
    pub polled: Vec<&'static MessageLayout>,
}

/// A handler as macros have registered it.
#[derive(Debug, Clone, Copy)]
pub struct HandlerSource {
    /// Its code.
    pub function: &'static DeviceFunction,
    /// What it takes.
    pub message: &'static MessageLayout,
    /// The message in its result; `None` where it gives nothing. Whether it gives an option stands in the source.
    pub answer: Option<&'static MessageLayout>,
}

/// The numbers by which generated code names the variants of `K2KRefusal`; 0 means accepted.
pub const REFUSALS: [(&str, u32); 6] = [
    ("NotEnabled", 1),
    ("TargetNotFound", 2),
    ("OutboxFull", 3),
    ("OwnMailboxFull", 4),
    ("Unhandled", 5),
    ("TooLarge", 6),
];
