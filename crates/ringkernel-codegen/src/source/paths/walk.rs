//! Through a tree in the order of the source, with the local names that are known at each place.

use super::builtin::{Place, kind, type_of_function};
use super::{PathKind, PathUse};
use crate::source::tree::{
    Arm, Assertion, Block, Expr, ExprKind, Function, Path, Pattern, PatternKind, Statement, Type, TypeKind,
};

/// Types whose second argument is a constant.
const ARRAYS: [&str; 2] = ["SharedArray", "AtomicArray"];

pub(super) fn paths(function: &Function) -> Vec<PathUse> {
    let mut walk = Walk::default();
    for parameter in &function.parameters {
        walk.ty(&parameter.ty);
        walk.pattern(&parameter.pattern);
    }
    walk.ty(&function.result);
    walk.block(&function.body);
    walk.found
}

#[derive(Default)]
struct Walk {
    found: Vec<PathUse>,
    /// Variables and constants that are known, the newest last.
    locals: Vec<String>,
}

impl Walk {
    fn path(&mut self, path: &Path, place: Place) {
        self.used(path, place, false);
    }

    fn used(&mut self, path: &Path, place: Place, is_default_call: bool) {
        let is_local = place != Place::Type && self.locals.contains(&path.name);
        if !is_local && let Some(kind) = kind(&path.name, place, is_default_call) {
            self.add(&path.name, kind);
            if let Some(ty) = type_of_function(&path.name, kind) {
                self.add(ty, PathKind::Type);
            }
        }
        for (index, argument) in path.arguments.iter().enumerate() {
            match &argument.kind {
                // The length of an array of cells looks like a type: `SharedArray<u32, SIZE>`.
                TypeKind::Path(len) if index == 1 && ARRAYS.contains(&path.name.as_str()) => {
                    self.path(len, Place::Value);
                }
                _ => self.ty(argument),
            }
        }
    }

    fn add(&mut self, name: &str, kind: PathKind) {
        if !self.found.iter().any(|known| known.name == name && known.kind == kind) {
            self.found.push(PathUse { name: name.to_owned(), kind });
        }
    }

    /// What `inside` binds is forgotten behind it.
    fn scope(&mut self, inside: impl FnOnce(&mut Self)) {
        let known = self.locals.len();
        inside(self);
        self.locals.truncate(known);
    }

    fn ty(&mut self, ty: &Type) {
        match &ty.kind {
            TypeKind::Unit | TypeKind::Never | TypeKind::Infer => {}
            TypeKind::Path(path) => self.path(path, Place::Type),
            TypeKind::Tuple(parts) => parts.iter().for_each(|part| self.ty(part)),
            TypeKind::Array(element, len) => {
                self.ty(element);
                self.expr(len);
            }
            TypeKind::Slice(target) | TypeKind::Reference { target, .. } => self.ty(target),
            TypeKind::Const(value) => self.expr(value),
        }
    }

    fn block(&mut self, block: &Block) {
        self.scope(|walk| {
            for statement in &block.statements {
                walk.statement(statement);
            }
            walk.option(block.value.as_deref());
        });
    }

    fn statement(&mut self, statement: &Statement) {
        match statement {
            Statement::Let { pattern, ty, value, otherwise } => {
                if let Some(ty) = ty {
                    self.ty(ty);
                }
                self.option(value.as_ref());
                if let Some(otherwise) = otherwise {
                    self.block(otherwise);
                }
                self.pattern(pattern);
            }
            Statement::Const { name, ty, value } => {
                self.ty(ty);
                self.expr(value);
                self.locals.push(name.clone());
            }
            Statement::Expr(expr) => self.expr(expr),
        }
    }

    fn option(&mut self, expr: Option<&Expr>) {
        if let Some(expr) = expr {
            self.expr(expr);
        }
    }

    fn all(&mut self, exprs: &[Expr]) {
        exprs.iter().for_each(|expr| self.expr(expr));
    }

