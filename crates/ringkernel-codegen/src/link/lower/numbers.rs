//! Methods of numbers.

use super::methods::Call;
use super::{Lowered, Lowerer, Operand};
use crate::ir::{BinaryOp, CheckedOp, ExprId, ExpressionKind, FaultKind, MathFunction, Scalar, UnaryOp};
use crate::link::infer::{signed, unsigned};
use crate::link::numbers::{NumberMethod, NumberOp, Part, bits, number_method, range};
use crate::link::ty::Ty;

/// Methods of `usize` that give the same where it has 32 bits. The others are computed in 64.
const ANY_WIDTH: [&str; 12] = [
    "min",
    "max",
    "clamp",
    "abs_diff",
    "saturating_sub",
    "checked_sub",
    "checked_div",
    "checked_rem",
    "div_ceil",
    "is_multiple_of",
    "is_power_of_two",
    "rem_euclid",
];

impl Lowerer<'_, '_> {
    pub(super) fn number_method(&mut self, call: Call<'_>, scalar: Scalar) -> Lowered<Operand> {
        let own = Ty::Scalar(scalar);
        let Some(method) = number_method(scalar, call.name) else { return Err(self.no_method(call, &own)) };
        let all = std::iter::once(call.receiver).chain(call.arguments);
        let mut values = self.values(all)?;
        let wide = scalar == Scalar::Usize && !ANY_WIDTH.contains(&call.name);
        let computed_as = if wide { Scalar::U64 } else { scalar };
        if wide {
            let ty = self.linker.scalar(Scalar::U64);
            for (index, value) in values.iter_mut().enumerate() {
                let is_own = index == 0 || method.arguments.get(index - 1) == Some(&Part::Own);
                if is_own {
                    *value = self.push(ExpressionKind::Cast(*value), ty);
                }
            }
        }
        let value = self.number(method, computed_as, &values, call)?;
        if !wide {
            return Ok(Operand::Value(value));
        }
        self.narrowed(value, method.result, call).map(Operand::Value)
    }

    /// The result of a method of `usize` that was computed in 64 bits.
    fn narrowed(&mut self, value: ExprId, result: Part, call: Call<'_>) -> Lowered<ExprId> {
        let ty = self.ty(call.expr);
        let id = self.id(&ty);
        Ok(match result {
            Part::Own | Part::Unsigned => self.as_usize(value, call.line),
            Part::Overflowing => {
                let value = self.once(value);
                let (number, flag) = (self.part(value, 0), self.part(value, 1));
                let number = self.as_usize(number, call.line);
                self.push(ExpressionKind::Compose(vec![number, flag]), id)
            }
            Part::Option => {
                let value = self.once(value);
                let some = self.is_some(value);
                let none = Operand::Value(self.zero(id));
                let mut accept = |this: &mut Self| {
                    let inner = this.some_value(value);
                    let inner = this.as_usize(inner, call.line);
                    Ok(Operand::Value(this.push(ExpressionKind::Some(Some(inner)), id)))
                };
                let operand = self.choose(some, &ty, &mut accept, &mut |_| Ok(none.clone()), call.line)?;
                self.operand_value(operand, call.line)?
            }
            _ => value,
        })
    }

