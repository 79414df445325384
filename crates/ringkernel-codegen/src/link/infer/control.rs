//! Types of control flow.

use super::expr::BOOL;
use super::{Expect, Infer, Obligation, Target};
use crate::link::error::Result;
use crate::link::ty::Ty;
use crate::source::{Arm, Block, Expr, ExprKind};

impl<'t> Infer<'_, '_, 't> {
    pub(super) fn control(&mut self, expr: &'t Expr, expect: Expect) -> Result<Ty> {
        let line = expr.line;
        match &expr.kind {
            ExprKind::If(condition, accept, reject) => {
                self.branch(line, condition, accept, reject.as_deref(), expect)
            }
            ExprKind::Let(pattern, value) => {
                let ty = self.expr(value, Expect::Nothing)?;
                self.pattern(pattern, &ty)?;
                Ok(BOOL)
            }
            ExprKind::Match(value, arms) => self.arms(value, arms, expect),
            ExprKind::While(label, condition, body) => {
                self.scoped(|this| {
                    this.check(condition, &BOOL)?;
                    this.repeated(label, Ty::Unit, body)
                })?;
                Ok(Ty::Unit)
            }
            ExprKind::Loop(label, body) => {
                let value = self.expected(&expect);
                let left = self.repeated(label, value.clone(), body)?;
                Ok(if left { value } else { Ty::Never })
            }
            ExprKind::For(label, pattern, over, body) => {
                let over_ty = self.expr(over, Expect::Nothing)?;
                let item = self.fresh();
                self.oblige(Obligation::Iterate { line: over.line, of: over_ty, item: item.clone() })?;
                self.scoped(|this| {
                    this.pattern(pattern, &item)?;
                    this.repeated(label, Ty::Unit, body)
                })?;
                Ok(Ty::Unit)
            }
            ExprKind::Block(None, block) => self.block(block, expect),
            ExprKind::Block(Some(label), block) => {
                let value = self.expected(&expect);
                let target =
                    Target { label: Some(label.clone()), is_loop: false, value: value.clone(), left: false };
                self.targets.push(target);
                let ty = self.block(block, Expect::Type(value.clone()))?;
                let left = self.targets.pop().is_some_and(|target| target.left);
                self.coerce(line, &ty, &value)?;
                Ok(if !left && self.vars.shallow(&ty) == Ty::Never { Ty::Never } else { value })
            }
            ExprKind::Break(label, value) => {
                let wanted = |target: &Target| match label {
                    Some(label) => target.label.as_ref() == Some(label),
                    None => target.is_loop,
                };
                let Some(index) = self.targets.iter().rposition(wanted) else {
                    return Err(self.error(line, "`break` outside of a loop"));
                };
                self.targets[index].left = true;
                let expected = self.targets[index].value.clone();
                match value {
                    Some(value) => self.check(value, &expected)?,
                    None => self.unify(line, &Ty::Unit, &expected)?,
                }
                Ok(Ty::Never)
            }
            ExprKind::Continue(_) => Ok(Ty::Never),
            ExprKind::Return(value) => {
                let expected = self.result.clone();
                match value {
                    Some(value) => self.check(value, &expected)?,
                    None => self.unify(line, &Ty::Unit, &expected)?,
                }
                Ok(Ty::Never)
            }
            _ => Err(self.error(line, "devices cannot run this expression")),
        }
    }

    fn expected(&mut self, expect: &Expect) -> Ty {
        match expect {
            Expect::Type(ty) => ty.clone(),
            _ => self.fresh(),
        }
    }

    /// Whether a `break` leaves it.
    fn repeated(&mut self, label: &Option<String>, value: Ty, body: &'t Block) -> Result<bool> {
        self.targets.push(Target { label: label.clone(), is_loop: true, value, left: false });
        let ty = self.block(body, Expect::Type(Ty::Unit))?;
        let line = body.value.as_ref().map_or(0, |value| value.line);
        self.coerce(line, &ty, &Ty::Unit)?;
        Ok(self.targets.pop().is_some_and(|target| target.left))
    }

    fn branch(
        &mut self,
        line: u32,
        condition: &'t Expr,
        accept: &'t Block,
        reject: Option<&'t Expr>,
        expect: Expect,
    ) -> Result<Ty> {
        let Some(reject) = reject else {
            self.scoped(|this| {
                this.check(condition, &BOOL)?;
                let ty = this.block(accept, Expect::Type(Ty::Unit))?;
                this.coerce(line, &ty, &Ty::Unit)
            })?;
            return Ok(Ty::Unit);
        };
        let result = self.expected(&expect);
        let accepted = self.scoped(|this| {
            this.check(condition, &BOOL)?;
            let ty = this.block(accept, Expect::Type(result.clone()))?;
            this.coerce(accept.value.as_ref().map_or(line, |value| value.line), &ty, &result)?;
            Ok(ty)
        })?;
        let rejected = self.expr(reject, Expect::Type(result.clone()))?;
        self.coerce(reject.line, &rejected, &result)?;
        let never = |this: &Self, ty: &Ty| this.vars.shallow(ty) == Ty::Never;
        Ok(if never(self, &accepted) && never(self, &rejected) { Ty::Never } else { result })
    }

    fn arms(&mut self, value: &'t Expr, arms: &'t [Arm], expect: Expect) -> Result<Ty> {
        let scrutinee = self.expr(value, Expect::Nothing)?;
        let result = self.expected(&expect);
        let mut ends = false;
        for arm in arms {
            let ty = self.scoped(|this| {
                this.pattern(&arm.pattern, &scrutinee)?;
                if let Some(guard) = &arm.guard {
                    this.check(guard, &BOOL)?;
                }
                let ty = this.expr(&arm.body, Expect::Type(result.clone()))?;
                this.coerce(arm.body.line, &ty, &result)?;
                Ok(ty)
            })?;
            ends |= self.vars.shallow(&ty) != Ty::Never;
        }
        Ok(if ends { result } else { Ty::Never })
    }
}
