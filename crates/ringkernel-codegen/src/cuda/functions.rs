//! Functions and statements.

use std::collections::BTreeSet;

use super::expressions::unprintable;
use super::places::Current;
use super::printer::Printer;
use crate::ir::{ContextOp, ExprId, FunctionId, LocalId, Statement, Type, WarpOp};
use crate::print::{Unsupported, visit};

/// Lines, indented as they will stand.
pub(super) type Lines = Vec<String>;

/// Loops around a statement, the innermost last, and which of their labels are jumped to.
#[derive(Debug, Default)]
struct Loops {
    labels: Vec<u32>,
    left: BTreeSet<u32>,
    continued: BTreeSet<u32>,
}

fn indented(lines: Lines) -> impl Iterator<Item = String> {
    lines.into_iter().map(|line| format!("    {line}"))
}

impl Printer<'_> {
    /// The text of a function.
    pub(super) fn function(&mut self, id: FunctionId) -> Result<String, Unsupported> {
        let function = &self.module.functions[id.0 as usize];
        let current = Current { id, function };
        let mut lines = Lines::new();
        for (index, local) in function.locals.iter().enumerate() {
            let id = LocalId(index as u32);
            if function.parameters.contains(&id)
                || self.is_empty(local.ty)
                || matches!(self.ty(local.ty), Type::BlockArray(_))
            {
                continue;
            }
            let zero = if local.mutable { "{}" } else { "" };
            lines.push(format!("{} {}{zero};", self.value_type(local.ty)?, Self::local(function, id)));
        }
        for index in 0..function.block_arrays.len() {
            lines.push(format!("rk_array rk_array_{index}{{}};"));
        }
        lines.extend(self.block(current, &function.body, &mut Loops::default())?);
        let result = match self.ty(function.result) {
            Type::Unit => "void".to_owned(),
            _ => self.value_type(function.result)?,
        };
        if result != "void" && !ends(&function.body) {
            lines.push(format!("return {};", self.zero_of(function.result)?));
        }
        let mut parameters = vec!["rk_lane* rk".to_owned()];
        for id in &function.parameters {
            let ty = function.locals[id.0 as usize].ty;
            if !self.is_empty(ty) {
                parameters.push(format!("{} {}", self.value_type(ty)?, Self::local(function, *id)));
            }
        }
        let body: String = indented(lines).map(|line| line + "\n").collect();
        Ok(format!("RK_FN {result} {}({}) {{\n{body}}}\n", self.function_name(id), parameters.join(", ")))
    }

    fn block(
        &mut self,
        current: Current<'_>,
        block: &[Statement],
        loops: &mut Loops,
    ) -> Result<Lines, Unsupported> {
        let mut lines = Lines::new();
        for statement in block {
            lines.extend(self.statement(current, statement, loops)?);
            if ends(std::slice::from_ref(statement)) {
                // Nothing behind it runs.
                break;
            }
        }
        Ok(lines)
    }

    fn statement(
        &mut self,
        current: Current<'_>,
        statement: &Statement,
        loops: &mut Loops,
    ) -> Result<Lines, Unsupported> {
        let function = current.function;
        Ok(match statement {
            Statement::Set { local, value } => {
                if self.has_no_value(Self::expr_type(function, *value)) {
                    return Ok(Lines::new());
                }
                vec![format!("{} = {};", Self::local(function, *local), self.expr(function, *value)?)]
            }
            Statement::Load { local, place } => self.load(current, *local, place)?,
            Statement::Store { place, value } => {
                let printed = self.place(current, place)?;
                let value = self.expr(function, *value)?;
                let store = if self.is_empty(place.ty) {
                    Lines::new()
                } else {
                    vec![format!("{} = {value};", printed.text)]
                };
                printed.guarded(&current.at(place.line), &store, &[])
            }
            Statement::Checked { local, op, left, right, line } => {
                vec![self.checked(current, *local, *op, [*left, *right], *line)?]
            }
            Statement::Require { condition, kind, line } => {
                let condition = self.expr(function, *condition)?;
                vec![
                    format!("if (!({condition})) {{"),
                    format!("    rk_raise(rk, {}u, 0u, {});", kind.number(), current.at(*line)),
                    "}".to_owned(),
                ]
            }
            Statement::Fail { code, line } => {
                let code = self.expr(function, *code)?;
                vec![format!("rk_raise(rk, 1u, {code}, {});", current.at(*line))]
            }
            Statement::Call { function: callee, arguments, result } => {
                vec![self.call(current, *callee, arguments, *result)?]
            }
            Statement::Context { op, result, line } => self.context(current, op, *result, *line)?,
            Statement::Cell { op, place, arguments, result, line } => {
                self.cell(current, *op, place, arguments, *result, *line)?
            }
            Statement::VecNew { local, capacity, line } => {
                let element = self.scratch_element(function.locals[local.0 as usize].ty)?;
                let capacity = self.expr(function, *capacity)?;
                let local = Self::local(function, *local);
                vec![format!("{local} = rk_vector_new<{element}>(rk, {capacity}, {});", current.at(*line))]
            }
            Statement::VecPush { vector, value, line } => {
                let element = self.scratch_element(vector.ty)?;
                let (place, value) = (self.place(current, vector)?, self.expr(function, *value)?);
                let push = format!(
                    "rk_vector_push<{element}>(rk, &{}, {value}, {});",
                    place.text,
                    current.at(*line)
                );
                place.guarded(&current.at(*line), &[push], &[])
            }
            Statement::VecPop { vector, local } => self.pop(current, vector, *local)?,
            Statement::VecTruncate { vector, len } => {
                let (place, len) = (self.place(current, vector)?, self.expr(function, *len)?);
                let truncate = format!("rk_vector_truncate(&{}, {len});", place.text);
                place.guarded(&current.at(vector.line), &[truncate], &[])
            }
            Statement::If { condition, accept, reject, .. } => {
                let condition = self.expr(function, *condition)?;
                let negated = format!("!({})", bare(&condition));
                let (condition, first, second) = match accept.is_empty() {
                    true => (negated.as_str(), reject, accept),
                    false => (bare(&condition), accept, reject),
                };
                let mut lines = vec![format!("if ({condition}) {{")];
                lines.extend(indented(self.block(current, first, loops)?));
                if !second.is_empty() {
                    lines.push("} else {".to_owned());
                    lines.extend(indented(self.block(current, second, loops)?));
                }
                lines.push("}".to_owned());
                lines
            }
            Statement::Loop { label, body, .. } => self.repeat(current, *label, body, loops)?,
            Statement::Break { label } if loops.labels.last() == Some(label) => vec!["break;".to_owned()],
            Statement::Break { label } => {
                loops.left.insert(*label);
                vec![format!("goto left_{label};")]
            }
            Statement::Continue { label } if loops.labels.last() == Some(label) => {
                vec!["continue;".to_owned()]
            }
            Statement::Continue { label } => {
                loops.continued.insert(*label);
                vec![format!("goto next_{label};")]
            }
            Statement::Return { value: Some(value) } if !matches!(self.ty(function.result), Type::Unit) => {
                vec![format!("return {};", self.expr(function, *value)?)]
            }
            Statement::Return { .. } if !matches!(self.ty(function.result), Type::Unit) => {
                vec![format!("return {};", self.zero_of(function.result)?)]
            }
            Statement::Return { .. } => vec!["return;".to_owned()],
        })
    }

    /// Whether a type is of values that are not held in locals.
    fn has_no_value(&self, ty: crate::ir::TypeId) -> bool {
        self.is_empty(ty) || matches!(self.ty(ty), Type::BlockArray(_))
    }

    fn load(
        &mut self,
        current: Current<'_>,
        local: LocalId,
        place: &crate::ir::Place,
    ) -> Result<Lines, Unsupported> {
        let printed = self.place(current, place)?;
        let at = current.at(place.line);
        if self.is_empty(place.ty) {
            return Ok(printed.guarded(&at, &[], &[]));
        }
        let value = match &printed.payload {
            Some(payload) if self.holds_vectors(place.ty) => self.loaded(place.ty, &printed.text, payload)?,
            _ => printed.text.clone(),
        };
        let (target, zero) = (Self::local(current.function, local), self.zero_of(place.ty)?);
        Ok(printed.guarded(&at, &[format!("{target} = {value};")], &[format!("{target} = {zero};")]))
    }

    fn call(
        &mut self,
        current: Current<'_>,
        callee: FunctionId,
        arguments: &[ExprId],
        result: Option<LocalId>,
    ) -> Result<String, Unsupported> {
        let function = current.function;
        let mut texts = vec!["rk".to_owned()];
        for argument in arguments {
            if !self.has_no_value(Self::expr_type(function, *argument)) {
                texts.push(self.expr(function, *argument)?);
            }
        }
        let call = format!("{}({});", self.function_name(callee), texts.join(", "));
        Ok(match result {
            Some(local) if !self.is_empty(function.locals[local.0 as usize].ty) => {
                format!("{} = {call}", Self::local(function, local))
            }
            _ => call,
        })
    }

    /// The C++ type of the elements of a vector in scratch memory.
    fn scratch_element(&mut self, vector: crate::ir::TypeId) -> Result<String, Unsupported> {
        let Type::Vec(element) = self.ty(vector) else {
            return Err(unprintable("elements of what is no vector"));
        };
        if self.holds_vectors(*element) {
            return Err(Unsupported {
                feature: "vectors made by handlers whose elements hold vectors".to_owned(),
            });
        }
        if self.is_empty(*element) {
            return Err(Unsupported { feature: "vectors of elements without bytes".to_owned() });
        }
        self.value_type(*element)
    }

    fn pop(
        &mut self,
        current: Current<'_>,
        vector: &crate::ir::Place,
        local: LocalId,
    ) -> Result<Lines, Unsupported> {
        let element = self.scratch_element(vector.ty)?;
        let place = self.place(current, vector)?;
        let (target, at) = (Self::local(current.function, local), current.at(vector.line));
        let option = self.value_type(current.function.locals[local.0 as usize].ty)?;
        let mut lines = vec![format!("{target} = {option}{{}};")];
        let pop = format!("rk_vector_pop<{element}>(rk, &{}, &{target}.value, {at}) ? 1u : 0u", place.text);
        lines.extend(place.guarded(&at, &[format!("{target}.some = {pop};")], &[]));
        Ok(lines)
    }

    fn repeat(
        &mut self,
        current: Current<'_>,
        label: u32,
        body: &[Statement],
        loops: &mut Loops,
    ) -> Result<Lines, Unsupported> {
        loops.labels.push(label);
        let inner = self.block(current, body, loops)?;
        loops.labels.pop();
        let gives_up = if self.uses_warps(body) { "rk_warp_gives_up" } else { "rk_gives_up" };
        let mut lines = vec![
            "for (;;) {".to_owned(),
            format!("    if ({gives_up}(rk)) {{"),
            "        break;".to_owned(),
            "    }".to_owned(),
        ];
        lines.extend(indented(inner));
        if loops.continued.contains(&label) {
            lines.push(format!("next_{label}:;"));
        }
        lines.push("}".to_owned());
        if loops.left.contains(&label) {
            lines.push(format!("left_{label}:;"));
        }
        Ok(lines)
    }

    /// Whether statements, or what they call, have operations of a warp.
    fn uses_warps(&self, block: &[Statement]) -> bool {
        let mut found = false;
        visit(block, &mut |statement| {
            found |= match statement {
                Statement::Context { op: ContextOp::Warp { .. } | ContextOp::BlockReduce { .. }, .. } => true,
                Statement::Call { function, .. } => {
                    self.uses_warps(&self.module.functions[function.0 as usize].body)
                }
                _ => false,
            };
        });
        found
    }
}

/// Whether no statement behind these runs.
fn ends(block: &[Statement]) -> bool {
    match block.last() {
        Some(Statement::Return { .. } | Statement::Break { .. } | Statement::Continue { .. }) => true,
        Some(Statement::If { accept, reject, .. }) => ends(accept) && ends(reject),
        _ => false,
    }
}

/// A condition without the parentheses that surround all of it.
fn bare(condition: &str) -> &str {
    let inner = condition.strip_prefix('(').and_then(|rest| rest.strip_suffix(')'));
    let mut depth = 0i32;
    let balanced = |inner: &&str| {
        inner.bytes().all(|byte| {
            depth += i32::from(byte == b'(') - i32::from(byte == b')');
            depth >= 0
        })
    };
    inner.filter(balanced).unwrap_or(condition)
}

/// The name of a combination in the prelude.
pub(super) fn combination(op: WarpOp) -> Option<&'static str> {
    match op {
        WarpOp::Sum => Some("rk_sum"),
        WarpOp::Min => Some("rk_smaller"),
        WarpOp::Max => Some("rk_larger"),
        _ => None,
    }
}
