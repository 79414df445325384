//! Checks of expressions.

use super::error::Invalid;
use super::statements::{Checked, Checker};
use crate::ir::{
    BinaryOp, ExprId, Expression, ExpressionKind as E, Literal, MathFunction, Scalar, Type, TypeId, UnaryOp,
};

impl Checker<'_> {
    /// Checks every expression of the function against its operands, which come before it.
    pub(super) fn expressions(&self) -> Checked {
        for (index, expression) in self.function.expressions.iter().enumerate() {
            self.operands_before(index as u32, expression)?;
            self.expression(index, expression)?;
        }
        Ok(())
    }

    fn operands_before(&self, index: u32, expression: &Expression) -> Checked {
        let operands: Vec<ExprId> = match &expression.kind {
            E::Literal(_) | E::Zero | E::Local(_) | E::Some(None) | E::Ok(None) | E::Err(None) => Vec::new(),
            E::Unary(_, a)
            | E::Cast(a)
            | E::Bitcast(a)
            | E::Repeat(a)
            | E::Part(a, _)
            | E::Element(a, _)
            | E::Some(Some(a))
            | E::IsSome(a)
            | E::SomeValue(a)
            | E::Ok(Some(a))
            | E::Err(Some(a))
            | E::IsOk(a)
            | E::OkValue(a)
            | E::ErrValue(a)
            | E::Len(a) => vec![*a],
            E::Binary(_, a, b) => vec![*a, *b],
            E::Select(a, b, c) => vec![*a, *b, *c],
            E::Math(_, parts) | E::Compose(parts) => parts.clone(),
        };
        match operands.iter().find(|operand| operand.0 >= index) {
            Some(operand) => Err(Invalid::Order {
                function: self.function.name.clone(),
                what: "expression",
                index: operand.0,
            }),
            None => Ok(()),
        }
    }

    fn expression(&self, index: usize, expression: &Expression) -> Checked {
        let ty = expression.ty;
        let what = || format!("expression {index}, {:?}", expression.kind);
        let same = |found: TypeId, expected: TypeId| self.same(&what(), expected, found);
        let gives_bool = || self.scalar(&what(), ty, &[Scalar::Bool]);
        match &expression.kind {
            E::Literal(literal) => {
                let fits = match (literal, self.get(ty)) {
                    (Literal::Bool(_), Type::Scalar(Scalar::Bool))
                    | (Literal::F32(_), Type::Scalar(Scalar::F32))
                    | (Literal::F64(_), Type::Scalar(Scalar::F64)) => true,
                    (Literal::Int(value), Type::Scalar(scalar) | Type::Enum { repr: scalar, .. }) => {
                        scalar.is_integer() && in_range(*value, *scalar)
                    }
                    _ => false,
                };
                self.holds(fits, || format!("{} is no {}", what(), self.show(ty)))
            }
            E::Zero => self.holds(self.is_value(ty), || format!("{} of type {}", what(), self.show(ty))),
            E::Local(local) => same(ty, self.local(*local)?),
            E::Unary(op, of) => {
                same(self.ty(*of), ty)?;
                let fits = match (op, self.get(ty)) {
                    (UnaryOp::Not, Type::Scalar(scalar)) => !scalar.is_float(),
                    (UnaryOp::Negate, Type::Scalar(scalar)) => scalar.is_float() || scalar.is_signed(),
                    _ => false,
                };
                self.holds(fits, what)
            }
            E::Binary(op, left, right) => self.binary(&what(), *op, (self.ty(*left), self.ty(*right)), ty),
            E::Cast(of) => {
                let from = matches!(self.get(self.ty(*of)), Type::Scalar(_) | Type::Enum { .. });
                let to = matches!(self.get(ty), Type::Scalar(scalar) if *scalar != Scalar::Bool);
                self.holds(from && to, || {
                    format!("{} from {} to {}", what(), self.show(self.ty(*of)), self.show(ty))
                })
            }
            E::Bitcast(of) => {
                let size = |ty: TypeId| match self.get(ty) {
                    Type::Scalar(Scalar::Usize | Scalar::Bool) => None,
                    Type::Scalar(scalar) | Type::Enum { repr: scalar, .. } => Some(scalar.size()),
                    _ => None,
                };
                let (from, to) = (size(self.ty(*of)), size(ty));
                self.holds(from.is_some() && from == to, what)
            }
            E::Math(function, operands) => self.math(&what(), *function, operands, ty),
            E::Compose(parts) => {
                let expected: Vec<TypeId> = match self.get(ty) {
                    Type::Struct(layout) => layout.fields.iter().map(|field| field.ty).collect(),
                    Type::Tuple(parts) => parts.clone(),
                    Type::Array { element, len } => vec![*element; *len as usize],
                    _ => return self.holds(false, what),
                };
                self.holds(expected.len() == parts.len(), what)?;
                parts.iter().zip(expected).try_for_each(|(part, expected)| same(self.ty(*part), expected))
            }
            E::Repeat(of) => match self.get(ty) {
                Type::Array { element, .. } => same(self.ty(*of), *element),
                _ => self.holds(false, what),
            },
            E::Part(of, part) => match self.part(self.ty(*of), *part) {
                Some(part) => same(ty, part),
                None => self.holds(false, what),
            },
            E::Element(of, index) => match self.get(self.ty(*of)) {
                Type::Array { element, len } if index < len => same(ty, *element),
                _ => self.holds(false, what),
            },
            E::Some(value) => match self.get(ty) {
                Type::Option(inner) => self.inside(&what(), *inner, *value),
                _ => self.holds(false, what),
            },
            E::Ok(value) => match self.get(ty) {
                Type::Result(inner, _) => self.inside(&what(), *inner, *value),
                _ => self.holds(false, what),
            },
            E::Err(value) => match self.get(ty) {
                Type::Result(_, inner) => self.inside(&what(), *inner, *value),
                _ => self.holds(false, what),
            },
            E::IsSome(of) => {
                self.holds(matches!(self.get(self.ty(*of)), Type::Option(_)), what)?;
                gives_bool()
            }
            E::SomeValue(of) => match self.get(self.ty(*of)) {
                Type::Option(inner) => same(ty, *inner),
                _ => self.holds(false, what),
            },
            E::IsOk(of) => {
                self.holds(matches!(self.get(self.ty(*of)), Type::Result(..)), what)?;
                gives_bool()
            }
            E::OkValue(of) => match self.get(self.ty(*of)) {
                Type::Result(inner, _) => same(ty, *inner),
                _ => self.holds(false, what),
            },
            E::ErrValue(of) => match self.get(self.ty(*of)) {
                Type::Result(_, inner) => same(ty, *inner),
                _ => self.holds(false, what),
            },
            E::Len(of) => {
                self.holds(matches!(self.get(self.ty(*of)), Type::Vec(_)), what)?;
                self.scalar(&what(), ty, &[Scalar::Usize])
            }
            E::Select(condition, accept, reject) => {
                self.scalar(&what(), self.ty(*condition), &[Scalar::Bool])?;
                same(self.ty(*accept), ty)?;
                same(self.ty(*reject), ty)?;
                self.holds(matches!(self.get(ty), Type::Scalar(_) | Type::Enum { .. }), what)
            }
        }
    }

    fn inside(&self, what: &str, expected: TypeId, value: Option<ExprId>) -> Checked {
        match value {
            Some(value) => self.same(what, expected, self.ty(value)),
            None => self.same(what, expected, expected).and_then(|()| {
                self.holds(*self.get(expected) == Type::Unit, || format!("{what} lacks its value"))
            }),
        }
    }

    fn binary(&self, what: &str, op: BinaryOp, (left, right): (TypeId, TypeId), ty: TypeId) -> Checked {
        use BinaryOp as B;
        let scalar = match self.get(left) {
            Type::Scalar(scalar) => Some(*scalar),
            _ => None,
        };
        let misfit = || format!("{what} on {}", self.show(left));
        match op {
            B::ShiftLeft | B::ShiftRight => {
                self.scalar(what, right, &[Scalar::U32])?;
                self.holds(scalar.is_some_and(Scalar::is_integer), misfit)?;
                self.same(what, ty, left)
            }
            B::Add
            | B::Subtract
            | B::Multiply
            | B::Divide
            | B::Remainder
            | B::BitAnd
            | B::BitOr
            | B::BitXor => {
                self.same(what, left, right)?;
                self.same(what, ty, left)?;
                let fits = match op {
                    B::Divide | B::Remainder => scalar.is_some_and(Scalar::is_float),
                    B::BitAnd | B::BitOr | B::BitXor => scalar.is_some_and(Scalar::is_integer),
                    _ => scalar.is_some_and(|scalar| scalar != Scalar::Bool),
                };
                self.holds(fits, misfit)
            }
            B::And | B::Or => {
                self.scalar(what, left, &[Scalar::Bool])?;
                self.scalar(what, right, &[Scalar::Bool])?;
                self.scalar(what, ty, &[Scalar::Bool])
            }
            B::Equal | B::NotEqual => {
                self.same(what, left, right)?;
                self.scalar(what, ty, &[Scalar::Bool])?;
                self.holds(self.has_equality(left), misfit)
            }
            B::Less | B::LessEqual | B::Greater | B::GreaterEqual => {
                self.same(what, left, right)?;
                self.scalar(what, ty, &[Scalar::Bool])?;
                self.holds(matches!(self.get(left), Type::Scalar(_) | Type::Enum { .. }), misfit)
            }
        }
    }

    fn has_equality(&self, ty: TypeId) -> bool {
        match self.get(ty) {
            Type::Scalar(_) | Type::Enum { .. } | Type::Unit => true,
            Type::Struct(layout) => layout.fields.iter().all(|field| self.has_equality(field.ty)),
            Type::Tuple(parts) => parts.iter().all(|part| self.has_equality(*part)),
            Type::Array { element, .. } | Type::Option(element) => self.has_equality(*element),
            _ => false,
        }
    }

    fn math(&self, what: &str, function: MathFunction, operands: &[ExprId], ty: TypeId) -> Checked {
        use MathFunction as M;
        let own = operands.first().map_or(ty, |operand| self.ty(*operand));
        let Type::Scalar(scalar) = *self.get(own) else { return self.holds(false, || what.to_owned()) };
        let count = match function {
            M::MulAdd => 3,
            M::Min
            | M::Max
            | M::SaturatingAdd
            | M::SaturatingSubtract
            | M::SaturatingMultiply
            | M::AddOverflows
            | M::SubtractOverflows
            | M::MultiplyOverflows
            | M::RotateLeft
            | M::RotateRight
            | M::AbsDiff
            | M::Copysign
            | M::Atan2
            | M::Powf
            | M::Powi
            | M::Hypot => 2,
            _ => 1,
        };
        self.holds(operands.len() == count, || format!("{what} takes {count} operands"))?;
        for operand in &operands[1..] {
            match function {
                M::RotateLeft | M::RotateRight => self.scalar(what, self.ty(*operand), &[Scalar::U32])?,
                M::Powi => self.scalar(what, self.ty(*operand), &[Scalar::I32])?,
                _ => self.same(what, own, self.ty(*operand))?,
            }
        }
        let integers = matches!(
            function,
            M::SaturatingAdd
                | M::SaturatingSubtract
                | M::SaturatingMultiply
                | M::AddOverflows
                | M::SubtractOverflows
                | M::MultiplyOverflows
                | M::CountOnes
                | M::LeadingZeros
                | M::TrailingZeros
                | M::ReverseBits
                | M::SwapBytes
                | M::RotateLeft
                | M::RotateRight
                | M::AbsDiff
                | M::Signum
        );
        let either = matches!(function, M::Min | M::Max | M::Abs);
        let fits = scalar != Scalar::Bool && (either || scalar.is_float() != integers);
        self.holds(fits, || format!("{what} on {}", self.show(own)))?;
        match function {
            M::AddOverflows
            | M::SubtractOverflows
            | M::MultiplyOverflows
            | M::IsNan
            | M::IsInfinite
            | M::IsFinite
            | M::IsSignNegative => self.scalar(what, ty, &[Scalar::Bool]),
            M::CountOnes | M::LeadingZeros | M::TrailingZeros => self.scalar(what, ty, &[Scalar::U32]),
            M::AbsDiff => self.scalar(what, ty, &[crate::link::unsigned(scalar)]),
            _ => self.same(what, own, ty),
        }
    }
}

fn in_range(value: i128, scalar: Scalar) -> bool {
    let bits = scalar.size() * 8;
    if scalar.is_signed() {
        (-(1i128 << (bits - 1))..1i128 << (bits - 1)).contains(&value)
    } else {
        (0..1i128 << bits).contains(&value)
    }
}
