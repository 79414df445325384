//! Expressions, printed in place.
//!
//! WGSL evaluates constant expressions when it compiles and refuses those that overflow. So an operation whose operands
//! are all constant gets the first of them through a function, behind which no compiler looks at that time.

use super::printer::Printer;
use super::types::{Member, holder};
use super::unsupported::Reason;
use crate::ir::{ExprId, ExpressionKind, Function, FunctionId, Literal, LocalId, Scalar, Type, TypeId};
use crate::print::Unsupported;
use crate::print::names;

/// The text of an expression.
#[derive(Debug, Clone)]
pub(super) struct Text {
    pub(super) text: String,
    /// Whether WGSL may evaluate it when it compiles.
    pub(super) constant: bool,
}

impl Text {
    pub(super) fn of(text: impl Into<String>) -> Self {
        Self { text: text.into(), constant: false }
    }

    fn constant(text: impl Into<String>) -> Self {
        Self { text: text.into(), constant: true }
    }
}

/// The function that is being printed, and what it stands in.
#[derive(Clone, Copy)]
pub(super) struct Scope<'a> {
    pub(super) id: FunctionId,
    pub(super) function: &'a Function,
    /// Type of the actor's state.
    pub(super) state: TypeId,
    /// Type of the message in hand.
    pub(super) message: TypeId,
}

impl Scope<'_> {
    pub(super) fn local(&self, id: LocalId) -> String {
        names::local(&self.function.locals[id.0 as usize].name, id)
    }

    pub(super) fn local_type(&self, id: LocalId) -> TypeId {
        self.function.locals[id.0 as usize].ty
    }

    pub(super) fn type_of(&self, id: ExprId) -> TypeId {
        self.function.expressions[id.0 as usize].ty
    }

    /// The beginning of the names by which a block array is known.
    pub(super) fn block_array(&self, array: u32) -> String {
        format!("rk_array_{}_{array}", self.id.0)
    }
}

