//! Types as they are written, signatures, and the constants in lengths of arrays.

use super::error::Result;
use super::linker::Linker;
use super::sources::{Named, SourceId};
use super::ty::{Kind, Ty, Vars, scalar_named};
use crate::ir::{Scalar, StructType};
use crate::source::{BinaryOp, Expr, ExprKind, Literal, Parameter, PatternKind, Type, TypeKind, UnaryOp};

/// What a function takes and gives.
#[derive(Debug, Clone)]
pub(super) struct Signature {
    pub(super) parameters: Vec<(Ty, Passing)>,
    pub(super) result: Ty,
}

/// How a parameter is passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Passing {
    /// A copy.
    Value,
    /// `&T`.
    Reference,
    /// `&mut T`.
    MutableReference,
}

impl Signature {
    /// Whether the function can stand in the module: nothing that it takes is a place.
    pub(super) fn by_value(&self) -> bool {
        let plain = |(ty, passing): &(Ty, Passing)| {
            *passing == Passing::Value && !matches!(ty, Ty::Context | Ty::BlockArray(_) | Ty::Text)
        };
        self.parameters.iter().all(plain)
    }

    /// Whether it takes `&mut`.
    pub(super) fn changes_places(&self) -> bool {
        self.parameters.iter().any(|(_, passing)| *passing == Passing::MutableReference)
    }
}

/// Local constants: names and values.
pub(super) type Constants<'t> = Vec<(String, &'t Expr)>;

