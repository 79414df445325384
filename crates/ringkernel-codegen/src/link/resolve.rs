//! What paths stand for as values and as functions: one answer for inference and lowering.

use super::error::Result;
use super::linker::Linker;
use super::numbers::scalar_constant;
use super::sources::{Named, SourceId};
use super::ty::{Ty, scalar_named};
use crate::ir::{Literal, Scalar, Type, TypeId};

/// What a path stands for as a value.
#[derive(Debug, Clone)]
pub(super) enum PathValue {
    /// A constant's bytes.
    Constant(Ty, Vec<u8>),
    /// A constant scalar.
    Literal(Scalar, Literal),
    /// A unit struct, or a constant that is all zero.
    Zero(Ty),
    /// A variant of an enum.
    Variant(Ty, i128),
    /// `None`.
    Nothing,
    /// The name of a kernel, topic or barrier.
    Text(&'static str),
    /// A function.
    Function(Callee),
}

/// What a path stands for as a function.
#[derive(Debug, Clone)]
pub(super) enum Callee {
    Function(SourceId),
    /// A tuple struct.
    Construct(Ty),
    /// `Type::default` that the macros have called.
    Constant(Ty, Vec<u8>),
    Some,
    Ok,
    Err,
    /// `u64::from`.
    From(Scalar),
    /// `CorrelationId::from`.
    CorrelationFrom,
    /// `f32::max`, the receiver being the first argument.
    ScalarMethod(Scalar, String),
    VecNew,
    VecWithCapacity,
    /// `Default::default`, `Type::default`.
    Default(Option<Ty>),
    Min,
    Max,
    Swap,
    Replace,
    Take,
    Drop,
    /// A struct that handlers know, from its fields in order.
    FromParts(Ty),
    /// A struct that handlers know, from one word.
    FromBits(Ty),
}

impl Linker<'_> {
    /// What a path stands for as a value, if anything.
    pub(super) fn path_value(
        &mut self,
        source: SourceId,
        line: u32,
        path: &str,
    ) -> Result<Option<PathValue>> {
        match self.lookup(source, path)? {
            Some(Named::Constant(layout, bytes)) => {
                return Ok(Some(PathValue::Constant(self.layout(&layout), bytes)));
            }
            Some(Named::Size(size)) => {
                return Ok(Some(PathValue::Literal(Scalar::Usize, Literal::Int(size.into()))));
            }
            Some(Named::Type(layout)) => return Ok(Some(PathValue::Zero(self.layout(&layout)))),
            Some(Named::Message(message)) => return Ok(Some(PathValue::Zero(self.message_ty(message)))),
            Some(Named::Function(function)) => {
                return Ok(Some(PathValue::Function(Callee::Function(function))));
            }
            Some(Named::Text(text)) => return Ok(Some(PathValue::Text(text))),
            Some(Named::Unknown(_)) | None => {}
        }
        let (prefix, last) = path.rsplit_once("::").unwrap_or(("", path));
        if last == "None" {
            return Ok(Some(PathValue::Nothing));
        }
        if let Some((scalar, literal)) = scalar_constant(prefix, last) {
            return Ok(Some(PathValue::Literal(scalar, literal)));
        }
        if !prefix.is_empty()
            && scalar_named(prefix).is_none()
            && let Some(ty) = self.type_if_any(source, line, prefix)
        {
            if let Ty::Named(id) = &ty
                && let Type::Enum { variants, .. } = self.module.types.get(*id)
                && let Some((_, value)) = variants.iter().find(|(name, _)| name == last)
            {
                return Ok(Some(PathValue::Variant(ty, *value)));
            }
            if matches!(last, "NONE" | "NIL") && self.is_known(&ty) {
                return Ok(Some(PathValue::Zero(ty)));
            }
        }
        Ok(self.callee(source, line, path)?.map(PathValue::Function))
    }

