//! What cannot be linked, and what the error says.

use super::support::linked;

fn check(text: &str, expected: &str) {
    let found = linked(text);
    assert_eq!(found, format!("error: {expected}"), "{text}");
}

#[test]
fn an_error_names_the_line_and_the_construct() {
    check("fn f(a: u32) -> u64 {\n    a\n}", "file0.rs:2: expected `u64`, found `u32`");
    check(
        "fn f(a: u32) -> u32 { g(a) }\nfn g(a: u32) -> u32 { f(a) }",
        "file1.rs:1: recursion: f -> g -> f; devices have no call stack: write a loop",
    );
    check("fn f(a: u8) -> u8 { a + 256 }", "file0.rs:1: `256` does not fit into `u8`");
    check(
        "fn f(a: f32) -> f32 { a.gamma() }",
        "file0.rs:1: devices have no method `gamma` on `f32`: mark it with `#[device_fn]`, or do its work here",
    );
    check(
        "fn f(a: u32) -> u32 { helper(a) }",
        "file0.rs:1: the function `helper` is not known to devices: mark it with `#[device_fn]`, or do its work here",
    );
    check(
        "fn f(a: i64) -> i32 { i32::from(a) }",
        "file0.rs:1: `i32` is not made `from` a `i64`, which may not fit: use `as i32`",
    );
}
