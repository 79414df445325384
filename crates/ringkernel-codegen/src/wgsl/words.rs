//! The structs of the context (ids, references, timestamps) as the words that the runtime passes.

use super::printer::Printer;
use super::types::Member;
use crate::ir::{Scalar, Type, TypeId};
use crate::print::Unsupported;

/// The letters of a vector's parts.
const LETTERS: [&str; 4] = ["x", "y", "z", "w"];

impl Printer<'_> {
    /// The name of the function from a struct of four words, or two, to a vector of them.
    pub(super) fn words_of(&mut self, ty: TypeId) -> Result<String, Unsupported> {
        self.generate(format!("rk_words_{}", ty.0), |printer, name| {
            let value = printer.value_type(ty)?;
            let mut words = Vec::new();
            for (path, scalar) in printer.leaves(ty, "value".to_owned()) {
                match scalar {
                    Scalar::U64 => {
                        words.push(format!("u32({path} & 0xfffffffflu)"));
                        words.push(format!("u32({path} >> 32u)"));
                    }
                    _ => words.push(path),
                }
            }
            let (count, words) = (words.len(), words.join(", "));
            Ok(format!(
                "fn {name}(value: {value}) -> vec{count}<u32> {{\n    return vec{count}<u32>({words});\n}}\n"
            ))
        })
    }

    /// The name of the function from a vector of words to a struct of as many.
    pub(super) fn struct_of(&mut self, ty: TypeId) -> Result<String, Unsupported> {
        self.generate(format!("rk_of_words_{}", ty.0), |printer, name| {
            let value = printer.value_type(ty)?;
            let (mut text, mut word) = (String::new(), 0);
            for (path, scalar) in printer.leaves(ty, "value".to_owned()) {
                let letter = |index: usize| LETTERS[index % 4];
                let part = match scalar {
                    Scalar::U64 => {
                        word += 2;
                        format!("u64(words.{}) | (u64(words.{}) << 32u)", letter(word - 2), letter(word - 1))
                    }
                    _ => {
                        word += 1;
                        format!("words.{}", letter(word - 1))
                    }
                };
                text.push_str(&format!("    {path} = {part};\n"));
            }
            Ok(format!(
                "fn {name}(words: vec{word}<u32>) -> {value} {{\n    var value: {value};\n{text}    return value;\n}}\n"
            ))
        })
    }

    /// The scalars of a struct and how they are reached, in order.
    fn leaves(&self, ty: TypeId, path: String) -> Vec<(String, Scalar)> {
        if let Some(scalar) = self.scalar(ty) {
            return vec![(path, scalar)];
        }
        let Type::Struct(_) = self.ty(ty) else { return Vec::new() };
        let parts = self.members(ty).into_iter().filter_map(|(name, member)| match member {
            Member::Part(part) => Some((name, part)),
            Member::Flag => None,
        });
        parts.flat_map(|(name, part)| self.leaves(part, format!("{path}.{name}"))).collect()
    }
}