impl Linker<'_> {
    /// The signature of a function.
    pub(super) fn signature(&mut self, source: SourceId) -> Result<Signature> {
        let tree = self.sources.get(source).tree.clone();
        let mut vars = Vars::default();
        let mut parameters = Vec::new();
        for parameter in &tree.parameters {
            let ty = match self.convert(source, &parameter.ty, &mut vars, &Vec::new()) {
                Ok(ty) => ty,
                // A state without any byte has no layout; its methods are known by its name.
                Err(error) => self.without_bytes(source, &parameter.ty).ok_or(error)?,
            };
            parameters.push((ty, self.passing(parameter)));
        }
        let result = self.convert(source, &tree.result, &mut vars, &Vec::new())?;
        Ok(Signature { parameters, result })
    }

    fn without_bytes(&mut self, source: SourceId, ty: &Type) -> Option<Ty> {
        let TypeKind::Reference { target, .. } = &ty.kind else { return None };
        let TypeKind::Path(path) = &target.kind else { return None };
        let path = match path.arguments.first().map(|argument| &argument.kind) {
            Some(TypeKind::Path(inner)) if path.name.ends_with("Shared") => inner,
            _ => path,
        };
        let known = matches!(self.lookup(source, &path.name), Ok(Some(Named::Unknown(_))));
        let name = path.name.rsplit("::").next().unwrap_or(&path.name).to_owned();
        let ty = crate::ir::Type::Struct(StructType { name, fields: Vec::new(), size: 0, align: 1 });
        known.then(|| Ty::Named(self.module.types.intern(ty)))
    }

    fn passing(&self, parameter: &Parameter) -> Passing {
        match parameter.ty.kind {
            TypeKind::Reference { mutable: true, .. } => Passing::MutableReference,
            TypeKind::Reference { mutable: false, .. } => Passing::Reference,
            _ => Passing::Value,
        }
    }

    /// The type that is written; `_` is a new variable.
    pub(super) fn convert(
        &mut self,
        source: SourceId,
        ty: &Type,
        vars: &mut Vars,
        constants: &Constants<'_>,
    ) -> Result<Ty> {
        Ok(match &ty.kind {
            TypeKind::Unit => Ty::Unit,
            TypeKind::Never => Ty::Never,
            TypeKind::Infer => vars.fresh(Kind::Any),
            TypeKind::Tuple(parts) if parts.is_empty() => Ty::Unit,
            TypeKind::Tuple(parts) => {
                let parts = parts.iter().map(|part| self.convert(source, part, vars, constants));
                Ty::Tuple(parts.collect::<Result<_>>()?)
            }
            TypeKind::Array(element, len) => {
                let element = self.convert(source, element, vars, constants)?;
                Ty::Array(Box::new(element), self.array_len(source, len, constants)?)
            }
            TypeKind::Slice(element) => Ty::Vec(Box::new(self.convert(source, element, vars, constants)?)),
            TypeKind::Reference { target, .. } => self.convert(source, target, vars, constants)?,
            TypeKind::Const(_) => Ty::Unit,
            TypeKind::Path(path) => {
                let mut arguments = Vec::new();
                for argument in &path.arguments {
                    arguments.push(self.convert(source, argument, vars, constants)?);
                }
                self.path_type(source, ty.line, &path.name, arguments, vars)?
            }
        })
    }

    fn path_type(
        &mut self,
        source: SourceId,
        line: u32,
        path: &str,
        arguments: Vec<Ty>,
        vars: &mut Vars,
    ) -> Result<Ty> {
        let last = path.rsplit("::").next().unwrap_or(path);
        if let Some(scalar) = scalar_named(path) {
            return Ok(Ty::Scalar(scalar));
        }
        let mut arguments = arguments.into_iter();
        let mut next = || Box::new(arguments.next().unwrap_or_else(|| vars.fresh(Kind::Any)));
        Ok(match last {
            "Option" => Ty::Option(next()),
            "Result" => Ty::Result(next(), next()),
            "Vec" => Ty::Vec(next()),
            "Shared" => *next(),
            "BlockArray" => Ty::BlockArray(next()),
            "K2KSendError" => Ty::SendError(next()),
            "RingContext" => Ty::Context,
            "str" => Ty::Text,
            _ => match self.named_type(source, line, path)? {
                Some(ty) => ty,
                None => {
                    let advice = match path {
                        "isize" | "i128" | "u128" | "char" | "String" => {
                            "devices have bool, i8 to i64, u8 to u64, f32, f64 and usize"
                        }
                        _ => "derive `GpuType` for it, or declare the kernel `backends(cpu)`",
                    };
                    let message = format!("the type `{path}` is not known to devices: {advice}");
                    return Err(self.error(source, line, message));
                }
            },
        })
    }

    /// The length of an array.
    pub(super) fn array_len(
        &mut self,
        source: SourceId,
        len: &Expr,
        constants: &Constants<'_>,
    ) -> Result<u32> {
        let value = self.constant(source, len, constants)?;
        u32::try_from(value)
            .map_err(|_| self.error(source, len.line, format!("an array cannot have {value} elements")))
    }

    /// The value of an integer that is known when the kernel is linked.
    pub(super) fn constant(
        &mut self,
        source: SourceId,
        expr: &Expr,
        constants: &Constants<'_>,
    ) -> Result<i128> {
        let unknown = "this has to be known when the kernel is linked: use literals and constants, with + - * / % << >>";
        let value = match &expr.kind {
            ExprKind::Literal(Literal::Int(value, _)) => Some(i128::from(*value)),
            ExprKind::Literal(Literal::Byte(value)) => Some(i128::from(*value)),
            ExprKind::Cast(inner, _) | ExprKind::Unary(UnaryOp::Deref, inner) => {
                Some(self.constant(source, inner, constants)?)
            }
            ExprKind::Unary(UnaryOp::Negate, inner) => Some(-self.constant(source, inner, constants)?),
            ExprKind::Block(None, block) if block.statements.is_empty() => match &block.value {
                Some(value) => Some(self.constant(source, value, constants)?),
                None => None,
            },
            ExprKind::Binary(op, left, right) => {
                let left = self.constant(source, left, constants)?;
                let right = self.constant(source, right, constants)?;
                match op {
                    BinaryOp::Add => left.checked_add(right),
                    BinaryOp::Subtract => left.checked_sub(right),
                    BinaryOp::Multiply => left.checked_mul(right),
                    BinaryOp::Divide => left.checked_div(right),
                    BinaryOp::Remainder => left.checked_rem(right),
                    BinaryOp::ShiftLeft => {
                        u32::try_from(right).ok().and_then(|right| left.checked_shl(right))
                    }
                    BinaryOp::ShiftRight => {
                        u32::try_from(right).ok().and_then(|right| left.checked_shr(right))
                    }
                    _ => None,
                }
            }
            ExprKind::Path(path) => {
                match constants.iter().rev().find(|(name, _)| *name == path.name).map(|(_, value)| *value) {
                    Some(value) => Some(self.constant(source, value, constants)?),
                    None => match self.lookup(source, &path.name)? {
                        Some(Named::Size(size)) => Some(i128::from(size)),
                        Some(Named::Constant(layout, bytes)) => match self.layout(&layout) {
                            Ty::Scalar(scalar) if scalar.is_integer() => Some(read_int(scalar, &bytes)),
                            _ => None,
                        },
                        _ => None,
                    },
                }
            }
            _ => None,
        };
        value.ok_or_else(|| self.error(source, expr.line, unknown))
    }
}

/// The integer that these bytes are.
pub(super) fn read_int(scalar: Scalar, bytes: &[u8]) -> i128 {
    let mut word = [0; 8];
    let len = bytes.len().min(8);
    word[..len].copy_from_slice(&bytes[..len]);
    let value = u64::from_le_bytes(word);
    if scalar.is_signed() {
        let shift = 64 - 8 * len as u32;
        i128::from((value << shift).cast_signed() >> shift)
    } else {
        i128::from(value)
    }
}

/// The name that a pattern binds as a whole.
pub(super) fn pattern_name(kind: &PatternKind) -> Option<&str> {
    match kind {
        PatternKind::Binding { name, inner: None, .. } => Some(name),
        _ => None,
    }
}
