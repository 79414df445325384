//! The forms of the syntax tree that the catalogue has to have, for each type.

use super::Table;
use crate::types::{SCALARS, rust_name};

/// Forms that there is a program of for every type.
const GENERAL: [&str; 68] = [
    "let",
    "let else",
    "const",
    "assignment",
    "assignment to a field",
    "assignment to an element",
    "if",
    "if else",
    "else if",
    "if let",
    "match",
    "match guard",
    "or pattern",
    "range pattern",
    "@ pattern",
    "_ pattern",
    "literal pattern",
    "tuple pattern",
    "variant pattern",
    ".. pattern",
    "while",
    "for",
    "for closed range",
    "for rev",
    "for step_by",
    "for array",
    "loop",
    "break",
    "break value",
    "break label",
    "continue",
    "continue label",
    "labelled block",
    "return value",
    "tuple",
    "tuple field",
    "array",
    "repeated array",
    "index",
    "Some",
    "Ok",
    "Err",
    "?",
    "closure",
    "panic",
    "assert",
    "debug_assert",
    "call",
    "block value",
    "while let",
    "let chain",
    "reference",
    "mutable reference",
    "*",
    "& pattern",
    "binding pattern",
    "path pattern",
    "slice",
    "assignment to a tuple",
    "assignment to _",
    "assert_eq",
    "assert_ne",
    "cast",
    "range",
    ".unwrap()",
    ".unwrap_or()",
    ".map()",
    ".and_then()",
];

/// Methods of options and results that there is a program of for every type, beyond those above.
const METHODS: [&str; 11] = [
    ".is_some()",
    ".is_none()",
    ".is_ok()",
    ".is_err()",
    ".ok()",
    ".ok_or()",
    ".map_err()",
    ".or()",
    ".filter()",
    ".expect()",
    ".unwrap_or_else()",
];

/// What the catalogue has to have: each form for each type, and each compound assignment for the types that know it.
pub fn required_forms() -> Table {
    let mut required = Table::new();
    for scalar in SCALARS {
        let ty = rust_name(scalar);
        let mut add = |name: String| required.insert((name, ty));
        for name in GENERAL.iter().chain(&METHODS) {
            add((*name).to_owned());
        }
        if ty != "usize" {
            for name in ["struct", "struct update", "struct pattern", "field", "vec!", "repeated vec!"] {
                add(name.to_owned());
            }
        }
        let arithmetic = ["Add", "Subtract", "Multiply", "Divide", "Remainder"];
        let bits = ["BitAnd", "BitOr", "BitXor"];
        let shifts = ["ShiftLeft", "ShiftRight"];
        let comparisons = ["Equal", "NotEqual", "Less", "LessEqual", "Greater", "GreaterEqual"];
        let number = ty != "bool";
        let groups: [(&[&str], bool, bool); 4] = [
            (&arithmetic, number, true),
            (&bits, !scalar.is_float(), true),
            (&shifts, scalar.is_integer(), true),
            (&comparisons, true, false),
        ];
        for (names, known, assigns) in groups {
            for name in names.iter().filter(|_| known) {
                add(format!("operator {name}"));
                if assigns {
                    add(format!("compound {name}"));
                }
            }
        }
        if scalar.is_float() || scalar.is_signed() {
            add("operator Negate".to_owned());
        }
        if !scalar.is_float() && ty != "usize" {
            add("operator Not".to_owned());
        }
    }
    required.extend(["And", "Or"].map(|name| (format!("operator {name}"), "bool")));
    required
}
