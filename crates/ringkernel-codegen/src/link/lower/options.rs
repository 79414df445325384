//! Methods of `Option`, `Result` and `bool`, and `?`.

use super::methods::Call;
use super::{Lowered, Lowerer, Operand, Stop};
use crate::ir::{ExprId, ExpressionKind, FaultKind, Statement, TypeId};
use crate::link::ty::Ty;
use crate::source::Expr;

/// One of two ways of computing a value.
type Way<'f, 'l, 'a> = &'f mut dyn FnMut(&mut Lowerer<'l, 'a>) -> Lowered<Operand>;

impl<'l, 'a> Lowerer<'l, 'a> {
    /// `if condition { accept } else { reject }`.
    pub(super) fn choose(
        &mut self,
        condition: ExprId,
        ty: &Ty,
        accept: Way<'_, 'l, 'a>,
        reject: Way<'_, 'l, 'a>,
        line: u32,
    ) -> Lowered<Operand> {
        let result = self.result_local(ty);
        let (accept, accepted) = self.inside(|this| {
            let operand = accept(this)?;
            this.operand_into(operand, result, line)
        })?;
        let (reject, rejected) = self.inside(|this| {
            let operand = reject(this)?;
            this.operand_into(operand, result, line)
        })?;
        self.emit(Statement::If { condition, accept, reject, meets: false, line });
        if accepted.is_none() && rejected.is_none() {
            return Err(Stop::Diverges);
        }
        Ok(self.taken(result))
    }

    fn some(&mut self, operand: Operand, option: TypeId, line: u32) -> Lowered<Operand> {
        self.wrapped(operand, option, line, ExpressionKind::Some)
    }

    fn wrapped(
        &mut self,
        operand: Operand,
        ty: TypeId,
        line: u32,
        wrap: impl Fn(Option<ExprId>) -> ExpressionKind,
    ) -> Lowered<Operand> {
        let value = match operand {
            Operand::Unit => None,
            operand => Some(self.operand_value(operand, line)?),
        };
        Ok(Operand::Value(self.push(wrap(value), ty)))
    }

    fn part_or_unit(&mut self, ty: &Ty, value: ExprId, part: fn(&mut Self, ExprId) -> ExprId) -> Operand {
        if *ty == Ty::Unit { Operand::Unit } else { Operand::Value(part(self, value)) }
    }

    pub(super) fn bool_method(&mut self, call: Call<'_>) -> Lowered<Operand> {
        let condition = self.value(call.receiver)?;
        let (ty, line) = (self.ty(call.expr), call.line);
        let id = self.id(&ty);
        let none = Operand::Value(self.zero(id));
        let [argument] = call.arguments else { return Err(self.no_method(call, &ty)) };
        if call.name == "then" {
            let mut accept = |this: &mut Self| {
                let operand = this.apply(argument, Vec::new(), line)?;
                this.some(operand, id, line)
            };
            return self.choose(condition, &ty, &mut accept, &mut |_| Ok(none.clone()), line);
        }
        let held = self.hold(condition);
        let value = self.maybe_value(argument)?;
        let condition = self.keep(held);
        let mut accept = |this: &mut Self| Ok(Operand::Value(this.push(ExpressionKind::Some(value), id)));
        self.choose(condition, &ty, &mut accept, &mut |_| Ok(none.clone()), line)
    }

