//! Expressions.

use super::{Iter, Lowered, Lowerer, Operand, Over, Stop};
use crate::ir::{self, BinaryOp, ExprId, ExpressionKind, FaultKind, Scalar, Type, TypeId, UnaryOp};
use crate::link::numbers::range;
use crate::link::resolve::{Callee, PathValue};
use crate::link::ty::Ty;
use crate::link::types::read_int;
use crate::source::{self, Assertion, Expr, ExprKind, FieldInit, Literal, Path};

impl Lowerer<'_, '_> {
    /// What an expression stands for; what it does is emitted.
    pub(super) fn expr(&mut self, expr: &Expr) -> Lowered<Operand> {
        let line = expr.line;
        let value = match &expr.kind {
            ExprKind::Literal(Literal::Text(text)) => return Ok(Operand::Text(text.clone())),
            ExprKind::Literal(literal) => self.source_literal(false, literal, &self.ty(expr), line)?,
            ExprKind::Path(path) => return self.path(path, &self.ty(expr), line),
            ExprKind::Unary(source::UnaryOp::Deref, inner) | ExprKind::Reference(false, inner) => {
                return self.expr(inner);
            }
            ExprKind::Reference(true, inner) => {
                let operand = self.expr(inner)?;
                if let Operand::Place(place) = operand {
                    let place = self.frozen_place(place);
                    self.check_bounds(&place);
                    return Ok(Operand::Place(place));
                }
                return Ok(operand);
            }
            ExprKind::Unary(source::UnaryOp::Negate, inner) => match &inner.kind {
                ExprKind::Literal(literal) => self.source_literal(true, literal, &self.ty(expr), line)?,
                _ => {
                    let value = self.value(inner)?;
                    self.negate(value, line)
                }
            },
            ExprKind::Unary(source::UnaryOp::Not, inner) => {
                let value = self.value(inner)?;
                self.unary(UnaryOp::Not, value)
            }
            ExprKind::Binary(op, left, right) => self.operator(*op, left, right, line)?,
            ExprKind::Assign(place, value) => {
                self.assign(place, value)?;
                return Ok(Operand::Unit);
            }
            ExprKind::AssignOp(op, place, value) => {
                let value = self.value(value)?;
                let held = self.hold(value);
                let target = self.target(place)?;
                let value = self.keep(held);
                let target = if target.projections.is_empty() { target } else { self.frozen_place(target) };
                let before = self.load(&target)?;
                let after = self.arithmetic(*op, before, value, line)?;
                self.store(target, after)?;
                return Ok(Operand::Unit);
            }
            ExprKind::Cast(inner, ty) => {
                let to = self.frame.typed.written(ty);
                let value = self.value(inner)?;
                self.cast(value, &to, line)?
            }
            ExprKind::Field(of, name) => return self.field(of, name, line),
            ExprKind::Index(of, index) => return self.indexed(of, index, line),
            ExprKind::Call(path, arguments) => return self.call(expr, path, arguments),
            ExprKind::Method { receiver, name, generics, arguments } => {
                return self.method(expr, receiver, name, generics, arguments);
            }
            ExprKind::Struct { path: _, fields, rest } => {
                self.structure(&self.ty(expr), fields, rest.as_deref(), line)?
            }
            ExprKind::Tuple(parts) if parts.is_empty() => return Ok(Operand::Unit),
            ExprKind::Tuple(parts) | ExprKind::Array(parts) => {
                let values = self.values(parts)?;
                let ty = self.typed_id(expr);
                self.push(ExpressionKind::Compose(values), ty)
            }
            ExprKind::Repeat(value, _) => {
                let value = self.value(value)?;
                let ty = self.typed_id(expr);
                self.push(ExpressionKind::Repeat(value), ty)
            }
            ExprKind::Vec(elements) => self.vec_of(expr, elements)?,
            ExprKind::VecRepeat(value, len) => self.vec_repeat(expr, value, len)?,
            ExprKind::Range(start, limits, end) => {
                let (Some(start), Some(end)) = (start, end) else {
                    return Err(self.stop(line, "a range without start or end is only an index"));
                };
                let bounds = self.values([&**start, &**end])?;
                let over = Over::Range { start: bounds[0], end: bounds[1], limits: *limits };
                let iter = Iter { over, reversed: false, step: None, enumerated: false, mutable: false };
                return Ok(Operand::Iter(Box::new(iter)));
            }
            ExprKind::Closure(..) => {
                return Err(self.stop(line, "a closure can only be an argument of a method"));
            }
            ExprKind::Try(inner) => return self.try_operator(inner, line),
            ExprKind::Panic(_) => {
                let never = self.bool(false);
                self.require(never, FaultKind::Panic, line);
                return Err(Stop::Diverges);
            }
            ExprKind::Assert(assertion) => return self.assertion(assertion, line),
            ExprKind::DebugAssert(assertion) => {
                return if self.overflow_faults() {
                    self.assertion(assertion, line)
                } else {
                    Ok(Operand::Unit)
                };
            }
            _ => return self.control(expr),
        };
        Ok(Operand::Value(value))
    }

