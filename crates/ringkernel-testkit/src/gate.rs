//! Tests that need what not every machine has: they are skipped loudly, or fail where they must not be skipped.

use std::fmt::Display;
use std::io::Write;

/// Names what must not be skipped, separated by commas, such as "wgpu,cuda". `cargo xtask test` sets it when it has found
/// what the tests need.
pub const REQUIRED: &str = "RINGKERNEL_REQUIRED";

/// Says on standard error that a test which needs `what` does not run, and why. The test returns then.
///
/// # Panics
/// When the variable [`REQUIRED`] names `what`.
pub fn skip(what: &str, reason: &dyn Display) {
    let required = std::env::var(REQUIRED).unwrap_or_default();
    assert!(!names(&required, what), "{REQUIRED} names {what}, and it cannot be used here: {reason}");
    // Not with a macro of the standard library: the test harness would keep that for tests that fail.
    let mut stderr = std::io::stderr();
    let _ = writeln!(stderr, "SKIPPED: this test needs {what}: {reason}");
}

fn names(list: &str, what: &str) -> bool {
    list.split(',').any(|name| name.trim() == what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_required_is_found_by_its_whole_name() {
        for (list, required) in [("", false), ("wgpu", true), ("cuda, wgpu", true), ("wgpu2,cuda", false)] {
            assert_eq!(names(list, "wgpu"), required, "{list:?}");
        }
    }
}
