//! The printer: what is being printed, and what has been found out on the way.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use super::program::{Options, Program, Requirements, Scope};
use crate::ir::{Answer, ContextOp, FunctionId, Handler, Kernel, Module, Statement, TypeId};
use crate::print::{HandlerEntry, Heads, Unsupported, dispatch, kernel_facts, names, reachable, visit};

/// Bytes of `rk_block`, and of the slot of a block array behind it.
const BLOCK_BYTES: u32 = 272;
const SLOT_BYTES: u32 = 8;
/// What aligning one array in block memory can cost.
const ALIGNMENT_BYTES: u32 = 16;

const HEADS: Heads = Heads {
    handler_of: "RK_FN rk_u32 rk_handler_of(rk_u32 kernel, rk_u32 message, rk_u32 id)",
    handler_id: "RK_FN rk_u32 rk_handler_id(rk_u32 message)",
};

/// Prints the kernels of a module as CUDA C++.
///
/// # Errors
/// [`Unsupported`] when they need what CUDA does not have, or what this printer does not print.
pub fn print(module: &Module, options: &Options) -> Result<Program, Unsupported> {
    let mut printer = Printer::new(module, options);
    let handlers = module.kernels.iter().flat_map(|kernel| &kernel.handlers);
    let mut functions = String::new();
    for id in reachable(module, handlers.map(|handler| handler.function)) {
        functions.push_str(&printer.function(id)?);
        functions.push('\n');
    }
    let entry = printer.entry()?;
    let mut text = String::new();
    for declaration in printer.declarations.values() {
        text.push_str(declaration);
        text.push('\n');
    }
    for function in &printer.generated {
        text.push_str(function);
        text.push('\n');
    }
    let handlers = handler_entries(module);
    Ok(Program {
        text: text + &functions + &entry,
        dispatch: dispatch(module, &handlers, &HEADS),
        handlers,
        kernels: kernel_facts(module),
        requirements: printer.requirements(),
        options: *options,
    })
}

fn handler_entries(module: &Module) -> Vec<HandlerEntry> {
    let kernels = module.kernels.iter().enumerate();
    let entries = kernels.flat_map(|(index, kernel)| {
        kernel.handlers.iter().map(move |handler| HandlerEntry {
            kernel: index,
            message: handler.message,
            answer: handler.answer,
        })
    });
    entries.collect()
}

/// What a function that handlers run needs to know of them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Roots {
    pub(super) state: TypeId,
    pub(super) message: TypeId,
}

/// What is being printed, and what has been found out on the way.
pub(super) struct Printer<'a> {
    pub(super) module: &'a Module,
    pub(super) options: &'a Options,
    /// Declarations of types, those that others are made of first. The number is 1 for the form in memory.
    pub(super) declarations: BTreeMap<(TypeId, u32), String>,
    /// Functions that are made for types, those that others call first.
    pub(super) generated: Vec<String>,
    /// Names of functions that are being made, or have been.
    pub(super) begun: BTreeSet<String>,
    /// State and message of the handlers that run a function.
    roots: BTreeMap<FunctionId, Roots>,
    /// The number of the first slot of each function's block arrays.
    slots: Vec<u32>,
}

impl<'a> Printer<'a> {
    fn new(module: &'a Module, options: &'a Options) -> Self {
        let mut roots = BTreeMap::new();
        for kernel in &module.kernels {
            for handler in &kernel.handlers {
                let message = module.messages[handler.message.0 as usize].ty;
                for function in reachable(module, [handler.function]) {
                    roots.insert(function, Roots { state: kernel.state, message });
                }
            }
        }
        let mut slots = vec![0];
        for function in &module.functions {
            slots.push(slots[slots.len() - 1] + function.block_arrays.len() as u32);
        }
        Self {
            module,
            options,
            declarations: BTreeMap::new(),
            generated: Vec::new(),
            begun: BTreeSet::new(),
            roots,
            slots,
        }
    }

