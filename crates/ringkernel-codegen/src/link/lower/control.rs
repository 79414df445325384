//! Control flow.

use super::branches::chain;
use super::{Lowered, Lowerer, Operand, Stop, Target};
use crate::ir::{ExprId, LocalId, Statement, Type};
use crate::link::ty::Ty;
use crate::source;
use crate::source::{Block, Expr, ExprKind, Pattern, PatternKind};

/// What is lowered inside of a branch.
pub(super) type Inside<'f, 'l, 'a> = &'f mut dyn FnMut(&mut Lowerer<'l, 'a>) -> Lowered;

impl<'l, 'a> Lowerer<'l, 'a> {
    pub(super) fn control(&mut self, expr: &Expr) -> Lowered<Operand> {
        let line = expr.line;
        match &expr.kind {
            ExprKind::If(condition, accept, reject) => {
                let result = self.result_of(expr);
                let mut accepted = |this: &mut Self| this.block_into(accept, result);
                let links = chain(condition);
                match reject {
                    Some(reject) => {
                        let mut rejected = |this: &mut Self| this.expr_into(reject, result);
                        self.branch(&links, &mut accepted, Some(&mut rejected))?;
                    }
                    None => self.branch(&links, &mut accepted, None)?,
                }
                Ok(self.taken(result))
            }
            ExprKind::Match(value, arms) => self.matched(expr, value, arms),
            ExprKind::While(label, condition, body) => {
                self.while_loop(label.as_deref(), condition, body)?;
                Ok(Operand::Unit)
            }
            ExprKind::Loop(name, body) => {
                let result = self.result_of(expr);
                let (label, block, _, left) =
                    self.repeated(name.as_deref(), result, &mut |this| this.block(body).map(|_| ()))?;
                self.emit(Statement::Loop { label, body: block, meets: false });
                if left { Ok(self.result_value(result)) } else { Err(Stop::Diverges) }
            }
            ExprKind::For(label, pattern, over, body) => {
                self.for_loop(label.as_deref(), pattern, over, body)?;
                Ok(Operand::Unit)
            }
            ExprKind::Block(None, block) => self.block(block),
            ExprKind::Block(Some(name), block) => {
                let result = self.result_of(expr);
                let label = self.label();
                let target = Target { name: Some(name.clone()), is_loop: false, label, result, left: false };
                self.frame.targets.push(target);
                let inside = self.inside(|this| this.block_into(block, result));
                let left = self.frame.targets.pop().is_some_and(|target| target.left);
                let (inside, end) = inside?;
                self.leavable(label, inside, end.is_some(), left)?;
                Ok(self.result_value(result))
            }
            ExprKind::Break(name, value) => {
                let wanted = |target: &Target| match name {
                    Some(name) => target.name.as_ref() == Some(name),
                    None => target.is_loop,
                };
                let Some(index) = self.frame.targets.iter().rposition(wanted) else {
                    return Err(self.stop(line, "`break` outside of a loop"));
                };
                self.frame.targets[index].left = true;
                let (label, result) = (self.frame.targets[index].label, self.frame.targets[index].result);
                if let Some(value) = value {
                    self.expr_into(value, result)?;
                }
                self.emit(Statement::Break { label });
                Err(Stop::Diverges)
            }
            ExprKind::Continue(name) => {
                let wanted = |target: &&Target| match name {
                    Some(name) => target.name.as_ref() == Some(name),
                    None => target.is_loop,
                };
                let Some(label) = self.frame.targets.iter().rev().find(wanted).map(|target| target.label)
                else {
                    return Err(self.stop(line, "`continue` outside of a loop"));
                };
                self.emit(Statement::Continue { label });
                Err(Stop::Diverges)
            }
            ExprKind::Return(value) => {
                let value = match value {
                    Some(value) => self.maybe_value(value)?,
                    None => None,
                };
                self.leave(value);
                Err(Stop::Diverges)
            }
            ExprKind::Let(..) => {
                Err(self.stop(line, "`let` can only stand in the condition of `if` and `while`"))
            }
            _ => Err(self.stop(line, "devices cannot run this expression")),
        }
    }

    /// Leaves the function, or the block that it is expanded to.
    pub(super) fn leave(&mut self, value: Option<ExprId>) {
        let Some(target) = &mut self.frame.leave else {
            self.emit(Statement::Return { value });
            return;
        };
        target.left = true;
        let (label, result) = (target.label, target.result);
        if let (Some(result), Some(value)) = (result, value) {
            self.set(result, value);
        }
        self.emit(Statement::Break { label });
    }

    /// What is left by `Break`, or, where nothing leaves it, its statements alone.
    pub(super) fn leavable(
        &mut self,
        label: u32,
        mut inside: crate::ir::Block,
        ends: bool,
        left: bool,
    ) -> Lowered {
        if left {
            if ends {
                inside.push(Statement::Break { label });
            }
            self.emit(Statement::Loop { label, body: inside, meets: false });
            return Ok(());
        }
        self.block.extend(inside);
        if ends { Ok(()) } else { Err(Stop::Diverges) }
    }

    /// A local for the value of an expression that is computed in several ways; `None` where it has no value.
    pub(super) fn result_of(&mut self, expr: &Expr) -> Option<LocalId> {
        let ty = self.ty(expr);
        self.result_local(&ty)
    }

    pub(super) fn result_local(&mut self, ty: &Ty) -> Option<LocalId> {
        let id = match ty {
            Ty::Unit | Ty::Never | Ty::Var(_) => return None,
            ty => self.id(ty),
        };
        (*self.get(id) != Type::Unit).then(|| self.changing("", id))
    }

