//! Places: variables, fields, elements; writing to them, and names for them.

use super::{Base, Holds, Lowered, Lowerer, Operand, Sequence};
use crate::ir::{
    BinaryOp, ExprId, ExpressionKind, FaultKind, Literal, Place, Projection, Root, Statement, Type,
};
use crate::link::ty::Ty;
use crate::source::{Expr, ExprKind, RangeLimits, UnaryOp};

impl Lowerer<'_, '_> {
    pub(super) fn root(&self, root: Root, ty: crate::ir::TypeId, line: u32) -> Place {
        Place { root, projections: Vec::new(), ty, line: self.line(line) }
    }

    /// A field.
    pub(super) fn field(&mut self, of: &Expr, name: &str, line: u32) -> Lowered<Operand> {
        let ty = self.ty(of);
        let Some(number) = self.linker.field_number(&ty, name) else {
            let message = format!("`{}` has no field `{name}` that devices know", self.linker.show(&ty));
            return Err(self.stop(line, message));
        };
        let operand = self.expr(of)?;
        self.project(operand, number as u32, line)
    }

    /// A part of a struct or tuple, or the value of an option.
    pub(super) fn project(&mut self, operand: Operand, part: u32, line: u32) -> Lowered<Operand> {
        Ok(match operand {
            Operand::Place(mut place) => {
                place.ty = self.part_type(place.ty, part);
                place.projections.push(Projection::Part(part));
                Operand::Place(place)
            }
            operand => {
                let value = self.operand_value(operand, line)?;
                Operand::Value(self.part(value, part))
            }
        })
    }

    /// An element, or a slice.
    pub(super) fn indexed(&mut self, of: &Expr, index: &Expr, line: u32) -> Lowered<Operand> {
        let ty = self.ty(of);
        let operand = self.expr(of)?;
        if let ExprKind::Range(start, limits, end) = &index.kind {
            let sequence = self.sequence(operand, &ty, line)?;
            return self.slice(sequence, start.as_deref(), *limits, end.as_deref(), line);
        }
        if let (Operand::Value(array), Ty::Array(_, len)) = (&operand, &ty) {
            let array = *array;
            let held = self.hold(array);
            let index = self.value(index)?;
            let array = self.keep(held);
            if let ExpressionKind::Literal(Literal::Int(known)) = self.expressions[index.0 as usize].kind
                && (0..i128::from(*len)).contains(&known)
                && let Type::Array { element, .. } = self.get(self.type_of(array))
            {
                let element = *element;
                return Ok(Operand::Value(self.push(ExpressionKind::Element(array, known as u32), element)));
            }
            let sequence = self.sequence(Operand::Value(array), &ty, line)?;
            return self.element(&sequence, index, line).map(Operand::Place);
        }
        let sequence = self.sequence(operand, &ty, line)?;
        let index = self.value(index)?;
        self.element(&sequence, index, line).map(Operand::Place)
    }

    /// The elements of an array, slice or vector.
    pub(super) fn sequence(&mut self, operand: Operand, ty: &Ty, line: u32) -> Lowered<Sequence> {
        // An array may stand where a slice is expected: what it is tells, not what it is passed as.
        let of = match &operand {
            Operand::Place(place) => Some(place.ty),
            Operand::Value(value) => Some(self.type_of(*value)),
            _ => None,
        };
        let array = match of.map(|of| self.get(of)) {
            Some(Type::Array { element, len }) => Some((*element, i128::from(*len))),
            _ => None,
        };
        if let Some((element, len)) = array {
            let len = self.usize(len);
            let place = match operand {
                Operand::Place(place) => place,
                operand => {
                    let value = self.operand_value(operand, line)?;
                    let value = self.in_local(value);
                    let ExpressionKind::Local(local) = self.expressions[value.0 as usize].kind else {
                        return Err(self.stop(line, "this array is in no variable"));
                    };
                    self.root(Root::Local(local), self.type_of(value), line)
                }
            };
            return Ok(Sequence { base: Base::Array(place), start: None, len, element });
        }
        match (operand, ty) {
            (Operand::Sequence(sequence), _) => Ok(sequence),
            (operand, Ty::Vec(element)) => {
                let element = self.id(element);
                let vector = self.operand_value(operand, line)?;
                let len = self.len_of(vector);
                Ok(Sequence { base: Base::Vector(vector), start: None, len, element })
            }
            (_, ty) => {
                let message = format!("`{}` has no elements", self.linker.show(ty));
                Err(self.stop(line, message))
            }
        }
    }

