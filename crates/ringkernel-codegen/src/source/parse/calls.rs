//! Calls of functions and methods, and what only looks like them: iterators.

use ringkernel_abi::topic::check_name;
use syn::ext::IdentExt;
use syn::{Expr as Source, ExprCall, ExprMethodCall};

use super::host;
use super::parser::{Parser, nothing};
use super::place::{line, line_of_expr};
use crate::source::tree::{Expr, ExprKind, Literal};

/// Methods whose arguments may be text: names of kernels, topics and barriers, and what a panic says.
const TEXT: [&str; 9] = [
    "send_to_kernel",
    "try_send_to_kernel",
    "request_kernel",
    "try_receive_from_kernel",
    "publish",
    "try_publish",
    "named_barrier",
    "expect",
    "expect_err",
];

/// Methods of iterators that give iterators, and so stand in the middle of a chain.
const ADAPTERS: [&str; 24] = [
    "map",
    "filter",
    "filter_map",
    "enumerate",
    "zip",
    "rev",
    "skip",
    "take",
    "step_by",
    "chain",
    "copied",
    "cloned",
    "take_while",
    "skip_while",
    "map_while",
    "flat_map",
    "flatten",
    "peekable",
    "scan",
    "inspect",
    "fuse",
    "cycle",
    "by_ref",
    "into_iter",
];

/// Methods that give iterators.
const SOURCES: [&str; 7] = ["iter", "iter_mut", "into_iter", "chars", "chunks", "chunks_exact", "windows"];

impl Parser {
    pub(super) fn call(&mut self, call: &ExprCall) -> ExprKind {
        let mut callee = &*call.func;
        while let Source::Group(syn::ExprGroup { expr, .. }) | Source::Paren(syn::ExprParen { expr, .. }) =
            callee
        {
            callee = expr;
        }
        let Source::Path(path) = callee else {
            self.expr(callee);
            self.refuse(&call.func, "a call of a value", "name the function that is called");
            self.parts(&call.args);
            return nothing().kind;
        };
        let path = self.path(path.qself.as_ref(), &path.path);
        let own = match &self.self_type {
            Some((ty, _)) => format!("{}::{}", ty.name, self.function),
            None => self.function.clone(),
        };
        if path.name == own {
            self.recursion(&call.func);
        }
        ExprKind::Call(path, self.parts(&call.args))
    }

    fn recursion(&mut self, callee: &impl quote::ToTokens) {
        let name = format!("a call of `{}` in itself", self.function);
        self.refuse(callee, &name, "write a loop, with an array for what is still to be done");
    }

    pub(super) fn method_call(&mut self, call: &ExprMethodCall) -> Expr {
        let name = call.method.unraw().to_string();
        if is_iterator(&call.receiver) && !(name == "contains" && head(&call.receiver) == Some(Head::Range)) {
            return self.chain(call);
        }
        // A type of the user's own may have methods of these names; on `self` it is certain that they are its own.
        let is_on_self = matches!(&*call.receiver, Source::Path(path) if path.path.is_ident("self"));
        if let Some(instead) = host::instead_of_method(&name, call.args.len())
            && !is_on_self
        {
            let before = self.mistakes();
            self.expr(&call.receiver);
            if self.mistakes() == before {
                self.refuse(&call.method, &format!("`.{name}()`"), instead);
            }
            return nothing();
        }
        if let Source::Path(receiver) = &*call.receiver
            && let Some(receiver) = receiver.path.get_ident()
        {
            if name == "kernel_id" && self.contexts.iter().any(|context| receiver == context) {
                let instead = "use `ctx.actor_ref()`, or a number in the state";
                return self.refuse_expr(call, "`kernel_id`, which is a text,", instead);
            }
            if receiver == "self" && name == self.function && self.self_type.is_some() {
                self.recursion(&call.method);
            }
        }
        self.topic(&name, call);
        let receiver = self.part(&call.receiver);
        let arguments =
            call.args.iter().enumerate().map(|(index, source)| self.argument(&name, index, source)).collect();
        let generics = self.generics(call.turbofish.as_ref());
        Expr {
            line: line(call.method.span()),
            kind: ExprKind::Method { receiver, name, generics, arguments },
        }
    }

    /// Checks the topic that a handler publishes to, where it is written out.
    fn topic(&mut self, method: &str, call: &ExprMethodCall) {
        let is_context =
            |path: &syn::ExprPath| self.contexts.iter().any(|context| path.path.is_ident(context));
        if let ("publish" | "try_publish", Source::Path(receiver)) = (method, &*call.receiver)
            && is_context(receiver)
            && let Some(Source::Lit(syn::ExprLit { lit: syn::Lit::Str(topic), .. })) = call.args.first()
            && let Err(mistake) = check_name(&topic.value())
        {
            self.note(syn::Error::new(topic.span(), mistake));
        }
    }

