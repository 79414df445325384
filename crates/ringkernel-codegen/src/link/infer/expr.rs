//! Types of expressions.

use super::{Expect, Infer, Obligation};
use crate::ir::Scalar;
use crate::link::error::Result;
use crate::link::ty::{Kind, Ty, scalar_named};
use crate::source::{Assertion, BinaryOp, Expr, ExprKind, FieldInit, Literal, Path, UnaryOp};

/// The type of `bool`.
pub(super) const BOOL: Ty = Ty::Scalar(Scalar::Bool);
/// The type of `usize`.
pub(super) const USIZE: Ty = Ty::Scalar(Scalar::Usize);

impl<'t> Infer<'_, '_, 't> {
    /// The type of an expression, noted for lowering.
    pub(super) fn expr(&mut self, expr: &'t Expr, expect: Expect) -> Result<Ty> {
        let ty = self.kind(expr, expect)?;
        self.exprs.insert(expr, ty.clone());
        Ok(ty)
    }

    /// An expression that has to be of this type.
    pub(super) fn check(&mut self, expr: &'t Expr, expected: &Ty) -> Result<()> {
        let ty = self.expr(expr, Expect::Type(expected.clone()))?;
        self.coerce(expr.line, &ty, expected)
    }

    fn kind(&mut self, expr: &'t Expr, expect: Expect) -> Result<Ty> {
        let line = expr.line;
        match &expr.kind {
            ExprKind::Literal(literal) => self.literal(line, literal, &expect),
            ExprKind::Path(path) => self.path(line, path),
            ExprKind::Unary(UnaryOp::Deref, inner) | ExprKind::Reference(_, inner) => {
                self.expr(inner, expect)
            }
            ExprKind::Unary(_, inner) => self.expr(inner, expect),
            ExprKind::Binary(op, left, right) => self.binary(line, *op, left, right, expect),
            ExprKind::Assign(place, value) => self.assign(place, value),
            ExprKind::AssignOp(op, place, value) => {
                let target = self.expr(place, Expect::Nothing)?;
                let ty = self.expr(value, Expect::Type(target.clone()))?;
                if !matches!(op, BinaryOp::ShiftLeft | BinaryOp::ShiftRight) {
                    self.coerce(value.line, &ty, &target)?;
                }
                Ok(Ty::Unit)
            }
            ExprKind::Cast(inner, ty) => {
                let ty = self.written(ty)?;
                self.expr(inner, Expect::Cast(ty.clone()))?;
                Ok(ty)
            }
            ExprKind::Field(of, name) => {
                let of = self.expr(of, Expect::Nothing)?;
                let result = self.fresh();
                self.oblige(Obligation::Field { line, of, name: name.clone(), result: result.clone() })?;
                Ok(result)
            }
            ExprKind::Index(of, index) => {
                let of = self.expr(of, Expect::Nothing)?;
                let index = self.index(index)?;
                let result = self.fresh();
                self.oblige(Obligation::Index { line, of, range: index, result: result.clone() })?;
                Ok(result)
            }
            ExprKind::Call(path, arguments) => self.call(line, path, arguments, expect),
            ExprKind::Method { receiver, name, generics, arguments } => {
                self.method(line, receiver, name, generics, arguments)
            }
            ExprKind::Struct { path, fields, rest } => self.structure(line, path, fields, rest.as_deref()),
            ExprKind::Tuple(parts) if parts.is_empty() => Ok(Ty::Unit),
            ExprKind::Tuple(parts) => {
                let wanted = match &expect {
                    Expect::Type(ty) => match self.vars.shallow(ty) {
                        Ty::Tuple(wanted) if wanted.len() == parts.len() => wanted,
                        _ => Vec::new(),
                    },
                    _ => Vec::new(),
                };
                let mut types = Vec::new();
                for (index, part) in parts.iter().enumerate() {
                    let expect = wanted.get(index).map_or(Expect::Nothing, |ty| Expect::Type(ty.clone()));
                    types.push(self.expr(part, expect)?);
                }
                Ok(Ty::Tuple(types))
            }
            ExprKind::Array(elements) => {
                let element = self.elements(elements)?;
                Ok(Ty::Array(Box::new(element), elements.len() as u32))
            }
            ExprKind::Repeat(value, len) => {
                let element = self.expr(value, Expect::Nothing)?;
                let len = self.linker.array_len(self.source, len, &self.constants)?;
                Ok(Ty::Array(Box::new(element), len))
            }
            ExprKind::Vec(elements) => Ok(Ty::Vec(Box::new(self.elements(elements)?))),
            ExprKind::VecRepeat(value, len) => {
                let element = self.expr(value, Expect::Nothing)?;
                self.check(len, &USIZE)?;
                Ok(Ty::Vec(Box::new(element)))
            }
            ExprKind::Range(start, _, end) => {
                let bound = self.fresh();
                for bound_expr in [start, end].into_iter().flatten() {
                    self.check(bound_expr, &bound)?;
                }
                Ok(Ty::Range(Box::new(bound)))
            }
            ExprKind::Closure(..) => Err(self.error(
                line,
                "a closure can only be an argument of a method of `Option`, `Result` or `bool`",
            )),
            ExprKind::Try(inner) => {
                let of = self.expr(inner, Expect::Nothing)?;
                let result = self.fresh();
                self.oblige(Obligation::Try { line, of, result: result.clone() })?;
                Ok(result)
            }
            ExprKind::Panic(_) => Ok(Ty::Never),
            ExprKind::Assert(assertion) | ExprKind::DebugAssert(assertion) => {
                match assertion {
                    Assertion::True(condition) => self.check(condition, &BOOL)?,
                    Assertion::Equal(left, right) | Assertion::NotEqual(left, right) => {
                        let ty = self.expr(left, Expect::Nothing)?;
                        self.check(right, &ty)?;
                    }
                }
                Ok(Ty::Unit)
            }
            _ => self.control(expr, expect),
        }
    }