    /// The place of an element.
    pub(super) fn element(&mut self, sequence: &Sequence, index: ExprId, line: u32) -> Lowered<Place> {
        let index = match sequence.start {
            None => index,
            Some(start) => {
                let index = self.once(index);
                let inside = self.binary(BinaryOp::Less, index, sequence.len);
                self.require(inside, FaultKind::IndexOutOfBounds, line);
                // Out of bounds it is the first element, if any, that is harmlessly read.
                self.binary(BinaryOp::Add, start, index)
            }
        };
        let mut place = match &sequence.base {
            Base::Array(place) => place.clone(),
            Base::Vector(vector) => self.root(Root::Vector(*vector), sequence.element, line),
        };
        place.projections.push(Projection::Index(index));
        place.ty = sequence.element;
        place.line = self.line(line);
        Ok(place)
    }

    fn slice(
        &mut self,
        of: Sequence,
        start: Option<&Expr>,
        limits: RangeLimits,
        end: Option<&Expr>,
        line: u32,
    ) -> Lowered<Operand> {
        let of = self.frozen_sequence(of);
        let whole = self.once(of.len);
        let first = match start {
            Some(start) => {
                let start = self.value(start)?;
                self.frozen(start)
            }
            None => self.usize(0),
        };
        let first = self.once(first);
        let last = match end {
            Some(end) => {
                let end = self.value(end)?;
                let end = self.once(end);
                if limits == RangeLimits::Closed {
                    let one = self.usize(1);
                    self.checked(crate::ir::CheckedOp::Add, end, one, line)
                } else {
                    end
                }
            }
            None => whole,
        };
        let last = self.once(last);
        let ordered = self.binary(BinaryOp::LessEqual, first, last);
        let inside = self.binary(BinaryOp::LessEqual, last, whole);
        let both = self.binary(BinaryOp::And, ordered, inside);
        let both = self.once(both);
        self.require(both, FaultKind::IndexOutOfBounds, line);
        let len = self.binary(BinaryOp::Subtract, last, first);
        let none = self.usize(0);
        let len = self.select(both, len, none);
        let len = self.once(len);
        let start = match of.start {
            Some(before) => self.binary(BinaryOp::Add, before, first),
            None => first,
        };
        let start = self.once(start);
        Ok(Operand::Sequence(Sequence { start: Some(start), len, ..of }))
    }

    /// The sequence as it is now, whatever is assigned to the variables in its indices later.
    pub(super) fn frozen_sequence(&mut self, sequence: Sequence) -> Sequence {
        let base = match sequence.base {
            Base::Array(place) => Base::Array(self.frozen_place(place)),
            Base::Vector(vector) => Base::Vector(self.frozen(vector)),
        };
        let start = sequence.start.map(|start| self.frozen(start));
        let len = match base {
            Base::Vector(vector) if sequence.start.is_none() => self.len_of(vector),
            _ => self.frozen(sequence.len),
        };
        Sequence { base, start, len, element: sequence.element }
    }

    /// The place as it is now, whatever is assigned to the variables in its indices later.
    pub(super) fn frozen_place(&mut self, mut place: Place) -> Place {
        if let Root::Vector(vector) = place.root {
            place.root = Root::Vector(self.frozen(vector));
        }
        for projection in &mut place.projections {
            if let Projection::Index(index) = projection {
                *index = self.frozen(*index);
            }
        }
        place
    }

    /// Binds a name to what a reference refers to.
    pub(super) fn name_reference(&mut self, name: &str, operand: Operand, holds: Holds) -> Lowered {
        let operand = match operand {
            Operand::Place(place) => {
                let place = self.frozen_place(place);
                let plain = matches!(self.get(place.ty), Type::Scalar(_) | Type::Enum { .. });
                if plain && holds == Holds::Reference {
                    let value = self.load(&place)?;
                    Operand::Value(self.once(value))
                } else {
                    Operand::Place(place)
                }
            }
            Operand::Value(value) if holds == Holds::MutableReference => {
                let local = self.changing(name, self.type_of(value));
                self.set(local, value);
                Operand::Place(self.root(Root::Local(local), self.type_of(value), 0))
            }
            Operand::Value(value) => Operand::Value(self.once(value)),
            Operand::Sequence(sequence) => Operand::Sequence(self.frozen_sequence(sequence)),
            other => other,
        };
        self.name(name, operand, holds);
        Ok(())
    }

