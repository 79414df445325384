//! Rules over one file: a function from path and text to the violations, one line each.
//!
//! The rules look at text, not at syntax: they are meant to catch what happens by accident.

/// Files that are input of a macro test: what they hold is wrong on purpose, and their line numbers are pinned.
const MACRO_CASES: &str = "/tests/ui/";

/// The only files that may name the standard library's atomics: the shim itself, and the identifier generator of the
/// layer below it, which counts and guards nothing.
const ATOMIC_HOMES: [&str; 2] = ["crates/ringkernel-core/src/sync", "crates/ringkernel-abi/src/generate.rs"];

/// A Rust file must open with `//!`.
pub(crate) fn missing_purpose(path: &str, text: &str) -> Vec<String> {
    let exempt = !path.ends_with(".rs") || path.contains(MACRO_CASES);
    if exempt || text.starts_with("//! ") {
        return Vec::new();
    }
    vec![format!("{path}:1: the file must open with `//!` and its purpose")]
}

/// No ignored test and no placeholder, wherever it stands.
pub(crate) fn placeholders(path: &str, text: &str) -> Vec<String> {
    if !path.ends_with(".rs") {
        return Vec::new();
    }
    // Split, so that this file does not break its own rule.
    let banned = [
        concat!("#[", "ignore"),
        concat!("to", "do!"),
        concat!("unimple", "mented!"),
        concat!("allow(dead", "_code"),
    ];
    numbered(text)
        .flat_map(|(number, line)| {
            banned.iter().filter(move |word| line.contains(**word)).map(move |word| (number, word))
        })
        .map(|(number, word)| format!("{path}:{number}: `{word}` must not be committed"))
        .collect()
}

/// Atomics and fences come from the shim, so that loom can take their place. Tests, examples and the test kit are free.
pub(crate) fn stray_atomics(path: &str, text: &str) -> Vec<String> {
    let product = path.starts_with("crates/")
        && path.ends_with(".rs")
        && path.contains("/src/")
        && !path.starts_with("crates/ringkernel-testkit/")
        && !path.ends_with("tests.rs")
        && !path.contains("/tests/");
    if !product || ATOMIC_HOMES.iter().any(|home| path.starts_with(home)) {
        return Vec::new();
    }
    statements(before_unit_tests(text))
        .filter(|(_, statement)| names_foreign_atomics(statement))
        .map(|(number, _)| format!("{path}:{number}: atomics come from `ringkernel_core::sync`"))
        .collect()
}

/// The text up to the first module of unit tests; those stand at the end of their file.
fn before_unit_tests(text: &str) -> &str {
    let opens_tests = |attribute: &str| {
        text.match_indices(attribute).find_map(|(start, _)| {
            let (_, next_line) = text[start..].split_once('\n')?;
            (next_line.starts_with("mod ") && next_line.lines().next()?.ends_with('{')).then_some(start)
        })
    };
    let end = ["#[cfg(test)]", "#[cfg(all(test,"].into_iter().filter_map(opens_tests).min();
    &text[..end.unwrap_or(text.len())]
}

/// No white space at the end of a line.
pub(crate) fn trailing_space(path: &str, text: &str) -> Vec<String> {
    numbered(text)
        .filter(|(_, line)| line.ends_with([' ', '\t', '\r']))
        .map(|(number, _)| format!("{path}:{number}: white space at the end of the line"))
        .collect()
}

fn numbered(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.split('\n').enumerate().map(|(index, line)| (index + 1, line))
}

/// Statements without white space and comments, each with the line that it starts on.
fn statements(text: &str) -> impl Iterator<Item = (usize, String)> {
    let mut found = Vec::new();
    let mut current = (0, String::new());
    for (number, line) in numbered(text) {
        let code = line.split("//").next().unwrap_or(line);
        for character in code.chars() {
            if character == ';' {
                found.push(std::mem::take(&mut current));
            } else if !character.is_whitespace() {
                if current.1.is_empty() {
                    current.0 = number;
                }
                current.1.push(character);
            }
        }
    }
    found.push(current);
    found.into_iter()
}

