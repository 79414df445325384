//! Comparisons, also of what the language compares by parts only.

use super::{Lowered, Lowerer};
use crate::ir::{BinaryOp, ExprId, ExpressionKind, Type};
use crate::link::ty::Ty;

impl Lowerer<'_, '_> {
    /// `left op right` for a comparison.
    pub(super) fn compare(
        &mut self,
        op: BinaryOp,
        left: ExprId,
        right: ExprId,
        ty: &Ty,
        line: u32,
    ) -> Lowered<ExprId> {
        let equality = matches!(op, BinaryOp::Equal | BinaryOp::NotEqual);
        let scalar = matches!(self.get(self.type_of(left)), Type::Scalar(_) | Type::Enum { .. });
        match ty {
            _ if scalar => Ok(self.binary(op, left, right)),
            Ty::Result(..) if equality => {
                let equal = self.equal_results(left, right, ty, line)?;
                Ok(if op == BinaryOp::Equal { equal } else { self.not(equal) })
            }
            Ty::Vec(_) => Err(self.stop(line, "devices do not compare vectors: compare their elements")),
            _ if equality => Ok(self.binary(op, left, right)),
            Ty::Tuple(_) => self.ordered(op, left, right, line),
            known if self.linker.is_known(known) => self.ordered(op, left, right, line),
            _ => {
                let message = format!("devices do not order `{}`: compare its fields", self.linker.show(ty));
                Err(self.stop(line, message))
            }
        }
    }

    fn equal_results(&mut self, left: ExprId, right: ExprId, ty: &Ty, line: u32) -> Lowered<ExprId> {
        let Ty::Result(value, error) = ty else { return Ok(self.bool(true)) };
        let (left, right) = (self.once(left), self.once(right));
        let (left_ok, right_ok) = (self.is_ok(left), self.is_ok(right));
        let mut equal = self.binary(BinaryOp::Equal, left_ok, right_ok);
        // What is not there is zero on both sides.
        for (part, is_value) in [(value, true), (error, false)] {
            if **part == Ty::Unit {
                continue;
            }
            let of = |this: &mut Self, of| if is_value { this.ok_value(of) } else { this.err_value(of) };
            let (left, right) = (of(self, left), of(self, right));
            let same = self.compare(BinaryOp::Equal, left, right, part, line)?;
            equal = self.binary(BinaryOp::And, equal, same);
        }
        Ok(equal)
    }

    /// Order by the first part that differs.
    fn ordered(&mut self, op: BinaryOp, left: ExprId, right: ExprId, line: u32) -> Lowered<ExprId> {
        let (left, right) = (self.once(left), self.once(right));
        let count = match self.get(self.type_of(left)) {
            Type::Struct(layout) => layout.fields.len(),
            Type::Tuple(parts) => parts.len(),
            _ => 0,
        };
        let strict = match op {
            BinaryOp::LessEqual => BinaryOp::Less,
            BinaryOp::GreaterEqual => BinaryOp::Greater,
            strict => strict,
        };
        let mut result = self.bool(op != strict);
        for number in (0..count as u32).rev() {
            let (left, right) = (self.part(left, number), self.part(right, number));
            let ty = self.linker.lift(self.type_of(left));
            let before = self.compare(strict, left, right, &ty, line)?;
            let same = self.compare(BinaryOp::Equal, left, right, &ty, line)?;
            let later = self.binary(BinaryOp::And, same, result);
            result = self.binary(BinaryOp::Or, before, later);
        }
        Ok(result)
    }

    pub(super) fn bool_expr(&mut self, kind: ExpressionKind) -> ExprId {
        let ty = self.linker.scalar(crate::ir::Scalar::Bool);
        self.push(kind, ty)
    }

    pub(super) fn is_some(&mut self, option: ExprId) -> ExprId {
        self.bool_expr(ExpressionKind::IsSome(option))
    }

    pub(super) fn is_ok(&mut self, result: ExprId) -> ExprId {
        self.bool_expr(ExpressionKind::IsOk(result))
    }

    /// What is in an option; zero when nothing is.
    pub(super) fn some_value(&mut self, option: ExprId) -> ExprId {
        let ty = self.part_type(self.type_of(option), 0);
        self.push(ExpressionKind::SomeValue(option), ty)
    }

    pub(super) fn ok_value(&mut self, result: ExprId) -> ExprId {
        let ty = match self.get(self.type_of(result)) {
            Type::Result(value, _) => *value,
            _ => self.type_of(result),
        };
        self.push(ExpressionKind::OkValue(result), ty)
    }

    pub(super) fn err_value(&mut self, result: ExprId) -> ExprId {
        let ty = match self.get(self.type_of(result)) {
            Type::Result(_, error) => *error,
            _ => self.type_of(result),
        };
        self.push(ExpressionKind::ErrValue(result), ty)
    }
}
