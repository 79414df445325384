//! Linking source text.

use ringkernel_abi::device::{Item, Overflow};
use ringkernel_codegen::ir::Module;
use ringkernel_codegen::link::{LinkError, TextFunction, link_functions};
use ringkernel_codegen::source::parse_function;

/// Links functions that stand one after the other, each starting with `fn` at the start of a line.
pub(crate) fn link_text(
    text: &str,
    overflow: Overflow,
    resolve: &dyn Fn(&str) -> Option<Item>,
) -> Result<Module, LinkError> {
    let mut functions = Vec::new();
    for (index, piece) in format!("\n{}", text.trim()).split("\nfn ").skip(1).enumerate() {
        let text = format!("fn {piece}");
        let tree = match parse_function(&text) {
            Ok(tree) => tree,
            Err(error) => panic!("{error}: {text}"),
        };
        functions.push(TextFunction { tree, file: format!("file{index}.rs"), overflow });
    }
    link_functions(&functions, resolve)
}

/// The text of the module that functions of numbers become.
pub(crate) fn linked(text: &str) -> String {
    match link_text(text, Overflow::Faults, &|_| None) {
        Ok(module) => module.to_string(),
        Err(error) => format!("error: {error}"),
    }
}
