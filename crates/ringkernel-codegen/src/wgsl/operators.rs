//! Operators on scalars; equality of everything else is a function that is made for its type.

use super::printer::Printer;
use super::types::{bits, holder, scalar_name, wrap};
use crate::ir::{BinaryOp, Scalar, TypeId, UnaryOp};
use crate::print::Unsupported;

impl Printer<'_> {
    pub(super) fn unary(&self, op: UnaryOp, ty: TypeId, text: String) -> String {
        let Some(scalar) = self.scalar(ty) else { return text };
        match op {
            UnaryOp::Not if scalar == Scalar::Bool => format!("(!{text})"),
            UnaryOp::Not => wrap(scalar, format!("(~{text})")),
            UnaryOp::Negate if scalar.is_float() => format!("(-{text})"),
            UnaryOp::Negate => wrap(scalar, format!("({}() - {text})", holder(scalar))),
        }
    }

    pub(super) fn binary(
        &mut self,
        op: BinaryOp,
        ty: TypeId,
        left: String,
        right: String,
    ) -> Result<String, Unsupported> {
        let Some(scalar) = self.scalar(ty) else {
            let equal = self.equality(ty)?;
            let not = if op == BinaryOp::NotEqual { "!" } else { "" };
            return Ok(format!("{not}{equal}({left}, {right})"));
        };
        if scalar == Scalar::Bool {
            return Ok(boolean(op, &left, &right));
        }
        let width = bits(scalar) - 1;
        Ok(match op {
            BinaryOp::Remainder => format!("rk_remainder_{}({left}, {right})", scalar_name(scalar)),
            BinaryOp::ShiftLeft => wrap(scalar, format!("({left} << ({right} & {width}u))")),
            BinaryOp::ShiftRight => format!("({left} >> ({right} & {width}u))"),
            // A comparison with a NaN is false in WGSL, and this one is true in Rust.
            BinaryOp::NotEqual if scalar.is_float() => format!("!({left} == {right})"),
            BinaryOp::Add | BinaryOp::Subtract | BinaryOp::Multiply => {
                wrap(scalar, format!("({left} {} {right})", operator(op)))
            }
            _ => format!("({left} {} {right})", operator(op)),
        })
    }
}

fn boolean(op: BinaryOp, left: &str, right: &str) -> String {
    match op {
        BinaryOp::BitXor => format!("({left} != {right})"),
        BinaryOp::Less => format!("(!{left} && {right})"),
        BinaryOp::LessEqual => format!("(!{left} || {right})"),
        BinaryOp::Greater => format!("({left} && !{right})"),
        BinaryOp::GreaterEqual => format!("({left} || !{right})"),
        _ => format!("({left} {} {right})", operator(op)),
    }
}

fn operator(op: BinaryOp) -> &'static str {
    match op {
        BinaryOp::Add => "+",
        BinaryOp::Subtract => "-",
        BinaryOp::Multiply => "*",
        BinaryOp::Divide => "/",
        BinaryOp::Remainder => "%",
        BinaryOp::BitAnd => "&",
        BinaryOp::BitOr => "|",
        BinaryOp::BitXor => "^",
        BinaryOp::ShiftLeft => "<<",
        BinaryOp::ShiftRight => ">>",
        BinaryOp::Equal => "==",
        BinaryOp::NotEqual => "!=",
        BinaryOp::Less => "<",
        BinaryOp::LessEqual => "<=",
        BinaryOp::Greater => ">",
        BinaryOp::GreaterEqual => ">=",
        BinaryOp::And => "&&",
        BinaryOp::Or => "||",
    }
}
