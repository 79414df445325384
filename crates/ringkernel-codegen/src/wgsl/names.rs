//! Names in the printed text.
//!
//! A name of the source keeps its letters and gets an ending that says what it is, so that it is neither a keyword nor
//! one of the runtime's, and no two are the same: locals end in `_3`, fields in `_f3`, functions in `_fn3`, types in
//! `_t3`, where 3 is their index. Names of helpers start with `rk_`, and so do those of the runtime.

use crate::ir::{FunctionId, LocalId, TypeId};

/// The letters that WGSL takes; the language does not let names begin with two underscores.
fn letters(name: &str) -> String {
    let name = name.trim_start_matches("r#").trim_start_matches('_');
    let mut letters: String = name.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
    if !letters.starts_with(|c: char| c.is_ascii_alphabetic()) {
        letters.insert(0, 'x');
    }
    if letters.starts_with("rk_") {
        letters.insert(0, 'x');
    }
    letters
}

pub(super) fn local(name: &str, id: LocalId) -> String {
    match name {
        "" => format!("t_{}", id.0),
        name => format!("{}_{}", letters(name), id.0),
    }
}

pub(super) fn field(name: &str, index: usize) -> String {
    format!("{}_f{index}", letters(name))
}

pub(super) fn function(name: &str, id: FunctionId) -> String {
    format!("{}_fn{}", letters(name), id.0)
}

pub(super) fn ty(name: &str, id: TypeId) -> String {
    format!("{}_t{}", letters(name), id.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_the_source_can_not_meet_those_of_the_language_or_the_runtime() {
        for (name, expected) in [
            ("total", "total_3"),
            ("", "t_3"),
            ("loop", "loop_3"),
            ("r#type", "type_3"),
            ("__hidden", "hidden_3"),
            ("_", "x_3"),
            ("größe", "gre_3"),
            ("数", "x_3"),
            ("rk_fault", "xrk_fault_3"),
        ] {
            assert_eq!(local(name, LocalId(3)), expected, "{name}");
        }
    }

    #[test]
    fn names_of_different_things_differ() {
        let id = 4;
        let names = [
            local("a_f4", LocalId(id)),
            field("a", 4),
            function("a", FunctionId(id)),
            ty("a", TypeId(id)),
            local("a_fn4", LocalId(id)),
            local("a_t4", LocalId(id)),
        ];
        for (index, name) in names.iter().enumerate() {
            assert!(!names[..index].contains(name), "{name}");
        }
    }
}
