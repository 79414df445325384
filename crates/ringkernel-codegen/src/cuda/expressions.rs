//! Expressions. Each is printed with exactly its type, because C++ would compute narrow integers as `int` and choose
//! templates by what it sees.

use super::literals::{literal, zero};
use super::printer::Printer;
use super::types::scalar as scalar_type;
use crate::ir::{BinaryOp, ExprId, ExpressionKind, Function, LocalId, Scalar, TypeId, UnaryOp};
use crate::print::{Unsupported, names};

impl Printer<'_> {
    pub(super) fn local(function: &Function, id: LocalId) -> String {
        names::local(&function.locals[id.0 as usize].name, id)
    }

    pub(super) fn expr_type(function: &Function, id: ExprId) -> TypeId {
        function.expressions[id.0 as usize].ty
    }

    /// The text of an expression, which needs no parentheses around it.
    pub(super) fn expr(&mut self, function: &Function, id: ExprId) -> Result<String, Unsupported> {
        let expression = &function.expressions[id.0 as usize];
        let ty = expression.ty;
        if self.is_empty(ty) {
            return Ok(format!("{}{{}}", self.value_type(ty)?));
        }
        match &expression.kind {
            ExpressionKind::Literal(value) => {
                let scalar = self.scalar(ty).ok_or_else(|| unprintable("a literal that is no scalar"))?;
                Ok(literal(scalar, *value))
            }
            ExpressionKind::Zero => self.zero_of(ty),
            ExpressionKind::Local(local) => Ok(Self::local(function, *local)),
            ExpressionKind::Unary(op, operand) => {
                let text = self.expr(function, *operand)?;
                Ok(self.unary(*op, ty, &text))
            }
            ExpressionKind::Binary(op, left, right) => self.binary(function, *op, ty, *left, *right),
            ExpressionKind::Cast(operand) => self.cast(function, *operand, ty),
            ExpressionKind::Bitcast(operand) => {
                Ok(format!("rk_bitcast<{}>({})", self.value_type(ty)?, self.expr(function, *operand)?))
            }
            ExpressionKind::Math(math, operands) => self.math(function, *math, operands),
            ExpressionKind::Compose(parts) => self.compose(function, ty, parts),
            ExpressionKind::Repeat(element) => {
                let array = self.value_type(ty)?;
                let element_type = self.value_type(Self::expr_type(function, *element))?;
                Ok(format!("rk_repeat<{array}, {element_type}>({})", self.expr(function, *element)?))
            }
            ExpressionKind::Part(whole, part) => {
                let member = self.member(Self::expr_type(function, *whole), *part);
                Ok(format!("{}.{member}", self.expr(function, *whole)?))
            }
            ExpressionKind::Element(array, index) => {
                Ok(format!("{}.e[{index}]", self.expr(function, *array)?))
            }
            ExpressionKind::Some(value) => self.wrap(function, ty, "1u", *value),
            ExpressionKind::IsSome(option) => Ok(format!("({}.some != 0u)", self.expr(function, *option)?)),
            ExpressionKind::Ok(value) => self.result(function, ty, "value", *value),
            ExpressionKind::Err(value) => self.result(function, ty, "error", *value),
            ExpressionKind::IsOk(result) => Ok(format!("{}.ok", self.expr(function, *result)?)),
            ExpressionKind::SomeValue(whole) | ExpressionKind::OkValue(whole) => {
                Ok(format!("{}.value", self.expr(function, *whole)?))
            }
            ExpressionKind::ErrValue(whole) => Ok(format!("{}.error", self.expr(function, *whole)?)),
            ExpressionKind::Len(vector) => self.len(function, *vector),
            ExpressionKind::Select(condition, accept, reject) => Ok(format!(
                "({} ? {} : {})",
                self.expr(function, *condition)?,
                self.expr(function, *accept)?,
                self.expr(function, *reject)?
            )),
        }
    }

    pub(super) fn exprs(&mut self, function: &Function, ids: &[ExprId]) -> Result<Vec<String>, Unsupported> {
        ids.iter().map(|id| self.expr(function, *id)).collect()
    }

    /// Zero, false, `None`, the empty vector.
    pub(super) fn zero_of(&mut self, ty: TypeId) -> Result<String, Unsupported> {
        match self.scalar(ty) {
            Some(scalar) => Ok(zero(scalar)),
            None => Ok(format!("{}{{}}", self.value_type(ty)?)),
        }
    }

    fn unary(&self, op: UnaryOp, ty: TypeId, operand: &str) -> String {
        match (op, self.scalar(ty)) {
            (UnaryOp::Not, Some(Scalar::Bool)) => format!("!{operand}"),
            (UnaryOp::Negate, Some(Scalar::F32 | Scalar::F64)) => format!("rk_float_negate({operand})"),
            (op, scalar) => {
                let name = if op == UnaryOp::Not { "rk_not" } else { "rk_negate" };
                format!("{name}<{}>({operand})", scalar.map_or("rk_u32", scalar_type))
            }
        }
    }

    fn binary(
        &mut self,
        function: &Function,
        op: BinaryOp,
        ty: TypeId,
        left: ExprId,
        right: ExprId,
    ) -> Result<String, Unsupported> {
        let operands = Self::expr_type(function, left);
        let (a, b) = (self.expr(function, left)?, self.expr(function, right)?);
        let Some(scalar) = self.scalar(operands) else {
            let equal = self.equality(operands)?;
            let negated = if op == BinaryOp::NotEqual { "!" } else { "" };
            return Ok(format!("{negated}{equal}({a}, {b})"));
        };
        if let Some(symbol) = comparison(op) {
            return Ok(format!("({a} {symbol} {b})"));
        }
        if scalar == Scalar::Bool {
            let symbol = match op {
                BinaryOp::And | BinaryOp::BitAnd => "&&",
                BinaryOp::Or | BinaryOp::BitOr => "||",
                _ => "!=",
            };
            return Ok(format!("({a} {symbol} {b})"));
        }
        let name = scalar_type(self.scalar(ty).unwrap_or(scalar));
        let f = if scalar == Scalar::F32 { "f" } else { "" };
        // `int` would hold narrow integers, and overflow of those with a sign is undefined.
        let wide = matches!(scalar, Scalar::U32 | Scalar::U64 | Scalar::Usize) || scalar.is_float();
        Ok(match op {
            BinaryOp::Add if wide => format!("({a} + {b})"),
            BinaryOp::Subtract if wide => format!("({a} - {b})"),
            BinaryOp::Multiply if wide => format!("({a} * {b})"),
            BinaryOp::Add => format!("rk_add<{name}>({a}, {b})"),
            BinaryOp::Subtract => format!("rk_subtract<{name}>({a}, {b})"),
            BinaryOp::Multiply => format!("rk_multiply<{name}>({a}, {b})"),
            BinaryOp::Divide => format!("({a} / {b})"),
            BinaryOp::Remainder => format!("fmod{f}({a}, {b})"),
            BinaryOp::ShiftLeft => format!("rk_shift_left<{name}>({a}, {b})"),
            BinaryOp::ShiftRight => format!("rk_shift_right<{name}>({a}, {b})"),
            BinaryOp::BitAnd | BinaryOp::BitOr | BinaryOp::BitXor => {
                let symbol = match op {
                    BinaryOp::BitAnd => "&",
                    BinaryOp::BitOr => "|",
                    _ => "^",
                };
                if wide { format!("({a} {symbol} {b})") } else { format!("({name})({a} {symbol} {b})") }
            }
            _ => return Err(unprintable("an operator of booleans on other operands")),
        })
    }

    fn cast(&mut self, function: &Function, operand: ExprId, ty: TypeId) -> Result<String, Unsupported> {
        let text = self.expr(function, operand)?;
        let (from, to) = (self.scalar(Self::expr_type(function, operand)), self.scalar(ty));
        let (Some(from), Some(to)) = (from, to) else {
            return Err(unprintable("a cast between other than scalars"));
        };
        let name = scalar_type(to);
        Ok(match from.is_float() && !to.is_float() {
            true => format!("rk_float_to<{name}>({text})"),
            false => format!("({name})({text})"),
        })
    }

    fn compose(&mut self, function: &Function, ty: TypeId, parts: &[ExprId]) -> Result<String, Unsupported> {
        let mut texts = Vec::new();
        for part in parts {
            if !self.is_empty(Self::expr_type(function, *part)) {
                texts.push(self.expr(function, *part)?);
            }
        }
        let name = self.value_type(ty)?;
        // Padding is no part, so that structs with some are made by name.
        if let crate::ir::Type::Struct(_) = self.ty(ty) {
            let members = self.members(ty);
            let named = members.iter().zip(&texts).map(|((member, _), text)| format!(".{member} = {text}"));
            return Ok(format!("{name}{{{}}}", named.collect::<Vec<_>>().join(", ")));
        }
        let texts = texts.join(", ");
        Ok(match self.ty(ty) {
            crate::ir::Type::Array { .. } => format!("{name}{{{{{texts}}}}}"),
            _ => format!("{name}{{{texts}}}"),
        })
    }

    fn wrap(
        &mut self,
        function: &Function,
        ty: TypeId,
        flag: &str,
        value: Option<ExprId>,
    ) -> Result<String, Unsupported> {
        let name = self.value_type(ty)?;
        match value {
            Some(value) if !self.is_empty(Self::expr_type(function, value)) => {
                Ok(format!("{name}{{{flag}, {}}}", self.expr(function, value)?))
            }
            _ => Ok(format!("{name}{{{flag}}}")),
        }
    }

    /// A result, all of whose members are written.
    fn result(
        &mut self,
        function: &Function,
        ty: TypeId,
        member: &str,
        value: Option<ExprId>,
    ) -> Result<String, Unsupported> {
        let mut texts = Vec::new();
        for (name, part) in self.members(ty) {
            texts.push(match (part, value) {
                (super::types::Member::Part(_), Some(value)) if name == member => {
                    self.expr(function, value)?
                }
                (super::types::Member::Part(part), _) => self.zero_of(part)?,
                _ => (member == "value").to_string(),
            });
        }
        Ok(format!("{}{{{}}}", self.value_type(ty)?, texts.join(", ")))
    }

    fn len(&mut self, function: &Function, vector: ExprId) -> Result<String, Unsupported> {
        Ok(format!("(rk_usize){}.len", self.expr(function, vector)?))
    }
}

fn comparison(op: BinaryOp) -> Option<&'static str> {
    Some(match op {
        BinaryOp::Equal => "==",
        BinaryOp::NotEqual => "!=",
        BinaryOp::Less => "<",
        BinaryOp::LessEqual => "<=",
        BinaryOp::Greater => ">",
        BinaryOp::GreaterEqual => ">=",
        _ => return None,
    })
}

/// A module that no linker makes.
pub(super) fn unprintable(what: &str) -> Unsupported {
    Unsupported { feature: format!("{what}, which the language does not have") }
}
