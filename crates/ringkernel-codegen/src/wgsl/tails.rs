//! Payloads with parts of variable length: their size, and how they are written.
//!
//! The tail has one canonical order, that of the fields; each part starts where the one before it ends, at its alignment.

use super::memory::{Address, Memory, Unit};
use super::printer::Printer;
use super::types::Member;
use super::unsupported::Reason;
use crate::ir::{Type, TypeId};
use crate::print::Unsupported;

impl Printer<'_> {
    /// The function from a value and the end of the payload so far to its end behind the value's tail. It faults when the
    /// value holds a vector whose elements the lane does not keep.
    pub(super) fn tail_bytes(&mut self, ty: TypeId) -> Result<String, Unsupported> {
        self.generate(format!("rk_tail_bytes_{}", ty.0), |printer, name| {
            let value = printer.value_type(ty)?;
            let mut text =
                format!("fn {name}(value: {value}, start: u32, file: u32, line: u32) -> u32 {{\n    var end = start;\n");
            match *printer.ty(ty) {
                Type::Vec(element) => {
                    let (size, align) = printer.vector_element_layout(element)?;
                    text.push_str(&format!(
                        "    if value.capacity < value.len {{\n        rk_raise(8u, 0u, file, line);\n    }}\n    \
                         end = rk_align(end, {align}u) + value.len * {size}u;\n"
                    ));
                }
                Type::Array { element, len } => {
                    let inner = printer.tail_bytes(element)?;
                    text.push_str(&format!(
                        "    var all = value;\n    for (var i = 0u; i < {len}u; i++) {{\n        \
                         end = {inner}(all[i], end, file, line);\n    }}\n"
                    ));
                }
                _ => {
                    for (member, part) in printer.members(ty) {
                        let Member::Part(part) = part else { continue };
                        if printer.holds_vectors(part) {
                            let inner = printer.tail_bytes(part)?;
                            let some = if member == "value" { "if value.some " } else { "" };
                            text.push_str(&format!(
                                "    {some}{{\n        end = {inner}(value.{member}, end, file, line);\n    }}\n"
                            ));
                        }
                    }
                }
            }
            text.push_str("    return end;\n}\n");
            Ok(text)
        })
    }

    /// The function that writes a value which holds vectors: where, what, the byte at which the payload starts, and its
    /// end so far; it gives the end behind the value's tail.
    pub(super) fn tail_writer(&mut self, ty: TypeId) -> Result<String, Unsupported> {
        self.generate(format!("rk_write_{}", ty.0), |printer, name| {
            let value = printer.value_type(ty)?;
            let head = format!("fn {name}(at: u32, value: {value}, payload: u32, start: u32) -> u32 {{\n");
            let body = match *printer.ty(ty) {
                Type::Vec(element) => printer.write_vector(element)?,
                Type::Array { element, len } => {
                    let inner = printer.tail_writer(element)?;
                    let at = printer.element_address(ty, element, &printer.writer_address(ty));
                    format!(
                        "    var end = start;\n    var all = value;\n    for (var i = 0u; i < {len}u; i++) {{\n        \
                         end = {inner}({}, all[i], payload, end);\n    }}\n    return end;\n",
                        at.start
                    )
                }
                _ => printer.write_members(ty)?,
            };
            Ok(format!("{head}{body}}}\n"))
        })
    }

    fn writer_address(&self, ty: TypeId) -> Address {
        Address { memory: Memory::Plain, unit: self.unit_of(ty), start: "at".into(), bytes: 0, payload: None }
    }

    fn write_members(&mut self, ty: TypeId) -> Result<String, Unsupported> {
        let mut text = "    var end = start;\n".to_owned();
        let start = self.writer_address(ty);
        for (member, part, offset) in self.placed_members(ty) {
            let at = start.after(offset);
            match part {
                Member::Flag => {
                    text.push_str(&format!("    rk_mem[{}] = select(0u, 1u, value.{member});\n", at.word()));
                    text.push_str("    if !value.some {\n        return end;\n    }\n");
                }
                Member::Part(part) if self.holds_vectors(part) => {
                    let inner = self.tail_writer(part)?;
                    let at = if self.unit_of(part) == Unit::Words { at.word() } else { at.byte() };
                    text.push_str(&format!("    end = {inner}({at}, value.{member}, payload, end);\n"));
                }
                Member::Part(part) => {
                    let put = self.store(part, &at, &format!("value.{member}"))?;
                    text.push_str(&format!("    {put}\n"));
                }
            }
        }
        text.push_str("    return end;\n");
        Ok(text)
    }

    /// Elements without padding are copied as they lie; others one by one, because what lies between their parts in
    /// scratch memory is not zero.
    fn write_vector(&mut self, element: TypeId) -> Result<String, Unsupported> {
        let (size, align) = self.vector_element_layout(element)?;
        let mut text = format!(
            "    let first = rk_align(start, {align}u);\n    rk_mem[at] = first;\n    rk_mem[at + 1u] = value.len;\n"
        );
        if self.scalar(element).is_some() {
            text.push_str(&format!("    rk_copy(payload + first, value.at, value.len * {size}u);\n"));
        } else {
            let unit = self.unit_of(element);
            let side = |from: &str| {
                let start = match unit {
                    Unit::Words => format!("((({from}) >> 2u) + i * {}u)", size / 4),
                    Unit::Bytes => format!("({from} + i * {size}u)"),
                };
                Address { memory: Memory::Plain, unit, start, bytes: 0, payload: None }
            };
            let item = self.load(element, &side("value.at"))?;
            let put = self.store(element, &side("payload + first"), &item)?;
            text.push_str(&format!("    for (var i = 0u; i < value.len; i++) {{\n        {put}\n    }}\n"));
        }
        text.push_str(&format!("    return first + value.len * {size}u;\n"));
        Ok(text)
    }

    fn vector_element_layout(&self, element: TypeId) -> Result<(u32, u32), Unsupported> {
        if self.holds_vectors(element) {
            return Err(Reason::NestedVectors.into());
        }
        Ok(self.module.types.layout(element))
    }
}
