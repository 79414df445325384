//! Expressions in the making, locals, and how long a value of a variable is good.

use super::{Lowered, Lowerer, Operand};
use crate::ir::{
    BinaryOp, ExprId, Expression, ExpressionKind, FaultKind, Literal, Local, LocalId, MathFunction, Place,
    Root, Scalar, Statement, Type, TypeId, UnaryOp,
};
use crate::source::Expr;

/// A value that is held while something else is lowered.
#[derive(Debug, Clone, Copy)]
pub(super) struct Held {
    pub(super) value: ExprId,
    /// Where in the block a copy would have to stand.
    at: usize,
    /// Writes so far.
    writes: usize,
}

impl Lowerer<'_, '_> {
    pub(super) fn push(&mut self, kind: ExpressionKind, ty: TypeId) -> ExprId {
        self.expressions.push(Expression { kind, ty });
        ExprId(self.expressions.len() as u32 - 1)
    }

    pub(super) fn literal(&mut self, literal: Literal, scalar: Scalar) -> ExprId {
        let ty = self.linker.scalar(scalar);
        self.push(ExpressionKind::Literal(literal), ty)
    }

    pub(super) fn int(&mut self, value: i128, scalar: Scalar) -> ExprId {
        self.literal(Literal::Int(value), scalar)
    }

    pub(super) fn usize(&mut self, value: i128) -> ExprId {
        self.int(value, Scalar::Usize)
    }

    pub(super) fn bool(&mut self, value: bool) -> ExprId {
        self.literal(Literal::Bool(value), Scalar::Bool)
    }

    pub(super) fn zero(&mut self, ty: TypeId) -> ExprId {
        self.push(ExpressionKind::Zero, ty)
    }

    pub(super) fn local(&mut self, local: LocalId) -> ExprId {
        let ty = self.locals[local.0 as usize].ty;
        self.push(ExpressionKind::Local(local), ty)
    }

    /// Two operands of one type.
    pub(super) fn binary(&mut self, op: BinaryOp, left: ExprId, right: ExprId) -> ExprId {
        let ty = match op {
            BinaryOp::Equal
            | BinaryOp::NotEqual
            | BinaryOp::Less
            | BinaryOp::LessEqual
            | BinaryOp::Greater
            | BinaryOp::GreaterEqual
            | BinaryOp::And
            | BinaryOp::Or => self.linker.scalar(Scalar::Bool),
            _ => self.type_of(left),
        };
        self.push(ExpressionKind::Binary(op, left, right), ty)
    }

    pub(super) fn unary(&mut self, op: UnaryOp, operand: ExprId) -> ExprId {
        let ty = self.type_of(operand);
        self.push(ExpressionKind::Unary(op, operand), ty)
    }

    pub(super) fn not(&mut self, condition: ExprId) -> ExprId {
        self.unary(UnaryOp::Not, condition)
    }

    pub(super) fn math(&mut self, function: MathFunction, operands: &[ExprId], result: Scalar) -> ExprId {
        let ty = self.linker.scalar(result);
        self.push(ExpressionKind::Math(function, operands.to_vec()), ty)
    }

    pub(super) fn select(&mut self, condition: ExprId, accept: ExprId, reject: ExprId) -> ExprId {
        let ty = self.type_of(accept);
        self.push(ExpressionKind::Select(condition, accept, reject), ty)
    }

    /// A part of a struct or tuple, or the value of an option.
    pub(super) fn part(&mut self, of: ExprId, part: u32) -> ExprId {
        if let ExpressionKind::Compose(parts) = &self.expressions[of.0 as usize].kind {
            return parts[part as usize];
        }
        let ty = self.part_type(self.type_of(of), part);
        if self.expressions[of.0 as usize].kind == ExpressionKind::Zero {
            return self.zero(ty);
        }
        let kind = match self.get(self.type_of(of)) {
            Type::Option(_) => ExpressionKind::SomeValue(of),
            _ => ExpressionKind::Part(of, part),
        };
        self.push(kind, ty)
    }

    pub(super) fn part_type(&self, of: TypeId, part: u32) -> TypeId {
        match self.get(of) {
            Type::Struct(layout) => layout.fields[part as usize].ty,
            Type::Tuple(parts) => parts[part as usize],
            Type::Option(value) => *value,
            _ => of,
        }
    }

    pub(super) fn len_of(&mut self, vector: ExprId) -> ExprId {
        let ty = self.linker.scalar(Scalar::Usize);
        self.push(ExpressionKind::Len(vector), ty)
    }

    pub(super) fn scalar_of(&self, expr: ExprId) -> Option<Scalar> {
        match self.get(self.type_of(expr)) {
            Type::Scalar(scalar) => Some(*scalar),
            _ => None,
        }
    }

    /// A local that is set once.
    pub(super) fn temporary(&mut self, ty: TypeId) -> LocalId {
        self.new_local("", ty, false)
    }

    /// A local that is set several times.
    pub(super) fn changing(&mut self, name: &str, ty: TypeId) -> LocalId {
        self.new_local(name, ty, true)
    }

    pub(super) fn new_local(&mut self, name: &str, ty: TypeId, mutable: bool) -> LocalId {
        self.locals.push(Local { name: name.to_owned(), ty, mutable });
        LocalId(self.locals.len() as u32 - 1)
    }

    /// Gives a local a value.
    pub(super) fn set(&mut self, local: LocalId, value: ExprId) {
        if self.locals[local.0 as usize].mutable {
            self.writes.push(local);
        }
        self.emit(Statement::Set { local, value });
    }

