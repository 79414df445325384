//! Branches: `if` with its `let`s, and `match`.

use super::control::Inside;
use super::{Holds, Lowered, Lowerer, Operand, Stop};
use crate::ir::{ExprId, ExpressionKind, LocalId, Statement};
use crate::source::{Arm, BinaryOp, Expr, ExprKind};

impl<'l, 'a> Lowerer<'l, 'a> {
    /// `if links { accept } else { reject }`; the links are joined by `&&` and may bind names.
    pub(super) fn branch(
        &mut self,
        links: &[&Expr],
        accept: Inside<'_, 'l, 'a>,
        reject: Option<Inside<'_, 'l, 'a>>,
    ) -> Lowered {
        match (links, reject) {
            ([], _) => accept(self),
            ([link], reject) => self.branch_of_link(link, accept, reject),
            ([link, rest @ ..], None) => {
                self.branch_of_link(link, &mut |this| this.branch(rest, accept, None), None)
            }
            (links, Some(reject)) => {
                // The other way is taken when any link fails.
                let ty = self.linker.scalar(crate::ir::Scalar::Bool);
                let taken = self.changing("", ty);
                let no = self.bool(false);
                self.set(taken, no);
                let mut ends = false;
                let mut noted = |this: &mut Self| {
                    let yes = this.bool(true);
                    this.set(taken, yes);
                    accept(this)?;
                    ends = true;
                    Ok(())
                };
                self.branch(links, &mut noted, None)?;
                let (condition, line) = (self.local(taken), links[0].line);
                let (reject, rejected) = self.inside(|this| reject(this))?;
                self.emit(Statement::If { condition, accept: Vec::new(), reject, meets: false, line });
                if ends || rejected.is_some() { Ok(()) } else { Err(Stop::Diverges) }
            }
        }
    }

    fn branch_of_link(
        &mut self,
        link: &Expr,
        accept: Inside<'_, 'l, 'a>,
        reject: Option<Inside<'_, 'l, 'a>>,
    ) -> Lowered {
        let mut bound = None;
        let condition = match &link.kind {
            ExprKind::Let(pattern, value) => {
                let holds = self.holds(value);
                let operand = self.expr(value)?;
                let operand = self.scrutinee(operand, holds, value.line)?;
                let test = self.test(pattern, &operand)?;
                bound = Some((pattern, operand, holds));
                test.unwrap_or_else(|| self.bool(true))
            }
            _ => self.value(link)?,
        };
        let (accept, accepted) = self.inside(|this| {
            if let Some((pattern, operand, holds)) = bound {
                this.bind(pattern, operand, holds)?;
            }
            accept(this)
        })?;
        let (reject, rejected) = match reject {
            Some(reject) => self.inside(|this| reject(this))?,
            None => (Vec::new(), Some(())),
        };
        self.emit(Statement::If { condition, accept, reject, meets: false, line: link.line });
        if accepted.is_some() || rejected.is_some() { Ok(()) } else { Err(Stop::Diverges) }
    }

    pub(super) fn matched(&mut self, expr: &Expr, value: &Expr, arms: &[Arm]) -> Lowered<Operand> {
        let result = self.result_of(expr);
        let holds = self.holds(value);
        let operand = self.expr(value)?;
        let operand = self.scrutinee(operand, holds, value.line)?;
        self.arms(&operand, holds, arms, result)?;
        Ok(self.taken(result))
    }

    fn arms(&mut self, operand: &Operand, holds: Holds, arms: &[Arm], result: Option<LocalId>) -> Lowered {
        let Some((arm, rest)) = arms.split_first() else { return Ok(()) };
        let test = self.test(&arm.pattern, operand)?;
        // The last arm takes what is left: Rust has seen that nothing else is.
        let test = if rest.is_empty() && arm.guard.is_none() { None } else { test };
        let body = |this: &mut Self| {
            this.bind(&arm.pattern, operand.clone(), holds)?;
            this.expr_into(&arm.body, result)
        };
        let condition = match &arm.guard {
            None => test,
            Some(guard) => Some(self.guarded(arm, guard, test, operand, holds)?),
        };
        let Some(condition) = condition else { return self.scoped(body) };
        let (accept, accepted) = self.inside(body)?;
        let (reject, rejected) = self.inside(|this| this.arms(operand, holds, rest, result))?;
        self.emit(Statement::If { condition, accept, reject, meets: false, line: arm.pattern.line });
        if accepted.is_some() || rejected.is_some() { Ok(()) } else { Err(Stop::Diverges) }
    }

    /// Whether a pattern with a guard takes the value.
    fn guarded(
        &mut self,
        arm: &Arm,
        guard: &Expr,
        test: Option<ExprId>,
        operand: &Operand,
        holds: Holds,
    ) -> Lowered<ExprId> {
        let ty = self.linker.scalar(crate::ir::Scalar::Bool);
        let taken = self.changing("", ty);
        let no = self.bool(false);
        self.set(taken, no);
        let (accept, _) = self.inside(|this| {
            this.bind(&arm.pattern, operand.clone(), holds)?;
            let value = this.value(guard)?;
            this.set(taken, value);
            Ok(())
        })?;
        match test {
            Some(condition) => {
                let (reject, line) = (Vec::new(), guard.line);
                self.emit(Statement::If { condition, accept, reject, meets: false, line });
            }
            None => self.block.extend(accept),
        }
        Ok(self.local(taken))
    }

    /// The value that patterns are tried on, as it is now.
    pub(super) fn scrutinee(&mut self, operand: Operand, holds: Holds, line: u32) -> Lowered<Operand> {
        Ok(match operand {
            Operand::Value(value) => Operand::Value(self.once_by_parts(value)),
            Operand::Place(place) if holds != Holds::Value => Operand::Place(self.frozen_place(place)),
            Operand::Place(place) if self.linker.has_cells(place.ty) => Operand::Place(place),
            Operand::Place(place) => {
                let value = self.operand_value(Operand::Place(place), line)?;
                Operand::Value(self.once(value))
            }
            other => other,
        })
    }

    /// As `once`, but a tuple that is just being made need not be made for its parts to be looked at.
    fn once_by_parts(&mut self, value: ExprId) -> ExprId {
        let ExpressionKind::Compose(parts) = self.expressions[value.0 as usize].kind.clone() else {
            return self.once(value);
        };
        let parts = parts.into_iter().map(|part| self.once_by_parts(part)).collect();
        self.push(ExpressionKind::Compose(parts), self.type_of(value))
    }
}

/// The conditions that `&&` joins, where one of them is a `let`; else the condition.
pub(super) fn chain(condition: &Expr) -> Vec<&Expr> {
    fn has_let(expr: &Expr) -> bool {
        match &expr.kind {
            ExprKind::Let(..) => true,
            ExprKind::Binary(BinaryOp::And, left, right) => has_let(left) || has_let(right),
            _ => false,
        }
    }
    match &condition.kind {
        ExprKind::Binary(BinaryOp::And, left, right) if has_let(condition) => {
            let mut links = chain(left);
            links.extend(chain(right));
            links
        }
        _ => vec![condition],
    }
}
