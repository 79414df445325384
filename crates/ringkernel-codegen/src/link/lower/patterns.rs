//! Patterns: whether they take a value, and the names that they give to its parts.

use super::{Holds, Lowered, Lowerer, Operand};
use crate::ir::{BinaryOp, ExprId, ExpressionKind, LocalId, Root, Statement, Type};
use crate::link::infer::placed;
use crate::link::ty::Ty;
use crate::source::{Path, Pattern, PatternKind, RangeLimits};

impl Lowerer<'_, '_> {
    /// Whether a pattern takes the value; `None` where it always does.
    pub(super) fn test(&mut self, pattern: &Pattern, operand: &Operand) -> Lowered<Option<ExprId>> {
        let line = pattern.line;
        let ty = self.frame.typed.pattern(pattern);
        match &pattern.kind {
            PatternKind::Wildcard | PatternKind::Rest | PatternKind::Binding { inner: None, .. } => Ok(None),
            PatternKind::Binding { inner: Some(inner), .. } | PatternKind::Reference(inner) => {
                self.test(inner, operand)
            }
            PatternKind::Literal(negated, literal) => {
                let value = self.operand_value(operand.clone(), line)?;
                let literal = self.source_literal(*negated, literal, &ty, line)?;
                self.compare(BinaryOp::Equal, value, literal, &ty, line).map(Some)
            }
            PatternKind::Path(path) => self.test_path(path, operand, &ty, line),
            PatternKind::Range(start, limits, end) => {
                let value = self.operand_value(operand.clone(), line)?;
                let mut test = None;
                let last = if *limits == RangeLimits::Closed { BinaryOp::LessEqual } else { BinaryOp::Less };
                for (bound, op) in [(start, BinaryOp::GreaterEqual), (end, last)] {
                    if let Some(bound) = bound {
                        let bound = self.value(bound)?;
                        let inside = self.compare(op, value, bound, &ty, line)?;
                        test = self.both(test, Some(inside));
                    }
                }
                Ok(test)
            }
            PatternKind::Tuple(parts) | PatternKind::TupleStruct(_, parts) => {
                if let Some((matched, value)) = self.variant(pattern, operand)? {
                    let Some(part) = parts.first() else { return Ok(Some(matched)) };
                    let inner = self.test(part, &value)?;
                    return Ok(self.both(Some(matched), inner));
                }
                let len = self.parts_of(&ty);
                let mut test = None;
                for (part, number) in placed(parts, len) {
                    let of = self.project(operand.clone(), number as u32, line)?;
                    let inner = self.test(part, &of)?;
                    test = self.both(test, inner);
                }
                Ok(test)
            }
            PatternKind::Struct(_, fields) => {
                let mut test = None;
                for (name, part) in fields {
                    if let Some(number) = self.linker.field_number(&ty, name) {
                        let of = self.project(operand.clone(), number as u32, line)?;
                        let inner = self.test(part, &of)?;
                        test = self.both(test, inner);
                    }
                }
                Ok(test)
            }
            PatternKind::Or(alternatives) => {
                let mut test: Option<ExprId> = None;
                for alternative in alternatives {
                    let Some(inner) = self.test(alternative, operand)? else { return Ok(None) };
                    test = Some(match test {
                        Some(test) => self.binary(BinaryOp::Or, test, inner),
                        None => inner,
                    });
                }
                Ok(test)
            }
        }
    }

    fn both(&mut self, first: Option<ExprId>, second: Option<ExprId>) -> Option<ExprId> {
        match (first, second) {
            (Some(first), Some(second)) => Some(self.binary(BinaryOp::And, first, second)),
            (first, second) => first.or(second),
        }
    }

    fn parts_of(&self, ty: &Ty) -> usize {
        match ty {
            Ty::Tuple(parts) => parts.len(),
            ty => self.linker.field_types(ty).len(),
        }
    }

    fn test_path(&mut self, path: &Path, operand: &Operand, ty: &Ty, line: u32) -> Lowered<Option<ExprId>> {
        if path.name == "None" {
            let value = self.operand_value(operand.clone(), line)?;
            let some = self.is_some(value);
            return Ok(Some(self.not(some)));
        }
        if let (Ty::Named(id) | Ty::Message(id, _), false) = (ty, path.name.is_empty())
            && let Type::Struct(layout) = self.get(*id)
            && layout.fields.is_empty()
        {
            return Ok(None);
        }
        let constant = self.value_of_path(path, ty, line)?;
        let value = self.operand_value(operand.clone(), line)?;
        self.compare(BinaryOp::Equal, value, constant, ty, line).map(Some)
    }

