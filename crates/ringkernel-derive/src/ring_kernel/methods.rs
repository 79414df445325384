//! `#[ring_kernel]` on an `impl` block: each method marked `#[handler]` takes one message type, `self` is the state.

use proc_macro2::{Group, TokenStream, TokenTree};
use quote::{ToTokens, quote_spanned};
use syn::spanned::Spanned;
use syn::{Attribute, ImplItem, ImplItemFn, ItemImpl, Meta, Type};

use super::register::{Handler, Kernel, Source, Takes, cfg_attributes};
use super::signature::{self, Mode};
use crate::device_fn;
use crate::errors::Errors;

/// Reads the handlers and the device functions, and removes the attributes that mark them.
pub(crate) fn kernel(mode: Mode, block: &mut ItemImpl, errors: &mut Errors) -> Option<Kernel> {
    check_block(block, errors);
    let state = (*block.self_ty).clone();
    let mut handlers: Vec<Handler> = Vec::new();
    let mut device_fns: Vec<ImplItemFn> = Vec::new();
    let mut any_marked = false;
    for item in &mut block.items {
        let ImplItem::Fn(method) = item else { continue };
        if device_fn::take_marks(method, errors) {
            device_fns.push(method.clone());
        }
        if take_marks(method, errors) {
            any_marked = true;
            if let Some(handler) = errors.take(handler(mode, &state, method)) {
                check_duplicate(&handlers, &handler, errors);
                handlers.push(handler);
            }
        }
    }
    if !any_marked {
        let message = format!(
            "no method of this kernel is marked `#[handler]`: mark those that take messages\n{}",
            mode.forms()
        );
        errors.push(&block.self_ty, message);
    }
    let name = match &state {
        Type::Path(path) => path.path.segments.last()?.ident.clone(),
        other => {
            errors.push(other, "the state of a kernel is a named type: write `impl Name`");
            return None;
        }
    };
    Some(Kernel { name, state: Some(state), handlers, device_fns, cfg: cfg_attributes(&block.attrs) })
}

fn check_block(block: &ItemImpl, errors: &mut Errors) {
    if let Some((_, path, _)) = &block.trait_ {
        errors.push(path, "the handlers of a kernel are its own methods: put them into a plain `impl` block");
    }
    if !block.generics.params.is_empty() {
        errors.push(&block.generics, "a kernel has no generic parameters: register one kernel per type");
    }
}

/// Removes every `#[handler]` from the method; whether there was one.
fn take_marks(method: &mut ImplItemFn, errors: &mut Errors) -> bool {
    let is_mark = |attribute: &Attribute| attribute.path().is_ident("handler");
    let marks: Vec<Attribute> = method.attrs.extract_if(.., |attribute| is_mark(attribute)).collect();
    for mark in &marks {
        if !matches!(mark.meta, Meta::Path(_)) {
            errors.push(mark, "this takes nothing: write `#[handler]`");
        }
    }
    if let [_, second, ..] = marks.as_slice() {
        errors.push(second, "`#[handler]` is given twice; keep one");
    }
    !marks.is_empty()
}

fn handler(mode: Mode, state: &Type, method: &ImplItemFn) -> syn::Result<Handler> {
    let parameters = signature::of_method(mode, &method.sig)?;
    let name = &method.sig.ident;
    Ok(Handler {
        name: name.clone(),
        call: quote_spanned!(name.span()=> <#state>::#name),
        takes: Takes::StateAndContext,
        message: without_self(&parameters.message, state)?,
        answer: parameters.answer.map(|answer| without_self(&answer, state)).transpose()?,
        is_async: parameters.is_async,
        source: Source::Method(Box::new(method.clone())),
        cfg: cfg_attributes(&method.attrs),
    })
}

/// The type with `Self` written out, because the registration stands outside of the `impl` block.
fn without_self(ty: &Type, state: &Type) -> syn::Result<Type> {
    syn::parse2(replace_self(ty.to_token_stream(), state))
}

fn replace_self(tokens: TokenStream, state: &Type) -> TokenStream {
    let replace = |token| match token {
        TokenTree::Ident(name) if name == "Self" => quote_spanned!(name.span()=> #state),
        TokenTree::Group(group) => {
            let mut replaced = Group::new(group.delimiter(), replace_self(group.stream(), state));
            replaced.set_span(group.span());
            TokenTree::Group(replaced).into()
        }
        other => other.into(),
    };
    tokens.into_iter().map(replace).collect::<Vec<TokenStream>>().into_iter().collect()
}

/// Two handlers for one type can only stand in one kernel when configuration keeps at most one of them.
fn check_duplicate(earlier: &[Handler], handler: &Handler, errors: &mut Errors) {
    let same =
        |other: &&Handler| other.message == handler.message && other.cfg.is_empty() && handler.cfg.is_empty();
    if let Some(other) = earlier.iter().find(same) {
        let message = format!(
            "`{}` handles `{}` already (line {}): a kernel has one handler per message type",
            other.name,
            handler.message.to_token_stream(),
            crate::spans::line(other.name.span()),
        );
        errors.add(syn::Error::new(handler.message.span(), message));
    }
}