    /// An argument of a method, which may be a closure or text for some.
    fn argument(&mut self, method: &str, index: usize, source: &Source) -> Expr {
        if let Some(closure) = self.function_value(method, index, source) {
            return closure;
        }
        match source {
            Source::Group(group) => self.argument(method, index, &group.expr),
            Source::Closure(closure) if super::closures::takes_closure(method) => self.closure(closure),
            Source::Lit(literal) if TEXT.contains(&method) => match &literal.lit {
                syn::Lit::Str(text) => {
                    let kind = ExprKind::Literal(Literal::Text(text.value()));
                    Expr { line: line_of_expr(source), kind }
                }
                _ => self.expr(source),
            },
            other => self.expr(other),
        }
    }

    /// A chain of methods on an iterator: one mistake, and those inside of it.
    fn chain(&mut self, call: &ExprMethodCall) -> Expr {
        let instead = match call.method.unraw().to_string().as_str() {
            "copied" | "cloned" | "enumerate" | "rev" | "step_by" if head(&call.receiver).is_some() => {
                "write each of `copied`, `enumerate`, `rev` and `step_by` once, in this order, behind `in`; `enumerate` not for ranges"
            }
            _ => "write a `for` loop over the range, the array or its indices",
        };
        self.refuse(call, &format!("an iterator, as in `.{}(..)`,", call.method), instead);
        let mut link = call;
        loop {
            for argument in &link.args {
                match argument {
                    Source::Closure(closure) => drop(self.closure(closure)),
                    other => drop(self.expr(other)),
                }
            }
            match &*link.receiver {
                Source::MethodCall(receiver) if is_iterator(&link.receiver) => link = receiver,
                root => {
                    self.expr(root);
                    return nothing();
                }
            }
        }
    }

    /// What a `for` loop goes over.
    pub(super) fn loop_head(&mut self, source: &Source) -> Expr {
        match source {
            Source::Group(group) => self.loop_head(&group.expr),
            Source::Paren(paren) => self.loop_head(&paren.expr),
            Source::MethodCall(call) if head(source).is_some() => {
                let receiver = Box::new(self.loop_head(&call.receiver));
                let arguments = self.parts(&call.args);
                let name = call.method.unraw().to_string();
                let kind = ExprKind::Method { receiver, name, generics: Vec::new(), arguments };
                Expr { line: line(call.method.span()), kind }
            }
            other => self.expr(other),
        }
    }
}

/// What a `for` loop can go over, besides an array, a slice or a vector itself. The order of the methods matters, and each
/// form goes before the next: numbered, backwards, in steps.
#[derive(PartialEq, PartialOrd)]
enum Head {
    /// The elements of an array, a slice or a vector.
    Elements,
    /// The same, numbered.
    Numbered,
    /// A range.
    Range,
    /// Any of these, backwards.
    Backwards,
    /// Any of these, in steps.
    InSteps,
}

fn head(source: &Source) -> Option<Head> {
    match source {
        Source::Group(group) => head(&group.expr),
        Source::Paren(paren) => head(&paren.expr),
        Source::Range(_) => Some(Head::Range),
        Source::MethodCall(call) => match call.method.unraw().to_string().as_str() {
            "iter" | "iter_mut" | "into_iter" if !is_iterator(&call.receiver) => Some(Head::Elements),
            "copied" | "cloned" if head(&call.receiver)? == Head::Elements => Some(Head::Elements),
            "enumerate" if head(&call.receiver)? == Head::Elements => Some(Head::Numbered),
            "rev" if head(&call.receiver)? < Head::Backwards => Some(Head::Backwards),
            "step_by" if head(&call.receiver)? < Head::InSteps => Some(Head::InSteps),
            _ => None,
        },
        _ => None,
    }
}

/// Whether an expression is an iterator, as far as names tell.
fn is_iterator(source: &Source) -> bool {
    match source {
        Source::Group(group) => is_iterator(&group.expr),
        Source::Paren(paren) => is_iterator(&paren.expr),
        Source::Range(_) => true,
        Source::MethodCall(call) => {
            let name = call.method.unraw().to_string();
            SOURCES.contains(&name.as_str())
                || ADAPTERS.contains(&name.as_str()) && is_iterator(&call.receiver)
        }
        _ => false,
    }
}
