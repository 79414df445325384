//! Texts with holes that are filled for a type.
//!
//! `$T` is the type, `$3` the literal 3 of it, `$mix[x|y]` two values made into one, `$out[x]` a value as a result.

use crate::program::{Parameter, Program, Subject};
use crate::types::Ty;

/// The text for this type.
pub(super) fn fill(subject: Subject, text: &str) -> String {
    let mut filled = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        filled += &rest[..at];
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix("mix[") {
            let (inside, after) = bracketed(after);
            let (left, right) = inside.split_once('|').expect("`$mix[` has a `|`");
            filled += &fill(subject, &subject.mix(left, right));
            rest = after;
        } else if let Some(after) = rest.strip_prefix("out[") {
            let (inside, after) = bracketed(after);
            filled += &fill(subject, &subject.give(inside));
            rest = after;
        } else if let Some(after) = rest.strip_prefix('T') {
            filled += subject.name();
            rest = after;
        } else {
            let digit = rest.chars().next().and_then(|digit| digit.to_digit(10)).expect("`$` and a digit");
            filled += &subject.literal(digit);
            rest = &rest[1..];
        }
    }
    filled + rest
}

/// What stands before the bracket that closes one already open, and what stands behind it.
fn bracketed(text: &str) -> (&str, &str) {
    let mut open = 1;
    for (at, letter) in text.char_indices() {
        match letter {
            '[' => open += 1,
            ']' => open -= 1,
            _ => {}
        }
        if open == 0 {
            return (&text[..at], &text[at + 1..]);
        }
    }
    panic!("a bracket of `{text}` is not closed")
}

/// A program about this type with parameters `a` and `b` of it, and others.
pub(super) fn program(subject: Subject, name: &str, more: &[Parameter], result: Ty, body: &str) -> Program {
    let mut parameters =
        vec![subject.parameter("a", subject.chained()), subject.parameter("b", subject.chained())];
    parameters.extend_from_slice(more);
    let body = subject.take(&["a", "b"]) + fill(subject, body).trim_matches('\n');
    Program::new(&format!("{name}_{}", subject.name()), parameters, result, &body).about(subject.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ringkernel_codegen::ir::Scalar;

    #[test]
    fn holes_are_filled_for_the_type() {
        let text = "let x: $T = $mix[a|$3]; $out[x]";
        assert_eq!(fill(Subject(Scalar::I8), text), "let x: i8 = a.wrapping_add(3i8); x");
        assert_eq!(fill(Subject(Scalar::I8), "$mix[a|b[1]]!"), "a.wrapping_add(b[1])!");
        assert_eq!(
            fill(Subject(Scalar::Usize), "let x: $T = $1; $out[x]"),
            "let x: usize = 1usize; (x) as u64"
        );
    }
}