    pub(super) fn result_value(&mut self, result: Option<LocalId>) -> Operand {
        result.map_or(Operand::Unit, |local| Operand::Value(self.local(local)))
    }

    /// The value of an `if` whose two ways have just been emitted: a pure choice where both are pure.
    pub(super) fn taken(&mut self, result: Option<LocalId>) -> Operand {
        let Some(local) = result else { return Operand::Unit };
        let scalar =
            matches!(self.get(self.locals[local.0 as usize].ty), Type::Scalar(_) | Type::Enum { .. });
        if let (true, Some(Statement::If { condition, accept, reject, .. })) = (scalar, self.block.last())
            && let [Statement::Set { local: first, value: accept }] = accept.as_slice()
            && let [Statement::Set { local: second, value: reject }] = reject.as_slice()
            && *first == local
            && *second == local
        {
            let (condition, accept, reject) = (*condition, *accept, *reject);
            self.block.pop();
            return Operand::Value(self.select(condition, accept, reject));
        }
        self.result_value(result)
    }

    pub(super) fn expr_into(&mut self, expr: &Expr, result: Option<LocalId>) -> Lowered {
        let operand = self.expr(expr)?;
        self.operand_into(operand, result, expr.line)
    }

    fn block_into(&mut self, block: &Block, result: Option<LocalId>) -> Lowered {
        let operand = self.block(block)?;
        let line = block.value.as_ref().map_or(0, |value| value.line);
        self.operand_into(operand, result, line)
    }

    pub(super) fn operand_into(&mut self, operand: Operand, result: Option<LocalId>, line: u32) -> Lowered {
        if let (Some(result), false) = (result, matches!(operand, Operand::Unit)) {
            let value = self.operand_value(operand, line)?;
            self.set(result, value);
        }
        Ok(())
    }

    /// The statements of a block, and its value.
    pub(super) fn block(&mut self, block: &Block) -> Lowered<Operand> {
        self.scoped(|this| {
            for statement in &block.statements {
                this.statement(statement)?;
            }
            match &block.value {
                Some(value) => this.expr(value),
                None => Ok(Operand::Unit),
            }
        })
    }

    fn statement(&mut self, statement: &source::Statement) -> Lowered {
        match statement {
            source::Statement::Expr(expr) => self.expr(expr).map(|_| ()),
            source::Statement::Const { name, value, .. } => {
                let operand = self.expr(value)?;
                let operand = match operand {
                    Operand::Value(value) => Operand::Value(self.once(value)),
                    other => other,
                };
                self.name(name, operand, super::Holds::Value);
                Ok(())
            }
            source::Statement::Let { pattern, value: None, .. } => self.declare(pattern),
            source::Statement::Let { pattern, value: Some(value), otherwise: None, .. }
                if let (PatternKind::Tuple(parts), ExprKind::Tuple(values)) =
                    (&pattern.kind, &value.kind)
                    && parts.len() == values.len()
                    && !parts.iter().any(|part| matches!(part.kind, PatternKind::Rest)) =>
            {
                self.bind_each(parts, values)
            }
            source::Statement::Let { pattern, value: Some(value), otherwise, .. } => {
                let holds = match (&pattern.kind, self.holds(value)) {
                    // A reference that may refer to something else later: a copy does the same.
                    (PatternKind::Binding { mutable: true, .. }, super::Holds::Reference) => {
                        super::Holds::Value
                    }
                    (_, holds) => holds,
                };
                let operand = self.expr(value)?;
                let operand = match otherwise {
                    None => operand,
                    Some(otherwise) => {
                        let operand = self.scrutinee(operand, holds, value.line)?;
                        if let Some(test) = self.test(pattern, &operand)? {
                            let (reject, _) = self.inside(|this| this.block(otherwise).map(|_| ()))?;
                            let condition = self.not(test);
                            let (accept, reject) = (reject, Vec::new());
                            let line = value.line;
                            self.emit(Statement::If { condition, accept, reject, meets: false, line });
                        }
                        operand
                    }
                };
                self.bind(pattern, operand, holds)
            }
        }
    }

    /// `let (a, b) = (c, d);`, where the values may be references.
    fn bind_each(&mut self, parts: &[Pattern], values: &[Expr]) -> Lowered {
        let mut operands = Vec::new();
        for value in values {
            let holds = self.holds(value);
            let operand = match self.expr(value)? {
                Operand::Place(place) if holds == super::Holds::Value && !self.linker.has_cells(place.ty) => {
                    let value = self.load(&place)?;
                    Operand::Value(self.frozen(value))
                }
                Operand::Place(place) => Operand::Place(self.frozen_place(place)),
                Operand::Value(value) => Operand::Value(self.frozen(value)),
                other => other,
            };
            operands.push((operand, holds));
        }
        for (part, (operand, holds)) in parts.iter().zip(operands) {
            self.bind(part, operand, holds)?;
        }
        Ok(())
    }

    /// `let name;`
    fn declare(&mut self, pattern: &Pattern) -> Lowered {
        match &pattern.kind {
            PatternKind::Binding { name, .. } => {
                let ty = self.frame.typed.pattern(pattern);
                let ty = self.id(&ty);
                let local = self.changing(name, ty);
                let place = self.root(crate::ir::Root::Local(local), ty, pattern.line);
                self.name(name, Operand::Place(place), super::Holds::Value);
                Ok(())
            }
            PatternKind::Tuple(parts) => parts.iter().try_for_each(|part| self.declare(part)),
            _ => Ok(()),
        }
    }
}