    /// The value under a name of its own, so that it can be used several times. What is one already stays.
    pub(super) fn once(&mut self, value: ExprId) -> ExprId {
        match self.expressions[value.0 as usize].kind {
            ExpressionKind::Literal(_) | ExpressionKind::Zero => value,
            _ => self.in_local(value),
        }
    }

    /// The value in a local that does not change.
    pub(super) fn in_local(&mut self, value: ExprId) -> ExprId {
        match self.expressions[value.0 as usize].kind {
            ExpressionKind::Local(local) if !self.locals[local.0 as usize].mutable => value,
            _ => {
                let local = self.temporary(self.type_of(value));
                self.set(local, value);
                self.local(local)
            }
        }
    }

    /// The value as it is now, whatever is assigned later.
    pub(super) fn frozen(&mut self, value: ExprId) -> ExprId {
        if self.mentions(value, &|this, local| this.locals[local.0 as usize].mutable) {
            self.once(value)
        } else {
            value
        }
    }

    /// Holds a value while something else is lowered.
    pub(super) fn hold(&self, value: ExprId) -> Held {
        Held { value, at: self.block.len(), writes: self.writes.len() }
    }

    /// The value that was held: a copy made in time if a variable in it has been set since.
    pub(super) fn keep(&mut self, held: Held) -> ExprId {
        let written = self.writes[held.writes..].to_vec();
        if written.is_empty() || !self.mentions(held.value, &|_, local| written.contains(&local)) {
            return held.value;
        }
        let local = self.temporary(self.type_of(held.value));
        self.block.insert(held.at, Statement::Set { local, value: held.value });
        self.local(local)
    }

    fn mentions(&self, value: ExprId, which: &dyn Fn(&Self, LocalId) -> bool) -> bool {
        use ExpressionKind as E;
        let any = |parts: &[ExprId]| parts.iter().any(|part| self.mentions(*part, which));
        match &self.expressions[value.0 as usize].kind {
            E::Local(local) => which(self, *local),
            E::Literal(_) | E::Zero | E::Some(None) | E::Ok(None) | E::Err(None) => false,
            E::Unary(_, a)
            | E::Cast(a)
            | E::Bitcast(a)
            | E::Repeat(a)
            | E::Part(a, _)
            | E::Element(a, _)
            | E::Some(Some(a))
            | E::IsSome(a)
            | E::SomeValue(a)
            | E::Ok(Some(a))
            | E::Err(Some(a))
            | E::IsOk(a)
            | E::OkValue(a)
            | E::ErrValue(a)
            | E::Len(a) => any(&[*a]),
            E::Binary(_, a, b) => any(&[*a, *b]),
            E::Select(a, b, c) => any(&[*a, *b, *c]),
            E::Math(_, parts) | E::Compose(parts) => any(parts),
        }
    }

    /// The value of an expression.
    pub(super) fn value(&mut self, expr: &Expr) -> Lowered<ExprId> {
        let operand = self.expr(expr)?;
        self.operand_value(operand, expr.line)
    }

    /// The values of expressions, computed in order.
    pub(super) fn values<'e>(&mut self, exprs: impl IntoIterator<Item = &'e Expr>) -> Lowered<Vec<ExprId>> {
        let mut held = Vec::new();
        for expr in exprs {
            let value = self.value(expr)?;
            held.push(self.hold(value));
        }
        // From the last, so that what is inserted moves nothing that is looked at later.
        let mut values: Vec<ExprId> = Vec::new();
        for held in held.into_iter().rev() {
            values.push(self.keep(held));
        }
        values.reverse();
        Ok(values)
    }

    /// The value of an expression that may be `()`.
    pub(super) fn maybe_value(&mut self, expr: &Expr) -> Lowered<Option<ExprId>> {
        match self.expr(expr)? {
            Operand::Unit => Ok(None),
            operand => self.operand_value(operand, expr.line).map(Some),
        }
    }

    pub(super) fn operand_value(&mut self, operand: Operand, line: u32) -> Lowered<ExprId> {
        let message = match operand {
            Operand::Value(value) => return Ok(value),
            Operand::Place(place) => return self.load(&place),
            Operand::Unit => "`()` cannot be kept as a value on devices",
            Operand::Sequence(_) => "a slice cannot be kept as a value: pass it on or index it here",
            Operand::BlockArray { .. } => "a block array cannot be kept as a value: pass it on by reference",
            Operand::Iter(_) => "an iterator cannot be kept as a value: use it in a `for` loop",
            Operand::Text(_) => "a text can only name a kernel or a barrier",
            Operand::Context => "the context cannot be kept as a value",
        };
        Err(self.stop(line, message))
    }

    /// Reads a place.
    pub(super) fn load(&mut self, place: &Place) -> Lowered<ExprId> {
        use crate::ir::Projection::Part;
        if self.linker.has_cells(place.ty) {
            return Err(self.stop(place.line, "cells cannot be copied: read them with `get` or `load`"));
        }
        if let Root::Local(local) = place.root
            && place.projections.iter().all(|projection| matches!(projection, Part(_)))
        {
            let mut value = self.local(local);
            for projection in &place.projections {
                if let Part(part) = projection {
                    value = self.part(value, *part);
                }
            }
            return Ok(value);
        }
        if let (Root::Vector(vector), []) = (place.root, place.projections.as_slice()) {
            return Ok(vector);
        }
        let local = self.temporary(place.ty);
        self.emit(Statement::Load { local, place: place.clone() });
        Ok(self.local(local))
    }

    /// Faults unless the condition holds.
    pub(super) fn require(&mut self, condition: ExprId, kind: FaultKind, line: u32) {
        let line = self.line(line);
        self.emit(Statement::Require { condition, kind, line });
    }
}
