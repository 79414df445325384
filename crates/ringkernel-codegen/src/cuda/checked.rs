//! Arithmetic that can fault.

use super::expressions::unprintable;
use super::places::Current;
use super::printer::Printer;
use super::types::scalar as scalar_type;
use crate::ir::{CheckedOp, ExprId, LocalId, Scalar};
use crate::print::Unsupported;

impl Printer<'_> {
    pub(super) fn checked(
        &mut self,
        current: Current<'_>,
        local: LocalId,
        op: CheckedOp,
        operands: [ExprId; 2],
        line: u32,
    ) -> Result<String, Unsupported> {
        let function = current.function;
        let of = self.scalar(Self::expr_type(function, operands[0]));
        let Some(of) = of else { return Err(unprintable("arithmetic of other than scalars")) };
        let (target, left) = (Self::local(function, local), self.expr(function, operands[0])?);
        if op == CheckedOp::ToUsize {
            return Ok(format!("{target} = {};", to_usize(of, &left)));
        }
        let right = match op {
            CheckedOp::Negate => String::new(),
            _ => format!(", {}", self.expr(function, operands[1])?),
        };
        Ok(format!("{target} = {}<{}>(rk, {left}{right}, {});", name(op), scalar_type(of), current.at(line)))
    }
}

/// `usize` has 64 bits here, so that every conversion is Rust's.
fn to_usize(of: Scalar, text: &str) -> String {
    match of.is_float() {
        true => format!("rk_float_to<rk_usize>({text})"),
        false => format!("(rk_usize)({text})"),
    }
}

fn name(op: CheckedOp) -> &'static str {
    match op {
        CheckedOp::Add => "rk_checked_add",
        CheckedOp::Subtract => "rk_checked_subtract",
        CheckedOp::Multiply => "rk_checked_multiply",
        CheckedOp::Divide => "rk_checked_divide",
        CheckedOp::Remainder => "rk_checked_remainder",
        CheckedOp::WrappingDivide => "rk_wrapping_divide",
        CheckedOp::WrappingRemainder => "rk_wrapping_remainder",
        CheckedOp::Negate => "rk_checked_negate",
        CheckedOp::ShiftLeft => "rk_checked_shift_left",
        CheckedOp::ShiftRight => "rk_checked_shift_right",
        CheckedOp::ToUsize => "rk_float_to",
    }
}