    /// What a path stands for as a function, if anything.
    pub(super) fn callee(&mut self, source: SourceId, line: u32, path: &str) -> Result<Option<Callee>> {
        match self.lookup(source, path)? {
            Some(Named::Function(function)) => return Ok(Some(Callee::Function(function))),
            Some(Named::Type(layout)) => return Ok(Some(Callee::Construct(self.layout(&layout)))),
            Some(Named::Message(message)) => return Ok(Some(Callee::Construct(self.message_ty(message)))),
            Some(Named::Constant(layout, bytes)) => {
                return Ok(Some(Callee::Constant(self.layout(&layout), bytes)));
            }
            _ => {}
        }
        let (prefix, last) = path.rsplit_once("::").unwrap_or(("", path));
        let of = prefix.rsplit("::").next().unwrap_or(prefix);
        let callee = match (of, last) {
            ("" | "Option", "Some") => Some(Callee::Some),
            ("" | "Result", "Ok") => Some(Callee::Ok),
            ("" | "Result", "Err") => Some(Callee::Err),
            ("Vec", "new" | "default") => Some(Callee::VecNew),
            ("Option", "default") => Some(Callee::Default(None)),
            ("Vec", "with_capacity") => Some(Callee::VecWithCapacity),
            ("Default", "default") => Some(Callee::Default(None)),
            ("" | "cmp", "min") => Some(Callee::Min),
            ("" | "cmp", "max") => Some(Callee::Max),
            ("" | "mem", "swap") => Some(Callee::Swap),
            ("" | "mem", "replace") => Some(Callee::Replace),
            ("" | "mem", "take") => Some(Callee::Take),
            ("" | "mem", "drop") => Some(Callee::Drop),
            _ => None,
        };
        if callee.is_some() || prefix.is_empty() {
            return Ok(callee);
        }
        if let Some(scalar) = scalar_named(of) {
            return Ok(Some(match last {
                "from" => Callee::From(scalar),
                "default" => Callee::Default(Some(Ty::Scalar(scalar))),
                _ => Callee::ScalarMethod(scalar, last.to_owned()),
            }));
        }
        if let Some(method) = self.sources.method(source, of, last)? {
            return Ok(Some(Callee::Function(method)));
        }
        let Some(ty) = self.type_if_any(source, line, prefix) else { return Ok(None) };
        if let Some(method) = self.method_of(source, &ty, last)? {
            return Ok(Some(Callee::Function(method)));
        }
        let known = self.is_known(&ty);
        Ok(match last {
            "default" => Some(Callee::Default(Some(ty))),
            "from_parts" | "new" if known => Some(Callee::FromParts(ty)),
            "zero" if known => Some(Callee::Default(Some(ty))),
            "from_bits" if known => Some(Callee::FromBits(ty)),
            "from" if of == "CorrelationId" && known => Some(Callee::CorrelationFrom),
            _ => None,
        })
    }

    /// The user's method of this name on a type.
    pub(super) fn method_of(&mut self, source: SourceId, ty: &Ty, name: &str) -> Result<Option<SourceId>> {
        let (Ty::Named(id) | Ty::Message(id, _)) = ty else { return Ok(None) };
        let of = match self.module.types.get(*id) {
            Type::Struct(layout) => layout.name.clone(),
            Type::Enum { name, .. } => name.clone(),
            _ => return Ok(None),
        };
        let named = self.sources.method(source, &of, name)?;
        if named.is_some() {
            return Ok(named);
        }
        self.method_of_layout(source, *id, &of, name)
    }

    /// The method of a type that the function has a value of and does not name.
    fn method_of_layout(
        &mut self,
        source: SourceId,
        id: TypeId,
        of: &str,
        name: &str,
    ) -> Result<Option<SourceId>> {
        let mut found = Vec::new();
        for known in self.methods.clone() {
            let Some(method) = known.methods.iter().find(|method| method.name == name) else { continue };
            if self.layout(&known.layout) != Ty::Named(id) {
                continue;
            }
            let method = self.sources.record(method)?;
            if !found.contains(&method) {
                found.push(method);
            }
        }
        match found.as_slice() {
            [] => Ok(None),
            [method] => Ok(Some(*method)),
            _ => Err(self.error(
                source,
                0,
                format!(
                    "`{name}` is a method of several types `{of}` with one layout: name the type in this function, as in `let value: {of} = ..`"
                ),
            )),
        }
    }

    /// Whether it is a struct that every handler knows.
    pub(super) fn is_known(&mut self, ty: &Ty) -> bool {
        let (Ty::Named(id) | Ty::Message(id, _)) = ty else { return false };
        let Type::Struct(layout) = self.module.types.get(*id) else { return false };
        let name = layout.name.clone();
        self.known(&name).as_ref() == Some(ty)
    }

    fn type_if_any(&mut self, source: SourceId, line: u32, path: &str) -> Option<Ty> {
        self.named_type(source, line, path).ok().flatten()
    }
}
