//! Which operators, methods, casts and forms the programs have between them, for which types.
//!
//! Nothing here believes what a program is called: forms are counted in the syntax trees of its functions, operators and
//! statements in what the linker makes of them, methods where the linker lowers them. What there has to be comes from the
//! code generator as far as it can tell: from its validator and from its tables of methods.
//!
//! - `forms`: the forms that there have to be; `syntax`: those of programs, by the type that the program is about
//! - `language`: what the typed language has; `typed`: what linked programs have of it
//! - `methods`: methods, by what they are called on

mod forms;
mod language;
mod methods;
mod syntax;
mod typed;
mod walk;

pub use forms::required_forms;
pub use language::{never_made, typed_cells};
pub use methods::{called, required_methods};
pub use syntax::forms;
pub use typed::{found_cells, required_shapes};

use std::collections::BTreeSet;

/// What was found, or has to be: a name and a type.
pub type Table = BTreeSet<(String, &'static str)>;

/// What is required and missing, as text.
pub fn missing(required: &Table, found: &Table) -> Vec<String> {
    required.difference(found).map(|(name, ty)| format!("{name} of {ty}")).collect()
}
