//! Inference of types, by unification.
//!
//! One pass over a function's body makes a type with variables for each expression and pattern, and unifies them. What
//! needs to know a type first (fields, methods, elements) is kept as an obligation and tried again until nothing changes;
//! then number literals get their defaults, and it is tried once more.
//!
//! - `expr`, `control`, `block`: expressions
//! - `paths`, `calls`: what names stand for
//! - `patterns`: patterns
//! - `obligations`: what waits for a type
//! - `methods`, `containers`, `context`: signatures of the methods that the language knows

mod block;
mod calls;
mod containers;
mod context;
mod control;
mod expr;
mod methods;
mod obligations;
mod paths;
mod patterns;

use std::collections::HashMap;
use std::rc::Rc;

use self::obligations::Obligation;
pub(super) use self::obligations::signed;
pub(crate) use self::obligations::unsigned;
pub(super) use self::patterns::placed;
use super::error::{LinkError, Result};
use super::linker::Linker;
use super::sources::SourceId;
use super::ty::{Kind, Ty, Vars};
use super::types::{Constants, Signature};
use crate::source::{Expr, Function, Pattern, Type};

/// Types of everything in a function.
#[derive(Debug)]
pub(super) struct Typed {
    pub(super) signature: Signature,
    exprs: HashMap<*const Expr, Ty>,
    patterns: HashMap<*const Pattern, Ty>,
    written: HashMap<*const Type, Ty>,
}

impl Typed {
    pub(super) fn expr(&self, expr: &Expr) -> Ty {
        self.exprs.get(&std::ptr::from_ref(expr)).cloned().unwrap_or(Ty::Unit)
    }

    pub(super) fn pattern(&self, pattern: &Pattern) -> Ty {
        self.patterns.get(&std::ptr::from_ref(pattern)).cloned().unwrap_or(Ty::Unit)
    }

    pub(super) fn written(&self, ty: &Type) -> Ty {
        self.written.get(&std::ptr::from_ref(ty)).cloned().unwrap_or(Ty::Unit)
    }
}

/// What an expression is expected to be.
#[derive(Debug, Clone)]
enum Expect {
    Nothing,
    Type(Ty),
    /// It is cast to this type, which literals then have.
    Cast(Ty),
}

/// A loop or block that can be left.
struct Target {
    label: Option<String>,
    /// Whether `break` without a label leaves it.
    is_loop: bool,
    value: Ty,
    left: bool,
}

/// The inference of one function.
struct Infer<'l, 'a, 't> {
    linker: &'l mut Linker<'a>,
    source: SourceId,
    vars: Vars,
    scopes: Vec<Vec<(String, Ty)>>,
    constants: Constants<'t>,
    targets: Vec<Target>,
    result: Ty,
    obligations: Vec<Obligation>,
    exprs: HashMap<*const Expr, Ty>,
    patterns: HashMap<*const Pattern, Ty>,
    written: HashMap<*const Type, Ty>,
}

impl Linker<'_> {
    /// The types of a function's body, inferred once.
    pub(super) fn infer(&mut self, source: SourceId) -> Result<Rc<Typed>> {
        if let Some(typed) = self.typed.get(&source) {
            return Ok(typed.clone());
        }
        let tree = self.sources.get(source).tree.clone();
        let signature = self.signature(source)?;
        let infer = Infer {
            linker: self,
            source,
            vars: Vars::default(),
            scopes: vec![Vec::new()],
            constants: Vec::new(),
            targets: Vec::new(),
            result: signature.result.clone(),
            obligations: Vec::new(),
            exprs: HashMap::new(),
            patterns: HashMap::new(),
            written: HashMap::new(),
        };
        let typed = Rc::new(infer.function(&tree, signature)?);
        self.typed.insert(source, typed.clone());
        Ok(typed)
    }
}

impl<'t> Infer<'_, '_, 't> {
    fn function(mut self, tree: &'t Function, signature: Signature) -> Result<Typed> {
        for (parameter, (ty, _)) in tree.parameters.iter().zip(&signature.parameters) {
            self.pattern(&parameter.pattern, ty)?;
        }
        let result = signature.result.clone();
        let body = self.block(&tree.body, Expect::Type(result.clone()))?;
        let line = tree.body.value.as_ref().map_or(tree.line, |value| value.line);
        self.coerce(line, &body, &result)?;
        self.solve()?;
        let vars = &self.vars;
        let deep = |ty: &Ty| vars.deep(ty);
        let exprs = self.exprs.iter().map(|(key, ty)| (*key, deep(ty))).collect();
        let patterns = self.patterns.iter().map(|(key, ty)| (*key, deep(ty))).collect();
        let written = self.written.iter().map(|(key, ty)| (*key, deep(ty))).collect();
        Ok(Typed { signature, exprs, patterns, written })
    }

    fn error(&self, line: u32, message: impl Into<String>) -> LinkError {
        self.linker.error(self.source, line, message)
    }

    fn show(&self, ty: &Ty) -> String {
        self.linker.show(&self.vars.deep(ty))
    }

    fn fresh(&mut self) -> Ty {
        self.vars.fresh(Kind::Any)
    }

    /// Makes two types one.
    fn unify(&mut self, line: u32, actual: &Ty, expected: &Ty) -> Result<()> {
        if self.vars.unify(actual, expected).is_ok() {
            return Ok(());
        }
        let (actual, expected) = (self.show(actual), self.show(expected));
        Err(self.error(line, format!("expected `{expected}`, found `{actual}`")))
    }

    /// Takes a value where one of another type is expected: what never comes fits everywhere, and an array behind a
    /// reference is a slice.
    fn coerce(&mut self, line: u32, actual: &Ty, expected: &Ty) -> Result<()> {
        match (self.vars.shallow(actual), self.vars.shallow(expected)) {
            (Ty::Never, _) => Ok(()),
            (Ty::Array(element, _), Ty::Vec(wanted)) => self.unify(line, &element, &wanted),
            (actual, expected) => self.unify(line, &actual, &expected),
        }
    }

    /// The type that is written, noted for lowering.
    fn written(&mut self, ty: &'t Type) -> Result<Ty> {
        let converted = self.linker.convert(self.source, ty, &mut self.vars, &self.constants)?;
        self.written.insert(ty, converted.clone());
        Ok(converted)
    }

    fn scoped<T>(&mut self, inside: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        self.scopes.push(Vec::new());
        let result = inside(self);
        self.scopes.pop();
        result
    }

    fn bind(&mut self, name: &str, ty: Ty) {
        if let Some(scope) = self.scopes.last_mut() {
            scope.push((name.to_owned(), ty));
        }
    }

    fn variable(&self, name: &str) -> Option<Ty> {
        let known = self.scopes.iter().rev().flat_map(|scope| scope.iter().rev());
        known.into_iter().find(|(known, _)| known == name).map(|(_, ty)| ty.clone())
    }
}