    /// The id of an expression's type.
    pub(super) fn typed_id(&mut self, expr: &Expr) -> TypeId {
        let ty = self.ty(expr);
        self.id(&ty)
    }

    /// A literal of this type.
    pub(super) fn source_literal(
        &mut self,
        negated: bool,
        literal: &Literal,
        ty: &Ty,
        line: u32,
    ) -> Lowered<ExprId> {
        let Ty::Scalar(scalar) = ty else {
            let message = format!("a literal cannot be a `{}`", self.linker.show(ty));
            return Err(self.stop(line, message));
        };
        let scalar = *scalar;
        Ok(match literal {
            Literal::Bool(value) => self.bool(*value),
            Literal::Byte(value) => self.int(i128::from(*value), scalar),
            Literal::Int(value, _) if scalar.is_float() => {
                self.float(negated, &value.to_string(), scalar, line)?
            }
            Literal::Float(digits, _) => self.float(negated, digits, scalar, line)?,
            Literal::Int(value, _) => {
                let value = if negated { -i128::from(*value) } else { i128::from(*value) };
                let (min, max) = range(scalar);
                if !(min..=max).contains(&value) {
                    let name = self.linker.show(ty);
                    return Err(self.stop(line, format!("`{value}` does not fit into `{name}`")));
                }
                self.int_of(value, scalar, line)
            }
            Literal::Text(_) => return Err(self.stop(line, "a text can only name a kernel or a barrier")),
        })
    }

    /// An integer; a `usize` that not every device has comes by a conversion that faults there.
    pub(super) fn int_of(&mut self, value: i128, scalar: Scalar, line: u32) -> ExprId {
        if scalar == Scalar::Usize && value > i128::from(u32::MAX) {
            let wide = self.int(value, Scalar::U64);
            return self.as_usize(wide, line);
        }
        self.int(value, scalar)
    }

    fn float(&mut self, negated: bool, digits: &str, scalar: Scalar, line: u32) -> Lowered<ExprId> {
        let literal = match scalar {
            Scalar::F32 => digits
                .parse::<f32>()
                .ok()
                .map(|value| ir::Literal::F32(if negated { -value } else { value }.to_bits())),
            _ => digits
                .parse::<f64>()
                .ok()
                .map(|value| ir::Literal::F64(if negated { -value } else { value }.to_bits())),
        };
        match literal {
            Some(literal) => Ok(self.literal(literal, scalar)),
            None => Err(self.stop(line, format!("`{digits}` is no number"))),
        }
    }

    pub(super) fn path(&mut self, path: &Path, ty: &Ty, line: u32) -> Lowered<Operand> {
        if let Some(variable) = self.variable(&path.name) {
            return Ok(variable.operand.clone());
        }
        let Some(value) = self.linker.path_value(self.frame.source, line, &path.name)? else {
            return Err(self.stop(line, format!("`{}` is not known to devices", path.name)));
        };
        let ty = self.id(ty);
        Ok(Operand::Value(match value {
            PathValue::Constant(of, bytes) => {
                let of = self.id(&of);
                self.constant(of, &bytes, line)
            }
            PathValue::Literal(scalar, ir::Literal::Int(value)) => self.int_of(value, scalar, line),
            PathValue::Literal(scalar, literal) => self.literal(literal, scalar),
            PathValue::Zero(of) => {
                let of = self.id(&of);
                self.zero(of)
            }
            PathValue::Variant(_, value) => self.push(ExpressionKind::Literal(ir::Literal::Int(value)), ty),
            PathValue::Nothing => self.zero(ty),
            PathValue::Text(text) => return Ok(Operand::Text(text.to_owned())),
            PathValue::Function(_) => {
                let message = format!("the function `{}` can only be called, or be an argument", path.name);
                return Err(self.stop(line, message));
            }
        }))
    }

    /// The value that these bytes are.
    pub(super) fn constant(&mut self, ty: TypeId, bytes: &[u8], line: u32) -> ExprId {
        let types = &self.linker.module.types;
        if bytes.iter().all(|byte| *byte == 0) && !matches!(types.get(ty), Type::Scalar(_)) {
            return self.zero(ty);
        }
        let slice = |bytes: &[u8], from: u32, len: u32| {
            bytes.get(from as usize..(from + len) as usize).unwrap_or(&[]).to_vec()
        };
        let parts: Vec<(TypeId, Vec<u8>)> = match types.get(ty) {
            Type::Scalar(scalar) => {
                let bits = read_int(crate::link::infer::unsigned(*scalar), bytes);
                let literal = match *scalar {
                    Scalar::Bool => ir::Literal::Bool(bits != 0),
                    Scalar::F32 => ir::Literal::F32(bits as u32),
                    Scalar::F64 => ir::Literal::F64(bits as u64),
                    scalar => return self.int_of(read_int(scalar, bytes), scalar, line),
                };
                return self.push(ExpressionKind::Literal(literal), ty);
            }
            Type::Enum { repr, .. } => {
                let value = read_int(*repr, bytes);
                return self.push(ExpressionKind::Literal(ir::Literal::Int(value)), ty);
            }
            Type::Option(value) => {
                let (value, offset) = (*value, types.offset(ty, 0));
                let size = types.layout(value).0;
                let inner = slice(bytes, offset, size);
                let inner = (size > 0).then(|| self.constant(value, &inner, line));
                return self.push(ExpressionKind::Some(inner), ty);
            }
            Type::Array { element, len } => {
                let size = types.layout(*element).0;
                (0..*len).map(|index| (*element, slice(bytes, index * size, size))).collect()
            }
            Type::Struct(layout) => {
                let field =
                    |field: &ir::Field| (field.ty, slice(bytes, field.offset, types.layout(field.ty).0));
                layout.fields.iter().map(field).collect()
            }
            Type::Tuple(parts) => {
                let part = |(index, part): (usize, &TypeId)| {
                    (*part, slice(bytes, types.offset(ty, index as u32), types.layout(*part).0))
                };
                parts.iter().enumerate().map(part).collect()
            }
            _ => return self.zero(ty),
        };
        let values = parts.iter().map(|(part, bytes)| self.constant(*part, bytes, line)).collect();
        self.push(ExpressionKind::Compose(values), ty)
    }

