//! Methods, by what they are called on.

use ringkernel_codegen::ir::Scalar;
use ringkernel_codegen::link::{Receiver, methods};

use super::Table;
use crate::device::methods_of;
use crate::program::Program;
use crate::types::{SCALARS, rust_name};

/// Each method of the code generator's tables, on each scalar, or on containers of it.
pub fn required_methods() -> Table {
    let mut required = Table::new();
    for (receiver, own, name) in methods() {
        let types = SCALARS.into_iter().filter(|scalar| own.is_none_or(|own| own == *scalar));
        for scalar in types.filter(|scalar| exists(receiver, name, *scalar)) {
            required.insert((cell(receiver, name), rust_name(scalar)));
        }
    }
    required
}

/// Whether Rust, and devices, know the method for this type.
fn exists(receiver: Receiver, name: &str, scalar: Scalar) -> bool {
    match receiver {
        Receiver::Bool => scalar == Scalar::Bool,
        Receiver::Range => name == "contains" || scalar.is_integer(),
        // A `usize` never lies in memory, where the elements of vectors do.
        Receiver::Vector => scalar != Scalar::Usize,
        Receiver::Sequence if name == "to_vec" => scalar != Scalar::Usize,
        _ => true,
    }
}

fn cell(receiver: Receiver, name: &str) -> String {
    format!("{receiver:?}::{name}")
}

/// The methods that programs call.
///
/// # Panics
/// When one of them cannot be linked.
pub fn called(programs: &[Program]) -> Table {
    let mut found = Table::new();
    for program in programs {
        let calls = methods_of(std::slice::from_ref(program));
        for call in calls.unwrap_or_else(|error| panic!("{}: {error}", program.name)) {
            let scalar = SCALARS.into_iter().find(|scalar| rust_name(*scalar) == call.of);
            found.extend(scalar.map(|scalar| (cell(call.receiver, &call.name), rust_name(scalar))));
        }
    }
    found
}
