//! Values in memory: reading and writing every type at every kind of address.
//!
//! Memory is an array of words. A value whose alignment is four or more is addressed by its word, others by their byte.
//! Scalars are read and written in place; aggregates by functions that are made for their type and memory.

use super::printer::Printer;
use super::types::{Member, wrap};
use super::unsupported::Reason;
use crate::ir::{Scalar, Type, TypeId};
use crate::print::Unsupported;

/// Which memory, and so how its words are read and written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Memory {
    /// `rk_mem`: a lane's own, or not written by others while it is read.
    Plain,
    /// `rk_sync`: the state of a cooperative kernel, all atomic.
    Shared,
    /// `rk_block`: block memory, all atomic.
    Block,
}

impl Memory {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Plain => "mem",
            Self::Shared => "sync",
            Self::Block => "block",
        }
    }

    pub(super) fn read(self, word: &str) -> String {
        match self {
            Self::Plain => format!("rk_mem[{word}]"),
            _ => format!("atomicLoad(&rk_{}[{word}])", self.name()),
        }
    }

    pub(super) fn write(self, word: &str, bits: &str) -> String {
        match self {
            Self::Plain => format!("rk_mem[{word}] = {bits};"),
            _ => format!("atomicStore(&rk_{}[{word}], {bits});", self.name()),
        }
    }
}

/// A place in memory: an expression in words or bytes, and bytes to add to it.
#[derive(Debug, Clone)]
pub(super) struct Address {
    pub(super) memory: Memory,
    pub(super) unit: Unit,
    pub(super) start: String,
    pub(super) bytes: u32,
    /// The byte of `rk_mem` at which the payload starts, in which vectors point to their elements.
    pub(super) payload: Option<String>,
}

/// What `Address::start` counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    Words,
    Bytes,
}

impl Address {
    pub(super) fn after(&self, bytes: u32) -> Self {
        Self { bytes: self.bytes + bytes, ..self.clone() }
    }

    /// The word in which it lies.
    pub(super) fn word(&self) -> String {
        match self.unit {
            Unit::Words => plus(&self.start, self.bytes / 4),
            Unit::Bytes => format!("({} >> 2u)", plus(&self.start, self.bytes)),
        }
    }

    /// The byte, from the start of the memory.
    pub(super) fn byte(&self) -> String {
        match self.unit {
            Unit::Words => plus(&format!("({} << 2u)", self.start), self.bytes),
            Unit::Bytes => plus(&self.start, self.bytes),
        }
    }
}

fn plus(start: &str, count: u32) -> String {
    if count == 0 { start.to_owned() } else { format!("({start} + {count}u)") }
}

/// A number of steps of a length.
pub(super) fn times(count: &str, step: u32) -> String {
    if step == 1 { count.to_owned() } else { format!("{count} * {step}u") }
}