impl Printer<'_> {
    /// The text of an expression.
    pub(super) fn expression(&mut self, scope: Scope<'_>, id: ExprId) -> Result<String, Unsupported> {
        Ok(self.text(scope, id)?.text)
    }

    fn text(&mut self, scope: Scope<'_>, id: ExprId) -> Result<Text, Unsupported> {
        let expression = &scope.function.expressions[id.0 as usize];
        let ty = expression.ty;
        match &expression.kind {
            ExpressionKind::Literal(literal) => self.literal(*literal, ty),
            ExpressionKind::Zero => self.zero(ty).map(Text::constant),
            ExpressionKind::Local(local) => Ok(Text::of(scope.local(*local))),
            ExpressionKind::Unary(op, operand) => {
                let text = self.operands(scope, &[*operand])?.remove(0);
                Ok(Text::of(self.unary(*op, scope.type_of(*operand), text)))
            }
            ExpressionKind::Binary(op, left, right) => {
                let mut texts = self.operands(scope, &[*left, *right])?;
                let (right, left_text) = (texts.remove(1), texts.remove(0));
                self.binary(*op, scope.type_of(*left), left_text, right).map(Text::of)
            }
            ExpressionKind::Cast(operand) => {
                let text = self.operands(scope, &[*operand])?.remove(0);
                self.cast(scope.type_of(*operand), ty, text).map(Text::of)
            }
            ExpressionKind::Bitcast(operand) => {
                let text = self.operands(scope, &[*operand])?.remove(0);
                self.value_type(ty)?;
                Ok(Text::of(self.bitcast(scope.type_of(*operand), ty, text)))
            }
            ExpressionKind::Math(function, operands) => {
                let texts = self.operands(scope, operands)?;
                let operand = operands.first().map_or(ty, |first| scope.type_of(*first));
                self.math(*function, operand, ty, texts).map(Text::of)
            }
            ExpressionKind::Compose(parts) => self.compose(scope, ty, parts),
            ExpressionKind::Repeat(value) => self.repeat(scope, ty, *value),
            ExpressionKind::Part(value, part) => {
                let member = self.member(scope.type_of(*value), *part);
                self.member_of(scope, *value, &member)
            }
            ExpressionKind::Element(value, index) => {
                let value = self.expression(scope, *value)?;
                Ok(Text::of(format!("{value}[{index}]")))
            }
            ExpressionKind::Some(value) | ExpressionKind::Ok(value) => self.present(scope, ty, *value),
            ExpressionKind::Err(error) => self.error(scope, ty, *error),
            ExpressionKind::IsSome(value) => self.member_of(scope, *value, "some"),
            ExpressionKind::IsOk(value) => self.member_of(scope, *value, "ok"),
            ExpressionKind::SomeValue(value) | ExpressionKind::OkValue(value) => {
                self.member_of(scope, *value, "value")
            }
            ExpressionKind::ErrValue(value) => self.member_of(scope, *value, "error"),
            ExpressionKind::Len(vector) => self.member_of(scope, *vector, "len"),
            ExpressionKind::Select(condition, accept, reject) => {
                let texts = self.operands(scope, &[*condition, *accept, *reject])?;
                Ok(Text::of(format!("select({}, {}, {})", texts[2], texts[1], texts[0])))
            }
        }
    }

    /// The texts of operands, at least one of which is not constant.
    fn operands(&mut self, scope: Scope<'_>, ids: &[ExprId]) -> Result<Vec<String>, Unsupported> {
        let mut texts = ids.iter().map(|id| self.text(scope, *id)).collect::<Result<Vec<_>, _>>()?;
        if texts.iter().all(|text| text.constant) {
            for (text, id) in texts.iter_mut().zip(ids) {
                if let Some(scalar) = self.scalar(scope.type_of(*id)) {
                    *text = Text::of(format!("rk_{}({})", holder(scalar), text.text));
                    break;
                }
            }
        }
        Ok(texts.into_iter().map(|text| text.text).collect())
    }

    fn literal(&mut self, literal: Literal, ty: TypeId) -> Result<Text, Unsupported> {
        self.value_type(ty)?;
        let scalar = self.scalar(ty).unwrap_or(Scalar::U32);
        Ok(match literal {
            Literal::Bool(value) => Text::constant(value.to_string()),
            Literal::Int(value) => self.integer(scalar, value)?,
            Literal::F32(bits) => float32(bits),
            Literal::F64(bits) => {
                // Not every value has a literal, so that all are given by their bits.
                self.require(Scalar::U64)?;
                Text::of(format!("rk_f64_of({bits:#x}lu)"))
            }
        })
    }

    /// The smallest number of a type has no literal: a sign is an operator.
    fn integer(&self, scalar: Scalar, value: i128) -> Result<Text, Unsupported> {
        Ok(Text::constant(match scalar {
            Scalar::Usize if value > i128::from(u32::MAX) => return Err(Reason::LargeUsize(value).into()),
            Scalar::I64 if value == i128::from(i64::MIN) => "(-9223372036854775807li - 1li)".to_owned(),
            Scalar::I64 => format!("{value}li"),
            Scalar::U64 => format!("{value}lu"),
            Scalar::I8 | Scalar::I16 | Scalar::I32 if value == i128::from(i32::MIN) => {
                "(-2147483647i - 1i)".to_owned()
            }
            Scalar::I8 | Scalar::I16 | Scalar::I32 => format!("{value}i"),
            _ => format!("{value}u"),
        }))
    }

    /// Zero of any type.
    pub(super) fn zero(&mut self, ty: TypeId) -> Result<String, Unsupported> {
        let name = self.value_type(ty)?;
        Ok(match self.scalar(ty) {
            Some(Scalar::Bool) => "false".to_owned(),
            Some(scalar) if holder(scalar) == "u32" => "0u".to_owned(),
            Some(scalar) if holder(scalar) == "i32" => "0i".to_owned(),
            Some(Scalar::F32) => "0.0f".to_owned(),
            _ => format!("{name}()"),
        })
    }

    fn member_of(&mut self, scope: Scope<'_>, value: ExprId, member: &str) -> Result<Text, Unsupported> {
        let text = self.text(scope, value)?;
        Ok(Text { text: format!("{}.{member}", text.text), constant: text.constant })
    }

    fn compose(&mut self, scope: Scope<'_>, ty: TypeId, parts: &[ExprId]) -> Result<Text, Unsupported> {
        let name = self.value_type(ty)?;
        let parts =
            parts.iter().filter(|part| !self.is_unit(scope.type_of(**part))).copied().collect::<Vec<_>>();
        let mut constant = true;
        let mut texts = Vec::new();
        for part in parts {
            let text = self.text(scope, part)?;
            constant &= text.constant;
            texts.push(text.text);
        }
        Ok(Text { text: format!("{name}({})", texts.join(", ")), constant })
    }

    fn repeat(&mut self, scope: Scope<'_>, ty: TypeId, value: ExprId) -> Result<Text, Unsupported> {
        let name = self.value_type(ty)?;
        let Type::Array { len, .. } = *self.ty(ty) else { return self.text(scope, value) };
        if matches!(scope.function.expressions[value.0 as usize].kind, ExpressionKind::Zero) || len == 0 {
            return Ok(Text::constant(format!("{name}()")));
        }
        let value = self.expression(scope, value)?;
        let function = self.generate(format!("rk_repeat_{}", ty.0), |printer, function| {
            let Type::Array { element, .. } = *printer.ty(ty) else { return Ok(String::new()) };
            let element = printer.value_type(element)?;
            Ok(format!(
                "fn {function}(value: {element}) -> {name} {{\n    var all: {name};\n    \
                 for (var i = 0u; i < {len}u; i++) {{\n        all[i] = value;\n    }}\n    return all;\n}}\n"
            ))
        })?;
        Ok(Text::of(format!("{function}({value})")))
    }

    /// `Some(value)` or `Ok(value)`.
    fn present(&mut self, scope: Scope<'_>, ty: TypeId, value: Option<ExprId>) -> Result<Text, Unsupported> {
        self.variant(scope, ty, "true", "value", value)
    }

    /// `Err(error)`.
    fn error(&mut self, scope: Scope<'_>, ty: TypeId, error: Option<ExprId>) -> Result<Text, Unsupported> {
        self.variant(scope, ty, "false", "error", error)
    }

    fn variant(
        &mut self,
        scope: Scope<'_>,
        ty: TypeId,
        flag: &str,
        member: &str,
        value: Option<ExprId>,
    ) -> Result<Text, Unsupported> {
        let name = self.value_type(ty)?;
        let mut constant = true;
        let mut texts = Vec::new();
        for (own, part) in self.members(ty) {
            texts.push(match (part, value) {
                (Member::Flag, _) => flag.to_owned(),
                (Member::Part(_), Some(value)) if own == member => {
                    let text = self.text(scope, value)?;
                    constant &= text.constant;
                    text.text
                }
                (Member::Part(part), _) => self.zero(part)?,
            });
        }
        Ok(Text { text: format!("{name}({})", texts.join(", ")), constant })
    }
}

/// Normal numbers have literals; others are given by their bits, which no compiler may refuse. The shortest text of the
/// largest number is a little more than it, which Chromium refuses.
fn float32(bits: u32) -> Text {
    let value = f32::from_bits(bits);
    if value.is_normal() && value.abs() < f32::MAX || bits == 0 {
        Text::constant(format!("{value:?}f"))
    } else {
        Text::of(format!("rk_f32_of({bits:#x}u)"))
    }
}
