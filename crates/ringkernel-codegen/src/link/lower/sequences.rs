//! Methods of arrays, slices and vectors.

use super::methods::Call;
use super::{Holds, Iter, Lowered, Lowerer, Operand, Over, Sequence};
use crate::ir::{BinaryOp, ExprId, ExpressionKind, Root, Statement, TypeId};
use crate::link::ty::Ty;
use crate::source::Expr;

impl Lowerer<'_, '_> {
    /// A new vector, empty.
    pub(super) fn new_vec(&mut self, ty: TypeId, capacity: ExprId, line: u32) -> ExprId {
        let local = self.temporary(ty);
        let line = self.line(line);
        self.emit(Statement::VecNew { local, capacity, line });
        self.local(local)
    }

    /// A new vector that is going to be pushed to.
    fn growing(&mut self, ty: TypeId, capacity: ExprId, line: u32) -> crate::ir::LocalId {
        let new = self.new_vec(ty, capacity, line);
        let local = self.changing("", ty);
        self.set(local, new);
        local
    }

    fn push_to(&mut self, local: crate::ir::LocalId, value: ExprId, line: u32) {
        let vector = self.root(Root::Local(local), self.locals[local.0 as usize].ty, line);
        self.writes.push(local);
        let line = self.line(line);
        self.emit(Statement::VecPush { vector, value, line });
    }

    /// `vec![a, b]`.
    pub(super) fn vec_of(&mut self, expr: &Expr, elements: &[Expr]) -> Lowered<ExprId> {
        let values = self.values(elements)?;
        let ty = self.typed_id(expr);
        let capacity = self.usize(values.len() as i128);
        let local = self.growing(ty, capacity, expr.line);
        for value in values {
            self.push_to(local, value, expr.line);
        }
        Ok(self.local(local))
    }

    /// `vec![value; len]`.
    pub(super) fn vec_repeat(&mut self, expr: &Expr, value: &Expr, len: &Expr) -> Lowered<ExprId> {
        let values = self.values([value, len])?;
        let (value, len) = (self.once(values[0]), self.once(values[1]));
        let ty = self.typed_id(expr);
        let local = self.growing(ty, len, expr.line);
        let over =
            Over::Range { start: self.usize(0), end: len, limits: crate::source::RangeLimits::HalfOpen };
        let iter = Iter { over, reversed: false, step: None, enumerated: false, mutable: false };
        self.iterate(None, iter, expr.line, &mut |this, _| {
            this.push_to(local, value, expr.line);
            Ok(())
        })?;
        Ok(self.local(local))
    }

    /// A copy of a sequence as a vector of its own.
    pub(super) fn copied(&mut self, of: &Expr, line: u32) -> Lowered<Operand> {
        let ty = self.ty(of);
        let operand = self.expr(of)?;
        let sequence = self.sequence(operand, &ty, line)?;
        let sequence = self.frozen_sequence(sequence);
        let id = self.linker.module.types.intern(crate::ir::Type::Vec(sequence.element));
        let local = self.growing(id, sequence.len, line);
        self.append(local, sequence, line)?;
        Ok(Operand::Value(self.local(local)))
    }

    fn append(&mut self, local: crate::ir::LocalId, sequence: Sequence, line: u32) -> Lowered {
        let over = Over::Sequence(sequence);
        let iter = Iter { over, reversed: false, step: None, enumerated: false, mutable: false };
        self.iterate(None, iter, line, &mut |this, item| {
            let value = this.operand_value(item.element, line)?;
            this.push_to(local, value, line);
            Ok(())
        })
    }

    pub(super) fn sequence_method(&mut self, call: Call<'_>, ty: &Ty) -> Lowered<Operand> {
        let line = call.line;
        match (call.name, call.arguments) {
            ("push", [value]) => {
                let place = self.receiver_place(call)?;
                let value = self.value(value)?;
                self.wrote(&place);
                let line = self.line(line);
                self.emit(Statement::VecPush { vector: place, value, line });
                return Ok(Operand::Unit);
            }
            ("pop", []) => {
                let place = self.receiver_place(call)?;
                let result = self.typed_id(call.expr);
                let local = self.temporary(result);
                self.wrote(&place);
                self.emit(Statement::VecPop { vector: place, local });
                return Ok(Operand::Value(self.local(local)));
            }
            ("truncate", [len]) => {
                let place = self.receiver_place(call)?;
                let len = self.value(len)?;
                self.wrote(&place);
                self.emit(Statement::VecTruncate { vector: place, len });
                return Ok(Operand::Unit);
            }
            ("clear", []) => {
                let place = self.receiver_place(call)?;
                let len = self.usize(0);
                self.wrote(&place);
                self.emit(Statement::VecTruncate { vector: place, len });
                return Ok(Operand::Unit);
            }
            ("extend_from_slice", [more]) => return self.extend(call, more),
            ("to_vec", []) => return self.copied(call.receiver, line),
            _ => {}
        }
        let holds = self.holds(call.receiver);
        let operand = self.expr(call.receiver)?;
        let sequence = self.sequence(operand, ty, line)?;
        self.read_method(call, ty, sequence, holds)
    }

    /// Notes that a place has been written to by other means than `store`.
    pub(super) fn wrote(&mut self, place: &crate::ir::Place) {
        if let Root::Local(local) = place.root {
            self.writes.push(local);
        }
    }

