//! Types of blocks and statements.

use super::{Expect, Infer};
use crate::link::error::Result;
use crate::link::ty::Ty;
use crate::source::{Block, Statement};

impl<'t> Infer<'_, '_, 't> {
    /// The type of a block; `Never` where its end is not reached.
    pub(super) fn block(&mut self, block: &'t Block, expect: Expect) -> Result<Ty> {
        let constants = self.constants.len();
        let result = self.scoped(|this| {
            let mut ends = true;
            for statement in &block.statements {
                ends &= this.statement(statement)?;
            }
            let value = match &block.value {
                Some(value) => this.expr(value, expect)?,
                None => Ty::Unit,
            };
            Ok(if ends { value } else { Ty::Never })
        });
        self.constants.truncate(constants);
        result
    }

    /// Whether what follows is reached.
    fn statement(&mut self, statement: &'t Statement) -> Result<bool> {
        match statement {
            Statement::Expr(expr) => {
                let ty = self.expr(expr, Expect::Nothing)?;
                Ok(self.vars.shallow(&ty) != Ty::Never)
            }
            Statement::Const { name, ty, value } => {
                self.constants.push((name.clone(), value));
                let ty = self.written(ty)?;
                self.check(value, &ty)?;
                self.bind(name, ty);
                Ok(true)
            }
            Statement::Let { pattern, ty, value, otherwise } => {
                let ty = match ty {
                    Some(ty) => self.written(ty)?,
                    None => self.fresh(),
                };
                let mut reached = true;
                if let Some(value) = value {
                    let actual = self.expr(value, Expect::Type(ty.clone()))?;
                    reached = self.vars.shallow(&actual) != Ty::Never;
                    self.coerce(value.line, &actual, &ty)?;
                }
                if let Some(otherwise) = otherwise {
                    let ty = self.block(otherwise, Expect::Nothing)?;
                    if self.vars.shallow(&ty) != Ty::Never {
                        let message = "the block behind `else` has to leave: return, break, continue or fail";
                        return Err(self.error(pattern.line, message));
                    }
                }
                self.pattern(pattern, &ty)?;
                Ok(reached)
            }
        }
    }
}
