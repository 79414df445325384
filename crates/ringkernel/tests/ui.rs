//! What the macros and the types refuse, and in which words: each file under `ui` fails to compile with the text beside it.
//!
//! After a deliberate change of a message, run with `TRYBUILD=overwrite` and read the difference.

#[test]
fn mistakes_are_explained_where_they_are_made() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("tests/ui/message/*.rs");
    cases.compile_fail("tests/ui/persistent_message/*.rs");
    cases.compile_fail("tests/ui/gpu_type/*.rs");
    cases.compile_fail("tests/ui/device_fn/*.rs");
    cases.compile_fail("tests/ui/device_state/*.rs");
    cases.compile_fail("tests/ui/ring_kernel/*.rs");
    cases.compile_fail("tests/ui/device_subset/*.rs");
    cases.compile_fail("tests/ui/queue/*.rs");
}