    fn value_of_path(&mut self, path: &Path, ty: &Ty, line: u32) -> Lowered<ExprId> {
        let operand = self.path(path, ty, line)?;
        self.operand_value(operand, line)
    }

    /// For `Some(..)`, `Ok(..)` and `Err(..)`: whether it is that, and what is in it.
    fn variant(&mut self, pattern: &Pattern, operand: &Operand) -> Lowered<Option<(ExprId, Operand)>> {
        let PatternKind::TupleStruct(path, _) = &pattern.kind else { return Ok(None) };
        let ty = self.frame.typed.pattern(pattern);
        let (of, is_ok) = match (path.name.rsplit("::").next(), &ty) {
            (Some("Some"), Ty::Option(of)) => {
                let value = self.operand_value(operand.clone(), pattern.line)?;
                let matched = self.is_some(value);
                let inside = if **of == Ty::Unit {
                    Operand::Unit
                } else {
                    match operand {
                        Operand::Place(_) => self.project(operand.clone(), 0, pattern.line)?,
                        _ => Operand::Value(self.some_value(value)),
                    }
                };
                return Ok(Some((matched, inside)));
            }
            (Some("Ok"), Ty::Result(value, _)) => (value, true),
            (Some("Err"), Ty::Result(_, error)) => (error, false),
            _ => return Ok(None),
        };
        let value = self.operand_value(operand.clone(), pattern.line)?;
        let ok = self.is_ok(value);
        let matched = if is_ok { ok } else { self.not(ok) };
        let inside = match (&**of, is_ok) {
            (Ty::Unit, _) => Operand::Unit,
            (_, true) => Operand::Value(self.ok_value(value)),
            (_, false) => Operand::Value(self.err_value(value)),
        };
        Ok(Some((matched, inside)))
    }

    /// Gives names to the parts of a value that the pattern takes.
    pub(super) fn bind(&mut self, pattern: &Pattern, operand: Operand, holds: Holds) -> Lowered {
        let line = pattern.line;
        let ty = self.frame.typed.pattern(pattern);
        match &pattern.kind {
            PatternKind::Wildcard
            | PatternKind::Rest
            | PatternKind::Literal(..)
            | PatternKind::Path(_)
            | PatternKind::Range(..) => Ok(()),
            PatternKind::Binding { name, mutable, inner } => {
                if let Some(inner) = inner {
                    self.bind(inner, operand.clone(), holds)?;
                }
                self.bind_name(name, *mutable, operand, holds, line)
            }
            PatternKind::Reference(inner) => self.bind(inner, operand, Holds::Value),
            PatternKind::Tuple(parts) | PatternKind::TupleStruct(_, parts) => {
                if let Some((_, value)) = self.variant(pattern, &operand)? {
                    return parts.first().map_or(Ok(()), |part| self.bind(part, value, holds));
                }
                let len = self.parts_of(&ty);
                let operand = self.shared(operand);
                for (part, number) in placed(parts, len) {
                    if matches!(part.kind, PatternKind::Wildcard) {
                        continue;
                    }
                    let of = self.project(operand.clone(), number as u32, line)?;
                    self.bind(part, of, holds)?;
                }
                Ok(())
            }
            PatternKind::Struct(_, fields) => {
                let operand = self.shared(operand);
                for (name, part) in fields {
                    if let Some(number) = self.linker.field_number(&ty, name) {
                        let of = self.project(operand.clone(), number as u32, line)?;
                        self.bind(part, of, holds)?;
                    }
                }
                Ok(())
            }
            PatternKind::Or(alternatives) => self.bind_or(alternatives, &operand, holds),
        }
    }

    /// A value that several parts are taken from.
    fn shared(&mut self, operand: Operand) -> Operand {
        match operand {
            Operand::Value(value)
                if !matches!(self.expressions[value.0 as usize].kind, ExpressionKind::Compose(_)) =>
            {
                Operand::Value(self.once(value))
            }
            other => other,
        }
    }

