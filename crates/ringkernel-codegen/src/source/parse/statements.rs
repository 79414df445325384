//! Blocks and statements.

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::{Attribute, Item, ItemConst, Local, Stmt};

use super::parser::Parser;
use super::patterns::typed;
use crate::source::tree::{Block, Statement};

/// Attributes that say nothing about what code does.
const WITHOUT_EFFECT: [&str; 13] = [
    "allow",
    "expect",
    "warn",
    "deny",
    "forbid",
    "doc",
    "inline",
    "must_use",
    "cold",
    "rustfmt",
    "clippy",
    "deprecated",
    "track_caller",
];

impl Parser {
    pub(super) fn block(&mut self, block: &syn::Block) -> Block {
        // Constants are known in the whole block, also above the line that they stand on.
        let mut constants = Vec::new();
        let mut statements = Vec::new();
        let mut value = None;
        let last = block.stmts.len().wrapping_sub(1);
        for (index, statement) in block.stmts.iter().enumerate() {
            match statement {
                Stmt::Local(local) => statements.push(self.local(local)),
                Stmt::Item(Item::Const(constant)) => constants.push(constant),
                Stmt::Item(item) => self.item(item),
                Stmt::Expr(expr, semicolon) => {
                    let expr = self.expr(expr);
                    if index == last && semicolon.is_none() {
                        value = Some(Box::new(expr));
                    } else {
                        statements.push(Statement::Expr(expr));
                    }
                }
                Stmt::Macro(call) => {
                    self.attributes(&call.attrs);
                    let expr = self.expand(&call.mac);
                    if index == last && call.semi_token.is_none() {
                        value = Some(Box::new(expr));
                    } else {
                        statements.push(Statement::Expr(expr));
                    }
                }
            }
        }
        let mut all: Vec<Statement> =
            in_order_of_use(constants).into_iter().map(|constant| self.constant(constant)).collect();
        all.append(&mut statements);
        Block { statements: all, value }
    }

    fn local(&mut self, local: &Local) -> Statement {
        self.attributes(&local.attrs);
        let (pattern, ty) = typed(&local.pat);
        let ty = ty.map(|ty| self.ty(ty));
        let value = local.init.as_ref().map(|init| self.expr(&init.expr));
        let pattern = self.pattern(pattern);
        let diverge = local.init.as_ref().and_then(|init| init.diverge.as_ref());
        let otherwise = diverge.map(|(_, otherwise)| self.body(otherwise));
        Statement::Let { pattern, ty, value, otherwise }
    }

    /// A block, or an expression as the value of one.
    fn body(&mut self, expr: &syn::Expr) -> Block {
        match expr {
            syn::Expr::Block(block) if block.label.is_none() => self.block(&block.block),
            other => Block { statements: Vec::new(), value: Some(Box::new(self.expr(other))) },
        }
    }

    fn constant(&mut self, constant: &ItemConst) -> Statement {
        self.attributes(&constant.attrs);
        let ty = self.ty(&constant.ty);
        let value = self.expr(&constant.expr);
        Statement::Const { name: constant.ident.unraw().to_string(), ty, value }
    }

    fn item(&mut self, item: &Item) {
        let (name, instead) = unknown_item(item);
        self.refuse(item, name, instead);
    }

    /// Refuses attributes that change what code does: the macro sees the text before the compiler has applied them.
    pub(super) fn attributes(&mut self, attributes: &[Attribute]) {
        for attribute in attributes {
            let name = attribute.path().segments.first().map(|segment| segment.ident.to_string());
            match name.as_deref() {
                Some(name) if WITHOUT_EFFECT.contains(&name) => {}
                Some("cfg" | "cfg_attr") => self.refuse(
                    attribute,
                    "a part that `cfg` may remove",
                    "put the attribute on the whole function, or test a constant with `if`",
                ),
                _ => self.refuse(attribute, "a part with this attribute", "remove the attribute"),
            }
        }
    }

    /// Attributes of the function itself have been applied, or are other macros' business.
    pub(super) fn documented(&mut self, attributes: &[Attribute]) {
        for attribute in attributes {
            let name = attribute.path().segments.last().map(|segment| segment.ident.to_string());
            if matches!(name.as_deref(), Some("naked" | "target_feature")) {
                self.refuse(attribute, "a function with this attribute", "remove the attribute");
            }
        }
    }
}

/// Constants with each behind those that it names: Rust knows no order among them. One without a name is an assertion,
/// which the compiler has evaluated.
fn in_order_of_use(mut constants: Vec<&ItemConst>) -> Vec<&ItemConst> {
    constants.retain(|constant| constant.ident != "_");
    let mut ordered = Vec::new();
    while !constants.is_empty() {
        let names_none = |constant: &&ItemConst| {
            let value = constant.expr.to_token_stream();
            !constants.iter().any(|other| names(value.clone(), &other.ident))
        };
        // Constants that name each other in a circle are the compiler's to refuse.
        let next = constants.iter().position(names_none).unwrap_or(0);
        ordered.push(constants.remove(next));
    }
    ordered
}

fn names(tokens: TokenStream, name: &Ident) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(found) => found == *name,
        TokenTree::Group(group) => names(group.stream(), name),
        _ => false,
    })
}

fn unknown_item(item: &Item) -> (&'static str, &'static str) {
    match item {
        Item::Fn(_) => ("a function inside of a function", "put it outside and mark it with `#[device_fn]`"),
        Item::Static(of) if matches!(of.mutability, syn::StaticMutability::Mut(_)) => {
            ("a `static mut`", "keep the value in the kernel's state")
        }
        Item::Static(_) => ("a `static`", "write `const`, or keep the value in the kernel's state"),
        Item::Struct(_) | Item::Enum(_) | Item::Union(_) | Item::Type(_) => {
            ("a type inside of a function", "put it outside of the function")
        }
        Item::Use(_) => ("a `use` inside of a function", "put it outside of the function"),
        Item::Macro(_) => ("a macro inside of a function", "write out what it stands for"),
        Item::Impl(_) | Item::Trait(_) => ("an `impl` or trait inside of a function", "put it outside"),
        _ => ("this item inside of a function", "put it outside of the function"),
    }
}
