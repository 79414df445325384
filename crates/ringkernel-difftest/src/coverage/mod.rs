//! Which operators, methods, casts and forms the programs have between them, for which types.
//!
//! Nothing here believes what a program is called: forms are counted in the syntax trees of its functions.
//!
//! - `syntax`: forms, by the type that the program is about

mod syntax;
mod walk;

pub use syntax::{forms, required_forms};

use std::collections::BTreeSet;

/// What was found, or has to be: a name and a type.
pub type Table = BTreeSet<(String, &'static str)>;

/// What is required and missing, as text.
pub fn missing(required: &Table, found: &Table) -> Vec<String> {
    required.difference(found).map(|(name, ty)| format!("{name} of {ty}")).collect()
}
