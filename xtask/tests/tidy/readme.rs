//! The README says what the repository does: its quick start is the example, its test command is what runs in CI.

use crate::tree::root;

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Lines of the first Rust block that `code` lacks. White space and commas do not count; lines with a word of `except` may differ.
fn missing_lines(readme: &str, code: &str, except: &[&str]) -> Vec<String> {
    let block =
        readme.split("```rust\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap_or("no block");
    // rustfmt puts a comma behind the last field when it breaks a line.
    let squash = |text: &str| text.replace(|c: char| c.is_whitespace() || c == ',', "");
    let code = squash(code);
    block
        .lines()
        .filter(|line| !except.iter().any(|word| line.contains(word)))
        .filter(|line| !code.contains(&squash(line)))
        .map(str::to_owned)
        .collect()
}

#[test]
fn the_quick_start_is_the_example() {
    let example = read("crates/ringkernel/examples/quickstart.rs");
    // The example takes the backend from its command line, and prints more.
    let missing = missing_lines(&read("README.md"), &example, &["fn main", "Backend::Auto", "println!"]);
    assert!(missing.is_empty(), "not in the example: {missing:#?}");
}

#[test]
fn a_line_that_the_example_lacks_is_found() {
    let readme = "text\n```rust\nlet a = 1;\nprint(a);\n```\nmore";
    assert!(missing_lines(readme, "{ let a  = 1; print(a); }", &[]).is_empty());
    assert_eq!(missing_lines(readme, "let a = 2; print(a);", &[]), ["let a = 1;"]);
    assert_eq!(missing_lines("no code", "", &[]), ["no block"]);
}

#[test]
fn continuous_integration_runs_the_test_command_of_the_readme() {
    let command = "cargo xtask test";
    assert!(read(".ci/run").lines().any(|line| line == format!("exec {command}")));
    assert!(read("README.md").lines().any(|line| line == command));
}