    fn extend(&mut self, call: Call<'_>, more: &Expr) -> Lowered<Operand> {
        let line = call.line;
        let place = self.receiver_place(call)?;
        let ty = self.ty(more);
        let operand = self.expr(more)?;
        let sequence = self.sequence(operand, &ty, line)?;
        let iter = Iter {
            over: Over::Sequence(sequence),
            reversed: false,
            step: None,
            enumerated: false,
            mutable: false,
        };
        self.iterate(None, iter, line, &mut |this, item| {
            let value = this.operand_value(item.element, line)?;
            this.wrote(&place);
            let line = this.line(line);
            this.emit(Statement::VecPush { vector: place.clone(), value, line });
            Ok(())
        })?;
        Ok(Operand::Unit)
    }

    fn read_method(&mut self, call: Call<'_>, ty: &Ty, sequence: Sequence, holds: Holds) -> Lowered<Operand> {
        let line = call.line;
        match (call.name, call.arguments) {
            ("len", []) => Ok(Operand::Value(sequence.len)),
            ("is_empty", []) => {
                let none = self.usize(0);
                Ok(Operand::Value(self.binary(BinaryOp::Equal, sequence.len, none)))
            }
            ("as_slice" | "as_mut_slice", []) => Ok(Operand::Sequence(sequence)),
            ("iter" | "iter_mut" | "into_iter", []) => {
                let mutable =
                    call.name == "iter_mut" || call.name == "into_iter" && holds == Holds::MutableReference;
                let over = Over::Sequence(self.frozen_sequence(sequence));
                let iter = Iter { over, reversed: false, step: None, enumerated: false, mutable };
                Ok(Operand::Iter(Box::new(iter)))
            }
            ("get", [index]) => {
                let sequence = self.frozen_sequence(sequence);
                let index = self.value(index)?;
                self.element_or_none(call, &sequence, index)
            }
            ("first", []) => {
                let sequence = self.frozen_sequence(sequence);
                let index = self.usize(0);
                self.element_or_none(call, &sequence, index)
            }
            ("last", []) => {
                let sequence = self.frozen_sequence(sequence);
                let one = self.usize(1);
                // Below zero where there is none, which no length is above.
                let index = self.math(
                    crate::ir::MathFunction::SaturatingSubtract,
                    &[sequence.len, one],
                    crate::ir::Scalar::Usize,
                );
                self.element_or_none(call, &sequence, index)
            }
            ("contains", [value]) => self.contains(sequence, value, line),
            ("swap", [a, b]) => {
                let sequence = self.frozen_sequence(sequence);
                let indices = self.values([a, b])?;
                let (a, b) = (self.frozen(indices[0]), self.frozen(indices[1]));
                let first = self.element(&sequence, a, line)?;
                let second = self.element(&sequence, b, line)?;
                let (one, other) = (self.load(&first)?, self.load(&second)?);
                let (one, other) = (self.once(one), self.once(other));
                self.store(first, other)?;
                self.store(second, one)?;
                Ok(Operand::Unit)
            }
            ("fill", [value]) => {
                let sequence = self.frozen_sequence(sequence);
                let value = self.value(value)?;
                let value = self.once(value);
                let iter = Iter {
                    over: Over::Sequence(sequence),
                    reversed: false,
                    step: None,
                    enumerated: false,
                    mutable: true,
                };
                self.iterate(None, iter, line, &mut |this, item| match item.element {
                    Operand::Place(place) => this.store(place, value),
                    _ => Ok(()),
                })?;
                Ok(Operand::Unit)
            }
            _ => Err(self.no_method(call, ty)),
        }
    }

    fn element_or_none(&mut self, call: Call<'_>, sequence: &Sequence, index: ExprId) -> Lowered<Operand> {
        let line = call.line;
        let index = self.once(index);
        let ty = self.ty(call.expr);
        let id = self.id(&ty);
        let inside = self.binary(BinaryOp::Less, index, sequence.len);
        let inside = self.once(inside);
        let none = Operand::Value(self.zero(id));
        let mut accept = |this: &mut Self| {
            let at = match sequence.start {
                Some(start) => this.binary(BinaryOp::Add, start, index),
                None => index,
            };
            let whole = Sequence { start: None, ..sequence.clone() };
            let place = this.element(&whole, at, line)?;
            let value = this.load(&place)?;
            Ok(Operand::Value(this.push(ExpressionKind::Some(Some(value)), id)))
        };
        self.choose(inside, &ty, &mut accept, &mut |_| Ok(none.clone()), line)
    }

    fn contains(&mut self, sequence: Sequence, value: &Expr, line: u32) -> Lowered<Operand> {
        let sequence = self.frozen_sequence(sequence);
        let ty = self.ty(value);
        let value = self.value(value)?;
        let value = self.once(value);
        let bool_ty = self.linker.scalar(crate::ir::Scalar::Bool);
        let found = self.changing("", bool_ty);
        let no = self.bool(false);
        self.set(found, no);
        let over = Over::Sequence(sequence);
        let iter = Iter { over, reversed: false, step: None, enumerated: false, mutable: false };
        self.iterate(None, iter, line, &mut |this, item| {
            let element = this.operand_value(item.element, line)?;
            let same = this.compare(BinaryOp::Equal, element, value, &ty, line)?;
            let (accept, _) = this.inside(|this| {
                let yes = this.bool(true);
                this.set(found, yes);
                Ok(())
            })?;
            this.emit(Statement::If { condition: same, accept, reject: Vec::new(), meets: false, line });
            Ok(())
        })?;
        Ok(Operand::Value(self.local(found)))
    }
}