impl Printer<'_> {
    /// The value at an address.
    pub(super) fn load(&mut self, ty: TypeId, at: &Address) -> Result<String, Unsupported> {
        if let Some(scalar) = self.scalar(ty) {
            self.require(scalar)?;
            return Ok(load_scalar(scalar, at));
        }
        if let Type::Vec(_) = self.ty(ty) {
            self.value_type(ty)?;
            let Some(payload) = &at.payload else { return Err(Reason::NestedVectors.into()) };
            let (offset, len) = (at.memory.read(&at.word()), at.memory.read(&at.after(4).word()));
            return Ok(format!("RkVec({payload} + {offset}, {len}, {len})"));
        }
        let function = self.memory_function("load", ty, at.memory)?;
        let address = self.argument(ty, at);
        match (&at.payload, self.holds_vectors(ty)) {
            (_, false) => Ok(format!("{function}({address})")),
            (Some(payload), true) => Ok(format!("{function}({address}, {payload})")),
            (None, true) => Err(Reason::NestedVectors.into()),
        }
    }

    /// The statement that writes a value to an address. A value that holds vectors is written by the messages' writers.
    pub(super) fn store(&mut self, ty: TypeId, at: &Address, value: &str) -> Result<String, Unsupported> {
        if let Some(scalar) = self.scalar(ty) {
            self.require(scalar)?;
            return Ok(store_scalar(scalar, at, value));
        }
        if self.is_unit(ty) {
            return Ok(String::new());
        }
        let function = self.memory_function("store", ty, at.memory)?;
        Ok(format!("{function}({}, {value});", self.argument(ty, at)))
    }

    /// How an address is given to a function: in words where the type allows it.
    fn argument(&self, ty: TypeId, at: &Address) -> String {
        if self.unit_of(ty) == Unit::Words { at.word() } else { at.byte() }
    }

    pub(super) fn unit_of(&self, ty: TypeId) -> Unit {
        if self.module.types.layout(ty).1 >= 4 { Unit::Words } else { Unit::Bytes }
    }

    fn memory_function(&mut self, verb: &str, ty: TypeId, memory: Memory) -> Result<String, Unsupported> {
        let name = format!("rk_{verb}_{}_{}", memory.name(), ty.0);
        self.generate(name, |printer, name| match verb {
            "load" => printer.load_function(name, ty, memory),
            _ => printer.store_function(name, ty, memory),
        })
    }

    fn parameter(&self, ty: TypeId, memory: Memory) -> Address {
        let payload = self.holds_vectors(ty).then(|| "payload".to_owned());
        Address { memory, unit: self.unit_of(ty), start: "at".to_owned(), bytes: 0, payload }
    }

    fn load_function(&mut self, name: &str, ty: TypeId, memory: Memory) -> Result<String, Unsupported> {
        let value = self.value_type(ty)?;
        let at = self.parameter(ty, memory);
        let payload = if at.payload.is_some() { ", payload: u32" } else { "" };
        let head = format!("fn {name}(at: u32{payload}) -> {value} {{\n");
        if let Type::Array { element, len } = *self.ty(ty) {
            let item = self.load(element, &self.element_address(ty, element, &at))?;
            return Ok(format!(
                "{head}    var all: {value};\n    for (var i = 0u; i < {len}u; i++) {{\n        all[i] = {item};\n    \
                 }}\n    return all;\n}}\n"
            ));
        }
        let mut text = format!("{head}    var value: {value};\n");
        for (member, part, offset) in self.placed_members(ty) {
            let at = at.after(offset);
            let item = match part {
                Member::Flag => format!("{} != 0u", memory.read(&at.word())),
                Member::Part(part) => self.load(part, &at)?,
            };
            text.push_str(&format!("    value.{member} = {item};\n"));
            // Nothing is read where nothing is: its bytes are not looked at.
            if matches!(part, Member::Flag) {
                text.push_str("    if !value.some {\n        return value;\n    }\n");
            }
        }
        text.push_str("    return value;\n}\n");
        Ok(text)
    }

    fn store_function(&mut self, name: &str, ty: TypeId, memory: Memory) -> Result<String, Unsupported> {
        let value = self.value_type(ty)?;
        let at = Address { payload: None, ..self.parameter(ty, memory) };
        let head = format!("fn {name}(at: u32, value: {value}) {{\n");
        if let Type::Array { element, len } = *self.ty(ty) {
            let put = self.store(element, &self.element_address(ty, element, &at), "all[i]")?;
            return Ok(format!(
                "{head}    var all = value;\n    for (var i = 0u; i < {len}u; i++) {{\n        {put}\n    }}\n}}\n"
            ));
        }
        let mut text = head;
        for (member, part, offset) in self.placed_members(ty) {
            let at = at.after(offset);
            let put = match part {
                Member::Flag => memory.write(&at.word(), &format!("select(0u, 1u, value.{member})")),
                Member::Part(part) => self.store(part, &at, &format!("value.{member}"))?,
            };
            text.push_str(&format!("    {put}\n"));
        }
        text.push_str("}\n");
        Ok(text)
    }

    /// Element `i` of an array, in a loop over it.
    pub(super) fn element_address(&self, array: TypeId, element: TypeId, at: &Address) -> Address {
        let stride = self.module.types.layout(element).0;
        let scale = match at.unit {
            Unit::Words => stride / 4,
            Unit::Bytes => stride,
        };
        debug_assert_eq!(self.unit_of(array), at.unit);
        Address { start: format!("({} + {})", at.start, times("i", scale)), ..at.clone() }
    }

    /// Members of the struct that holds a value, and where they lie in memory.
    pub(super) fn placed_members(&self, ty: TypeId) -> Vec<(String, Member, u32)> {
        let types = &self.module.types;
        let offsets: Vec<u32> = match self.ty(ty) {
            Type::Struct(layout) => layout.fields.iter().map(|field| field.offset).collect(),
            Type::Tuple(parts) => (0..parts.len() as u32).map(|part| types.offset(ty, part)).collect(),
            _ => vec![0, types.offset(ty, 0)],
        };
        let members = self.all_members(ty).into_iter().zip(offsets);
        let held = members.filter(|((_, member), _)| self.is_held(*member));
        held.map(|((name, member), offset)| (name, member, offset)).collect()
    }
}

