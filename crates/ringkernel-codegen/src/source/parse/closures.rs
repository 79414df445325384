//! Closures, where they may stand.

use syn::ext::IdentExt;
use syn::{ExprClosure, ReturnType};

use super::parser::Parser;
use super::patterns::typed;
use super::place::line_of;
use crate::source::tree::{Block, Expr, ExprKind, Path, Pattern, PatternKind, Statement};

/// Whether this is a method of `Option`, `Result` or `bool` that takes a closure.
pub(super) fn takes_closure(method: &str) -> bool {
    with_argument(method).is_some() || matches!(method, "or_else" | "unwrap_or_else" | "ok_or_else" | "then")
}

/// Which argument of such a method is a closure with one argument, whether an option or a result has the method.
fn with_argument(method: &str) -> Option<usize> {
    match method {
        "map" | "map_err" | "and_then" | "filter" | "is_some_and" | "is_none_or" | "is_ok_and"
        | "is_err_and" => Some(0),
        "map_or" | "map_or_else" => Some(1),
        _ => None,
    }
}

impl Parser {
    /// Whether an expression is the name of a function: no variable has it, and it is written like one.
    pub(super) fn is_function(&self, source: &syn::Expr) -> bool {
        let syn::Expr::Path(path) = source else { return false };
        let Some(last) = path.path.segments.last() else { return false };
        let name = last.ident.unraw().to_string();
        let is_variable = path.path.segments.len() == 1 && self.bound.contains(&name);
        !is_variable && name.starts_with(|first: char| first.is_lowercase() || first == '_')
    }

    /// A function in the place of a closure is the closure that calls it. It stays a name where only types tell whether it
    /// is called with a value: `unwrap_or_else` of an option has none.
    pub(super) fn function_value(&mut self, method: &str, index: usize, source: &syn::Expr) -> Option<Expr> {
        let syn::Expr::Path(path) = source else { return None };
        let is_variant = ["Some", "Ok", "Err"].iter().any(|name| path.path.is_ident(name));
        if !takes_closure(method) || !(is_variant || self.is_function(source)) {
            return None;
        }
        let line = line_of(path);
        let callee = self.path(path.qself.as_ref(), &path.path);
        if with_argument(method) != Some(index) {
            return Some(Expr { line, kind: ExprKind::Path(callee) });
        }
        let kind = PatternKind::Binding { name: argument(0), mutable: false, inner: None };
        let body = ExprKind::Call(callee, vec![variable(line, &argument(0))]);
        let closure = ExprKind::Closure(vec![Pattern { line, kind }], Box::new(Expr { line, kind: body }));
        Some(Expr { line, kind: closure })
    }

    /// A closure. Written types become those of `let`, so that the tree needs no place for them.
    pub(super) fn closure(&mut self, closure: &ExprClosure) -> Expr {
        if let Some(token) = &closure.asyncness {
            self.refuse(token, "an `async` closure", "write a closure that only computes");
        }
        if let Some(token) = &closure.capture {
            self.refuse(token, "a `move` closure", "remove `move`, and copy what is to be changed before");
        }
        self.closures += 1;
        let mut lets = Vec::new();
        let mut patterns = Vec::new();
        for input in &closure.inputs {
            let (pattern, ty) = typed(input);
            let line = line_of(pattern);
            let pattern = self.pattern(pattern);
            let Some(ty) = ty else {
                patterns.push(pattern);
                continue;
            };
            let argument = argument(patterns.len());
            let value = Some(variable(line, &argument));
            lets.push(Statement::Let { pattern, ty: Some(self.ty(ty)), value, otherwise: None });
            let kind = PatternKind::Binding { name: argument, mutable: false, inner: None };
            patterns.push(Pattern { line, kind });
        }
        let mut body = self.expr(&closure.body);
        self.closures -= 1;
        if let ReturnType::Type(_, ty) = &closure.output {
            let line = body.line;
            let kind = PatternKind::Binding { name: "rk_value".to_owned(), mutable: false, inner: None };
            let pattern = Pattern { line, kind };
            lets.push(Statement::Let { pattern, ty: Some(self.ty(ty)), value: Some(body), otherwise: None });
            body = variable(line, "rk_value");
        }
        if !lets.is_empty() {
            let line = body.line;
            let block = Block { statements: lets, value: Some(Box::new(body)) };
            body = Expr { line, kind: ExprKind::Block(None, block) };
        }
        let line = super::place::line(closure.or1_token.span);
        Expr { line, kind: ExprKind::Closure(patterns, Box::new(body)) }
    }
}

/// The name of an argument that the source has no name for.
fn argument(index: usize) -> String {
    format!("rk_argument_{index}")
}

fn variable(line: u32, name: &str) -> Expr {
    Expr { line, kind: ExprKind::Path(Path { name: name.to_owned(), arguments: Vec::new() }) }
}