    pub(super) fn option_method(&mut self, call: Call<'_>, of: &Ty) -> Lowered<Operand> {
        let (ty, line) = (self.ty(call.expr), call.line);
        if matches!(call.name, "take" | "replace") {
            return self.option_replace(call);
        }
        if matches!(call.name, "copied" | "cloned") {
            return self.expr(call.receiver);
        }
        let option = self.value(call.receiver)?;
        let option = self.once(option);
        let is_some = self.is_some(option);
        let inner = self.part_or_unit(of, option, Self::some_value);
        let id = self.id(&ty);
        let own = Operand::Value(option);
        let zero = Operand::Value(self.zero(id));
        // What stands in the parentheses is computed in any case, unless it is a function.
        let eager = match (call.name, call.arguments) {
            ("unwrap_or" | "map_or" | "and" | "or" | "xor" | "ok_or", [first, ..]) => {
                let operand = self.expr(first)?;
                match operand {
                    Operand::Unit => Operand::Unit,
                    operand => {
                        let value = self.operand_value(operand, line)?;
                        Operand::Value(self.once(value))
                    }
                }
            }
            _ => Operand::Unit,
        };
        let given = |_: &mut Self| Ok(eager.clone());
        let unwrapped = |_: &mut Self| Ok(inner.clone());
        let itself = |_: &mut Self| Ok(own.clone());
        let nothing = |_: &mut Self| Ok(zero.clone());
        match (call.name, call.arguments) {
            ("is_some", []) => Ok(Operand::Value(is_some)),
            ("is_none", []) => Ok(Operand::Value(self.not(is_some))),
            ("unwrap", []) | ("expect", [_]) => {
                self.require(is_some, FaultKind::Panic, line);
                Ok(inner)
            }
            ("unwrap_or", [_]) => self.choose(is_some, &ty, &mut { unwrapped }, &mut { given }, line),
            ("unwrap_or_default", []) => {
                let default = if ty == Ty::Unit {
                    Operand::Unit
                } else {
                    Operand::Value(self.default_value(&ty, line)?)
                };
                self.choose(is_some, &ty, &mut { unwrapped }, &mut |_| Ok(default.clone()), line)
            }
            ("unwrap_or_else", [f]) => {
                self.choose(is_some, &ty, &mut { unwrapped }, &mut |this| this.apply(f, vec![], line), line)
            }
            ("map", [f]) => {
                let mut map = |this: &mut Self| {
                    let operand = this.apply(f, vec![inner.clone()], line)?;
                    this.some(operand, id, line)
                };
                self.choose(is_some, &ty, &mut map, &mut { nothing }, line)
            }
            ("map_or", [_, f]) => self.choose(
                is_some,
                &ty,
                &mut |this| this.apply(f, vec![inner.clone()], line),
                &mut { given },
                line,
            ),
            ("map_or_else", [g, f]) => {
                let mut accept = |this: &mut Self| this.apply(f, vec![inner.clone()], line);
                self.choose(is_some, &ty, &mut accept, &mut |this| this.apply(g, vec![], line), line)
            }
            ("is_some_and", [f]) => {
                let no = self.bool(false);
                let mut accept = |this: &mut Self| this.apply(f, vec![inner.clone()], line);
                self.choose(is_some, &ty, &mut accept, &mut |_| Ok(Operand::Value(no)), line)
            }
            ("is_none_or", [f]) => {
                let yes = self.bool(true);
                let mut accept = |this: &mut Self| this.apply(f, vec![inner.clone()], line);
                self.choose(is_some, &ty, &mut accept, &mut |_| Ok(Operand::Value(yes)), line)
            }
            ("and_then", [f]) => {
                let mut accept = |this: &mut Self| this.apply(f, vec![inner.clone()], line);
                self.choose(is_some, &ty, &mut accept, &mut { nothing }, line)
            }
            ("and", [_]) => self.choose(is_some, &ty, &mut { given }, &mut { nothing }, line),
            ("or", [_]) => self.choose(is_some, &ty, &mut { itself }, &mut { given }, line),
            ("xor", [_]) => {
                let Operand::Value(other) = eager else { return Err(self.no_method(call, &ty)) };
                let other_some = self.is_some(other);
                let mut accept =
                    |this: &mut Self| this.choose(other_some, &ty, &mut { nothing }, &mut { itself }, line);
                self.choose(is_some, &ty, &mut accept, &mut { given }, line)
            }
            ("or_else", [f]) => {
                self.choose(is_some, &ty, &mut { itself }, &mut |this| this.apply(f, vec![], line), line)
            }
            ("filter", [f]) => {
                let mut accept = |this: &mut Self| {
                    let kept = this.apply(f, vec![inner.clone()], line)?;
                    let kept = this.operand_value(kept, line)?;
                    this.choose(kept, &ty, &mut { itself }, &mut { nothing }, line)
                };
                self.choose(is_some, &ty, &mut accept, &mut { nothing }, line)
            }
            ("ok_or", [_]) => {
                let mut accept = |this: &mut Self| this.wrapped(inner.clone(), id, line, ExpressionKind::Ok);
                let mut reject = |this: &mut Self| this.wrapped(eager.clone(), id, line, ExpressionKind::Err);
                self.choose(is_some, &ty, &mut accept, &mut reject, line)
            }
            ("ok_or_else", [f]) => {
                let mut accept = |this: &mut Self| this.wrapped(inner.clone(), id, line, ExpressionKind::Ok);
                let mut reject = |this: &mut Self| {
                    let error = this.apply(f, vec![], line)?;
                    this.wrapped(error, id, line, ExpressionKind::Err)
                };
                self.choose(is_some, &ty, &mut accept, &mut reject, line)
            }
            ("flatten", []) => self.choose(is_some, &ty, &mut { unwrapped }, &mut { nothing }, line),
            _ => Err(self.no_method(call, &Ty::Option(Box::new(of.clone())))),
        }
    }