fn load_scalar(scalar: Scalar, at: &Address) -> String {
    let name = at.memory.name();
    let part = |read: &str, mask: u32| match (at.unit, at.bytes % 4 * 8) {
        (Unit::Bytes, _) => format!("rk_{name}_{read}({})", at.byte()),
        (Unit::Words, 0) => format!("({} & {mask}u)", at.memory.read(&at.word())),
        (Unit::Words, shift) => format!("(({} >> {shift}u) & {mask}u)", at.memory.read(&at.word())),
    };
    let word = |ty: &str| match ty {
        "u32" => at.memory.read(&at.word()),
        _ => format!("bitcast<{ty}>({})", at.memory.read(&at.word())),
    };
    let wide = || format!("rk_{name}_u64({})", at.word());
    match scalar {
        Scalar::U32 | Scalar::Usize => word("u32"),
        Scalar::I32 => word("i32"),
        Scalar::F32 => word("f32"),
        Scalar::Bool => format!("({} != 0u)", part("byte", 255)),
        Scalar::U8 => part("byte", 255),
        Scalar::U16 => part("half", 65535),
        Scalar::I8 => wrap(scalar, format!("bitcast<i32>({})", part("byte", 255))),
        Scalar::I16 => wrap(scalar, format!("bitcast<i32>({})", part("half", 65535))),
        Scalar::U64 => wide(),
        Scalar::I64 => format!("bitcast<i64>({})", wide()),
        Scalar::F64 => format!("bitcast<f64>({})", wide()),
    }
}

fn store_scalar(scalar: Scalar, at: &Address, value: &str) -> String {
    let name = at.memory.name();
    let part = |put: &str, mask: u32, bits: &str| match at.unit {
        Unit::Bytes => format!("rk_{name}_{put}({}, {bits});", at.byte()),
        Unit::Words => format!("rk_{name}_put({}, {}u, {mask}u, {bits});", at.word(), at.bytes % 4 * 8),
    };
    let wide = |bits: &str| format!("rk_{name}_put_u64({}, {bits});", at.word());
    let bits = format!("bitcast<u32>({value})");
    match scalar {
        Scalar::U32 | Scalar::Usize => at.memory.write(&at.word(), value),
        Scalar::I32 | Scalar::F32 => at.memory.write(&at.word(), &bits),
        Scalar::Bool => part("put_byte", 255, &format!("select(0u, 1u, {value})")),
        Scalar::U8 => part("put_byte", 255, value),
        Scalar::U16 => part("put_half", 65535, value),
        Scalar::I8 => part("put_byte", 255, &bits),
        Scalar::I16 => part("put_half", 65535, &bits),
        Scalar::U64 => wide(value),
        Scalar::I64 | Scalar::F64 => wide(&format!("bitcast<u64>({value})")),
    }
}
