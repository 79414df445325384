//! Calls of functions, and closures in the place of their call.

use super::{Holds, Lowered, Lowerer, Operand, Stop};
use crate::ir::{BinaryOp, ExpressionKind, MathFunction, Scalar, Statement, Type};
use crate::link::resolve::Callee;
use crate::link::sources::SourceId;
use crate::link::ty::Ty;
use crate::link::types::Passing;
use crate::source::{Expr, ExprKind, Path};

impl Lowerer<'_, '_> {
    pub(super) fn call(&mut self, expr: &Expr, path: &Path, arguments: &[Expr]) -> Lowered<Operand> {
        let line = expr.line;
        let Some(callee) = self.linker.callee(self.frame.source, line, &path.name)? else {
            return Err(self.stop(line, format!("the function `{}` is not known to devices", path.name)));
        };
        if let (Callee::ScalarMethod(_, name), Some((receiver, rest))) = (&callee, arguments.split_first())
            && name != "from_bits"
        {
            return self.method(expr, receiver, name, &[], rest);
        }
        let arguments = self.arguments(&callee, arguments)?;
        let ty = self.ty(expr);
        self.invoke(&callee, arguments, &ty, line)
    }

    /// Arguments in order: values are read, references stay places.
    pub(super) fn arguments<'e>(
        &mut self,
        callee: &Callee,
        arguments: impl IntoIterator<Item = &'e Expr>,
    ) -> Lowered<Vec<(Operand, Holds)>> {
        let passing: Vec<Passing> = match callee {
            Callee::Function(function) => {
                let signature = self.linker.signature(*function)?;
                signature.parameters.iter().map(|(_, passing)| *passing).collect()
            }
            Callee::Swap => vec![Passing::MutableReference; 2],
            Callee::Replace => vec![Passing::MutableReference, Passing::Value],
            Callee::Take => vec![Passing::MutableReference],
            _ => Vec::new(),
        };
        let mut operands = Vec::new();
        for (index, argument) in arguments.into_iter().enumerate() {
            let holds = match passing.get(index) {
                Some(Passing::MutableReference) => Holds::MutableReference,
                Some(Passing::Reference) => Holds::Reference,
                _ => Holds::Value,
            };
            let operand = match (self.expr(argument)?, holds) {
                (Operand::Place(place), Holds::Value) => {
                    let value = self.load(&place)?;
                    Operand::Value(self.frozen(value))
                }
                (Operand::Place(place), _) => Operand::Place(self.frozen_place(place)),
                (Operand::Value(value), _) => Operand::Value(self.frozen(value)),
                (Operand::Sequence(sequence), _) => Operand::Sequence(self.frozen_sequence(sequence)),
                (operand, _) => operand,
            };
            operands.push((operand, holds));
        }
        Ok(operands)
    }

    /// Calls a function with operands.
    pub(super) fn invoke(
        &mut self,
        callee: &Callee,
        mut arguments: Vec<(Operand, Holds)>,
        ty: &Ty,
        line: u32,
    ) -> Lowered<Operand> {
        let id = self.id(ty);
        let kind = match callee {
            Callee::Function(function) => return self.call_function(*function, arguments, line),
            Callee::Swap => return self.swap(arguments, line),
            Callee::Replace | Callee::Take => return self.replace(callee, arguments, line),
            Callee::Drop => return Ok(Operand::Unit),
            Callee::Some | Callee::Ok | Callee::Err => {
                let value = match arguments.pop() {
                    None | Some((Operand::Unit, _)) => None,
                    Some((operand, _)) => Some(self.operand_value(operand, line)?),
                };
                match callee {
                    Callee::Some => ExpressionKind::Some(value),
                    Callee::Ok => ExpressionKind::Ok(value),
                    _ => ExpressionKind::Err(value),
                }
            }
            Callee::Constant(_, bytes) => return Ok(Operand::Value(self.constant(id, bytes, line))),
            Callee::Default(_) => return self.default_value(ty, line).map(Operand::Value),
            _ => {
                let mut values = Vec::new();
                for (operand, _) in arguments {
                    values.push(self.operand_value(operand, line)?);
                }
                match (callee, values.as_slice()) {
                    (Callee::Construct(_) | Callee::FromParts(_), []) => ExpressionKind::Zero,
                    (Callee::Construct(_) | Callee::FromParts(_), _) => ExpressionKind::Compose(values),
                    (Callee::FromBits(ty), [bits]) => return self.of_bits(*bits, &ty.clone(), line),
                    (Callee::From(_) | Callee::CorrelationFrom, [value]) => {
                        return self.convert(*value, ty, line).map(Operand::Value);
                    }
                    (Callee::ScalarMethod(..), [bits]) => ExpressionKind::Bitcast(*bits),
                    (Callee::VecNew, []) => {
                        let capacity = self.usize(0);
                        return Ok(Operand::Value(self.new_vec(id, capacity, line)));
                    }
                    (Callee::VecWithCapacity, [capacity]) => {
                        return Ok(Operand::Value(self.new_vec(id, *capacity, line)));
                    }
                    (Callee::Min | Callee::Max, [left, right]) => {
                        let smaller = matches!(callee, Callee::Min);
                        match self.get(id) {
                            Type::Scalar(Scalar::Bool) => {
                                let op = if smaller { BinaryOp::And } else { BinaryOp::Or };
                                ExpressionKind::Binary(op, *left, *right)
                            }
                            Type::Scalar(_) => {
                                let function = if smaller { MathFunction::Min } else { MathFunction::Max };
                                ExpressionKind::Math(function, vec![*left, *right])
                            }
                            _ => return Err(self.stop(line, "devices know `min` and `max` of scalars only")),
                        }
                    }
                    _ => return Err(self.stop(line, "this call has other arguments than devices know")),
                }
            }
        };
        Ok(Operand::Value(self.push(kind, id)))
    }

    fn call_function(
        &mut self,
        function: SourceId,
        arguments: Vec<(Operand, Holds)>,
        line: u32,
    ) -> Lowered<Operand> {
        let signature = self.linker.signature(function)?;
        if !signature.by_value() {
            return self.expand(function, arguments, line);
        }
        let callee = self.linker.function(function, Some((self.frame.source, line)))?;
        let mut values = Vec::new();
        for (operand, _) in arguments {
            if !matches!(operand, Operand::Unit) {
                values.push(self.operand_value(operand, line)?);
            }
        }
        let result = match &signature.result {
            Ty::Unit | Ty::Never => None,
            ty => {
                let id = self.id(ty);
                Some(self.temporary(id))
            }
        };
        self.emit(Statement::Call { function: callee, arguments: values, result });
        if signature.result == Ty::Never {
            return Err(Stop::Diverges);
        }
        Ok(self.result_value(result))
    }

    /// A closure, or a function that a path names, with operands.
    pub(super) fn apply(&mut self, function: &Expr, operands: Vec<Operand>, line: u32) -> Lowered<Operand> {
        match &function.kind {
            ExprKind::Closure(patterns, body) => self.scoped(|this| {
                for (pattern, operand) in patterns.iter().zip(operands) {
                    this.bind(pattern, operand, Holds::Value)?;
                }
                this.expr(body)
            }),
            ExprKind::Path(path) => {
                let callee = self.named_function(path, line)?;
                let Ty::Closure(_, result) = self.ty(function) else {
                    return Err(self.stop(line, format!("`{}` is no function", path.name)));
                };
                let operands = operands.into_iter().map(|operand| (operand, Holds::Value)).collect();
                self.invoke(&callee, operands, &result, line)
            }
            _ => Err(self.stop(line, "this has to be a closure or the name of a function")),
        }
    }

    fn swap(&mut self, arguments: Vec<(Operand, Holds)>, line: u32) -> Lowered<Operand> {
        let [(Operand::Place(first), _), (Operand::Place(second), _)] = arguments.as_slice() else {
            return Err(self.stop(line, "`swap` takes two places"));
        };
        let (a, b) = (self.load(first)?, self.load(second)?);
        let (a, b) = (self.once(a), self.once(b));
        self.store(first.clone(), b)?;
        self.store(second.clone(), a)?;
        Ok(Operand::Unit)
    }

    fn replace(&mut self, callee: &Callee, arguments: Vec<(Operand, Holds)>, line: u32) -> Lowered<Operand> {
        let mut arguments = arguments.into_iter().map(|(operand, _)| operand);
        let Some(Operand::Place(place)) = arguments.next() else {
            return Err(self.stop(line, "this takes a place, `&mut x`"));
        };
        let value = match arguments.next() {
            Some(operand) => self.operand_value(operand, line)?,
            None => {
                debug_assert!(matches!(callee, Callee::Take), "only `take` has no value to put there");
                let ty = self.linker.lift(place.ty);
                self.default_value(&ty, line)?
            }
        };
        let before = self.load(&place)?;
        let before = self.once(before);
        self.store(place, value)?;
        Ok(Operand::Value(before))
    }

    /// Whether all fields of a struct are zero.
    pub(super) fn all_zero(&mut self, value: crate::ir::ExprId, fields: u32) -> crate::ir::ExprId {
        let value = self.once(value);
        let mut result = self.bool(true);
        for number in 0..fields {
            let part = self.part(value, number);
            let zero = self.zero(self.type_of(part));
            let same = self.binary(BinaryOp::Equal, part, zero);
            result = if number == 0 { same } else { self.binary(BinaryOp::And, result, same) };
        }
        result
    }
}