    fn number(
        &mut self,
        method: &NumberMethod,
        scalar: Scalar,
        values: &[ExprId],
        call: Call<'_>,
    ) -> Lowered<ExprId> {
        let line = call.line;
        let own = self.linker.scalar(scalar);
        Ok(match method.op {
            NumberOp::Math(function) => {
                let result = match method.result {
                    Part::Bool => Scalar::Bool,
                    Part::U32 => Scalar::U32,
                    _ => scalar,
                };
                self.math(function, values, result)
            }
            NumberOp::Wrapping(op) => self.binary(op, values[0], values[1]),
            NumberOp::WrappingDivide(op) => self.checked(op, values[0], values[1], line),
            NumberOp::Checked(op, overflows) => {
                let (left, right) = (self.once(values[0]), self.once(values[1]));
                let overflows = self.math(overflows, &[left, right], Scalar::Bool);
                let fits = self.not(overflows);
                self.some_if(fits, scalar, line, &mut |this| Ok(this.binary(op, left, right)))?
            }
            NumberOp::Overflowing(op, overflows) => {
                let (left, right) = (self.once(values[0]), self.once(values[1]));
                let overflows = self.math(overflows, &[left, right], Scalar::Bool);
                let value = self.binary(op, left, right);
                let flag = self.linker.scalar(Scalar::Bool);
                let pair = self.linker.module.types.intern(crate::ir::Type::Tuple(vec![own, flag]));
                self.push(ExpressionKind::Compose(vec![value, overflows]), pair)
            }
            NumberOp::Steps if scalar.is_float() => self.float_steps(method.name, scalar, values, line)?,
            NumberOp::Steps => {
                let values: Vec<ExprId> = values.iter().map(|value| self.once(*value)).collect();
                self.integer_steps(method.name, scalar, &values, line)?
            }
        })
    }

    /// `Some` of a value if the condition holds.
    fn some_if(
        &mut self,
        condition: ExprId,
        scalar: Scalar,
        line: u32,
        value: &mut dyn FnMut(&mut Self) -> Lowered<ExprId>,
    ) -> Lowered<ExprId> {
        let ty = Ty::Option(Box::new(Ty::Scalar(scalar)));
        let id = self.id(&ty);
        let none = Operand::Value(self.zero(id));
        let mut accept = |this: &mut Self| {
            let value = value(this)?;
            Ok(Operand::Value(this.push(ExpressionKind::Some(Some(value)), id)))
        };
        let operand = self.choose(condition, &ty, &mut accept, &mut |_| Ok(none.clone()), line)?;
        self.operand_value(operand, line)
    }