    fn requirements(&self) -> Requirements {
        if !self.module.kernels.iter().any(|kernel| kernel.cooperative) {
            return Requirements::default();
        }
        let slots = self.slots[self.slots.len() - 1];
        Requirements {
            shared_bytes: BLOCK_BYTES + SLOT_BYTES * slots,
            alignment_bytes: ALIGNMENT_BYTES * slots,
            meets_grid: self.module.kernels.iter().any(|kernel| self.meets_grid(kernel)),
        }
    }

    /// Whether handlers of a kernel meet all blocks of the grid.
    fn meets_grid(&self, kernel: &Kernel) -> bool {
        let mut meets = false;
        for id in reachable(self.module, kernel.handlers.iter().map(|handler| handler.function)) {
            visit(&self.module.functions[id.0 as usize].body, &mut |statement| {
                meets |= matches!(statement, Statement::Context { op: ContextOp::SyncGrid, .. });
            });
        }
        meets
    }

    pub(super) fn roots(&self, function: FunctionId) -> Option<Roots> {
        self.roots.get(&function).copied()
    }

    /// The slot of a function's block array.
    pub(super) fn slot(&self, function: FunctionId, array: u32) -> u32 {
        self.slots[function.0 as usize] + array
    }

    pub(super) fn function_name(&self, id: FunctionId) -> String {
        names::function(&self.module.functions[id.0 as usize].name, id)
    }

    pub(super) fn scope(&self) -> &'static str {
        match self.options.scope {
            Scope::Block => "rk_block_scope",
            Scope::Device => "rk_device_scope",
        }
    }

    /// The name of a function that is made for a type, which `make` writes when it is first asked for.
    pub(super) fn generate(
        &mut self,
        name: String,
        make: impl FnOnce(&mut Self, &str) -> Result<String, Unsupported>,
    ) -> Result<String, Unsupported> {
        if self.begun.insert(name.clone()) {
            let text = make(self, &name)?;
            self.generated.push(text);
        }
        Ok(name)
    }

    /// The function that runs the handler of a number.
    fn entry(&mut self) -> Result<String, Unsupported> {
        let module = self.module;
        let mut cases = String::new();
        let handlers = module
            .kernels
            .iter()
            .flat_map(|kernel| kernel.handlers.iter().map(move |handler| (kernel, handler)));
        for (number, (kernel, handler)) in handlers.enumerate() {
            let body = self.case(kernel, handler)?;
            // Writing to a string does not fail.
            let _ = write!(cases, "    case {number}u: {{\n{body}        break;\n    }}\n");
        }
        Ok(format!(
            "RK_FN void rk_run_handler(rk_lane* rk, rk_u32 handler) {{\n    switch (handler) {{\n{cases}    default:\n        break;\n    }}\n}}\n"
        ))
    }

    fn case(&mut self, kernel: &Kernel, handler: &Handler) -> Result<String, Unsupported> {
        let function = &self.module.functions[handler.function.0 as usize];
        let call = format!("{}(rk)", self.function_name(handler.function));
        let finish = match (kernel.cooperative, self.meets_grid(kernel)) {
            (false, _) => "",
            (true, false) => "        rk_finish(rk);\n",
            (true, true) => "        rk_finish_grid(rk);\n",
        };
        let leads = if kernel.cooperative { " && rk_leads(rk) && rk->broken == 0u" } else { "" };
        let (message, value, some) = match handler.answer {
            Answer::None => return Ok(format!("        {call};\n{finish}")),
            Answer::Always(message) => (message, "answer", ""),
            Answer::Maybe(message) => (message, "answer.value", " && answer.some != 0u"),
        };
        let (send, value) = (self.send(message)?, self.value_or_empty(message, value)?);
        let result = self.value_type(function.result)?;
        Ok(format!(
            "        {result} answer = {call};\n{finish}        if (rk->fault == 0u{leads}{some}) {{\n            {send}(rk, 0u, 0ull, {value}, nullptr, {}u, 0u);\n        }}\n",
            function.file
        ))
    }
}
