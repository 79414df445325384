//! How each local of a function is declared.
//!
//! A local that is set once, before everything that reads it and in a block around that, is a `let` at that place. All
//! others are variables at the top of the function, zero at first.

use std::collections::{BTreeMap, BTreeSet};

use crate::ir::{
    Block, ContextOp, ExprId, ExpressionKind, Function, LocalId, Place, Projection, Root, Statement,
};

/// How a local is declared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Binding {
    /// `let`, where it is set.
    Let,
    /// `var`, where it is set: something indexes it.
    Var,
    /// `var`, at the top of the function.
    Top,
    /// A parameter.
    Parameter,
    /// A parameter that something indexes: copied to a variable at the top.
    CopiedParameter,
    /// Nothing sets or reads it.
    Unused,
}

/// How the locals of a function are declared.
pub(super) fn bindings(function: &Function) -> Vec<Binding> {
    let mut survey = Survey {
        function,
        parents: vec![0],
        set: BTreeMap::new(),
        read: BTreeMap::new(),
        indexed: BTreeSet::new(),
    };
    survey.block(&function.body, 0);
    let locals = (0..function.locals.len() as u32).map(LocalId);
    locals.map(|local| survey.binding(local)).collect()
}

/// Where locals are set and read. Blocks are numbered; 0 is the body.
struct Survey<'a> {
    function: &'a Function,
    /// The block around each block.
    parents: Vec<usize>,
    set: BTreeMap<LocalId, Vec<usize>>,
    read: BTreeMap<LocalId, Vec<usize>>,
    indexed: BTreeSet<LocalId>,
}

impl Survey<'_> {
    fn binding(&self, local: LocalId) -> Binding {
        let none = Vec::new();
        let set = self.set.get(&local).unwrap_or(&none);
        let read = self.read.get(&local).unwrap_or(&none);
        let indexed = self.indexed.contains(&local);
        if self.function.parameters.contains(&local) {
            let written = indexed || !set.is_empty();
            return if written { Binding::CopiedParameter } else { Binding::Parameter };
        }
        if set.is_empty() && read.is_empty() {
            return Binding::Unused;
        }
        let once = set.len() == 1 && !self.function.locals[local.0 as usize].mutable;
        if !once || !read.iter().all(|block| self.lies_in(*block, set[0])) {
            return Binding::Top;
        }
        if indexed { Binding::Var } else { Binding::Let }
    }

    fn lies_in(&self, mut block: usize, outer: usize) -> bool {
        while block > outer {
            block = self.parents[block];
        }
        block == outer
    }

    fn block(&mut self, statements: &Block, number: usize) {
        for statement in statements {
            self.statement(statement, number);
        }
    }

    fn inner(&mut self, statements: &Block, outer: usize) {
        self.parents.push(outer);
        self.block(statements, self.parents.len() - 1);
    }

    fn sets(&mut self, local: Option<LocalId>, block: usize) {
        if let Some(local) = local {
            self.set.entry(local).or_default().push(block);
        }
    }

    fn reads(&mut self, expressions: &[ExprId], block: usize) {
        let mut pending = expressions.to_vec();
        while let Some(id) = pending.pop() {
            let kind = &self.function.expressions[id.0 as usize].kind;
            if let ExpressionKind::Local(local) = kind {
                self.read.entry(*local).or_default().push(block);
            }
            pending.extend(operands(kind));
        }
    }

    fn place(&mut self, place: &Place, block: usize) {
        match place.root {
            Root::Local(local) => {
                self.read.entry(local).or_default().push(block);
                if place.projections.iter().any(|step| matches!(step, Projection::Index(_))) {
                    self.indexed.insert(local);
                }
            }
            Root::Vector(vector) => self.reads(&[vector], block),
            _ => {}
        }
        for projection in &place.projections {
            if let Projection::Index(index) = projection {
                self.reads(&[*index], block);
            }
        }
    }

    /// A place that is written: a local is then not set in one go.
    fn written(&mut self, place: &Place, block: usize) {
        self.place(place, block);
        if let Root::Local(local) = place.root {
            self.set.entry(local).or_default().extend([block, block]);
        }
    }

    fn statement(&mut self, statement: &Statement, block: usize) {
        match statement {
            Statement::Set { local, value } => {
                self.reads(&[*value], block);
                self.sets(Some(*local), block);
            }
            Statement::Load { local, place } => {
                self.place(place, block);
                self.sets(Some(*local), block);
            }
            Statement::Store { place, value } => {
                self.reads(&[*value], block);
                self.written(place, block);
            }
            Statement::Checked { local, left, right, .. } => {
                self.reads(&[*left, *right], block);
                self.sets(Some(*local), block);
            }
            Statement::Require { condition: value, .. } | Statement::Fail { code: value, .. } => {
                self.reads(&[*value], block);
            }
            Statement::Call { arguments, result, .. } => {
                self.reads(arguments, block);
                self.sets(*result, block);
            }
            Statement::Context { op, result, .. } => {
                self.reads(&context_operands(op), block);
                self.sets(*result, block);
            }
            Statement::Cell { place, arguments, result, .. } => {
                self.place(place, block);
                self.reads(arguments, block);
                self.sets(*result, block);
            }
            Statement::VecNew { local, capacity, .. } => {
                self.reads(&[*capacity], block);
                self.sets(Some(*local), block);
            }
            Statement::VecPush { vector, value, .. } => {
                self.reads(&[*value], block);
                self.written(vector, block);
            }
            Statement::VecPop { vector, local } => {
                self.written(vector, block);
                self.sets(Some(*local), block);
            }
            Statement::VecTruncate { vector, len } => {
                self.reads(&[*len], block);
                self.written(vector, block);
            }
            Statement::If { condition, accept, reject, .. } => {
                self.reads(&[*condition], block);
                self.inner(accept, block);
                self.inner(reject, block);
            }
            Statement::Loop { body, .. } => self.inner(body, block),
            Statement::Return { value } => self.reads(value.as_slice(), block),
            Statement::Break { .. } | Statement::Continue { .. } => {}
        }
    }
}

