//! Functions: their heads, their locals, and the text that is being written.

use super::bindings::{Binding, bindings};
use super::expressions::Scope;
use super::printer::Printer;
use super::statements::Loops;
use crate::ir::{FunctionId, LocalId, Statement, TypeId};
use crate::print::Unsupported;

/// A function that is being printed.
pub(super) struct Writer<'p, 'a> {
    pub(super) printer: &'p mut Printer<'a>,
    pub(super) scope: Scope<'a>,
    pub(super) bindings: Vec<Binding>,
    pub(super) loops: Loops,
    /// Variables at the top that are not locals of the function.
    pub(super) flags: Vec<String>,
    text: String,
    depth: usize,
}

impl<'a> Printer<'a> {
    /// The text of a function.
    pub(super) fn function(&mut self, id: FunctionId) -> Result<String, Unsupported> {
        let function = &self.module.functions[id.0 as usize];
        let (state, message) = self.surroundings(id);
        let scope = Scope { id, function, state, message };
        let mut writer = Writer {
            printer: self,
            scope,
            bindings: bindings(function),
            loops: Loops::default(),
            flags: Vec::new(),
            text: String::new(),
            depth: 1,
        };
        writer.block(&function.body)?;
        writer.close()
    }

    /// The types of the state and the message that a handler's function sees.
    fn surroundings(&self, id: FunctionId) -> (TypeId, TypeId) {
        let handlers = self
            .module
            .kernels
            .iter()
            .flat_map(|kernel| kernel.handlers.iter().map(move |handler| (kernel, handler)));
        handlers
            .filter(|(_, handler)| handler.function == id)
            .map(|(kernel, handler)| (kernel.state, self.module.messages[handler.message.0 as usize].ty))
            .next()
            .unwrap_or((TypeId(0), TypeId(0)))
    }
}

impl Writer<'_, '_> {
    /// Puts head and variables in front of the body.
    fn close(mut self) -> Result<String, Unsupported> {
        let function = self.scope.function;
        let mut parameters = Vec::new();
        let mut tops = std::mem::take(&mut self.flags).concat();
        for local in &function.parameters {
            let (name, ty) =
                (self.scope.local(*local), self.printer.value_type(self.scope.local_type(*local))?);
            if self.bindings[local.0 as usize] == Binding::CopiedParameter {
                tops.push_str(&format!("    var {name} = {name}_given;\n"));
                parameters.push(format!("{name}_given: {ty}"));
            } else {
                parameters.push(format!("{name}: {ty}"));
            }
        }
        for (index, binding) in self.bindings.iter().enumerate() {
            if *binding == Binding::Top {
                let local = LocalId(index as u32);
                let ty = self.printer.value_type(self.scope.local_type(local))?;
                tops.push_str(&format!("    var {}: {ty};\n", self.scope.local(local)));
            }
        }
        let name = self.printer.function_name(self.scope.id);
        let (result, last) = if self.printer.is_unit(function.result) {
            (String::new(), String::new())
        } else {
            let ty = self.printer.value_type(function.result)?;
            // A loop that a fault has ended is not followed by anything in the source.
            let ends = matches!(function.body.last(), Some(Statement::Return { .. }));
            let last = if ends {
                String::new()
            } else {
                format!("    return {};\n", self.printer.zero(function.result)?)
            };
            (format!(" -> {ty}"), last)
        };
        Ok(format!("fn {name}({}){result} {{\n{tops}{}{last}}}\n", parameters.join(", "), self.text))
    }

    /// Writes a line.
    pub(super) fn line(&mut self, line: impl AsRef<str>) {
        for _ in 0..self.depth {
            self.text.push_str("    ");
        }
        self.text.push_str(line.as_ref());
        self.text.push('\n');
    }

    /// Writes a line after which others stand deeper.
    pub(super) fn open(&mut self, line: impl AsRef<str>) {
        self.line(line);
        self.depth += 1;
    }

    /// Writes a line between lines that stand deeper.
    pub(super) fn turn(&mut self, line: impl AsRef<str>) {
        self.depth -= 1;
        self.open(line);
    }

    /// Writes a line before which others stood deeper.
    pub(super) fn end(&mut self, line: impl AsRef<str>) {
        self.depth -= 1;
        self.line(line);
    }

    /// Gives a local its value.
    pub(super) fn set(&mut self, local: LocalId, value: &str) -> Result<(), Unsupported> {
        let name = self.scope.local(local);
        match self.bindings[local.0 as usize] {
            Binding::Let => {
                let ty = self.printer.value_type(self.scope.local_type(local))?;
                self.line(format!("let {name}: {ty} = {value};"));
            }
            Binding::Var => {
                let ty = self.printer.value_type(self.scope.local_type(local))?;
                self.line(format!("var {name}: {ty} = {value};"));
            }
            _ => self.line(format!("{name} = {value};")),
        }
        Ok(())
    }

    /// Declares a local that the lines that follow set, in blocks; it is zero until then.
    pub(super) fn declare(&mut self, local: LocalId) -> Result<String, Unsupported> {
        let name = self.scope.local(local);
        let ty = self.scope.local_type(local);
        match self.bindings[local.0 as usize] {
            Binding::Let | Binding::Var => {
                let ty = self.printer.value_type(ty)?;
                self.line(format!("var {name}: {ty};"));
            }
            _ => {
                let zero = self.printer.zero(ty)?;
                self.line(format!("{name} = {zero};"));
            }
        }
        Ok(name)
    }

    pub(super) fn expression(&mut self, id: crate::ir::ExprId) -> Result<String, Unsupported> {
        self.printer.expression(self.scope, id)
    }
}
