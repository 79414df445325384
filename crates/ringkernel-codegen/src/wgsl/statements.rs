//! Statements.

use super::checked;
use super::functions::Writer;
use super::places::{Target, TargetKind};
use crate::ir::{Block, ExprId, LocalId, Place, Statement};
use crate::print::Unsupported;

/// The loops around the statement that is being printed, outermost first.
#[derive(Debug, Default)]
pub(super) struct Loops {
    open: Vec<OpenLoop>,
}

#[derive(Debug)]
struct OpenLoop {
    label: u32,
    /// Whether an inner loop leaves it or starts its next round.
    left_from_inside: bool,
}

impl Writer<'_, '_> {
    pub(super) fn block(&mut self, block: &Block) -> Result<(), Unsupported> {
        for statement in block {
            self.statement(statement)?;
            // What stands behind these is never reached, and some compilers refuse it.
            if matches!(
                statement,
                Statement::Return { .. } | Statement::Break { .. } | Statement::Continue { .. }
            ) {
                break;
            }
        }
        Ok(())
    }

    fn statement(&mut self, statement: &Statement) -> Result<(), Unsupported> {
        match statement {
            Statement::Set { local, value } => {
                let value = self.expression(*value)?;
                self.set(*local, &value)
            }
            Statement::Load { local, place } => self.load(*local, place),
            Statement::Store { place, value } => self.store(place, *value),
            Statement::Checked { local, op, left, right, line } => {
                let call = self.checked(*op, *left, *right, *line)?;
                self.set(*local, &call)
            }
            Statement::Require { condition, kind, line } => {
                let condition = self.expression(*condition)?;
                let raise = self.raise(kind.number(), "0u", *line);
                self.open(format!("if !({condition}) {{"));
                self.line(raise);
                self.end("}");
                Ok(())
            }
            Statement::Fail { code, line } => {
                let code = self.expression(*code)?;
                let raise = self.raise(1, &code, *line);
                self.line(raise);
                Ok(())
            }
            Statement::Call { function, arguments, result } => {
                let arguments = arguments
                    .iter()
                    .map(|argument| self.expression(*argument))
                    .collect::<Result<Vec<_>, _>>()?;
                let call = format!("{}({})", self.printer.function_name(*function), arguments.join(", "));
                match result {
                    Some(local) => self.set(*local, &call),
                    None => {
                        self.line(format!("{call};"));
                        Ok(())
                    }
                }
            }
            Statement::Context { op, result, line } => self.context(op, *result, *line),
            Statement::Cell { op, place, arguments, result, line } => {
                self.cell(*op, place, arguments, *result, *line)
            }
            Statement::VecNew { local, capacity, line } => self.vec_new(*local, *capacity, *line),
            Statement::VecPush { vector, value, line } => self.vec_push(vector, *value, *line),
            Statement::VecPop { vector, local } => self.vec_pop(vector, *local),
            Statement::VecTruncate { vector, len } => self.vec_truncate(vector, *len),
            Statement::If { condition, accept, reject, meets, line } => {
                let mut condition = self.expression(*condition)?;
                if *meets {
                    condition = self.vote(&condition, *line);
                }
                self.open(format!("if {condition} {{"));
                self.block(accept)?;
                if !reject.is_empty() {
                    self.turn("} else {");
                    self.block(reject)?;
                }
                self.end("}");
                Ok(())
            }
            Statement::Loop { label, body, meets } => self.repeat(*label, body, *meets),
            Statement::Break { label } => {
                self.leave(*label, "1u", "break;");
                Ok(())
            }
            Statement::Continue { label } => {
                self.leave(*label, "2u", "continue;");
                Ok(())
            }
            Statement::Return { value } => {
                let value = value.map(|value| self.expression(value)).transpose()?;
                self.line(value.map_or("return;".to_owned(), |value| format!("return {value};")));
                Ok(())
            }
        }
    }

    pub(super) fn raise(&self, kind: u32, code: &str, line: u32) -> String {
        format!("rk_raise({kind}u, {code}, {}u, {line}u);", self.scope.function.file)
    }

    pub(super) fn target(&mut self, place: &Place) -> Result<Target, Unsupported> {
        self.printer.target(self.scope, place)
    }