/// The operands of an expression.
pub(super) fn operands(kind: &ExpressionKind) -> Vec<ExprId> {
    match kind {
        ExpressionKind::Literal(_) | ExpressionKind::Zero | ExpressionKind::Local(_) => Vec::new(),
        ExpressionKind::Unary(_, a)
        | ExpressionKind::Cast(a)
        | ExpressionKind::Bitcast(a)
        | ExpressionKind::Repeat(a)
        | ExpressionKind::Part(a, _)
        | ExpressionKind::Element(a, _)
        | ExpressionKind::IsSome(a)
        | ExpressionKind::SomeValue(a)
        | ExpressionKind::IsOk(a)
        | ExpressionKind::OkValue(a)
        | ExpressionKind::ErrValue(a)
        | ExpressionKind::Len(a) => vec![*a],
        ExpressionKind::Some(a) | ExpressionKind::Ok(a) | ExpressionKind::Err(a) => {
            a.iter().copied().collect()
        }
        ExpressionKind::Binary(_, a, b) => vec![*a, *b],
        ExpressionKind::Select(a, b, c) => vec![*a, *b, *c],
        ExpressionKind::Math(_, all) | ExpressionKind::Compose(all) => all.clone(),
    }
}

/// The expressions that an operation of the context takes.
fn context_operands(op: &ContextOp) -> Vec<ExprId> {
    match op {
        ContextOp::UpdateClock(value)
        | ContextOp::EnqueueOutput { value, .. }
        | ContextOp::SendToName { value, .. }
        | ContextOp::RequestName { value, .. }
        | ContextOp::Publish { value, .. }
        | ContextOp::PollActor { source: value, .. }
        | ContextOp::BlockArray { len: value, .. }
        | ContextOp::BlockReduce { value, .. } => vec![*value],
        ContextOp::SendToActor { target, value, .. }
        | ContextOp::RequestActor { target, value, .. }
        | ContextOp::Reply { to: target, value, .. } => vec![*target, *value],
        ContextOp::Warp { value, argument, mask, .. } => vec![*value, *argument, *mask],
        _ => Vec::new(),
    }
}