    pub(super) fn literal(&mut self, line: u32, literal: &Literal, expect: &Expect) -> Result<Ty> {
        let suffixed = |this: &Self, suffix: &str| {
            scalar_named(suffix)
                .map(Ty::Scalar)
                .ok_or_else(|| this.error(line, format!("devices have no numbers of type `{suffix}`")))
        };
        Ok(match literal {
            Literal::Bool(_) => BOOL,
            Literal::Byte(_) => Ty::Scalar(Scalar::U8),
            Literal::Text(_) => Ty::Text,
            Literal::Int(_, Some(suffix)) | Literal::Float(_, Some(suffix)) => suffixed(self, suffix)?,
            Literal::Int(_, None) => match expect {
                Expect::Cast(Ty::Scalar(scalar)) if scalar.is_integer() => Ty::Scalar(*scalar),
                _ => self.vars.fresh(Kind::Int),
            },
            Literal::Float(_, None) => match expect {
                Expect::Cast(Ty::Scalar(scalar)) if scalar.is_float() => Ty::Scalar(*scalar),
                _ => self.vars.fresh(Kind::Float),
            },
        })
    }

    fn binary(
        &mut self,
        line: u32,
        op: BinaryOp,
        left: &'t Expr,
        right: &'t Expr,
        expect: Expect,
    ) -> Result<Ty> {
        match op {
            BinaryOp::And | BinaryOp::Or => {
                self.check(left, &BOOL)?;
                self.check(right, &BOOL)?;
                Ok(BOOL)
            }
            BinaryOp::ShiftLeft | BinaryOp::ShiftRight => {
                let ty = self.expr(left, Expect::Nothing)?;
                self.expr(right, Expect::Nothing)?;
                Ok(ty)
            }
            BinaryOp::Equal
            | BinaryOp::NotEqual
            | BinaryOp::Less
            | BinaryOp::LessEqual
            | BinaryOp::Greater
            | BinaryOp::GreaterEqual => {
                let ty = self.expr(left, Expect::Nothing)?;
                self.check(right, &ty)?;
                Ok(BOOL)
            }
            _ => {
                let expect = if let Expect::Type(ty) = expect { Expect::Type(ty) } else { Expect::Nothing };
                let ty = self.expr(left, expect.clone())?;
                let other = self.expr(right, expect)?;
                match (self.vars.shallow(&ty), self.vars.shallow(&other)) {
                    (Ty::Never, _) => Ok(other),
                    (_, Ty::Never) => Ok(ty),
                    (actual, expected) => {
                        self.unify(line, &expected, &actual)?;
                        Ok(ty)
                    }
                }
            }
        }
    }

    fn assign(&mut self, place: &'t Expr, value: &'t Expr) -> Result<Ty> {
        match &place.kind {
            ExprKind::Path(path) if path.name == "_" => {
                self.expr(value, Expect::Nothing)?;
            }
            ExprKind::Tuple(places) => {
                let mut types = Vec::new();
                for place in places {
                    types.push(match &place.kind {
                        ExprKind::Path(path) if path.name == "_" => self.fresh(),
                        _ => self.expr(place, Expect::Nothing)?,
                    });
                }
                self.check(value, &Ty::Tuple(types))?;
            }
            _ => {
                let ty = self.expr(place, Expect::Nothing)?;
                self.check(value, &ty)?;
            }
        }
        Ok(Ty::Unit)
    }

    /// Whether an index is a range.
    fn index(&mut self, index: &'t Expr) -> Result<bool> {
        if matches!(index.kind, ExprKind::Range(..)) {
            let range = self.expr(index, Expect::Nothing)?;
            self.unify(index.line, &range, &Ty::Range(Box::new(USIZE)))?;
            return Ok(true);
        }
        self.check(index, &USIZE)?;
        Ok(false)
    }

    fn elements(&mut self, elements: &'t [Expr]) -> Result<Ty> {
        let element = self.fresh();
        for value in elements {
            self.check(value, &element)?;
        }
        Ok(element)
    }

    fn structure(
        &mut self,
        line: u32,
        path: &'t Path,
        fields: &'t [FieldInit],
        rest: Option<&'t Expr>,
    ) -> Result<Ty> {
        let Some(ty) = self.linker.named_type(self.source, line, &path.name)? else {
            let message =
                format!("the struct `{}` is not known to devices: derive `GpuType` for it", path.name);
            return Err(self.error(line, message));
        };
        for field in fields {
            let expected = self.field_type(line, &ty, &field.name)?;
            self.check(&field.value, &expected)?;
        }
        if let Some(rest) = rest {
            self.check(rest, &ty)?;
        }
        Ok(ty)
    }
}
