//! Which handler a message is for: the switches over the ids of handlers that every runtime for devices goes by.
//!
//! A type that says the id of its handlers travels with that id, and the switch of a kernel has the ids as its labels: they are
//! what programs agree on, in whatever order they were written. A type that says none has the number that it was given when
//! the program was linked, and a switch of its own, which comes first, so that such a message is never taken for an id.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::HandlerEntry;
use crate::ir::{MessageIndex, Module};

/// The heads of the two functions, which is where languages differ.
pub(crate) struct Heads {
    /// Of `rk_handler_of(kernel, message, id)`: 1 + the number of a handler; 0 where the kernel has none.
    pub(crate) handler_of: &'static str,
    /// Of `rk_handler_id(message)`: the id of the handlers that are for a type; 0 where it says none.
    pub(crate) handler_id: &'static str,
}

/// The handlers of one kernel, from 1 as they are numbered.
#[derive(Default)]
struct Cases {
    by_type: String,
    by_id: String,
}

/// Prints both functions for these handlers, which are numbered in their order.
pub(crate) fn dispatch(module: &Module, handlers: &[HandlerEntry], heads: &Heads) -> String {
    let mut kernels = BTreeMap::<usize, Cases>::new();
    for (number, handler) in (1..).zip(handlers) {
        let MessageIndex(index) = handler.message;
        let message = &module.messages[index as usize];
        let cases = kernels.entry(handler.kernel).or_default();
        let (list, label) = match message.handler_id {
            Some(id) => (&mut cases.by_id, id),
            None => (&mut cases.by_type, index),
        };
        case(list, "        ", label, number, &message.name);
    }
    let mut text = format!("{} {{\n    switch (kernel) {{\n", heads.handler_of);
    for (kernel, cases) in kernels {
        // Writing to a string does not fail.
        let _ = writeln!(text, "    case {kernel}u: {{ // {}", module.kernels[kernel].id);
        text.push_str(&switch("message", &cases.by_type));
        text.push_str(&switch("id", &cases.by_id));
        text.push_str("        break;\n    }\n");
    }
    text.push_str("    default: { break; }\n    }\n    return 0u;\n}\n\n");
    let mut ids = String::new();
    for (index, message) in (0..).zip(&module.messages) {
        if let Some(id) = message.handler_id {
            case(&mut ids, "    ", index, id, &message.name);
        }
    }
    let _ = write!(
        text,
        "{} {{\n    switch (message) {{\n{ids}    default: {{ break; }}\n    }}\n    return 0u;\n}}\n",
        heads.handler_id
    );
    text
}

fn case(list: &mut String, indent: &str, label: u32, value: u32, name: &str) {
    let _ = writeln!(list, "{indent}case {label}u: {{ return {value}u; }} // {name}");
}

fn switch(over: &str, cases: &str) -> String {
    match cases.is_empty() {
        true => String::new(),
        false => format!("        switch ({over}) {{\n{cases}        default: {{ break; }}\n        }}\n"),
    }
}
