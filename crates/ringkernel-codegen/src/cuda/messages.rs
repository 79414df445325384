//! Messages: reading what holds vectors, and writing in canonical form.

use std::fmt::Write;

use super::printer::Printer;
use super::types::Member;
use crate::ir::{MessageIndex, Type, TypeId};
use crate::print::Unsupported;

impl Printer<'_> {
    /// The value of a place in memory whose type holds vectors.
    pub(super) fn loaded(&mut self, ty: TypeId, place: &str, payload: &str) -> Result<String, Unsupported> {
        if let Type::Vec(_) = self.ty(ty) {
            return Ok(format!("rk_vector_of({place}, {payload})"));
        }
        let load = self.generate(format!("rk_load_t{}", ty.0), |printer, name| {
            let (value, memory) = (printer.value_type(ty)?, printer.memory_type(ty)?);
            let mut body = format!("    {value} value{{}};\n");
            for (member, part) in printer.members(ty) {
                let from = format!("from.{member}");
                // Writing to a string does not fail.
                let _ = match part {
                    Member::Part(part) if printer.holds_vectors(part) => {
                        let loaded = printer.loaded(part, &from, "payload")?;
                        writeln!(body, "    value.{member} = {loaded};")
                    }
                    Member::Elements(element, len) => {
                        let loaded = printer.loaded(element, &format!("{from}[index]"), "payload")?;
                        let head = format!("for (rk_u32 index = 0u; index < {len}u; index += 1u)");
                        writeln!(body, "    {head} {{\n        value.{member}[index] = {loaded};\n    }}")
                    }
                    _ => writeln!(body, "    value.{member} = {from};"),
                };
            }
            Ok(format!(
                "RK_FN {value} {name}(const {memory}& from, rk_u8* payload) {{\n{body}    return value;\n}}\n"
            ))
        })?;
        Ok(format!("{load}({place}, {payload})"))
    }

    /// Whether the bytes of a value are its encoding: no byte of it is padding, and nothing in it is optional.
    fn is_dense(&self, ty: TypeId) -> bool {
        let types = &self.module.types;
        match self.ty(ty) {
            Type::Scalar(_) | Type::Enum { .. } => true,
            Type::Struct(_) | Type::Tuple(_) => {
                let (mut sum, mut dense) = (0, true);
                for (_, part) in self.members(ty) {
                    if let Member::Part(part) = part {
                        sum += types.layout(part).0;
                        dense &= self.is_dense(part);
                    }
                }
                dense && sum == types.layout(ty).0
            }
            Type::Array { element, .. } => self.is_dense(*element),
            _ => false,
        }
    }

    /// Statements that write a value to a place whose bytes are zero, and its vectors to the tail.
    fn put(&mut self, ty: TypeId, place: &str, value: &str) -> Result<String, Unsupported> {
        if self.is_empty(ty) {
            return Ok(String::new());
        }
        if self.is_dense(ty) {
            return Ok(format!("{place} = {value};"));
        }
        let put = self.generate(format!("rk_put_t{}", ty.0), |printer, name| {
            let (holder, memory) = (printer.value_type(ty)?, printer.memory_type(ty)?);
            let body = match printer.ty(ty) {
                Type::Vec(element) => printer.put_elements(*element)?,
                _ => printer.put_members(ty)?,
            };
            Ok(format!(
                "RK_FN void {name}(rk_writer* writer, {memory}* to, const {holder}& value) {{\n{body}}}\n"
            ))
        })?;
        Ok(format!("{put}(writer, &{place}, {value});"))
    }

    fn put_members(&mut self, ty: TypeId) -> Result<String, Unsupported> {
        let mut body = String::new();
        let optional = matches!(self.ty(ty), Type::Option(_));
        for (member, part) in self.members(ty) {
            // Writing to a string does not fail.
            let _ = match part {
                Member::Flag(_) => writeln!(body, "    to->{member} = value.{member};"),
                Member::Part(part) => {
                    let put = self.put(part, &format!("to->{member}"), &format!("value.{member}"))?;
                    match optional {
                        true => writeln!(body, "    if (value.some != 0u) {{\n        {put}\n    }}"),
                        false => writeln!(body, "    {put}"),
                    }
                }
                Member::Elements(element, len) => {
                    let put = self.put(
                        element,
                        &format!("to->{member}[index]"),
                        &format!("value.{member}[index]"),
                    )?;
                    let head = format!("for (rk_u32 index = 0u; index < {len}u; index += 1u)");
                    writeln!(body, "    {head} {{\n        {put}\n    }}")
                }
            };
        }
        Ok(body)
    }

    /// All elements first, then what has variable length in each of them.
    fn put_elements(&mut self, element: TypeId) -> Result<String, Unsupported> {
        let (size, align) = self.module.types.layout(element);
        let memory = self.memory_type(element)?;
        let from = format!("(({memory}*)value.at)[index]");
        let from =
            if self.holds_vectors(element) { self.loaded(element, &from, "value.payload")? } else { from };
        let put = self.put(element, &format!("(({memory}*)(writer->payload + to->offset))[index]"), &from)?;
        Ok(format!(
            "    *to = rk_append_span(writer, value, {align}ull, {size}ull);\n    for (rk_u32 index = 0u; index < to->count && value.at != nullptr; index += 1u) {{\n        {put}\n    }}\n"
        ))
    }

    /// Statements that add the tail of a value to `end`.
    fn tail(&mut self, ty: TypeId, value: &str) -> Result<Option<String>, Unsupported> {
        if !self.holds_vectors(ty) {
            return Ok(None);
        }
        let tail = self.generate(format!("rk_tail_t{}", ty.0), |printer, name| {
            let holder = printer.value_type(ty)?;
            let body = printer.tail_body(ty)?;
            Ok(format!("RK_FN void {name}(rk_u64* end, const {holder}& value) {{\n{body}}}\n"))
        })?;
        Ok(Some(format!("{tail}(end, {value});")))
    }

    fn tail_body(&mut self, ty: TypeId) -> Result<String, Unsupported> {
        let mut body = String::new();
        if let Type::Vec(element) = self.ty(ty) {
            let (size, align) = self.module.types.layout(*element);
            let _ = writeln!(body, "    rk_append(end, {align}ull, {size}ull * value.len);");
            if self.holds_vectors(*element) {
                let from = format!("(({}*)value.at)[index]", self.memory_type(*element)?);
                let from = self.loaded(*element, &from, "value.payload")?;
                let tail = self.tail(*element, &from)?.unwrap_or_default();
                let head = "for (rk_u32 index = 0u; index < value.len && value.at != nullptr; index += 1u)";
                let _ = writeln!(body, "    {head} {{\n        {tail}\n    }}");
            }
            return Ok(body);
        }
        let optional = matches!(self.ty(ty), Type::Option(_));
        for (member, part) in self.members(ty) {
            match part {
                Member::Part(part) => {
                    if let Some(tail) = self.tail(part, &format!("value.{member}"))? {
                        let _ = match optional {
                            true => writeln!(body, "    if (value.some != 0u) {{\n        {tail}\n    }}"),
                            false => writeln!(body, "    {tail}"),
                        };
                    }
                }
                Member::Elements(element, len) => {
                    if let Some(tail) = self.tail(element, &format!("value.{member}[index]"))? {
                        let head = format!("for (rk_u32 index = 0u; index < {len}u; index += 1u)");
                        let _ = writeln!(body, "    {head} {{\n        {tail}\n    }}");
                    }
                }
                Member::Flag(_) => {}
            }
        }
        Ok(body)
    }

    /// The function that sends a message of a type: 0, or why it was refused.
    pub(super) fn send(&mut self, index: MessageIndex) -> Result<String, Unsupported> {
        self.generate(format!("rk_send_{}", index.0), |printer, name| printer.send_text(index, name))
    }

    fn send_text(&mut self, index: MessageIndex, name: &str) -> Result<String, Unsupported> {
        let message = &self.module.messages[index.0 as usize];
        let ty = message.ty;
        let (holder, memory) = (self.value_type(ty)?, self.memory_type(ty)?);
        let head_bytes = self.module.types.layout(ty).0;
        let id = match message.id {
            Some(field) => {
                let (member, part) = (self.member(ty, field), self.part_type(ty, field));
                let part = self.value_type(part)?;
                format!(
                    "    rk_words id = rk_bitcast<rk_words>(value.{member});\n    if (rk_is_nil(id)) {{\n        id = rk_fresh_id(rk);\n        value.{member} = rk_bitcast<{part}>(id);\n    }}\n"
                )
            }
            None => "    rk_words id = rk_fresh_id(rk);\n".to_owned(),
        };
        let correlation = match message.correlation {
            Some(field) => {
                let member = self.member(ty, field);
                match self.ty(self.part_type(ty, field)) {
                    // The value of `None` is zero.
                    Type::Option(_) => {
                        format!("    rk_words correlation = rk_bitcast<rk_words>(value.{member}.value);\n")
                    }
                    _ => format!("    rk_words correlation = rk_bitcast<rk_words>(value.{member});\n"),
                }
            }
            None => "    rk_words correlation{};\n".to_owned(),
        };
        let default = message.default_priority;
        let priority = match message.priority {
            Some(field) => {
                let member = self.member(ty, field);
                format!("    rk_u32 priority = value.{member} == 0 ? {default}u : (rk_u32)value.{member};\n")
            }
            None => format!("    rk_u32 priority = {default}u;\n"),
        };
        let tail = match self.tail(ty, "value")? {
            Some(tail) => format!("    rk_u64* end = &bytes;\n    {tail}\n"),
            None => String::new(),
        };
        let put = self.put(ty, &format!("(*({memory}*)payload)"), "value")?;
        Ok(format!(
            "RK_FN rk_u32 {name}(\n    rk_lane* rk, rk_u32 op, rk_u64 target, {holder} value, rk_words* request, rk_u32 file, rk_u32 line) {{\n    if (rk->fault != 0u) {{\n        return 0u;\n    }}\n{id}{correlation}{priority}    rk_u64 bytes = {head_bytes}ull;\n{tail}    rk_u8* payload = rk_open_zeroed(\n        rk, op, (rk_u32)target, (rk_u32)(target >> 32), {}u, bytes, priority, id, correlation);\n    if (payload == nullptr) {{\n        return rk->refusal;\n    }}\n    rk_writer state{{payload, {head_bytes}ull, false}};\n    rk_writer* writer = &state;\n    {put}\n    if (writer->lacks_elements) {{\n        rk_raise(rk, RK_OUT_OF_MEMORY, 0u, file, line);\n    }}\n    if (request != nullptr) {{\n        *request = rk_is_nil(correlation) ? id : correlation;\n    }}\n    // A late answer is written and refused.\n    return op == 6u ? rk->refusal : 0u;\n}}\n",
            index.0
        ))
    }
}
