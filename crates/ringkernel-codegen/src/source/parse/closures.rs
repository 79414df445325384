//! Closures, where they may stand.

use syn::{ExprClosure, ReturnType};

use super::parser::Parser;
use super::patterns::typed;
use super::place::line_of;
use crate::source::tree::{Block, Expr, ExprKind, Path, Pattern, PatternKind, Statement};

/// Whether this is a method of `Option`, `Result` or `bool` that takes a closure.
pub(super) fn takes_closure(method: &str) -> bool {
    matches!(
        method,
        "map"
            | "map_or"
            | "map_or_else"
            | "map_err"
            | "and_then"
            | "or_else"
            | "unwrap_or_else"
            | "ok_or_else"
            | "filter"
            | "is_some_and"
            | "is_none_or"
            | "is_ok_and"
            | "is_err_and"
            | "then"
    )
}

impl Parser {
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
            let argument = format!("rk_argument_{}", patterns.len());
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

fn variable(line: u32, name: &str) -> Expr {
    Expr { line, kind: ExprKind::Path(Path { name: name.to_owned(), arguments: Vec::new() }) }
}
