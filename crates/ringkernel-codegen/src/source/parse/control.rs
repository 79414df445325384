//! Control flow.

use quote::quote;
use syn::ext::IdentExt;
use syn::{Expr as Source, Label, Lifetime};

use super::host;
use super::parser::{Parser, nothing};
use super::place::line_of_expr;
use crate::source::tree::{Arm, BinaryOp, Expr, ExprKind};

/// Where closures may stand, and what to write elsewhere.
const CLOSURES: &str = "write a `#[device_fn]`, or a loop; closures are only arguments of methods of `Option`, `Result` and `bool`";

impl Parser {
    pub(super) fn control(&mut self, source: &Source) -> ExprKind {
        match source {
            Source::Block(block) => ExprKind::Block(label(&block.label), self.block(&block.block)),
            Source::Break(of) => {
                ExprKind::Break(of.label.as_ref().map(name), of.expr.as_ref().map(|value| self.part(value)))
            }
            Source::Continue(of) => ExprKind::Continue(of.label.as_ref().map(name)),
            Source::ForLoop(of) => {
                let range = Box::new(self.loop_head(&of.expr));
                let pattern = self.pattern(&of.pat);
                ExprKind::For(label(&of.label), pattern, range, self.block(&of.body))
            }
            Source::If(of) => {
                let condition = Box::new(self.condition(&of.cond));
                let accept = self.block(&of.then_branch);
                let reject = of.else_branch.as_ref().map(|(_, reject)| self.part(reject));
                ExprKind::If(condition, accept, reject)
            }
            Source::Loop(of) => ExprKind::Loop(label(&of.label), self.block(&of.body)),
            Source::Match(of) => self.choice(of),
            Source::Return(of) => {
                if self.closures > 0 {
                    let instead = "make it the value of the closure, or write `match` instead of the method";
                    self.refuse(of, "a `return` in a closure", instead);
                }
                ExprKind::Return(of.expr.as_ref().map(|value| self.part(value)))
            }
            Source::Try(of) => {
                if self.closures > 0 {
                    self.refuse(of, "a `?` in a closure", "write `match` instead of the method");
                }
                ExprKind::Try(self.part(&of.expr))
            }
            Source::While(of) => {
                let condition = Box::new(self.condition(&of.cond));
                ExprKind::While(label(&of.label), condition, self.block(&of.body))
            }
            other => self.unknown(other),
        }
    }

    /// What `if` and `while` test: `let`s and other conditions, joined by `&&`.
    fn condition(&mut self, source: &Source) -> Expr {
        let line = line_of_expr(source);
        let kind = match source {
            Source::Let(of) => {
                let value = self.part(&of.expr);
                ExprKind::Let(self.pattern(&of.pat), value)
            }
            Source::Binary(of) if matches!(of.op, syn::BinOp::And(_)) => {
                let (left, right) = (self.condition(&of.left), self.condition(&of.right));
                ExprKind::Binary(BinaryOp::And, Box::new(left), Box::new(right))
            }
            Source::Group(of) => return self.condition(&of.expr),
            other => return self.expr(other),
        };
        Expr { line, kind }
    }

    fn choice(&mut self, of: &syn::ExprMatch) -> ExprKind {
        let value = self.part(&of.expr);
        let arm = |arm: &syn::Arm| {
            self.attributes(&arm.attrs);
            let pattern = self.pattern(&arm.pat);
            let guard = arm.guard.as_ref().map(|(_, guard)| self.expr(guard));
            Arm { pattern, guard, body: self.expr(&arm.body) }
        };
        ExprKind::Match(value, of.arms.iter().map(arm).collect())
    }

    /// Names the forms that only a CPU has.
    fn unknown(&mut self, source: &Source) -> ExprKind {
        let (name, instead) = match source {
            Source::Async(_) => ("an `async` block", host::LATER),
            Source::Await(_) => ("an `.await`", host::LATER),
            // The whole closure may be long; its parameters show which one it is.
            Source::Closure(of) => {
                let (open, parameters, close) = (&of.or1_token, &of.inputs, &of.or2_token);
                self.refuse(&quote!(#open #parameters #close), "a closure here", CLOSURES);
                return self.closure(of).kind;
            }
            Source::Const(_) => ("a `const` block", "write a `const` with a name"),
            Source::Infer(_) => ("a `_` as a value", "write the value"),
            Source::Let(_) => ("a `let` inside of an expression", "write `if let`, or match on the value"),
            Source::RawAddr(_) => ("a raw pointer", "use an index into an array of the state or the message"),
            Source::TryBlock(_) => ("a `try` block", "write a `#[device_fn]` that returns a `Result`"),
            Source::Unsafe(_) => ("an `unsafe` block", "use indices and safe code"),
            Source::Yield(_) => ("a `yield`", "keep what is to go on in the state, and return"),
            _ => ("this expression", "write it with others"),
        };
        self.refuse(source, name, instead);
        // What is inside stays when the construct is gone.
        match source {
            Source::Async(of) => drop(self.block(&of.block)),
            Source::Await(of) => drop(self.expr(&of.base)),
            Source::TryBlock(of) => drop(self.block(&of.block)),
            Source::Unsafe(of) => drop(self.block(&of.block)),
            _ => {}
        }
        nothing().kind
    }
}

fn name(label: &Lifetime) -> String {
    label.ident.unraw().to_string()
}

fn label(label: &Option<Label>) -> Option<String> {
    label.as_ref().map(|label| name(&label.name))
}
