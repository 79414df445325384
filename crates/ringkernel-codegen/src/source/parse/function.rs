//! Signatures, and the entry points.

use syn::ext::IdentExt;
use syn::{FnArg, GenericParam, ImplItemFn, ItemFn, Pat, ReturnType, Signature};

use super::host;
use super::parser::Parser;
use super::place::{line, line_of};
use crate::source::paths::{PathUse, paths};
use crate::source::tree::{Function, Parameter, Path, Pattern, PatternKind, Type, TypeKind};

/// A function that has been read.
#[derive(Debug, Clone)]
pub struct Parsed {
    /// What it says.
    pub function: Function,
    written: Vec<(String, syn::Path)>,
}

impl Parsed {
    /// Every name that needs a binding, as [`paths`] gives it, and how it was first written: with its place, its generic
    /// arguments, and the type in the place of `Self`.
    pub fn paths(&self) -> Vec<(PathUse, syn::Path)> {
        let uses = paths(&self.function).into_iter();
        uses.filter_map(|found| self.path(&found.name).map(|path| (found, path))).collect()
    }

    fn path(&self, name: &str) -> Option<syn::Path> {
        if let Some((_, path)) = self.written.iter().find(|(known, _)| known == name) {
            return Some(path.clone());
        }
        // The type in front of a function that belongs to it.
        let in_front = |known: &str| known.rsplit_once("::").is_some_and(|(front, _)| front == name);
        let (_, path) = self.written.iter().find(|(known, _)| in_front(known))?;
        let mut path = path.clone();
        path.segments.pop();
        path.segments.pop_punct();
        Some(path)
    }
}

/// Reads a function.
///
/// # Errors
/// Everything in it that is outside of the device subset, each at its place.
pub fn function(item: &ItemFn) -> syn::Result<Parsed> {
    read(&item.attrs, &item.sig, &item.block, None)
}

/// Reads a method of `self_type`, which takes the place of `Self`.
///
/// # Errors
/// As [`function`], and when `self_type` is no named type.
pub fn method(item: &ImplItemFn, self_type: &syn::Type) -> syn::Result<Parsed> {
    read(&item.attrs, &item.sig, &item.block, Some(self_type))
}

/// Reads the text of one function. Lines are counted from 1 in the text.
///
/// # Errors
/// When the text is not one Rust function, and as [`function`].
pub fn parse_function(text: &str) -> syn::Result<Function> {
    function(&syn::parse_str(text)?).map(|parsed| parsed.function)
}

fn read(
    attributes: &[syn::Attribute],
    signature: &Signature,
    block: &syn::Block,
    self_type: Option<&syn::Type>,
) -> syn::Result<Parsed> {
    let mut parser = Parser::new(signature.ident.unraw().to_string());
    if let Some(ty) = self_type {
        parser.self_type = parser.self_path(ty);
    }
    parser.documented(attributes);
    parser.signature(signature);
    let parameters = signature.inputs.iter().map(|input| parser.parameter(input)).collect();
    let result = match &signature.output {
        ReturnType::Default => Type { line: line(signature.ident.span()), kind: TypeKind::Unit },
        ReturnType::Type(_, ty) => parser.ty(ty),
    };
    let body = parser.block(block);
    let written = parser.finish()?;
    let name = signature.ident.unraw().to_string();
    let function = Function { name, line: line(signature.ident.span()), parameters, result, body };
    Ok(Parsed { function, written })
}

impl Parser {
    fn self_path(&mut self, ty: &syn::Type) -> Option<(Path, syn::Path)> {
        match ty {
            syn::Type::Path(named) if named.qself.is_none() => {
                Some((self.path(None, &named.path), named.path.clone()))
            }
            syn::Type::Group(group) => self.self_path(&group.elem),
            syn::Type::Paren(paren) => self.self_path(&paren.elem),
            other => {
                self.refuse(other, "a method of a type without a name", "write `impl Name`");
                None
            }
        }
    }

    fn signature(&mut self, signature: &Signature) {
        if let Some(token) = &signature.asyncness {
            self.refuse(token, "an `async` function", host::LATER);
        }
        if let Some(token) = &signature.unsafety {
            self.refuse(token, "an `unsafe` function", "use indices and safe code");
        }
        if let Some(abi) = &signature.abi {
            self.refuse(abi, "an `extern` function", "write a Rust function");
        }
        for parameter in &signature.generics.params {
            if !matches!(parameter, GenericParam::Lifetime(_)) {
                self.refuse(parameter, "a generic parameter", "write one function for each type");
            }
        }
        if let Some(variadic) = &signature.variadic {
            self.refuse(variadic, "a variable number of arguments", "write each parameter, or take an array");
        }
    }

    fn parameter(&mut self, input: &FnArg) -> Parameter {
        match input {
            FnArg::Receiver(receiver) => {
                self.attributes(&receiver.attrs);
                self.bound.insert("self".to_owned());
                let mutable = receiver.reference.is_none() && receiver.mutability.is_some();
                let kind = PatternKind::Binding { name: "self".to_owned(), mutable, inner: None };
                let pattern = Pattern { line: line(receiver.self_token.span), kind };
                Parameter { pattern, ty: self.ty(&receiver.ty) }
            }
            FnArg::Typed(typed) => {
                self.attributes(&typed.attrs);
                let ty = self.ty(&typed.ty);
                if let (Pat::Ident(name), true) = (&*typed.pat, is_context(&ty)) {
                    self.contexts.push(name.ident.unraw().to_string());
                }
                let kind = self.pattern(&typed.pat).kind;
                Parameter { pattern: Pattern { line: line_of(&typed.pat), kind }, ty }
            }
        }
    }
}

fn is_context(ty: &Type) -> bool {
    let TypeKind::Reference { target, .. } = &ty.kind else { return false };
    matches!(&target.kind, TypeKind::Path(path) if path.name == "RingContext")
}