    fn expr(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Literal(_) | ExprKind::Continue(_) | ExprKind::Panic(_) => {}
            ExprKind::Path(path) => self.path(path, Place::Value),
            ExprKind::Unary(_, of)
            | ExprKind::Field(of, _)
            | ExprKind::Reference(_, of)
            | ExprKind::Try(of) => {
                self.expr(of);
            }
            ExprKind::Binary(_, left, right)
            | ExprKind::AssignOp(_, left, right)
            | ExprKind::Assign(left, right)
            | ExprKind::Index(left, right)
            | ExprKind::Repeat(left, right)
            | ExprKind::VecRepeat(left, right) => {
                self.expr(left);
                self.expr(right);
            }
            ExprKind::Cast(of, ty) => {
                self.expr(of);
                self.ty(ty);
            }
            ExprKind::Call(path, arguments) => {
                self.used(path, Place::Call, arguments.is_empty());
                self.all(arguments);
            }
            ExprKind::Method { receiver, generics, arguments, .. } => {
                self.expr(receiver);
                generics.iter().for_each(|ty| self.ty(ty));
                self.all(arguments);
            }
            ExprKind::Struct { path, fields, rest } => {
                self.path(path, Place::Type);
                fields.iter().for_each(|field| self.expr(&field.value));
                self.option(rest.as_deref());
            }
            ExprKind::Tuple(parts) | ExprKind::Array(parts) | ExprKind::Vec(parts) => self.all(parts),
            ExprKind::Break(_, value) | ExprKind::Return(value) => self.option(value.as_deref()),
            ExprKind::Range(start, _, end) => {
                self.option(start.as_deref());
                self.option(end.as_deref());
            }
            ExprKind::Assert(assertion) | ExprKind::DebugAssert(assertion) => match assertion {
                Assertion::True(condition) => self.expr(condition),
                Assertion::Equal(left, right) | Assertion::NotEqual(left, right) => {
                    self.expr(left);
                    self.expr(right);
                }
            },
            ExprKind::Let(pattern, value) => {
                self.expr(value);
                self.pattern(pattern);
            }
            _ => self.control(expr),
        }
    }

    fn control(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::If(condition, accept, reject) => {
                self.scope(|walk| {
                    walk.expr(condition);
                    walk.block(accept);
                });
                self.option(reject.as_deref());
            }
            ExprKind::While(_, condition, body) => self.scope(|walk| {
                walk.expr(condition);
                walk.block(body);
            }),
            ExprKind::Match(value, arms) => {
                self.expr(value);
                arms.iter().for_each(|arm| self.arm(arm));
            }
            ExprKind::For(_, pattern, range, body) => {
                self.expr(range);
                self.scope(|walk| {
                    walk.pattern(pattern);
                    walk.block(body);
                });
            }
            ExprKind::Loop(_, body) | ExprKind::Block(_, body) => self.block(body),
            ExprKind::Closure(patterns, body) => self.scope(|walk| {
                patterns.iter().for_each(|pattern| walk.pattern(pattern));
                walk.expr(body);
            }),
            _ => unreachable!("the other forms are no control flow"),
        }
    }

    fn arm(&mut self, arm: &Arm) {
        self.scope(|walk| {
            walk.pattern(&arm.pattern);
            walk.option(arm.guard.as_ref());
            walk.expr(&arm.body);
        });
    }

    /// Adds what the pattern binds to the local names.
    fn pattern(&mut self, pattern: &Pattern) {
        match &pattern.kind {
            PatternKind::Wildcard | PatternKind::Rest | PatternKind::Literal(..) => {}
            PatternKind::Binding { name, inner, .. } => {
                if let Some(inner) = inner {
                    self.pattern(inner);
                }
                self.locals.push(name.clone());
            }
            PatternKind::Path(path) => self.path(path, Place::Value),
            PatternKind::Range(start, _, end) => {
                self.option(start.as_deref());
                self.option(end.as_deref());
            }
            PatternKind::Tuple(parts) | PatternKind::Or(parts) => self.patterns(parts),
            PatternKind::TupleStruct(path, parts) => {
                self.path(path, Place::Call);
                self.patterns(parts);
            }
            PatternKind::Struct(path, fields) => {
                self.path(path, Place::Type);
                fields.iter().for_each(|(_, field)| self.pattern(field));
            }
            PatternKind::Reference(inner) => self.pattern(inner),
        }
    }

    fn patterns(&mut self, patterns: &[Pattern]) {
        patterns.iter().for_each(|pattern| self.pattern(pattern));
    }
}
