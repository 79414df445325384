//! Methods of numbers that take several steps: powers, Euclid's division, and those of floats.

use super::{Lowered, Lowerer};
use crate::ir::{BinaryOp, CheckedOp, ExprId, ExpressionKind, FaultKind, MathFunction, Scalar, Statement};

impl Lowerer<'_, '_> {
    pub(super) fn bits_as(&mut self, value: ExprId, scalar: Scalar) -> ExprId {
        let ty = self.linker.scalar(scalar);
        self.push(ExpressionKind::Bitcast(value), ty)
    }

    pub(super) fn euclid(
        &mut self,
        name: &str,
        scalar: Scalar,
        value: ExprId,
        other: ExprId,
        line: u32,
    ) -> ExprId {
        use BinaryOp as B;
        let rest = self.checked(CheckedOp::Remainder, value, other, line);
        if !scalar.is_signed() {
            let quotient = |this: &mut Self| this.checked(CheckedOp::Divide, value, other, line);
            return if name == "rem_euclid" { rest } else { quotient(self) };
        }
        let (zero, one) = (self.int(0, scalar), self.int(1, scalar));
        let below = self.binary(B::Less, rest, zero);
        if name == "rem_euclid" {
            let size = self.math(MathFunction::Abs, &[other], scalar);
            let more = self.binary(B::Add, rest, size);
            return self.select(below, more, rest);
        }
        let quotient = self.checked(CheckedOp::Divide, value, other, line);
        let positive = self.binary(B::Greater, other, zero);
        let (less, more) = (self.binary(B::Subtract, quotient, one), self.binary(B::Add, quotient, one));
        let moved = self.select(positive, less, more);
        self.select(below, moved, quotient)
    }

    /// Repeated squaring, as Rust has it, so that it overflows exactly where the result does.
    pub(super) fn power(
        &mut self,
        scalar: Scalar,
        of: ExprId,
        exponent: ExprId,
        line: u32,
        faults: bool,
    ) -> Lowered<ExprId> {
        let own = self.linker.scalar(scalar);
        let u32_ty = self.linker.scalar(Scalar::U32);
        let (result, factor, left) =
            (self.changing("", own), self.changing("", own), self.changing("", u32_ty));
        let (one, none, single) = (self.int(1, scalar), self.int(0, Scalar::U32), self.int(1, Scalar::U32));
        let multiply = |this: &mut Self, a: ExprId, b: ExprId| {
            if faults {
                this.checked(CheckedOp::Multiply, a, b, line)
            } else {
                this.binary(BinaryOp::Multiply, a, b)
            }
        };
        self.set(result, one);
        self.set(factor, of);
        self.set(left, exponent);
        let some = self.binary(BinaryOp::NotEqual, exponent, none);
        let (label, block, _, _) = self.repeated(None, None, &mut |this| {
            let current = this.local(left);
            let odd = this.binary(BinaryOp::BitAnd, current, single);
            let odd = this.binary(BinaryOp::Equal, odd, single);
            let (accept, _) = this.inside(|this| {
                let (so_far, by) = (this.local(result), this.local(factor));
                let product = multiply(this, so_far, by);
                this.set(result, product);
                let last = this.local(left);
                let last = this.binary(BinaryOp::Equal, last, single);
                let label = this.frame.targets.last().map_or(0, |target| target.label);
                let accept = vec![Statement::Break { label }];
                let (condition, reject) = (last, Vec::new());
                this.emit(Statement::If { condition, accept, reject, meets: false, line });
                Ok(())
            })?;
            this.emit(Statement::If { condition: odd, accept, reject: Vec::new(), meets: false, line });
            let current = this.local(left);
            let half = this.binary(BinaryOp::ShiftRight, current, single);
            this.set(left, half);
            let by = this.local(factor);
            let square = multiply(this, by, by);
            this.set(factor, square);
            Ok(())
        })?;
        let accept = vec![Statement::Loop { label, body: block, meets: false }];
        self.emit(Statement::If { condition: some, accept, reject: Vec::new(), meets: false, line });
        Ok(self.local(result))
    }

    pub(super) fn float_steps(
        &mut self,
        name: &str,
        scalar: Scalar,
        values: &[ExprId],
        line: u32,
    ) -> Lowered<ExprId> {
        use BinaryOp as B;
        let values: Vec<ExprId> = values.iter().map(|value| self.once(*value)).collect();
        let value = values[0];
        let own = self.linker.scalar(scalar);
        Ok(match name {
            "clamp" => {
                let ordered = self.binary(B::LessEqual, values[1], values[2]);
                self.require(ordered, FaultKind::Panic, line);
                let below = self.binary(B::Less, value, values[1]);
                let above = self.binary(B::Greater, value, values[2]);
                let upper = self.select(above, values[2], value);
                self.select(below, values[1], upper)
            }
            "signum" => {
                let one = match scalar {
                    Scalar::F32 => crate::ir::Literal::F32(1f32.to_bits()),
                    _ => crate::ir::Literal::F64(1f64.to_bits()),
                };
                let one = self.literal(one, scalar);
                let sign = self.math(MathFunction::Copysign, &[one, value], scalar);
                let nan = self.math(MathFunction::IsNan, &[value], Scalar::Bool);
                self.select(nan, value, sign)
            }
            "is_sign_positive" => {
                let negative = self.math(MathFunction::IsSignNegative, &[value], Scalar::Bool);
                self.not(negative)
            }
            "rem_euclid" => {
                let rest = self.binary(B::Remainder, value, values[1]);
                let rest = self.once(rest);
                let zero = self.zero(own);
                let below = self.binary(B::Less, rest, zero);
                let size = self.math(MathFunction::Abs, &[values[1]], scalar);
                let more = self.binary(B::Add, rest, size);
                self.select(below, more, rest)
            }
            "log" => {
                let (top, base) = (
                    self.math(MathFunction::Ln, &[value], scalar),
                    self.math(MathFunction::Ln, &[values[1]], scalar),
                );
                self.binary(B::Divide, top, base)
            }
            "sin_cos" => {
                let (sin, cos) = (
                    self.math(MathFunction::Sin, &[value], scalar),
                    self.math(MathFunction::Cos, &[value], scalar),
                );
                let pair = self.linker.module.types.intern(crate::ir::Type::Tuple(vec![own, own]));
                self.push(ExpressionKind::Compose(vec![sin, cos]), pair)
            }
            "to_bits" => self.bits_as(value, if scalar == Scalar::F32 { Scalar::U32 } else { Scalar::U64 }),
            _ => return Err(self.stop(line, format!("devices have no method `{name}` of floats"))),
        })
    }
}
