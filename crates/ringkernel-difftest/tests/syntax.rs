//! The text of every program is inside of the device subset.

use ringkernel_codegen::source::parse_function;
use ringkernel_difftest::{catalogue, random};

#[test]
fn every_function_can_be_read() {
    let mut programs = catalogue::programs();
    programs.extend(random::programs(random::DEFAULT_SEEDS));
    let mut refused = Vec::new();
    for function in programs.iter().flat_map(|program| &program.functions) {
        if let Err(error) = parse_function(&function.text) {
            let line = error.span().start().line;
            let text = function.text.lines().nth(line.saturating_sub(1)).unwrap_or_default();
            refused.push(format!("{}:{line}: {error}: {text}", function.name));
        }
    }
    assert!(refused.is_empty(), "{} functions are refused:\n{}", refused.len(), refused.join("\n"));
}
