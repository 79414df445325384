//! What is linked: kernels as macros have registered them, and functions from text.

use ringkernel_abi::TypeLayout;
use ringkernel_abi::device::{DeviceFunction, MessageLayout, Overflow, TypeMethods};

use crate::source;

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
    /// The functions of all types that are marked for devices, for values whose type no name in the source tells.
    pub methods: Vec<TypeMethods>,
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

/// A function that no macro has recorded.
#[derive(Debug, Clone, PartialEq)]
pub struct TextFunction {
    /// Its syntax tree. A method's name is `Type::method`.
    pub tree: source::Function,
    /// The file that its faults are reported in.
    pub file: String,
    /// What arithmetic overflow does.
    pub overflow: Overflow,
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
