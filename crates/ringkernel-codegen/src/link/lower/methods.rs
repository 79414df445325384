//! Methods, by the type of their receiver.

use super::{Iter, Lowered, Lowerer, Operand, Over};
use crate::ir::{BinaryOp, ExprId, ExpressionKind, Type};
use crate::link::resolve::Callee;
use crate::link::ty::Ty;
use crate::source::{self, Expr};

/// A call of a method.
#[derive(Clone, Copy)]
pub(super) struct Call<'e> {
    pub(super) expr: &'e Expr,
    pub(super) receiver: &'e Expr,
    pub(super) name: &'e str,
    pub(super) arguments: &'e [Expr],
    pub(super) line: u32,
}

impl Lowerer<'_, '_> {
    pub(super) fn method(
        &mut self,
        expr: &Expr,
        receiver: &Expr,
        name: &str,
        generics: &[source::Type],
        arguments: &[Expr],
    ) -> Lowered<Operand> {
        let call = Call { expr, receiver, name, arguments, line: expr.line };
        let ty = self.ty(receiver);
        self.linker.note(&ty, name);
        if let Some(method) = self.linker.method_of(self.frame.source, &ty, name)? {
            let callee = Callee::Function(method);
            let all = std::iter::once(receiver).chain(arguments);
            let arguments = self.arguments(&callee, all)?;
            let result = self.ty(expr);
            return self.invoke(&callee, arguments, &result, call.line);
        }
        match (name, arguments) {
            ("clone" | "to_owned", []) if matches!(ty, Ty::Vec(_)) => {
                return self.copied(receiver, call.line);
            }
            ("clone" | "to_owned" | "as_ref" | "as_mut" | "borrow", []) if ty != Ty::Context => {
                return self.expr(receiver);
            }
            ("into", []) => {
                let value = self.value(receiver)?;
                let to = self.ty(expr);
                return self.convert(value, &to, call.line).map(Operand::Value);
            }
            ("eq" | "ne" | "lt" | "le" | "gt" | "ge", [other]) => {
                let op = match name {
                    "eq" => BinaryOp::Equal,
                    "ne" => BinaryOp::NotEqual,
                    "lt" => BinaryOp::Less,
                    "le" => BinaryOp::LessEqual,
                    "gt" => BinaryOp::Greater,
                    _ => BinaryOp::GreaterEqual,
                };
                let values = self.values([receiver, other])?;
                return self.compare(op, values[0], values[1], &ty, call.line).map(Operand::Value);
            }
            _ => {}
        }
        match &ty {
            Ty::Scalar(_) if name == "then" || name == "then_some" => self.bool_method(call),
            Ty::Scalar(scalar) => self.number_method(call, *scalar),
            Ty::Option(value) => self.option_method(call, value),
            Ty::Result(value, error) => self.result_method(call, value, error),
            Ty::Vec(_) | Ty::Array(..) => self.sequence_method(call, &ty),
            Ty::Iter(_) | Ty::Range(_) => self.iterator_method(call),
            Ty::BlockArray(_) => self.block_array_method(call),
            Ty::Context => self.context_method(call, generics),
            Ty::Named(id) | Ty::Message(id, _) => match self.get(*id) {
                Type::Cell { .. } => self.cell_method(call, *id),
                _ => self.known_method(call, &ty),
            },
            _ => Err(self.no_method(call, &ty)),
        }
    }

    pub(super) fn no_method(&self, call: Call<'_>, ty: &Ty) -> super::Stop {
        let message = format!("devices have no method `{}` on `{}`", call.name, self.linker.show(ty));
        self.stop(call.line, message)
    }