/// Whether a statement without white space reaches into the atomics of `std`, `core` or `loom`.
fn names_foreign_atomics(statement: &str) -> bool {
    ["std", "core", "loom"].iter().any(|root| {
        let inline = format!("{root}::sync::atomic");
        // `ringkernel_core::sync::atomic` is the shim itself.
        let names_it = statement.match_indices(&inline).any(|(start, _)| {
            let before = &statement[..start];
            before.ends_with("use") || !before.ends_with(|c: char| c.is_alphanumeric() || c == '_')
        });
        // Grouped imports: `use std::sync::{Arc, atomic::..}` and `use std::{sync::atomic::.., ..}`.
        let imports_it = statement.split_once(&format!("use{root}::")).is_some_and(|(_, names)| {
            names.contains('{') && names.contains("sync") && names.contains("atomic")
        });
        names_it || imports_it
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    type Rule = fn(&str, &str) -> Vec<String>;

    #[track_caller]
    fn check(rule: Rule, path: &str, text: &str, expected: usize) {
        let found = rule(path, text);
        assert_eq!(found.len(), expected, "{path} {text:?}: {found:?}");
    }

    const SOURCE: &str = "crates/ringkernel-core/src/queue/ring.rs";

    #[test]
    fn a_file_without_a_purpose_is_found() {
        check(missing_purpose, SOURCE, "//! A ring.\n", 0);
        check(missing_purpose, SOURCE, "use std::fmt;\n//! late\n", 1);
        check(missing_purpose, SOURCE, "", 1);
        check(missing_purpose, "README.md", "# Title", 0);
        check(missing_purpose, "crates/ringkernel/tests/ui/bad.rs", "fn main() {}", 0);
    }

    #[test]
    fn ignored_tests_and_placeholders_are_found() {
        check(placeholders, SOURCE, "fn f() { done() }", 0);
        check(placeholders, SOURCE, concat!("#[", "ignore = \"slow\"]\nfn f() { to", "do!() }"), 2);
        check(placeholders, SOURCE, concat!("unimple", "mented!()"), 1);
        check(placeholders, SOURCE, concat!("#![allow(dead", "_code)]"), 1);
    }

    #[test]
    fn atomics_beside_the_shim_are_found_in_every_spelling() {
        for text in [
            "use std::sync::atomic::AtomicU64;",
            "use std::sync::{Arc, atomic::AtomicU64};",
            "use std::sync::{\n    Arc,\n    atomic::{AtomicU64, Ordering},\n};",
            "use std::{fmt, sync::atomic::AtomicU64};",
            "fn f() { core::sync::atomic::fence(order) }",
            "use loom::sync::atomic::AtomicUsize;",
            "pub(crate) use std::sync::{atomic};",
            "#[cfg(test)]\nmod tests;\nuse std::sync::atomic::AtomicU64;",
        ] {
            check(stray_atomics, SOURCE, text, 1);
        }
        for text in [
            "use crate::sync::atomic::AtomicU64;",
            "use ringkernel_core::sync::atomic::{AtomicU64, Ordering};",
            "use ringkernel_core::sync::{Arc, atomic::AtomicU64};",
            "use std::sync::{Arc, Mutex};\nuse crate::sync::atomic::AtomicU64;",
            "// std::sync::atomic would hide from loom.",
            "#[cfg(test)]\nmod tests {\n    use std::sync::atomic::AtomicU64;\n}",
            "#[cfg(all(test, not(loom)))]\nmod tests {\n    use std::sync::atomic::AtomicU64;\n}",
        ] {
            check(stray_atomics, SOURCE, text, 0);
        }
    }

    #[test]
    fn the_shim_tests_and_examples_may_name_atomics() {
        let text = "use std::sync::atomic::AtomicU64;";
        for path in [
            "crates/ringkernel-core/src/sync.rs",
            "crates/ringkernel-abi/src/generate.rs",
            "crates/ringkernel/examples/quickstart.rs",
            "crates/ringkernel-core/tests/hlc.rs",
            "crates/ringkernel-testkit/src/order.rs",
            "xtask/src/main.rs",
        ] {
            check(stray_atomics, path, text, 0);
        }
        check(stray_atomics, "crates/ringkernel-cpu/src/worker.rs", text, 1);
    }

    #[test]
    fn white_space_at_the_end_of_a_line_is_found() {
        check(trailing_space, "README.md", "a line\n\nanother\n", 0);
        check(trailing_space, "README.md", "a line \nanother\t\nwindows\r\n", 3);
    }
}
