//! Arithmetic that can fault: calls of fixed functions.

use super::types::{holder, scalar_name, wrap};
use crate::ir::{CheckedOp, Scalar};

/// The call that computes it; it raises the fault and gives zero then.
pub(super) fn call(op: CheckedOp, scalar: Scalar, left: &str, right: &str, file: u32, line: u32) -> String {
    let name = scalar_name(scalar);
    let two = |verb: &str| format!("rk_{verb}_{name}({left}, {right}, {file}u, {line}u)");
    let one = |verb: &str| format!("rk_{verb}_{name}({left}, {file}u, {line}u)");
    match op {
        CheckedOp::Add => two("add"),
        CheckedOp::Subtract => two("subtract"),
        CheckedOp::Multiply => two("multiply"),
        CheckedOp::Divide => two("divide"),
        CheckedOp::Remainder => two("remainder"),
        CheckedOp::WrappingDivide if scalar.is_signed() => wrap(scalar, two("wrapping_divide")),
        CheckedOp::WrappingDivide => two("divide"),
        CheckedOp::WrappingRemainder if scalar.is_signed() => two("wrapping_remainder"),
        CheckedOp::WrappingRemainder => two("remainder"),
        CheckedOp::Negate => one("negate"),
        CheckedOp::ShiftLeft => wrap(scalar, two("shift_left")),
        CheckedOp::ShiftRight => two("shift_right"),
        CheckedOp::ToUsize => to_usize(scalar, left, file, line),
    }
}

/// What `usize` would keep in 64 bits and WebGPU's does not is a fault.
fn to_usize(scalar: Scalar, text: &str, file: u32, line: u32) -> String {
    match (scalar, holder(scalar)) {
        (Scalar::Bool, _) => format!("select(0u, 1u, {text})"),
        (_, "u32") => text.to_owned(),
        (_, held) => format!("rk_usize_from_{held}({text}, {file}u, {line}u)"),
    }
}
