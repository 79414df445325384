//! What is linked that no macro has registered: functions from text, and the numbers that programs and runtimes agree on.

use ringkernel_abi::device::Overflow;

use crate::source;

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
pub const REFUSALS: [(&str, u32); 9] = [
    ("NotEnabled", 1),
    ("TargetNotFound", 2),
    ("OutboxFull", 3),
    ("OwnMailboxFull", 4),
    ("Unhandled", 5),
    ("TooLarge", 6),
    ("TenantMismatch", 7),
    ("QuotaExceeded", 8),
    ("NoTopic", 9),
];
