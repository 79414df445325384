//! The Rust text of all programs together.

use crate::program::Program;
use crate::types::{SCALARS, pair_fields, pair_name};

/// A Rust program, and where its functions stand in it.
pub(super) struct Source {
    pub(super) text: String,
    /// For each function: its first line, how many lines it has, its program and its place among the program's functions.
    functions: Vec<(u32, u32, usize, usize)>,
}

/// Puts the programs into one text.
pub(super) fn write(programs: &[Program]) -> Source {
    let mut source = Source { text: String::new(), functions: Vec::new() };
    source.text += include_str!("prelude.rs.txt");
    source.text += "structs! {\n";
    for scalar in SCALARS.into_iter().filter(|scalar| crate::types::rust_name(*scalar) != "usize") {
        let fields: Vec<String> =
            pair_fields(scalar).iter().map(|(name, ty)| format!("{name}: {}", ty.rust())).collect();
        source.text += &format!("    {} {{ {} }}\n", pair_name(scalar), fields.join(", "));
    }
    source.text += "}\n";
    let mut line = 1 + source.text.lines().count() as u32;
    let mut table = String::new();
    for (index, program) in programs.iter().enumerate() {
        source.text += &format!("mod m{index} {{ use super::*;\n");
        line += 1;
        for (place, function) in program.functions.iter().enumerate() {
            let lines = function.text.lines().count() as u32;
            source.functions.push((line, lines, index, place));
            source.text += if place + 1 == program.functions.len() { "pub(super) " } else { "" };
            source.text += &function.text;
            line += lines;
        }
        source.text += "}\n";
        line += 1;
        let arguments = vec!["Value::read(i)"; program.parameters.len()].join(", ");
        table += &format!("    |i, o| m{index}::{}({arguments}).write(o),\n", program.name);
    }
    source.text += &format!("const PROGRAMS: &[Run] = &[\n{table}];\n");
    source
}

impl Source {
    /// The function at this line, by its place in its program, and the line within it.
    pub(super) fn place(&self, line: u32) -> Option<(usize, u32)> {
        let after = self.functions.partition_point(|(first, ..)| *first <= line);
        let (first, lines, _, place) = self.functions[after.checked_sub(1)?];
        (line < first + lines).then_some((place, line - first + 1))
    }
}
