//! The names in a tree that need a binding: all but local variables and what is built into the language.
//!
//! A macro sees no definitions, so that the form of a name has to tell what it stands for. These are Rust's conventions,
//! which the compiler's own lints hold up:
//!
//! | last segment | where | what it is |
//! |---|---|---|
//! | any | a type, or in front of `{` | a type |
//! | `CamelCase` behind `CamelCase` | value, call, pattern | a variant |
//! | `CamelCase` otherwise | value, call, pattern | a type: a unit or tuple struct |
//! | `SCREAMING_CASE`, also of one letter | value, pattern | a constant, or a variant such as `Axis::X` |
//! | `SCREAMING_CASE` | call | a tuple struct |
//! | `snake_case` | call | a function; behind `CamelCase` that of a type, which is then a name of its own, too |
//! | `default` behind `CamelCase`, no arguments | call | the value that the type's `Default` gives |
//! | `snake_case` | value | a local variable; if there is none, as in a call: a function in the place of a closure |
//!
//! A name that breaks them is bound as something that it is not, which the compiler reports where the binding stands.

mod builtin;
#[cfg(test)]
mod tests;
mod walk;

use super::tree::Function;

/// A name and what it is used as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathUse {
    /// The path, which is the key of its binding: [`Path::name`](super::Path::name).
    pub name: String,
    /// What it is used as.
    pub kind: PathKind,
}

/// What a name is used as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PathKind {
    /// A type, or the only value of a unit struct, which has the type's name.
    Type,
    /// A constant, or a variant whose name looks like one.
    Value,
    /// A function, `reason` or `load::result`, or one that belongs to a type, `Number::of`.
    Call,
    /// A variant, `Shape::Circle`.
    Variant,
    /// `Type::default`, called: the value that it gives.
    Default,
}

/// Every name that needs a binding, once for each kind of use, in the order in which they stand.
pub fn paths(function: &Function) -> Vec<PathUse> {
    walk::paths(function)
}