    fn bind_name(&mut self, name: &str, mutable: bool, operand: Operand, holds: Holds, line: u32) -> Lowered {
        let operand = match operand {
            Operand::Place(place) if holds != Holds::Value || self.linker.has_cells(place.ty) => {
                let holds = if holds == Holds::Value { Holds::Reference } else { holds };
                return self.name_reference(name, Operand::Place(place), holds);
            }
            Operand::Value(value) if holds != Holds::MutableReference => Operand::Value(value),
            Operand::Place(place) => Operand::Value(self.load(&place)?),
            Operand::Sequence(_) | Operand::Value(_) => return self.name_reference(name, operand, holds),
            other => {
                self.name(name, other, holds);
                return Ok(());
            }
        };
        let value = self.operand_value(operand, line)?;
        if mutable {
            let local = self.changing(name, self.type_of(value));
            self.set(local, value);
            let place = self.root(Root::Local(local), self.type_of(value), line);
            self.name(name, Operand::Place(place), Holds::Value);
            return Ok(());
        }
        let value = self.named_once(name, value);
        self.name(name, Operand::Value(value), holds);
        Ok(())
    }

    /// As `once`, under a name of the source.
    fn named_once(&mut self, name: &str, value: ExprId) -> ExprId {
        match self.expressions[value.0 as usize].kind {
            ExpressionKind::Literal(_) => value,
            ExpressionKind::Local(LocalId(local)) if !self.locals[local as usize].mutable => {
                let known = &mut self.locals[local as usize].name;
                if known.is_empty() {
                    name.clone_into(known);
                }
                value
            }
            _ => {
                let local = self.new_local(name, self.type_of(value), false);
                self.set(local, value);
                self.local(local)
            }
        }
    }

    /// Names that stand in each of several patterns.
    fn bind_or(&mut self, alternatives: &[Pattern], operand: &Operand, holds: Holds) -> Lowered {
        let Some(first) = alternatives.first() else { return Ok(()) };
        let mut names = Vec::new();
        self.names_of(first, &mut names);
        if names.is_empty() {
            return Ok(());
        }
        if holds == Holds::MutableReference {
            return Err(self.stop(first.line, "`|` cannot bind names to references: write two arms"));
        }
        let locals: Vec<(String, LocalId)> =
            names.into_iter().map(|(name, ty)| (name.clone(), self.changing(&name, ty))).collect();
        self.bind_alternatives(alternatives, operand, &locals)?;
        for (name, local) in locals {
            let place = self.root(Root::Local(local), self.locals[local.0 as usize].ty, first.line);
            self.name(&name, Operand::Place(place), Holds::Value);
        }
        Ok(())
    }

    fn bind_alternatives(
        &mut self,
        alternatives: &[Pattern],
        operand: &Operand,
        locals: &[(String, LocalId)],
    ) -> Lowered {
        let Some((pattern, rest)) = alternatives.split_first() else { return Ok(()) };
        let set = |this: &mut Self| {
            this.bind(pattern, operand.clone(), Holds::Value)?;
            for (name, local) in locals {
                if let Some(bound) = this.variable(name).map(|variable| variable.operand.clone()) {
                    let value = this.operand_value(bound, pattern.line)?;
                    this.set(*local, value);
                }
            }
            Ok(())
        };
        if rest.is_empty() {
            return self.scoped(set);
        }
        let condition = match self.test(pattern, operand)? {
            Some(condition) => condition,
            None => self.bool(true),
        };
        let (accept, _) = self.inside(set)?;
        let (reject, _) = self.inside(|this| this.bind_alternatives(rest, operand, locals))?;
        self.emit(Statement::If { condition, accept, reject, meets: false, line: pattern.line });
        Ok(())
    }

    /// The names that a pattern binds, and their types.
    fn names_of(&mut self, pattern: &Pattern, names: &mut Vec<(String, crate::ir::TypeId)>) {
        match &pattern.kind {
            PatternKind::Binding { name, inner, .. } => {
                let ty = self.frame.typed.pattern(pattern);
                names.push((name.clone(), self.id(&ty)));
                if let Some(inner) = inner {
                    self.names_of(inner, names);
                }
            }
            PatternKind::Reference(inner) => self.names_of(inner, names),
            PatternKind::Tuple(parts) | PatternKind::TupleStruct(_, parts) => {
                parts.iter().for_each(|part| self.names_of(part, names));
            }
            PatternKind::Struct(_, fields) => fields.iter().for_each(|(_, part)| self.names_of(part, names)),
            PatternKind::Or(alternatives) => {
                if let Some(first) = alternatives.first() {
                    self.names_of(first, names);
                }
            }
            _ => {}
        }
    }
}
