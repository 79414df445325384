//! What is known while a function is read, and its mistakes.

use std::collections::HashSet;

use quote::ToTokens;

use crate::source::tree::{Expr, ExprKind, Path};

/// Reads one function. Every method goes on after a mistake, with something harmless in its place.
pub(super) struct Parser {
    /// Name of the function.
    pub(super) function: String,
    /// The type whose method it is, as the tree has it and as it is written.
    pub(super) self_type: Option<(Path, syn::Path)>,
    /// Names of the parameters that are the context.
    pub(super) contexts: Vec<String>,
    /// Every name that has been bound so far, wherever.
    pub(super) bound: HashSet<String>,
    /// How many closures surround what is being read.
    pub(super) closures: usize,
    /// How each path was first written, by the name that the tree has for it.
    pub(super) written: Vec<(String, syn::Path)>,
    errors: Vec<syn::Error>,
}

impl Parser {
    pub(super) fn new(function: String) -> Self {
        Self {
            function,
            self_type: None,
            contexts: Vec::new(),
            bound: HashSet::new(),
            closures: 0,
            written: Vec::new(),
            errors: Vec::new(),
        }
    }

    /// Notes a construct that is outside of the subset.
    pub(super) fn refuse(&mut self, construct: &impl ToTokens, name: &str, instead: &str) {
        let message =
            format!("{name} cannot run on a device: {instead}, or restrict the kernel with `backends(cpu)`");
        self.errors.push(syn::Error::new_spanned(construct, message));
    }

    /// The same, with what stands in the place of the expression.
    pub(super) fn refuse_expr(&mut self, construct: &impl ToTokens, name: &str, instead: &str) -> Expr {
        self.refuse(construct, name, instead);
        nothing()
    }

    /// How many mistakes there are so far.
    pub(super) fn mistakes(&self) -> usize {
        self.errors.len()
    }

    /// Notes a mistake that `syn` has found.
    pub(super) fn note(&mut self, error: syn::Error) {
        self.errors.push(error);
    }

    /// All mistakes as one.
    pub(super) fn finish(self) -> syn::Result<Vec<(String, syn::Path)>> {
        let combined = self.errors.into_iter().reduce(|mut all, error| {
            all.combine(error);
            all
        });
        combined.map_or(Ok(self.written), Err)
    }
}

/// Stands in the place of an expression that cannot be read.
pub(super) fn nothing() -> Expr {
    Expr { line: 0, kind: ExprKind::Tuple(Vec::new()) }
}
