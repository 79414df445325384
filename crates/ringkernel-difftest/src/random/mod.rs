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
pub const DEFAULT_SEEDS: Range<u64> = 0..32;

/// The programs of these seeds.
pub fn programs(seeds: Range<u64>) -> Vec<Program> {
    seeds.map(statement::program).collect()
}

/// The seeds of this run: those that the variable `RINGKERNEL_DIFF_SEEDS` names, or the default.
///
/// # Errors
/// When the variable names no range.
pub fn seeds_of_run() -> Result<Range<u64>, String> {
    std::env::var("RINGKERNEL_DIFF_SEEDS").map_or(Ok(DEFAULT_SEEDS), |text| parse_seeds(&text))
}

/// Reads a range of seeds, such as `1000..2000`.
///
/// # Errors
/// When it is none.
pub fn parse_seeds(text: &str) -> Result<Range<u64>, String> {
    let parsed = text.split_once("..").and_then(|(start, end)| Some(start.parse().ok()?..end.parse().ok()?));
    parsed.ok_or_else(|| format!("`{text}` is no range of seeds; write one such as 1000..2000"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_of_seeds_are_read() {
        assert_eq!(parse_seeds("5..9"), Ok(5..9));
        assert!(parse_seeds("5").is_err());
        assert!(parse_seeds("a..b").is_err());
    }

    #[test]
    fn equal_seeds_grow_equal_programs() {
        let texts = |seeds| programs(seeds).iter().map(Program::text).collect::<Vec<_>>();
        assert_eq!(texts(3..5), texts(3..5));
        assert_ne!(texts(3..4), texts(4..5));
    }
}