    fn integer_steps(&mut self, name: &str, scalar: Scalar, values: &[ExprId], line: u32) -> Lowered<ExprId> {
        use BinaryOp as B;
        let value = values[0];
        let other = values.get(1).copied().unwrap_or(value);
        let (zero, one) = (self.int(0, scalar), self.int(1, scalar));
        let width = self.int(bits(scalar).into(), Scalar::U32);
        Ok(match name {
            "clamp" => {
                let ordered = self.binary(B::LessEqual, other, values[2]);
                self.require(ordered, FaultKind::Panic, line);
                let least = self.math(MathFunction::Max, &[value, other], scalar);
                self.math(MathFunction::Min, &[least, values[2]], scalar)
            }
            "abs" => {
                if self.overflow_faults() {
                    let least = self.min_of(scalar);
                    let fits = self.binary(B::NotEqual, value, least);
                    self.require(fits, FaultKind::ArithmeticOverflow, line);
                }
                self.math(MathFunction::Abs, &[value], scalar)
            }
            "unsigned_abs" => {
                let value = self.math(MathFunction::Abs, &[value], scalar);
                self.bits_as(value, unsigned(scalar))
            }
            "abs_diff" => self.math(MathFunction::AbsDiff, &[value, other], unsigned(scalar)),
            "is_positive" => self.binary(B::Greater, value, zero),
            "is_negative" => self.binary(B::Less, value, zero),
            "wrapping_neg" => self.binary(B::Subtract, zero, value),
            "wrapping_pow" => self.power(scalar, value, other, line, false)?,
            "pow" => {
                let faults = self.overflow_faults() || scalar == Scalar::Usize;
                self.power(scalar, value, other, line, faults)?
            }
            "checked_div" | "checked_rem" => {
                let mut fits = self.binary(B::NotEqual, other, zero);
                if scalar.is_signed() {
                    let (least, minus) = (self.min_of(scalar), self.int(-1, scalar));
                    let first = self.binary(B::NotEqual, value, least);
                    let second = self.binary(B::NotEqual, other, minus);
                    let either = self.binary(B::Or, first, second);
                    fits = self.binary(B::And, fits, either);
                }
                let op = if name == "checked_div" { CheckedOp::Divide } else { CheckedOp::Remainder };
                self.some_if(fits, scalar, line, &mut |this| Ok(this.checked(op, value, other, line)))?
            }
            "checked_neg" => {
                let (least, op) =
                    (self.min_of(scalar), if scalar.is_signed() { B::NotEqual } else { B::Equal });
                let fits = self.binary(op, value, least);
                self.some_if(fits, scalar, line, &mut |this| Ok(this.binary(B::Subtract, zero, value)))?
            }
            "checked_abs" => {
                let least = self.min_of(scalar);
                let fits = self.binary(B::NotEqual, value, least);
                let mut abs = |this: &mut Self| Ok(this.math(MathFunction::Abs, &[value], scalar));
                self.some_if(fits, scalar, line, &mut abs)?
            }
            "checked_shl" | "checked_shr" => {
                let op = if name == "checked_shl" { B::ShiftLeft } else { B::ShiftRight };
                let fits = self.binary(B::Less, other, width);
                self.some_if(fits, scalar, line, &mut |this| Ok(this.binary(op, value, other)))?
            }
            "rem_euclid" | "div_euclid" => self.euclid(name, scalar, value, other, line),
            "div_ceil" => {
                let quotient = self.checked(CheckedOp::Divide, value, other, line);
                let rest = self.checked(CheckedOp::Remainder, value, other, line);
                let exact = self.binary(B::Equal, rest, zero);
                let more = self.select(exact, zero, one);
                self.binary(B::Add, quotient, more)
            }
            "next_multiple_of" => {
                let rest = self.checked(CheckedOp::Remainder, value, other, line);
                let exact = self.binary(B::Equal, rest, zero);
                let missing = self.binary(B::Subtract, other, rest);
                let missing = self.select(exact, zero, missing);
                self.arithmetic(crate::source::BinaryOp::Add, value, missing, line)?
            }
            "is_multiple_of" => {
                // By zero only zero is divided, without a fault.
                let none = self.binary(B::Equal, other, zero);
                let divisor = self.select(none, one, other);
                let rest = self.checked(CheckedOp::Remainder, value, divisor, line);
                let rest = self.select(none, value, rest);
                self.binary(B::Equal, rest, zero)
            }
            "is_power_of_two" => {
                let below = self.binary(B::Subtract, value, one);
                let shared = self.binary(B::BitAnd, value, below);
                let single = self.binary(B::Equal, shared, zero);
                let some = self.binary(B::NotEqual, value, zero);
                self.binary(B::And, some, single)
            }
            "next_power_of_two" => {
                let (two, most) = (self.int(2, scalar), self.int(range(scalar).1, scalar));
                let small = self.binary(B::Less, value, two);
                let at_least = self.math(MathFunction::Max, &[value, two], scalar);
                let below = self.binary(B::Subtract, at_least, one);
                let zeros = self.math(MathFunction::LeadingZeros, &[below], Scalar::U32);
                let mask = self.binary(B::ShiftRight, most, zeros);
                let mask = self.select(small, zero, mask);
                self.arithmetic(crate::source::BinaryOp::Add, mask, one, line)?
            }
            "ilog2" => {
                let positive = self.binary(B::Greater, value, zero);
                self.require(positive, FaultKind::Panic, line);
                let zeros = self.math(MathFunction::LeadingZeros, &[value], Scalar::U32);
                let last = self.int((bits(scalar) - 1).into(), Scalar::U32);
                self.binary(B::Subtract, last, zeros)
            }
            "count_zeros" => {
                let ones = self.math(MathFunction::CountOnes, &[value], Scalar::U32);
                self.binary(B::Subtract, width, ones)
            }
            "leading_ones" | "trailing_ones" => {
                let inverse = self.unary(UnaryOp::Not, value);
                let function = if name == "leading_ones" {
                    MathFunction::LeadingZeros
                } else {
                    MathFunction::TrailingZeros
                };
                self.math(function, &[inverse], Scalar::U32)
            }
            "cast_signed" => self.bits_as(value, signed(scalar)),
            "cast_unsigned" => self.bits_as(value, unsigned(scalar)),
            _ => return Err(self.stop(line, format!("devices have no method `{name}` of integers"))),
        })
    }
}
