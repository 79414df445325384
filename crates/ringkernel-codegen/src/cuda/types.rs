//! The C++ types of values, and their declarations.
//!
//! A value lies in memory as the C++ type that holds it: structs, tuples, options and arrays are laid out by C's rules,
//! which are Rust's for `repr(C)`, and assertions in the text say so. Only what holds vectors has two forms: in a message
//! a vector is a span of the payload, as a value it is a pointer. Types without bytes are no members of others.

use std::fmt::Write;

use super::printer::Printer;
use crate::ir::{MessageIndex, Scalar, StructType, Type, TypeId};
use crate::print::types::{holds_vectors, part_type, scalar_of};
use crate::print::{Unsupported, names};

/// The C++ type of a scalar.
pub(super) const fn scalar(scalar: Scalar) -> &'static str {
    match scalar {
        Scalar::Bool => "bool",
        Scalar::I8 => "rk_i8",
        Scalar::I16 => "rk_i16",
        Scalar::I32 => "rk_i32",
        Scalar::I64 => "rk_i64",
        Scalar::U8 => "rk_u8",
        Scalar::U16 => "rk_u16",
        Scalar::U32 => "rk_u32",
        Scalar::U64 => "rk_u64",
        Scalar::F32 => "rk_f32",
        Scalar::F64 => "rk_f64",
        Scalar::Usize => "rk_usize",
    }
}

/// Whether a type is meant as a value or as it lies in a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Value,
    Memory,
}

