//! Names that need no binding, and what the form of the others says.

use super::PathKind;

/// Types that the linker knows by name.
const TYPES: [&str; 21] = [
    "bool",
    "u8",
    "u16",
    "u32",
    "u64",
    "usize",
    "i8",
    "i16",
    "i32",
    "i64",
    "f32",
    "f64",
    "Option",
    "Result",
    "Vec",
    "RingContext",
    "Shared",
    "SharedCell",
    "SharedArray",
    "AtomicCell",
    "AtomicArray",
];

/// Functions that the linker knows by name, besides those of [`TYPES`].
const FUNCTIONS: [&str; 10] = [
    "Some",
    "Ok",
    "Err",
    "drop",
    "Default::default",
    "core::mem::swap",
    "core::mem::replace",
    "core::mem::take",
    "core::cmp::min",
    "core::cmp::max",
];

/// Where a path stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// A type, or what stands in front of `{`.
    Type,
    /// A value, or a pattern without fields.
    Value,
    /// What is called, or a pattern with fields in parentheses.
    Call,
}

/// What a path is used as; `None` when it needs no binding. Local names are the caller's.
pub(super) fn kind(name: &str, place: Place, is_default_call: bool) -> Option<PathKind> {
    let (before, last) = match name.rsplit_once("::") {
        Some((before, last)) => (Some(before.rsplit("::").next().unwrap_or(before)), last),
        None => (None, name),
    };
    if is_builtin(name, before, place) {
        return None;
    }
    let behind_type = before.is_some_and(is_capital);
    Some(match place {
        Place::Type | Place::Call if is_capital(last) && behind_type => PathKind::Variant,
        Place::Type => PathKind::Type,
        Place::Value if is_screaming(last) => PathKind::Value,
        Place::Value if is_capital(last) && behind_type => PathKind::Variant,
        Place::Value if is_capital(last) => PathKind::Type,
        // A function in the place of a closure.
        Place::Value if last == "default" && behind_type => PathKind::Default,
        Place::Value => PathKind::Call,
        Place::Call if is_capital(last) => PathKind::Type,
        Place::Call if is_default_call && last == "default" && behind_type => PathKind::Default,
        Place::Call => PathKind::Call,
    })
}

/// The type that a function belongs to.
pub(super) fn type_of_function(name: &str, kind: PathKind) -> Option<&str> {
    let (ty, _) = name.rsplit_once("::")?;
    let last = ty.rsplit("::").next().unwrap_or(ty);
    (kind == PathKind::Call && is_capital(last)).then_some(ty)
}

fn is_builtin(name: &str, before: Option<&str>, place: Place) -> bool {
    // `u32::MAX`, `Vec::new`, `Option::None`: one segment behind the type.
    let of_type = before.is_some_and(|ty| TYPES.contains(&ty) && name.split("::").count() == 2);
    match place {
        Place::Type => TYPES.contains(&name),
        Place::Value => of_type || matches!(name, "_" | "self" | "None") || FUNCTIONS.contains(&name),
        Place::Call => of_type || FUNCTIONS.contains(&name),
    }
}

fn is_capital(segment: &str) -> bool {
    segment.starts_with(char::is_uppercase)
}

fn is_screaming(segment: &str) -> bool {
    is_capital(segment) && !segment.contains(char::is_lowercase)
}
