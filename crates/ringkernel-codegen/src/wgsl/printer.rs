//! The printer: what is being printed, and what has been found out on the way.

use std::collections::{BTreeMap, BTreeSet};

use super::helpers;
use super::options::{Kernels, Options, Program, Requirements};
use super::unsupported::Reason;
use crate::ir::{FunctionId, Kernel, Module, TypeId};
use crate::print::Unsupported;
use crate::print::{HandlerEntry, Heads, dispatch, names, of_kernel, reachable};

const HEADS: Heads = Heads {
    handler_of: "fn rk_handler_of(kernel: u32, message: u32, id: u32) -> u32",
    handler_id: "fn rk_handler_id(message: u32) -> u32",
};

/// Prints kernels as WGSL.
///
/// # Errors
/// [`Unsupported`] when they need what WGSL or the adapter does not have.
pub fn print(module: &Module, options: &Options) -> Result<Program, Unsupported> {
    let mut printer = Printer::new(module, options);
    let kernels = printer.chosen_kernels()?;
    let kernel_facts: Vec<_> =
        kernels.iter().map(|(index, kernel)| of_kernel(module, *index, kernel)).collect();
    printer.asks = kernel_facts.iter().any(|facts| facts.requests);
    let handlers: Vec<HandlerEntry> = kernels
        .iter()
        .flat_map(|(index, kernel)| {
            let entry = |handler: &crate::ir::Handler| HandlerEntry {
                kernel: *index,
                message: handler.message,
                answer: handler.answer,
            };
            kernel.handlers.iter().map(entry)
        })
        .collect();

    let roots = kernels.iter().flat_map(|(_, kernel)| &kernel.handlers).map(|handler| handler.function);
    let mut functions = Vec::new();
    for id in reachable(module, roots) {
        functions.push(printer.function(id)?);
    }
    let entry = printer.entry(&kernels)?;

    let declarations = Some(printer.declarations()).filter(|text| !text.is_empty());
    let parts = declarations.iter().chain(&functions).chain(printer.generated.values()).chain([&entry]);
    let text = parts.map(String::as_str).collect::<Vec<_>>().join("\n");
    let text = printer.finish(text);
    let dispatch = dispatch(module, &handlers, &HEADS);
    Ok(Program { text, dispatch, requirements: printer.requirements, handlers, kernels: kernel_facts })
}

/// What is being printed, and what has been found out on the way.
pub(super) struct Printer<'a> {
    pub(super) module: &'a Module,
    pub(super) options: &'a Options,
    pub(super) requirements: Requirements,
    /// Declarations of the structs that are used.
    pub(super) structs: BTreeMap<TypeId, String>,
    pub(super) uses_vectors: bool,
    /// Whether a kernel asks others for answers.
    pub(super) asks: bool,
    /// Functions that are made for types, by name.
    pub(super) generated: BTreeMap<String, String>,
    /// Functions that are being made, so that none is made twice.
    pub(super) begun: BTreeSet<String>,
    /// Block arrays, by the beginning of the names of their variables.
    pub(super) block_arrays: BTreeSet<String>,
    /// The variables of answers, by message.
    pub(super) answers: BTreeMap<u32, String>,
}

impl<'a> Printer<'a> {
    fn new(module: &'a Module, options: &'a Options) -> Self {
        Self {
            module,
            options,
            requirements: Requirements::default(),
            structs: BTreeMap::new(),
            uses_vectors: false,
            asks: false,
            generated: BTreeMap::new(),
            begun: BTreeSet::new(),
            block_arrays: BTreeSet::new(),
            answers: BTreeMap::new(),
        }
    }

    fn chosen_kernels(&self) -> Result<Vec<(usize, &'a Kernel)>, Unsupported> {
        match self.options.kernels {
            Kernels::Scalar => {
                let all = self.module.kernels.iter().enumerate();
                Ok(all.filter(|(_, kernel)| !kernel.cooperative).collect())
            }
            Kernels::Cooperative { block_size, .. } if !(1..=1024).contains(&block_size) => {
                Err(Reason::LargeBlock(block_size).into())
            }
            Kernels::Cooperative { kernel: index, .. } => match self.module.kernels.get(index) {
                Some(kernel) if kernel.cooperative => Ok(vec![(index, kernel)]),
                _ => Err(Reason::NoSuchKernel(index).into()),
            },
        }
    }

    /// The function that runs the handler of a number.
    fn entry(&mut self, kernels: &[(usize, &'a Kernel)]) -> Result<String, Unsupported> {
        let mut cases = String::new();
        let handlers = kernels.iter().flat_map(|(_, kernel)| &kernel.handlers);
        for (number, handler) in handlers.enumerate() {
            let body = self.handler(handler)?;
            cases.push_str(&format!("        case {number}u: {{\n{body}        }}\n"));
        }
        let (start, chosen) = self.entry_start();
        let (answers, send) = match self.answers.is_empty() {
            true => (String::new(), String::new()),
            false => (format!("{}\n", self.answer_sender()?), self.send_answer()),
        };
        let start = if answers.is_empty() { start } else { format!("    rk_answering = 0u;\n{start}") };
        Ok(format!(
            "{answers}fn rk_run_handler(handler: u32) {{\n{start}    switch {chosen} {{\n{cases}        default: {{}}\n    }}\n{send}}}\n"
        ))
    }

    fn finish(&mut self, mut text: String) -> String {
        helpers::append_used(&mut text);
        let declarations = self.block_declarations(&text);
        if !declarations.is_empty() {
            text.push('\n');
            text.push_str(&declarations);
        }
        text
    }

    /// The name of a function that is made for a type, which `make` writes when it is first asked for.
    pub(super) fn generate(
        &mut self,
        name: String,
        make: impl FnOnce(&mut Self, &str) -> Result<String, Unsupported>,
    ) -> Result<String, Unsupported> {
        if self.begun.insert(name.clone()) {
            let text = make(self, &name)?;
            self.generated.insert(name.clone(), text);
        }
        Ok(name)
    }

    pub(super) fn function_name(&self, id: FunctionId) -> String {
        names::function(&self.module.functions[id.0 as usize].name, id)
    }
}