    fn structure(
        &mut self,
        ty: &Ty,
        fields: &[FieldInit],
        rest: Option<&Expr>,
        line: u32,
    ) -> Lowered<ExprId> {
        let values = self.values(fields.iter().map(|field| &field.value))?;
        let types = self.linker.field_types(ty);
        let mut parts: Vec<Option<ExprId>> = vec![None; types.len()];
        for (field, value) in fields.iter().zip(values) {
            if let Some(number) = self.linker.field_number(ty, &field.name) {
                parts[number] = Some(value);
            }
        }
        if let Some(rest) = rest {
            let held: Vec<_> = parts.iter().map(|part| part.map(|part| self.hold(part))).collect();
            let mut rest = self.expr(rest)?;
            if let Operand::Value(value) = rest {
                rest = Operand::Value(self.once(value));
            }
            let mut given: Vec<_> =
                held.into_iter().rev().map(|held| held.map(|held| self.keep(held))).collect();
            given.reverse();
            parts = given;
            for (number, part) in parts.iter_mut().enumerate() {
                if part.is_none() {
                    let operand = self.project(rest.clone(), number as u32, line)?;
                    *part = Some(self.operand_value(operand, line)?);
                }
            }
        }
        let id = self.id(ty);
        let Some(parts) = parts.into_iter().collect::<Option<Vec<_>>>() else {
            let message =
                format!("fields of `{}` are missing that devices do not know", self.linker.show(ty));
            return Err(self.stop(line, message));
        };
        Ok(if parts.is_empty() { self.zero(id) } else { self.push(ExpressionKind::Compose(parts), id) })
    }

    fn assertion(&mut self, assertion: &Assertion, line: u32) -> Lowered<Operand> {
        let condition = match assertion {
            Assertion::True(condition) => self.value(condition)?,
            Assertion::Equal(left, right) => {
                let ty = self.ty(left);
                let values = self.values([&**left, &**right])?;
                self.compare(BinaryOp::Equal, values[0], values[1], &ty, line)?
            }
            Assertion::NotEqual(left, right) => {
                let ty = self.ty(left);
                let values = self.values([&**left, &**right])?;
                self.compare(BinaryOp::NotEqual, values[0], values[1], &ty, line)?
            }
        };
        self.require(condition, FaultKind::Panic, line);
        Ok(Operand::Unit)
    }

    /// Zero, where that is what the type's `Default` gives.
    pub(super) fn default_value(&mut self, ty: &Ty, line: u32) -> Lowered<ExprId> {
        let plain = match ty {
            Ty::Scalar(_) | Ty::Option(_) | Ty::Vec(_) => true,
            Ty::Array(element, _) => return self.default_of_parts(ty, std::slice::from_ref(element), line),
            Ty::Tuple(parts) => return self.default_of_parts(ty, parts, line),
            known => self.linker.is_known(known),
        };
        if !plain {
            let message = format!(
                "only Rust knows the `Default` of `{}`: write `{}::default()`, or its fields",
                self.linker.show(ty),
                self.linker.show(ty)
            );
            return Err(self.stop(line, message));
        }
        let id = self.id(ty);
        Ok(self.zero(id))
    }

    fn default_of_parts(
        &mut self,
        ty: &Ty,
        parts: &[impl std::borrow::Borrow<Ty>],
        line: u32,
    ) -> Lowered<ExprId> {
        for part in parts {
            self.default_value(part.borrow(), line)?;
        }
        let id = self.id(ty);
        Ok(self.zero(id))
    }

    /// A function as an argument: what a path names.
    pub(super) fn named_function(&mut self, path: &Path, line: u32) -> Lowered<Callee> {
        match self.linker.path_value(self.frame.source, line, &path.name)? {
            Some(PathValue::Function(callee)) => Ok(callee),
            _ => Err(self.stop(line, format!("the function `{}` is not known to devices", path.name))),
        }
    }
}
