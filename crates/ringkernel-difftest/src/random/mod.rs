//! Programs grown from seeds: well typed by construction, with loops that end.
//!
//! - `scope`: which variables there are, and names for new ones
//! - `expression`: expressions of a type
//! - `statement`: statements and whole programs

mod expression;
mod scope;
mod statement;

use std::ops::Range;

use crate::program::Program;

/// The seeds of a default run.
pub const DEFAULT_SEEDS: Range<u64> = 0..160;

/// The programs of these seeds.
pub fn programs(seeds: Range<u64>) -> Vec<Program> {
    seeds.map(statement::program).collect()
}
