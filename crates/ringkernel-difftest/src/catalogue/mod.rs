//! The programs that are written by hand, once for each type: every operator, method, cast and form of the subset.
//!
//! - `operators`: arithmetic, bits, shifts, comparisons, compound assignment
//! - `integers`: methods of integers
//! - `floats`: methods of floats
//! - `casts`: between all pairs of scalars
//! - `control`: conditions, matches, loops, leaving them
//! - `data`: tuples, structs, arrays, options, results
//! - `containers`: all methods of those, of slices, vectors, iterators and ranges
//! - `language`: what else there is, from references to constants
//! - `functions`: helpers, early return, order of evaluation, shadowing, assertions
//! - `template`: texts with holes for a type

mod casts;
mod containers;
mod control;
mod data;
mod floats;
mod functions;
mod integers;
mod language;
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
        containers::programs(),
        language::programs(),
        functions::programs(),
    ]
    .concat()
}
