//! Messages on their way out: a function for each type that asks the runtime for room and writes the payload.

use super::printer::Printer;
use super::types::Member;
use crate::ir::{Answer, Handler, MessageIndex, Type, TypeId};
use crate::print::Unsupported;

/// What a message is sent for: the first argument of `rk_open`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    Answer,
    Output,
    ToActor,
    ToName,
    AskActor,
    AskName,
    Deferred,
}

impl Purpose {
    /// The number by which the runtime knows it.
    pub(super) const fn number(self) -> u32 {
        match self {
            Self::Answer => 0,
            Self::Output => 1,
            Self::ToActor => 2,
            Self::ToName => 3,
            Self::AskActor => 4,
            Self::AskName => 5,
            Self::Deferred => 6,
        }
    }
}

impl Printer<'_> {
    /// The lines that run a handler and send its answer.
    pub(super) fn handler(&mut self, handler: &Handler) -> Result<String, Unsupported> {
        let call = format!("{}()", self.function_name(handler.function));
        let indent = "            ";
        let merge = if self.is_scalar() { String::new() } else { format!("{indent}rk_block_fault();\n") };
        let (message, value, condition) = match handler.answer {
            Answer::None => return Ok(format!("{indent}{call};\n{merge}")),
            Answer::Always(message) => (message, "answer", self.answers_from_here()),
            Answer::Maybe(message) => {
                let here = self.answers_from_here();
                let some =
                    Some(here.map_or("answer.some".to_owned(), |here| format!("answer.some && {here}")));
                (message, "answer.value", some)
            }
        };
        let writer = self.message_writer(message)?;
        let send = format!("{writer}({}u, 0u, 0u, {value}, 0u, 0u);", Purpose::Answer.number());
        let send = match condition {
            Some(condition) => format!("{indent}if {condition} {{\n{indent}    {send}\n{indent}}}\n"),
            None => format!("{indent}{send}\n"),
        };
        Ok(format!("{indent}let answer = {call};\n{merge}{send}"))
    }

    /// The function that sends a message: it takes purpose, target, value, and the file and line of a fault, and gives 0
    /// or the reason for which it is refused.
    pub(super) fn message_writer(&mut self, message: MessageIndex) -> Result<String, Unsupported> {
        self.generate(format!("rk_send_m{}", message.0), |printer, name| printer.write_message(message, name))
    }

    fn write_message(&mut self, index: MessageIndex, name: &str) -> Result<String, Unsupported> {
        let module = self.module;
        let message = &module.messages[index.0 as usize];
        let ty = message.ty;
        let value = self.value_type(ty)?;
        let head_bytes = module.types.layout(ty).0;
        let mut text = format!(
            "fn {name}(purpose: u32, a: u32, b: u32, given: {value}, file: u32, line: u32) -> u32 {{\n    \
             if rk_fault != 0u {{\n        return 1u;\n    }}\n"
        );
        text.push_str(if message.id.is_some() {
            "    var value = given;\n"
        } else {
            "    let value = given;\n"
        });
        match message.id {
            Some(field) => {
                let (member, ty) = (self.member(ty, field), self.part_type(ty, field));
                let (to, of) = (self.words_of(ty)?, self.struct_of(ty)?);
                text.push_str(&format!(
                    "    var id = {to}(value.{member});\n    if rk_is_nil(id) {{\n        id = rk_fresh_id();\n        \
                     value.{member} = {of}(id);\n    }}\n"
                ));
            }
            None => text.push_str("    let id = rk_fresh_id();\n"),
        }
        let correlation = match message.correlation {
            Some(field) => self.correlation(ty, field)?,
            None => "vec4<u32>()".to_owned(),
        };
        text.push_str(&format!("    let correlation = {correlation};\n"));
        let priority = match message.priority {
            Some(field) => {
                let (member, default) = (self.member(ty, field), message.default_priority);
                format!("select(u32(value.{member}), {default}u, value.{member} == 0u)")
            }
            None => format!("{}u", message.default_priority),
        };
        text.push_str(&format!("    let priority = {priority};\n"));
        let tail = self.holds_vectors(ty);
        if tail {
            let bytes = self.tail_bytes(ty)?;
            text.push_str(&format!(
                "    let bytes = {bytes}(value, {head_bytes}u, file, line);\n    if rk_fault != 0u {{\n        \
                 return 1u;\n    }}\n"
            ));
        } else {
            text.push_str(&format!("    let bytes = {head_bytes}u;\n"));
        }
        text.push_str(&format!(
            "    let at = rk_open(purpose, a, b, {}u, bytes, priority, id, correlation);\n    \
             if at == 0u {{\n        return max(rk_refusal, 1u);\n    }}\n",
            index.0
        ));
        if tail || !self.is_dense(ty) {
            text.push_str("    rk_clear(at, bytes);\n");
        }
        text.push_str(&format!("    {}\n", self.put_head(ty, tail, head_bytes)?));
        if self.asks {
            text.push_str("    rk_asked = select(correlation, id, vec4<bool>(rk_is_nil(correlation)));\n");
        }
        // A late answer is written down for the host and refused nevertheless.
        let deferred = Purpose::Deferred.number();
        text.push_str(&format!("    return select(0u, rk_refusal, purpose == {deferred}u);\n}}\n"));
        Ok(text)
    }

    fn put_head(&mut self, ty: TypeId, tail: bool, head_bytes: u32) -> Result<String, Unsupported> {
        use super::memory::{Address, Memory, Unit};
        if tail {
            let put = self.tail_writer(ty)?;
            let at = if self.unit_of(ty) == Unit::Words { "at" } else { "(at << 2u)" };
            return Ok(format!("{put}({at}, value, (at << 2u), {head_bytes}u);"));
        }
        let at =
            Address { memory: Memory::Plain, unit: Unit::Words, start: "at".into(), bytes: 0, payload: None };
        self.store(ty, &at, "value")
    }

    /// The words of a message's correlation field, zero where it has none.
    fn correlation(&mut self, ty: TypeId, field: u32) -> Result<String, Unsupported> {
        let (member, part) = (self.member(ty, field), self.part_type(ty, field));
        match *self.ty(part) {
            Type::Option(id) => {
                let words = self.words_of(id)?;
                Ok(format!(
                    "select(vec4<u32>(), {words}(value.{member}.value), vec4<bool>(value.{member}.some))"
                ))
            }
            _ => {
                let words = self.words_of(part)?;
                Ok(format!("{words}(value.{member})"))
            }
        }
    }

    /// Whether writing a value by its parts leaves no byte of it unwritten, and each word is written at once.
    fn is_dense(&self, ty: TypeId) -> bool {
        if let Some(scalar) = self.scalar(ty) {
            return scalar.size() >= 4;
        }
        if let Type::Array { element, .. } = *self.ty(ty) {
            return self.is_dense(element);
        }
        let mut end = 0;
        for (_, member, offset) in self.placed_members(ty) {
            let (bytes, dense) = match member {
                Member::Flag => (4, true),
                Member::Part(part) => (self.module.types.layout(part).0, self.is_dense(part)),
            };
            if offset != end || !dense {
                return false;
            }
            end += bytes;
        }
        end == self.module.types.layout(ty).0
    }
}