impl<'a> Printer<'a> {
    pub(super) fn ty(&self, ty: TypeId) -> &'a Type {
        self.module.types.get(ty)
    }

    /// The scalar of a scalar or enum type.
    pub(super) fn scalar(&self, ty: TypeId) -> Option<Scalar> {
        scalar_of(&self.module.types, ty)
    }

    pub(super) fn holds_vectors(&self, ty: TypeId) -> bool {
        holds_vectors(&self.module.types, ty)
    }

    pub(super) fn part_type(&self, ty: TypeId, part: u32) -> TypeId {
        part_type(&self.module.types, ty, part)
    }

    /// Whether a value of this type has no bytes.
    pub(super) fn is_empty(&self, ty: TypeId) -> bool {
        match self.ty(ty) {
            Type::Unit => true,
            Type::Struct(layout) => layout.fields.iter().all(|field| self.is_empty(field.ty)),
            Type::Tuple(parts) => parts.iter().all(|part| self.is_empty(*part)),
            Type::Array { element, len } => *len == 0 || self.is_empty(*element),
            Type::Cell { element, len, .. } => *len == Some(0) || self.is_empty(*element),
            _ => false,
        }
    }

    /// The C++ type of values of this type, which will be declared.
    pub(super) fn value_type(&mut self, ty: TypeId) -> Result<String, Unsupported> {
        self.type_in(ty, Form::Value)
    }

    /// The C++ type of this type in memory, which will be declared.
    pub(super) fn memory_type(&mut self, ty: TypeId) -> Result<String, Unsupported> {
        self.type_in(ty, if self.holds_vectors(ty) { Form::Memory } else { Form::Value })
    }

    /// A value of no bytes of a message's type, or `value`.
    pub(super) fn value_or_empty(
        &mut self,
        message: MessageIndex,
        value: &str,
    ) -> Result<String, Unsupported> {
        let ty = self.module.messages[message.0 as usize].ty;
        Ok(if self.is_empty(ty) { format!("{}{{}}", self.value_type(ty)?) } else { value.to_owned() })
    }

    fn type_in(&mut self, ty: TypeId, form: Form) -> Result<String, Unsupported> {
        match self.ty(ty) {
            _ if self.is_empty(ty) => Ok("rk_unit".to_owned()),
            Type::Scalar(kind) | Type::Enum { repr: kind, .. } => Ok(scalar(*kind).to_owned()),
            Type::Vec(_) => Ok(if form == Form::Memory { "rk_span" } else { "rk_vector" }.to_owned()),
            Type::BlockArray(_) => Ok("rk_array".to_owned()),
            Type::Cell { element, len: None, .. } => self.type_in(*element, form),
            _ => self.declare(ty, form),
        }
    }

    fn declare(&mut self, ty: TypeId, form: Form) -> Result<String, Unsupported> {
        let form = if self.holds_vectors(ty) { form } else { Form::Value };
        let base = match self.ty(ty) {
            Type::Struct(layout) => layout.name.as_str(),
            Type::Tuple(_) => "Tuple",
            Type::Option(_) => "Option",
            Type::Result(..) => "Result",
            Type::Cell { .. } => "Cells",
            _ => "Array",
        };
        let name = names::ty(base, ty) + if form == Form::Memory { "_m" } else { "" };
        let key = (ty, u32::from(form == Form::Memory));
        if !self.declarations.contains_key(&key) {
            let text = self.declaration(ty, form, &name)?;
            self.declarations.insert(key, text);
        }
        Ok(name)
    }

    fn declaration(&mut self, ty: TypeId, form: Form, name: &str) -> Result<String, Unsupported> {
        if let Type::Struct(layout) = self.ty(ty) {
            return self.struct_declaration(layout, form, name);
        }
        let mut members = String::new();
        for (member, part) in self.members(ty) {
            let part = match part {
                Member::Flag(flag) => flag.to_owned(),
                Member::Part(part) => self.type_in(part, form)?,
                Member::Elements(element, len) => {
                    let element = self.type_in(element, form)?;
                    let _ = writeln!(members, "    {element} {member}[{len}];");
                    continue;
                }
            };
            let _ = writeln!(members, "    {part} {member};");
        }
        Ok(format!("struct {name} {{\n{members}}};\n"))
    }

    /// A struct where Rust has put its fields.
    fn struct_declaration(
        &mut self,
        layout: &StructType,
        form: Form,
        name: &str,
    ) -> Result<String, Unsupported> {
        let types = &self.module.types;
        let (mut members, mut checks) = (String::new(), String::new());
        let (mut end, mut natural) = (0u32, 1u32);
        // A value that holds vectors lies nowhere.
        let laid_out =
            form == Form::Memory || !layout.fields.iter().any(|field| holds_vectors(types, field.ty));
        for (index, field) in layout.fields.iter().enumerate() {
            if self.is_empty(field.ty) {
                continue;
            }
            let (size, align) = types.layout(field.ty);
            let member = names::field(&field.name, index);
            if laid_out && end.next_multiple_of(align) != field.offset {
                let _ = writeln!(members, "    rk_u8 padding_{index}[{}];", field.offset - end);
            }
            let _ = writeln!(members, "    {} {member};", self.type_in(field.ty, form)?);
            let _ = writeln!(
                checks,
                "static_assert(RK_OFFSET({name}, {member}) == {}, \"{name}\");",
                field.offset
            );
            (end, natural) = (field.offset + size, natural.max(align));
        }
        if !laid_out {
            return Ok(format!("struct {name} {{\n{members}}};\n"));
        }
        let align =
            if natural < layout.align { format!("alignas({}) ", layout.align) } else { String::new() };
        let _ = writeln!(checks, "static_assert(sizeof({name}) == {}, \"{name}\");", layout.size);
        Ok(format!("struct {align}{name} {{\n{members}}};\n{checks}"))
    }

    /// Members of the C++ struct of a type in order, but for those without bytes.
    pub(super) fn members(&self, ty: TypeId) -> Vec<(String, Member)> {
        let part = |name: &str, ty: TypeId| (name.to_owned(), Member::Part(ty));
        let flag = |name: &str, ty: &'static str| (name.to_owned(), Member::Flag(ty));
        let all = match self.ty(ty) {
            Type::Struct(layout) => {
                let fields = layout.fields.iter().enumerate();
                fields.map(|(index, field)| part(&names::field(&field.name, index), field.ty)).collect()
            }
            Type::Tuple(parts) => {
                parts.iter().enumerate().map(|(index, ty)| part(&names::field("part", index), *ty)).collect()
            }
            Type::Option(value) => vec![flag("some", "rk_u32"), part("value", *value)],
            Type::Result(value, error) => {
                vec![flag("ok", "bool"), part("value", *value), part("error", *error)]
            }
            Type::Array { element, len } | Type::Cell { element, len: Some(len), .. } => {
                vec![("e".to_owned(), Member::Elements(*element, *len))]
            }
            _ => Vec::new(),
        };
        all.into_iter()
            .filter(|(_, member)| !matches!(member, Member::Part(ty) if self.is_empty(*ty)))
            .collect()
    }

    /// The member of a C++ struct that holds a part of a struct, tuple or option.
    pub(super) fn member(&self, ty: TypeId, part: u32) -> String {
        match self.ty(ty) {
            Type::Struct(layout) => names::field(&layout.fields[part as usize].name, part as usize),
            Type::Option(_) => "value".to_owned(),
            _ => names::field("part", part as usize),
        }
    }
}

/// A member of the C++ struct of a type.
#[derive(Debug, Clone, Copy)]
pub(super) enum Member {
    /// Whether there is something, as this C++ type.
    Flag(&'static str),
    /// A value of this type.
    Part(TypeId),
    /// Elements of this type, and how many.
    Elements(TypeId, u32),
}
