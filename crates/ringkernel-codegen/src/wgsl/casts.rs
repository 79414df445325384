//! `as` and bit casts.
//!
//! A conversion changes the width first and the sign then, because WGSL compilers disagree about doing both at once. A
//! float becomes an integer by a function that saturates: WGSL leaves what does not fit to the driver.

use super::printer::Printer;
use super::types::{bits, holder, scalar_name, wrap};
use crate::ir::{Scalar, TypeId};
use crate::print::Unsupported;

impl Printer<'_> {
    pub(super) fn cast(&mut self, from: TypeId, to: TypeId, text: String) -> Result<String, Unsupported> {
        self.value_type(from)?;
        self.value_type(to)?;
        let (Some(from), Some(to)) = (self.scalar(from), self.scalar(to)) else { return Ok(text) };
        Ok(self.scalar_cast(from, to, text))
    }

    pub(super) fn scalar_cast(&mut self, from: Scalar, to: Scalar, text: String) -> String {
        match (from, to) {
            (from, to) if from == to => text,
            (Scalar::Bool, to) => format!("select({0}(), {0}(1), {text})", holder(to)),
            (from, to) if from.is_float() && to.is_float() => format!("{}({text})", holder(to)),
            (from, to) if from.is_float() => {
                format!("rk_{}_from_{}({text})", scalar_name(to), scalar_name(from))
            }
            (from, to) if to.is_float() => integer_to_float(from, to, text),
            (from, to) => integer_to_integer(from, to, text),
        }
    }

    /// The same bits as another type of the same size.
    pub(super) fn bitcast(&self, from: TypeId, to: TypeId, text: String) -> String {
        let (Some(from), Some(to)) = (self.scalar(from), self.scalar(to)) else { return text };
        match (holder(from), holder(to)) {
            (from, to) if from == to => text,
            (_, target) => wrap(to, format!("bitcast<{target}>({text})")),
        }
    }
}

fn integer_to_integer(from: Scalar, to: Scalar, text: String) -> String {
    let (wide_from, wide_to) = (bits(from) == 64, bits(to) == 64);
    let text = match (wide_from, wide_to) {
        (false, true) if from.is_signed() => format!("i64({text})"),
        (false, true) => format!("u64({text})"),
        (true, false) if from.is_signed() => format!("u32(bitcast<u64>({text}) & 0xfffffffflu)"),
        (true, false) => format!("u32({text} & 0xfffffffflu)"),
        _ => text,
    };
    let held = match (wide_from, wide_to, from.is_signed()) {
        (true, false, _) => "u32",
        (_, true, true) => "i64",
        (_, true, false) => "u64",
        (_, _, true) => "i32",
        _ => "u32",
    };
    let text = if held == holder(to) { text } else { format!("bitcast<{}>({text})", holder(to)) };
    let fits = bits(to) >= 32
        || bits(from) < bits(to) && !from.is_signed()
        || bits(from) < bits(to) && from.is_signed() && to.is_signed();
    if fits { text } else { wrap(to, text) }
}

fn integer_to_float(from: Scalar, to: Scalar, text: String) -> String {
    match (from, to) {
        (Scalar::I64 | Scalar::U64, Scalar::F32) => format!("rk_f32_from_{}({text})", scalar_name(from)),
        (Scalar::I64 | Scalar::U64, _) => format!("rk_f64_from_{}({text})", scalar_name(from)),
        _ => format!("{}({text})", holder(to)),
    }
}