    /// Adapters of iterators, and `contains` of ranges.
    fn iterator_method(&mut self, call: Call<'_>) -> Lowered<Operand> {
        let ty = self.ty(call.receiver);
        let iter = match self.expr(call.receiver)? {
            Operand::Iter(iter) => *iter,
            _ => return Err(self.stop(call.line, "an iterator has to be used where it is made")),
        };
        let iter = match (call.name, call.arguments) {
            ("copied" | "cloned", _) => iter,
            ("rev", _) if iter.step.is_none() => Iter { reversed: !iter.reversed, ..iter },
            ("rev", _) => return Err(self.stop(call.line, "write `rev` before `step_by`")),
            ("enumerate", _) if !iter.reversed && iter.step.is_none() => Iter { enumerated: true, ..iter },
            ("enumerate", _) => {
                return Err(self.stop(call.line, "write `enumerate` before `rev` and `step_by`"));
            }
            ("step_by", [step]) if iter.step.is_none() => {
                let step = self.value(step)?;
                let step = self.frozen(step);
                Iter { step: Some(step), ..iter }
            }
            ("contains", [value]) => {
                let Over::Range { start, end, limits } = iter.over else {
                    return Err(self.no_method(call, &ty));
                };
                let held = [self.hold(start), self.hold(end)];
                let value = self.value(value)?;
                let (end, start) = (self.keep(held[1]), self.keep(held[0]));
                let last = match limits {
                    source::RangeLimits::Closed => BinaryOp::LessEqual,
                    source::RangeLimits::HalfOpen => BinaryOp::Less,
                };
                let above = self.binary(BinaryOp::GreaterEqual, value, start);
                let below = self.binary(last, value, end);
                return Ok(Operand::Value(self.binary(BinaryOp::And, above, below)));
            }
            _ => return Err(self.no_method(call, &ty)),
        };
        Ok(Operand::Iter(Box::new(iter)))
    }

    /// Everyday methods of the structs that every handler knows.
    fn known_method(&mut self, call: Call<'_>, ty: &Ty) -> Lowered<Operand> {
        let value = self.value(call.receiver)?;
        let fields = self.linker.field_types(ty).len() as u32;
        let result = match (call.name, call.arguments) {
            ("is_none" | "is_nil", []) => self.all_zero(value, fields),
            // The node that has issued a timestamp is no part of the time.
            ("is_zero", []) => self.all_zero(value, 2),
            ("to_bits", []) if fields == 1 => self.part(value, 0),
            ("to_bits", []) => {
                let value = self.once(value);
                let u64_ty = self.linker.scalar(crate::ir::Scalar::U64);
                let (low, high) = (self.part(value, 0), self.part(value, 1));
                let low = self.push(ExpressionKind::Cast(low), u64_ty);
                let high = self.push(ExpressionKind::Cast(high), u64_ty);
                let half = self.int(32, crate::ir::Scalar::U32);
                let high = self.binary(BinaryOp::ShiftLeft, high, half);
                self.binary(BinaryOp::BitOr, high, low)
            }
            ("or_request", [request]) => {
                let value = self.once(value);
                let request = self.value(request)?;
                let request = self.once(request);
                let nil = self.all_zero(value, fields);
                let mut parts = Vec::new();
                for number in 0..fields {
                    let (own, other) = (self.part(value, number), self.part(request, number));
                    parts.push(self.select(nil, other, own));
                }
                let id = self.id(ty);
                self.push(ExpressionKind::Compose(parts), id)
            }
            (name, []) => match self.linker.field_number(ty, name) {
                Some(number) => self.part(value, number as u32),
                None => return Err(self.no_method(call, ty)),
            },
            _ => return Err(self.no_method(call, ty)),
        };
        Ok(Operand::Value(result))
    }

    /// A struct that every handler knows, from one word.
    pub(super) fn of_bits(&mut self, bits: ExprId, ty: &Ty, line: u32) -> Lowered<Operand> {
        let id = self.id(ty);
        let parts = match self.linker.field_types(ty).as_slice() {
            [_] => vec![bits],
            [_, _] => {
                let bits = self.once(bits);
                let u32_ty = self.linker.scalar(crate::ir::Scalar::U32);
                let half = self.int(32, crate::ir::Scalar::U32);
                let high = self.binary(BinaryOp::ShiftRight, bits, half);
                let low = self.push(ExpressionKind::Cast(bits), u32_ty);
                vec![low, self.push(ExpressionKind::Cast(high), u32_ty)]
            }
            _ => return Err(self.stop(line, "this is not made from one word")),
        };
        Ok(Operand::Value(self.push(ExpressionKind::Compose(parts), id)))
    }

    /// The place that a method changes.
    pub(super) fn receiver_place(&mut self, call: Call<'_>) -> Lowered<crate::ir::Place> {
        match self.expr(call.receiver)? {
            Operand::Place(place) => Ok(self.frozen_place(place)),
            _ => Err(self.stop(call.line, format!("`{}` needs a variable that is `mut`", call.name))),
        }
    }
}
