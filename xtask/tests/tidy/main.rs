//! The project's own rules, checked over every tracked file and over `cargo metadata`.
//!
//! [`text`] holds rules that look at one file, [`size`] those that look at all sizes together, [`layers`] the order of the
//! crates, [`readme`] what the README promises. Each rule is a function over data and has a test that shows that it can
//! fail; the tests in this file apply the rules to the repository.

mod layers;
mod readme;
mod size;
mod text;
mod tree;

use tree::SourceFile;

/// Applies one rule to every tracked file and fails with all violations at once.
fn apply(rule: impl Fn(&SourceFile) -> Vec<String>) {
    let files = tree::tracked();
    report(files.iter().flat_map(rule).collect());
}

fn report(violations: Vec<String>) {
    assert!(violations.is_empty(), "{} violation(s):\n{}", violations.len(), violations.join("\n"));
}

#[test]
fn every_source_file_opens_with_its_purpose() {
    apply(|file| text::missing_purpose(&file.path, &file.text));
}

#[test]
fn no_test_is_ignored_and_nothing_is_left_to_do() {
    apply(|file| text::placeholders(&file.path, &file.text));
}

#[test]
fn atomics_come_from_the_sync_shim() {
    apply(|file| text::stray_atomics(&file.path, &file.text));
}

#[test]
fn no_line_ends_in_white_space() {
    apply(|file| text::trailing_space(&file.path, &file.text));
}

#[test]
fn no_file_is_too_long() {
    let lengths = size::lengths(&tree::tracked());
    report(size::violations(&lengths));
}

#[test]
fn crates_depend_only_on_lower_layers() {
    report(layers::violations(&layers::from_metadata()));
}

#[test]
fn the_tree_is_really_read() {
    let files = tree::tracked();
    for path in ["xtask/tests/tidy/main.rs", "crates/ringkernel/src/lib.rs", "README.md"] {
        assert!(files.iter().any(|file| file.path == path), "{path} is not among {} files", files.len());
    }
}