    /// Opens the lines that need a place to exist; `Some` gives what ends them.
    pub(super) fn open_target(&mut self, target: &Target, line: u32) -> Option<String> {
        let condition = target.condition()?;
        self.open(format!("if {condition} {{"));
        Some(target.raise(self.scope.function.file, line))
    }

    pub(super) fn close_target(&mut self, raise: Option<String>) {
        if let Some(raise) = raise {
            self.turn("} else {");
            self.line(raise);
            self.end("}");
        }
    }

    fn load(&mut self, local: LocalId, place: &Place) -> Result<(), Unsupported> {
        let target = self.target(place)?;
        let value = match &target.kind {
            TargetKind::Variable(text) => text.clone(),
            TargetKind::Memory(address) => self.printer.load(place.ty, address)?,
        };
        if target.condition().is_none() {
            return self.set(local, &value);
        }
        let name = self.declare(local)?;
        let raise = self.open_target(&target, place.line);
        self.line(format!("{name} = {value};"));
        self.close_target(raise);
        Ok(())
    }

    fn store(&mut self, place: &Place, value: ExprId) -> Result<(), Unsupported> {
        let target = self.target(place)?;
        let value = self.expression(value)?;
        let store = match &target.kind {
            TargetKind::Variable(text) => format!("{text} = {value};"),
            TargetKind::Memory(address) => self.printer.store(place.ty, address, &value)?,
        };
        let raise = self.open_target(&target, place.line);
        self.line(store);
        self.close_target(raise);
        Ok(())
    }

    fn checked(
        &mut self,
        op: crate::ir::CheckedOp,
        left: ExprId,
        right: ExprId,
        line: u32,
    ) -> Result<String, Unsupported> {
        let ty = self.scope.type_of(left);
        self.printer.value_type(ty)?;
        let scalar = self.printer.scalar(ty).unwrap_or(crate::ir::Scalar::U32);
        let (left, right) = (self.expression(left)?, self.expression(right)?);
        Ok(checked::call(op, scalar, &left, &right, self.scope.function.file, line))
    }

    fn repeat(&mut self, label: u32, body: &Block, meets: bool) -> Result<(), Unsupported> {
        self.loops.open.push(OpenLoop { label, left_from_inside: false });
        self.open("loop {");
        let leave = self.leave_when_faulted(meets);
        self.line(leave);
        self.block(body)?;
        self.end("}");
        let closed = self.loops.open.pop();
        debug_assert!(closed.is_some_and(|closed| closed.label == label));
        self.go_on_leaving();
        Ok(())
    }

    /// Leaves a loop, or starts its next round. WGSL knows only the innermost one: leaving others is noted in a variable,
    /// which is looked at behind each inner loop.
    fn leave(&mut self, label: u32, how: &str, innermost: &str) {
        if self.loops.open.last().is_some_and(|last| last.label == label) {
            self.line(innermost);
            return;
        }
        let variable = format!("    var leave_{label}: u32;\n");
        if !self.flags.contains(&variable) {
            self.flags.push(variable);
        }
        if let Some(target) = self.loops.open.iter_mut().find(|open| open.label == label) {
            target.left_from_inside = true;
        }
        self.line(format!("leave_{label} = {how};"));
        self.line("break;");
    }

    /// Behind a loop: goes on with leaving those around it that something in it has left.
    fn go_on_leaving(&mut self) {
        let Some((innermost, outer)) = self.loops.open.split_last() else { return };
        let outer: Vec<u32> =
            outer.iter().filter(|open| open.left_from_inside).map(|open| open.label).collect();
        let own = innermost.left_from_inside.then_some(innermost.label);
        for label in outer {
            self.open(format!("if leave_{label} != 0u {{"));
            self.line("break;");
            self.end("}");
        }
        if let Some(label) = own {
            self.open(format!("if leave_{label} == 1u {{"));
            self.line(format!("leave_{label} = 0u;"));
            self.line("break;");
            self.end("}");
            self.open(format!("if leave_{label} == 2u {{"));
            self.line(format!("leave_{label} = 0u;"));
            self.line("continue;");
            self.end("}");
        }
    }

    fn leave_when_faulted(&mut self, meets: bool) -> String {
        let faulted = if meets { self.block_faulted() } else { "rk_fault != 0u".to_owned() };
        format!("if {faulted} {{ break; }}")
    }
}
