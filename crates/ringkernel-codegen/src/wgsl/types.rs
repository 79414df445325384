//! How values are held: the WGSL types of the language's types, and their declarations.
//!
//! Integers of 8 and 16 bits are held in 32, always in their range; `usize` in `u32`; enums as their integer; structs,
//! tuples, options and results as structs. Nothing here is about memory, where everything lies as Rust lays it out.

use std::collections::BTreeSet;
use std::fmt::Write;

use super::printer::Printer;
use super::unsupported::Reason;
use crate::ir::{Scalar, Type, TypeId};
use crate::print::Unsupported;
use crate::print::{names, types};

/// The WGSL type that holds a scalar.
pub(super) const fn holder(scalar: Scalar) -> &'static str {
    match scalar {
        Scalar::Bool => "bool",
        Scalar::I8 | Scalar::I16 | Scalar::I32 => "i32",
        Scalar::U8 | Scalar::U16 | Scalar::U32 | Scalar::Usize => "u32",
        Scalar::I64 => "i64",
        Scalar::U64 => "u64",
        Scalar::F32 => "f32",
        Scalar::F64 => "f64",
    }
}

/// The name of a scalar in names of helpers. `usize` shares those of `u32`.
pub(super) const fn scalar_name(scalar: Scalar) -> &'static str {
    match scalar {
        Scalar::Bool => "bool",
        Scalar::I8 => "i8",
        Scalar::I16 => "i16",
        Scalar::I32 => "i32",
        Scalar::I64 => "i64",
        Scalar::U8 => "u8",
        Scalar::U16 => "u16",
        Scalar::U32 | Scalar::Usize => "u32",
        Scalar::U64 => "u64",
        Scalar::F32 => "f32",
        Scalar::F64 => "f64",
    }
}

/// Bits of a scalar as WebGPU has it.
pub(super) const fn bits(scalar: Scalar) -> u32 {
    match scalar {
        Scalar::Usize => 32,
        scalar => scalar.size() * 8,
    }
}

/// Cuts a value that is held in 32 bits back to the range of its type.
pub(super) fn wrap(scalar: Scalar, text: String) -> String {
    match scalar {
        Scalar::I8 => format!("(({text} << 24u) >> 24u)"),
        Scalar::I16 => format!("(({text} << 16u) >> 16u)"),
        Scalar::U8 => format!("({text} & 255u)"),
        Scalar::U16 => format!("({text} & 65535u)"),
        _ => text,
    }
}

/// A member of the struct that holds a value.
#[derive(Debug, Clone, Copy)]
pub(super) enum Member {
    /// Whether there is something: a `bool`.
    Flag,
    /// A value of this type.
    Part(TypeId),
}

