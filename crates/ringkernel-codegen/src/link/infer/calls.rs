//! Types of calls.

use super::{Expect, Infer, Obligation};
use crate::link::error::Result;
use crate::link::ty::Ty;
use crate::source::{Expr, ExprKind, Path, Type};

impl<'t> Infer<'_, '_, 't> {
    pub(super) fn call(
        &mut self,
        line: u32,
        path: &'t Path,
        arguments: &'t [Expr],
        expect: Expect,
    ) -> Result<Ty> {
        let Some(callee) = self.linker.callee(self.source, line, &path.name)? else {
            let message = format!(
                "the function `{}` is not known to devices: mark it with `#[device_fn]`, or do its work here",
                path.name
            );
            return Err(self.error(line, message));
        };
        let (parameters, result) = self.callee_type(line, &callee, Some(arguments.len()))?;
        if parameters.len() != arguments.len() {
            let message =
                format!("`{}` takes {} arguments, not {}", path.name, parameters.len(), arguments.len());
            return Err(self.error(line, message));
        }
        self.spelled(line, path, &result)?;
        // What is expected of the result may tell the arguments' types; where it does not fit, that is noticed later.
        if let Expect::Type(expected) = &expect
            && matches!(result, Ty::Option(_) | Ty::Result(..) | Ty::Vec(_))
        {
            let fits = matches!(
                (self.vars.shallow(expected), &result),
                (Ty::Option(_), Ty::Option(_)) | (Ty::Result(..), Ty::Result(..)) | (Ty::Vec(_), Ty::Vec(_))
            );
            if fits {
                self.unify(line, &result, expected)?;
            }
        }
        for (argument, parameter) in arguments.iter().zip(&parameters) {
            self.check(argument, parameter)?;
        }
        Ok(result)
    }

    /// Generic arguments that a path spells out: `None::<u32>`, `Vec::<u8>::new`.
    pub(super) fn spelled(&mut self, line: u32, path: &'t Path, result: &Ty) -> Result<()> {
        let parts: Vec<&Ty> = match result {
            Ty::Option(value) | Ty::Vec(value) => vec![value],
            Ty::Result(value, error) => vec![value, error],
            _ => Vec::new(),
        };
        for (ty, part) in path.arguments.iter().zip(parts) {
            let written = self.written(ty)?;
            self.unify(line, part, &written)?;
        }
        Ok(())
    }

    pub(super) fn method(
        &mut self,
        line: u32,
        receiver: &'t Expr,
        name: &'t str,
        generics: &'t [Type],
        arguments: &'t [Expr],
    ) -> Result<Ty> {
        let receiver = self.expr(receiver, Expect::Nothing)?;
        let generics = generics.iter().map(|ty| self.written(ty)).collect::<Result<Vec<_>>>()?;
        let mut types = Vec::new();
        for argument in arguments {
            types.push(match &argument.kind {
                ExprKind::Closure(patterns, body) => {
                    let ty = self.closure(patterns, body)?;
                    self.exprs.insert(argument, ty.clone());
                    ty
                }
                _ => self.expr(argument, Expect::Nothing)?,
            });
        }
        let result = self.fresh();
        self.oblige(Obligation::Method {
            line,
            receiver,
            name: name.to_owned(),
            generics,
            arguments: types,
            result: result.clone(),
        })?;
        // `ctx.fail()` never comes back, which has to be known at once.
        Ok(self.vars.shallow(&result))
    }

    fn closure(&mut self, patterns: &'t [crate::source::Pattern], body: &'t Expr) -> Result<Ty> {
        self.scoped(|this| {
            let mut parameters = Vec::new();
            for pattern in patterns {
                let ty = this.fresh();
                this.pattern(pattern, &ty)?;
                parameters.push(ty);
            }
            let result = this.fresh();
            let ty = this.expr(body, Expect::Type(result.clone()))?;
            this.coerce(body.line, &ty, &result)?;
            Ok(Ty::Closure(parameters, Box::new(result)))
        })
    }
}