    /// Rust checks an index where the reference is made, not where it is used.
    pub(super) fn check_bounds(&mut self, place: &Place) {
        let Some(mut ty) = self.root_type(place) else { return };
        for projection in &place.projections {
            let next = match (projection, self.get(ty)) {
                (Projection::Part(part), _) => self.part_type(ty, *part),
                (Projection::Index(index), Type::Array { element, len }) => {
                    let (element, len, index) = (*element, i128::from(*len), *index);
                    let len = self.usize(len);
                    self.bound(index, len, place.line);
                    element
                }
                (Projection::Index(index), Type::Vec(element)) => {
                    let (element, index) = (*element, *index);
                    if let Root::Vector(vector) = place.root {
                        let len = self.len_of(vector);
                        self.bound(index, len, place.line);
                    }
                    element
                }
                _ => return,
            };
            ty = next;
        }
    }

    fn bound(&mut self, index: ExprId, len: ExprId, line: u32) {
        if let (ExpressionKind::Literal(Literal::Int(index)), ExpressionKind::Literal(Literal::Int(len))) =
            (&self.expressions[index.0 as usize].kind, &self.expressions[len.0 as usize].kind)
            && index < len
        {
            return;
        }
        let inside = self.binary(BinaryOp::Less, index, len);
        self.emit(Statement::Require { condition: inside, kind: FaultKind::IndexOutOfBounds, line });
    }

    /// Writes to a place.
    pub(super) fn store(&mut self, place: Place, value: ExprId) -> Lowered {
        match place.root {
            Root::Message => {
                let message = "the message cannot be changed: take it as `mut`, or copy what changes";
                return Err(self.stop(place.line, message));
            }
            Root::Local(local) if place.projections.is_empty() => {
                self.set(local, value);
                return Ok(());
            }
            Root::Local(local) => self.writes.push(local),
            _ => {}
        }
        self.emit(Statement::Store { place, value });
        Ok(())
    }

    /// What stands on the left of an assignment.
    pub(super) fn target(&mut self, expr: &Expr) -> Lowered<Place> {
        if let ExprKind::Path(path) = &expr.kind
            && self.variable(&path.name).is_some_and(|variable| variable.holds != Holds::Value)
        {
            let message = format!(
                "the reference `{}` cannot refer to something else later: assign through `*{}`, or keep an index",
                path.name, path.name
            );
            return Err(self.stop(expr.line, message));
        }
        let inner = match &expr.kind {
            ExprKind::Unary(UnaryOp::Deref, inner) => inner,
            _ => expr,
        };
        match self.expr(inner)? {
            Operand::Place(place) => Ok(place),
            _ => Err(self.stop(expr.line, "this is no place that devices can assign to")),
        }
    }

    /// `place = value`.
    pub(super) fn assign(&mut self, place: &Expr, value: &Expr) -> Lowered {
        match &place.kind {
            ExprKind::Path(path) if path.name == "_" => {
                self.expr(value)?;
                Ok(())
            }
            ExprKind::Tuple(places) => {
                let values = self.value(value)?;
                let values = self.once(values);
                for (number, place) in places.iter().enumerate() {
                    if matches!(&place.kind, ExprKind::Path(path) if path.name == "_") {
                        continue;
                    }
                    let target = self.target(place)?;
                    let part = self.part(values, number as u32);
                    self.store(target, part)?;
                }
                Ok(())
            }
            _ => {
                let Some(value) = self.maybe_value(value)? else { return Ok(()) };
                let held = self.hold(value);
                let target = self.target(place)?;
                let value = self.keep(held);
                self.store(target, value)
            }
        }
    }

    /// Whether an expression is a reference to a place rather than a value.
    pub(super) fn holds(&self, expr: &Expr) -> Holds {
        match &expr.kind {
            ExprKind::Reference(true, _) => Holds::MutableReference,
            ExprKind::Reference(false, _) => Holds::Reference,
            ExprKind::Path(path) => self.variable(&path.name).map_or(Holds::Value, |variable| variable.holds),
            ExprKind::Method { name, .. } if name == "as_mut" => Holds::MutableReference,
            ExprKind::Method { name, .. } if name == "as_ref" || name == "as_slice" => Holds::Reference,
            _ => Holds::Value,
        }
    }
}
