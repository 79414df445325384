//! Conversions between scalars.

use super::{Lowered, Lowerer};
use crate::ir::{ExprId, ExpressionKind, Scalar, Type};
use crate::link::numbers::lossless;
use crate::link::ty::{Ty, scalar_name};

impl Lowerer<'_, '_> {
    /// `value as to`.
    pub(super) fn cast(&mut self, value: ExprId, to: &Ty, line: u32) -> Lowered<ExprId> {
        let from = match self.get(self.type_of(value)) {
            Type::Scalar(scalar) | Type::Enum { repr: scalar, .. } => Some(*scalar),
            _ => None,
        };
        let (Some(from), Ty::Scalar(to)) = (from, to) else {
            let message = format!(
                "devices cannot cast to `{}`: only scalars, and enums to integers",
                self.linker.show(to)
            );
            return Err(self.stop(line, message));
        };
        let is_scalar = self.scalar_of(value).is_some();
        if is_scalar && from == *to {
            return Ok(value);
        }
        if *to == Scalar::Bool || from == Scalar::Bool && to.is_float() {
            let message = format!(
                "`{}` cannot be cast to `{}`: compare it, or cast to an integer first",
                scalar_name(from),
                scalar_name(*to)
            );
            return Err(self.stop(line, message));
        }
        if *to == Scalar::Usize && !matches!(from, Scalar::Bool | Scalar::U8 | Scalar::U16 | Scalar::U32) {
            return Ok(self.as_usize(value, line));
        }
        let ty = self.linker.scalar(*to);
        Ok(self.push(ExpressionKind::Cast(value), ty))
    }

    /// `To::from(value)` and `value.into()`.
    pub(super) fn convert(&mut self, value: ExprId, to: &Ty, line: u32) -> Lowered<ExprId> {
        if let Ty::Scalar(to) = to
            && let Some(from) = self.scalar_of(value)
        {
            if !lossless(from, *to) {
                let (from, to) = (scalar_name(from), scalar_name(*to));
                let message =
                    format!("`{to}` is not made `from` a `{from}`, which may not fit: use `as {to}`");
                return Err(self.stop(line, message));
            }
            if from == *to {
                return Ok(value);
            }
            let ty = self.linker.scalar(*to);
            if from == Scalar::Bool && to.is_float() {
                let byte = self.linker.scalar(Scalar::U8);
                let value = self.push(ExpressionKind::Cast(value), byte);
                return Ok(self.push(ExpressionKind::Cast(value), ty));
            }
            return Ok(self.push(ExpressionKind::Cast(value), ty));
        }
        let from = self.type_of(value);
        let id = self.id(to);
        if from == id {
            return Ok(value);
        }
        let message_id = self.linker.known_struct("MessageId");
        let correlation = self.linker.known_struct("CorrelationId");
        if from == self.id(&message_id) && id == self.id(&correlation) {
            let value = self.once(value);
            let parts = vec![self.part(value, 0), self.part(value, 1)];
            return Ok(self.push(ExpressionKind::Compose(parts), id));
        }
        if let Ty::Option(inner) = to
            && from == self.id(inner)
        {
            return Ok(self.push(ExpressionKind::Some(Some(value)), id));
        }
        let message =
            format!("devices do not know how to convert into `{}`: write it out", self.linker.show(to));
        Err(self.stop(line, message))
    }
}