    fn option_replace(&mut self, call: Call<'_>) -> Lowered<Operand> {
        let place = self.receiver_place(call)?;
        let value = match call.arguments.first() {
            Some(value) => {
                let value = self.value(value)?;
                self.push(ExpressionKind::Some(Some(value)), place.ty)
            }
            None => self.zero(place.ty),
        };
        let before = self.load(&place)?;
        let before = self.once(before);
        self.store(place, value)?;
        Ok(Operand::Value(before))
    }

    pub(super) fn result_method(&mut self, call: Call<'_>, of: &Ty, error: &Ty) -> Lowered<Operand> {
        let (ty, line) = (self.ty(call.expr), call.line);
        if matches!(call.name, "copied" | "cloned") {
            return self.expr(call.receiver);
        }
        let result = self.value(call.receiver)?;
        let result = self.once(result);
        let is_ok = self.is_ok(result);
        let value = self.part_or_unit(of, result, Self::ok_value);
        let failure = self.part_or_unit(error, result, Self::err_value);
        let id = self.id(&ty);
        let zero = Operand::Value(self.zero(id));
        let eager = match (call.name, call.arguments) {
            ("unwrap_or" | "map_or" | "and" | "or", [first, ..]) => match self.expr(first)? {
                Operand::Unit => Operand::Unit,
                operand => {
                    let value = self.operand_value(operand, line)?;
                    Operand::Value(self.once(value))
                }
            },
            _ => Operand::Unit,
        };
        let given = |_: &mut Self| Ok(eager.clone());
        let unwrapped = |_: &mut Self| Ok(value.clone());
        let nothing = |_: &mut Self| Ok(zero.clone());
        let as_ok = |this: &mut Self| this.wrapped(value.clone(), id, line, ExpressionKind::Ok);
        let as_err = |this: &mut Self| this.wrapped(failure.clone(), id, line, ExpressionKind::Err);
        let on_value = |this: &mut Self, f: &Expr| this.apply(f, vec![value.clone()], line);
        let on_error = |this: &mut Self, f: &Expr| this.apply(f, vec![failure.clone()], line);
        match (call.name, call.arguments) {
            ("is_ok", []) => Ok(Operand::Value(is_ok)),
            ("is_err", []) => Ok(Operand::Value(self.not(is_ok))),
            ("unwrap", []) | ("expect", [_]) => {
                self.require(is_ok, FaultKind::Panic, line);
                Ok(value)
            }
            ("unwrap_err", []) | ("expect_err", [_]) => {
                let is_err = self.not(is_ok);
                self.require(is_err, FaultKind::Panic, line);
                Ok(failure)
            }
            ("is_ok_and", [f]) => {
                let no = self.bool(false);
                self.choose(is_ok, &ty, &mut |this| on_value(this, f), &mut |_| Ok(Operand::Value(no)), line)
            }
            ("is_err_and", [f]) => {
                let no = self.bool(false);
                self.choose(is_ok, &ty, &mut |_| Ok(Operand::Value(no)), &mut |this| on_error(this, f), line)
            }
            ("ok", []) => {
                let mut accept = |this: &mut Self| this.some(value.clone(), id, line);
                self.choose(is_ok, &ty, &mut accept, &mut { nothing }, line)
            }
            ("err", []) => {
                let mut reject = |this: &mut Self| this.some(failure.clone(), id, line);
                self.choose(is_ok, &ty, &mut { nothing }, &mut reject, line)
            }
            ("unwrap_or", [_]) => self.choose(is_ok, &ty, &mut { unwrapped }, &mut { given }, line),
            ("unwrap_or_default", []) => {
                let default = if ty == Ty::Unit {
                    Operand::Unit
                } else {
                    Operand::Value(self.default_value(&ty, line)?)
                };
                self.choose(is_ok, &ty, &mut { unwrapped }, &mut |_| Ok(default.clone()), line)
            }
            ("unwrap_or_else", [f]) => {
                self.choose(is_ok, &ty, &mut { unwrapped }, &mut |this| on_error(this, f), line)
            }
            ("map", [f]) => {
                let mut accept = |this: &mut Self| {
                    let operand = on_value(this, f)?;
                    this.wrapped(operand, id, line, ExpressionKind::Ok)
                };
                self.choose(is_ok, &ty, &mut accept, &mut { as_err }, line)
            }
            ("map_err", [f]) => {
                let mut reject = |this: &mut Self| {
                    let operand = on_error(this, f)?;
                    this.wrapped(operand, id, line, ExpressionKind::Err)
                };
                self.choose(is_ok, &ty, &mut { as_ok }, &mut reject, line)
            }
            ("map_or", [_, f]) => {
                self.choose(is_ok, &ty, &mut |this| on_value(this, f), &mut { given }, line)
            }
            ("map_or_else", [g, f]) => {
                self.choose(is_ok, &ty, &mut |this| on_value(this, f), &mut |this| on_error(this, g), line)
            }
            ("and_then", [f]) => {
                self.choose(is_ok, &ty, &mut |this| on_value(this, f), &mut { as_err }, line)
            }
            ("and", [_]) => self.choose(is_ok, &ty, &mut { given }, &mut { as_err }, line),
            ("or", [_]) => self.choose(is_ok, &ty, &mut { as_ok }, &mut { given }, line),
            ("or_else", [f]) => self.choose(is_ok, &ty, &mut { as_ok }, &mut |this| on_error(this, f), line),
            _ => Err(self.no_method(call, &Ty::Result(Box::new(of.clone()), Box::new(error.clone())))),
        }
    }

    /// `of?`.
    pub(super) fn try_operator(&mut self, of: &Expr, line: u32) -> Lowered<Operand> {
        let ty = self.ty(of);
        let value = self.value(of)?;
        let value = self.once(value);
        let result = self.frame.result.clone();
        let id = self.id(&result);
        let (going, inner, given) = match &ty {
            Ty::Option(inner) => {
                let given = self.zero(id);
                (self.is_some(value), self.part_or_unit(inner, value, Self::some_value), given)
            }
            Ty::Result(inner, error) => {
                let going = self.is_ok(value);
                let inner = self.part_or_unit(inner, value, Self::ok_value);
                let error = match self.part_or_unit(error, value, Self::err_value) {
                    Operand::Value(error) => Some(error),
                    _ => None,
                };
                (going, inner, self.push(ExpressionKind::Err(error), id))
            }
            other => {
                let message = format!("`?` goes with options and results, not `{}`", self.linker.show(other));
                return Err(self.stop(line, message));
            }
        };
        let condition = self.not(going);
        let (accept, _) = self.inside(|this| {
            this.leave(Some(given));
            Ok(())
        })?;
        self.emit(Statement::If { condition, accept, reject: Vec::new(), meets: false, line });
        Ok(inner)
    }
}
