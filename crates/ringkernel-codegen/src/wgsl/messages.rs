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
    Publication,
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
            Self::Publication => 7,
        }
    }
}

impl Printer<'_> {
    /// The lines that run a handler and note its answer.
    pub(super) fn handler(&mut self, handler: &Handler) -> Result<String, Unsupported> {
        let call = format!("{}()", self.function_name(handler.function));
        let indent = "            ";
        let note = |message: MessageIndex| format!("rk_answering = {}u;", message.0 + 1);
        match handler.answer {
            Answer::None => Ok(format!("{indent}{call};\n")),
            Answer::Always(message) => {
                let place = self.answer_place(message)?;
                Ok(format!("{indent}{place} = {call};\n{indent}{}\n", note(message)))
            }
            Answer::Maybe(message) => {
                let place = self.answer_place(message)?;
                Ok(format!(
                    "{indent}let answer = {call};\n{indent}if answer.some {{\n{indent}    {place} = answer.value;\n\
                     {indent}    {}\n{indent}}}\n",
                    note(message)
                ))
            }
        }
    }

    /// The variable that holds an answer of this type until it is sent.
    fn answer_place(&mut self, message: MessageIndex) -> Result<String, Unsupported> {
        let ty = self.module.messages[message.0 as usize].ty;
        let (place, value) = (format!("rk_answer_m{}", message.0), self.value_type(ty)?);
        self.answers.insert(message.0, format!("var<private> {place}: {value};\n"));
        Ok(place)
    }

    /// The function that sends the answer that was noted. There is one for all handlers: some compilers copy functions to where they
    /// are called, and asking for room is long.
    pub(super) fn answer_sender(&mut self) -> Result<String, Unsupported> {
        let messages: Vec<u32> = self.answers.keys().copied().collect();
        let (mut prepared, mut written) = (String::new(), String::new());
        for index in messages {
            let message = MessageIndex(index);
            let place = format!("rk_answer_m{index}");
            let ty = self.module.messages[index as usize].ty;
            let case = |lines: &str| format!("        case {}u: {{\n{lines}        }}\n", index + 1);
            prepared.push_str(&case(&self.prepare(message, &place, ["0u", "0u"], "            ")?));
            let mut lines = String::new();
            self.put(message, ty, &place, &mut lines, "            ")?;
            written.push_str(&case(&lines));
        }
        let variables: String = self.answers.values().map(String::as_str).collect();
        Ok(format!(
            "var<private> rk_answering: u32;\n{variables}\nfn rk_send_answer() {{\n    if rk_answering == 0u || rk_fault != 0u \
             {{\n        return;\n    }}\n    var id = vec4<u32>();\n    var correlation = vec4<u32>();\n    var priority = 0u;\n    \
             var bytes = 0u;\n    switch rk_answering {{\n{prepared}        default: {{}}\n    }}\n    if rk_is_nil(id) {{\n        \
             id = rk_fresh_id();\n    }}\n    if rk_fault != 0u {{\n        return;\n    }}\n    \
             let at = rk_open({}u, 0u, 0u, rk_answering - 1u, bytes, priority, id, correlation);\n    if at == 0u {{\n        \
             return;\n    }}\n    switch rk_answering {{\n{written}        default: {{}}\n    }}\n}}\n",
            Purpose::Answer.number()
        ))
    }

    /// The lines that find out a message's id, correlation, priority and size.
    fn prepare(
        &mut self,
        index: MessageIndex,
        value: &str,
        [file, line]: [&str; 2],
        indent: &str,
    ) -> Result<String, Unsupported> {
        let module = self.module;
        let message = &module.messages[index.0 as usize];
        let ty = message.ty;
        let mut text = String::new();
        if let Some(field) = message.id {
            let (member, part) = (self.member(ty, field), self.part_type(ty, field));
            let to = self.words_of(part)?;
            text.push_str(&format!("{indent}id = {to}({value}.{member});\n"));
        }
        if let Some(field) = message.correlation {
            text.push_str(&format!("{indent}correlation = {};\n", self.correlation(ty, field, value)?));
        }
        let priority = match message.priority {
            Some(field) => {
                let (member, default) = (self.member(ty, field), message.default_priority);
                format!("select(u32({value}.{member}), {default}u, {value}.{member} == 0u)")
            }
            None => format!("{}u", message.default_priority),
        };
        text.push_str(&format!("{indent}priority = {priority};\n"));
        let head_bytes = module.types.layout(ty).0;
        if self.holds_vectors(ty) {
            let bytes = self.tail_bytes(ty)?;
            text.push_str(&format!("{indent}bytes = {bytes}({value}, {head_bytes}u, {file}, {line});\n"));
        } else {
            text.push_str(&format!("{indent}bytes = {head_bytes}u;\n"));
        }
        Ok(text)
    }

    /// The lines that write a message's payload to `at`, its id included.
    fn put(
        &mut self,
        index: MessageIndex,
        ty: TypeId,
        value: &str,
        text: &mut String,
        indent: &str,
    ) -> Result<(), Unsupported> {
        if let Some(field) = self.module.messages[index.0 as usize].id {
            let (member, part) = (self.member(ty, field), self.part_type(ty, field));
            let of = self.struct_of(part)?;
            text.push_str(&format!("{indent}{value}.{member} = {of}(id);\n"));
        }
        let (tail, head_bytes) = (self.holds_vectors(ty), self.module.types.layout(ty).0);
        if tail || !self.is_dense(ty) {
            text.push_str(&format!("{indent}rk_clear(at, bytes);\n"));
        }
        text.push_str(&format!("{indent}{}\n", self.put_head(ty, value, tail, head_bytes)?));
        Ok(())
    }

    /// The function that sends a message: it takes purpose, target, value, and the file and line of a fault, and gives 0
    /// or the reason for which it is refused.
    pub(super) fn message_writer(&mut self, message: MessageIndex) -> Result<String, Unsupported> {
        self.generate(format!("rk_send_m{}", message.0), |printer, name| printer.write_message(message, name))
    }

    fn write_message(&mut self, index: MessageIndex, name: &str) -> Result<String, Unsupported> {
        let ty = self.module.messages[index.0 as usize].ty;
        let value = self.value_type(ty)?;
        let prepared = self.prepare(index, "value", ["file", "line"], "    ")?;
        let mut text = format!(
            "fn {name}(purpose: u32, a: u32, b: u32, given: {value}, file: u32, line: u32) -> u32 {{\n    \
             if rk_fault != 0u {{\n        return 1u;\n    }}\n    var value = given;\n    var id = vec4<u32>();\n    \
             var correlation = vec4<u32>();\n    var priority = 0u;\n    var bytes = 0u;\n{prepared}    \
             if rk_is_nil(id) {{\n        id = rk_fresh_id();\n    }}\n    if rk_fault != 0u {{\n        return 1u;\n    }}\n    \
             let at = rk_open(purpose, a, b, {}u, bytes, priority, id, correlation);\n    \
             if at == 0u {{\n        return max(rk_refusal, 1u);\n    }}\n",
            index.0
        );
        self.put(index, ty, "value", &mut text, "    ")?;
        if self.asks {
            text.push_str("    rk_asked = select(correlation, id, vec4<bool>(rk_is_nil(correlation)));\n");
        }
        // A late answer is written down for the host and refused nevertheless.
        let deferred = Purpose::Deferred.number();
        text.push_str(&format!("    return select(0u, rk_refusal, purpose == {deferred}u);\n}}\n"));
        Ok(text)
    }

    fn put_head(
        &mut self,
        ty: TypeId,
        value: &str,
        tail: bool,
        head_bytes: u32,
    ) -> Result<String, Unsupported> {
        use super::memory::{Address, Memory, Unit};
        if tail {
            let put = self.tail_writer(ty)?;
            let at = if self.unit_of(ty) == Unit::Words { "at" } else { "(at << 2u)" };
            return Ok(format!("{put}({at}, {value}, (at << 2u), {head_bytes}u);"));
        }
        let at =
            Address { memory: Memory::Plain, unit: Unit::Words, start: "at".into(), bytes: 0, payload: None };
        self.store(ty, &at, value)
    }

    /// The words of a message's correlation field, zero where it has none.
    fn correlation(&mut self, ty: TypeId, field: u32, value: &str) -> Result<String, Unsupported> {
        let (member, part) = (self.member(ty, field), self.part_type(ty, field));
        match *self.ty(part) {
            Type::Option(id) => {
                let words = self.words_of(id)?;
                Ok(format!(
                    "select(vec4<u32>(), {words}({value}.{member}.value), vec4<bool>({value}.{member}.some))"
                ))
            }
            _ => {
                let words = self.words_of(part)?;
                Ok(format!("{words}({value}.{member})"))
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