impl Printer<'_> {
    pub(super) fn ty(&self, ty: TypeId) -> &Type {
        self.module.types.get(ty)
    }

    /// The scalar of a scalar or enum type.
    pub(super) fn scalar(&self, ty: TypeId) -> Option<Scalar> {
        types::scalar_of(&self.module.types, ty)
    }

    pub(super) fn is_unit(&self, ty: TypeId) -> bool {
        matches!(self.ty(ty), Type::Unit)
    }

    /// Whether a value of this type holds vectors.
    pub(super) fn holds_vectors(&self, ty: TypeId) -> bool {
        types::holds_vectors(&self.module.types, ty)
    }

    /// Notes that the program computes with this scalar.
    pub(super) fn require(&mut self, scalar: Scalar) -> Result<(), Unsupported> {
        let standard = self.options.dialect == super::Dialect::Standard;
        let capabilities = &self.options.capabilities;
        match scalar {
            Scalar::I64 | Scalar::U64 if standard || !capabilities.int64 => Err(Reason::Int64.into()),
            // A double lies in memory as an integer of 64 bits.
            Scalar::F64 if standard || !capabilities.float64 || !capabilities.int64 => {
                Err(Reason::Float64.into())
            }
            Scalar::I64 | Scalar::U64 => {
                self.requirements.int64 = true;
                Ok(())
            }
            Scalar::F64 => {
                self.requirements.float64 = true;
                self.requirements.int64 = true;
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// The WGSL type of values of this type, which will be declared.
    pub(super) fn value_type(&mut self, ty: TypeId) -> Result<String, Unsupported> {
        let module = self.module;
        match module.types.get(ty) {
            Type::Scalar(scalar) | Type::Enum { repr: scalar, .. } => {
                self.require(*scalar)?;
                Ok(holder(*scalar).to_owned())
            }
            Type::Array { element, len } => {
                let element = self.value_type(*element)?;
                // WGSL has no empty arrays; nothing reads the one element.
                Ok(format!("array<{element}, {}>", (*len).max(1)))
            }
            Type::Vec(_) => {
                self.uses_vectors = true;
                Ok("RkVec".to_owned())
            }
            Type::Cell { element, .. } => self.value_type(*element),
            Type::BlockArray(_) | Type::Unit => Ok("u32".to_owned()),
            Type::Struct(_) | Type::Tuple(_) | Type::Option(_) | Type::Result(..) => {
                self.declare(ty)?;
                Ok(self.struct_name(ty))
            }
        }
    }

    /// The name of the struct that holds a value. Names of Rust types may occur twice, so that the index counts.
    fn struct_name(&self, ty: TypeId) -> String {
        match self.ty(ty) {
            Type::Struct(layout) => names::ty(&layout.name, ty),
            Type::Tuple(_) => names::ty("Tuple", ty),
            Type::Option(_) => names::ty("Option", ty),
            _ => names::ty("Result", ty),
        }
    }

    fn declare(&mut self, ty: TypeId) -> Result<(), Unsupported> {
        if self.structs.contains_key(&ty) {
            return Ok(());
        }
        let mut members = Vec::new();
        for (name, part) in self.members(ty) {
            let part = match part {
                Member::Flag => "bool".to_owned(),
                Member::Part(part) => self.value_type(part)?,
            };
            members.push(format!("    {name}: {part},\n"));
        }
        if members.is_empty() {
            members.push("    nothing: u32,\n".to_owned());
        }
        let mut text = String::new();
        // Writing to a string does not fail.
        let _ = writeln!(text, "struct {} {{\n{}}}", self.struct_name(ty), members.concat());
        self.structs.insert(ty, text);
        Ok(())
    }

    /// Members of the struct that holds a value, in order. Units take none.
    pub(super) fn members(&self, ty: TypeId) -> Vec<(String, Member)> {
        self.all_members(ty).into_iter().filter(|(_, member)| self.is_held(*member)).collect()
    }

    pub(super) fn is_held(&self, member: Member) -> bool {
        !matches!(member, Member::Part(part) if self.is_unit(part))
    }

    /// As [`members`](Self::members), units included.
    pub(super) fn all_members(&self, ty: TypeId) -> Vec<(String, Member)> {
        let flag = |name: &str| (name.to_owned(), Member::Flag);
        let part = |name: &str, ty: TypeId| (name.to_owned(), Member::Part(ty));
        match self.ty(ty) {
            Type::Struct(layout) => {
                let fields = layout.fields.iter().enumerate();
                fields.map(|(index, field)| part(&names::field(&field.name, index), field.ty)).collect()
            }
            Type::Tuple(parts) => {
                let parts = parts.iter().enumerate();
                parts.map(|(index, ty)| part(&names::field("part", index), *ty)).collect()
            }
            Type::Option(value) => vec![flag("some"), part("value", *value)],
            Type::Result(value, error) => vec![flag("ok"), part("value", *value), part("error", *error)],
            _ => Vec::new(),
        }
    }

    /// The name of the member that holds a part of a struct or tuple.
    pub(super) fn member(&self, ty: TypeId, part: u32) -> String {
        match self.ty(ty) {
            Type::Struct(layout) => names::field(&layout.fields[part as usize].name, part as usize),
            Type::Option(_) => "value".to_owned(),
            _ => names::field("part", part as usize),
        }
    }

    /// Type of a part of a struct or tuple, or of what is in an option.
    pub(super) fn part_type(&self, ty: TypeId, part: u32) -> TypeId {
        types::part_type(&self.module.types, ty, part)
    }

    /// Declarations of the structs that are used, those that others are made of first.
    pub(super) fn declarations(&self) -> String {
        let order: BTreeSet<_> = self.structs.keys().collect();
        let vector = "struct RkVec {\n    at: u32,\n    len: u32,\n    capacity: u32,\n}\n";
        let mut text = if self.uses_vectors { vector.to_owned() } else { String::new() };
        for ty in order {
            if !text.is_empty() {
                text.push('\n');
            }
            text.push_str(&self.structs[ty]);
        }
        text
    }
}
