//! The programs that are written by hand, once for each type: every operator, method, cast and form of the subset.
//!
//! - `operators`: arithmetic, bits, shifts, comparisons, compound assignment
//! - `integers`: methods of integers
//! - `floats`: methods of floats
//! - `casts`: between all pairs of scalars
//! - `control`: conditions, matches, loops, leaving them
//! - `data`: tuples, structs, arrays, options, results
//! - `functions`: helpers, early return, order of evaluation, shadowing, assertions
//! - `template`: texts with holes for a type

mod casts;
mod control;
mod data;
mod floats;
mod functions;
mod integers;
mod operators;
mod template;

use crate::program::Program;

/// All of them.
pub fn programs() -> Vec<Program> {
    [
        operators::programs(),
        integers::programs(),
        floats::programs(),
        casts::programs(),
        control::programs(),
        data::programs(),
        functions::programs(),
    ]
    .concat()
}
