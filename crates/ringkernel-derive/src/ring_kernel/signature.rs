//! What the macro can tell about a handler from its tokens: the parameters and the return type. Whether the types are
//! messages is for the compiler to say, at the same tokens.

use proc_macro2::{Ident, TokenStream};
use quote::ToTokens;
use syn::{FnArg, PatType, Path, PathSegment, ReturnType, Signature, Type, TypePath, TypeReference};

use crate::errors::Errors;

/// The forms that a handler can have, as shown below each complaint about its signature.
pub(crate) const FORMS: &str = "a handler has one of these forms, each also `async`:
  fn name(ctx: &mut RingContext, message: Message) -> Answer
  fn name(ctx: &mut RingContext, state: &mut State, message: Message) -> Answer
  impl State { #[handler] fn name(&mut self, ctx: &mut RingContext, message: Message) -> Answer }
where `Answer` is a message, an `Option` of one, or left out";

/// The parameters of a handler, behind a `self` where there is one.
pub(crate) struct Parameters {
    /// The type behind `&mut`, where the function takes a state.
    pub(crate) state: Option<Type>,
    pub(crate) message: Type,
    /// The answer's type; `None` for no answer.
    pub(crate) answer: Option<Type>,
    pub(crate) is_async: bool,
}

fn wrong(tokens: impl ToTokens, problem: &str) -> syn::Error {
    syn::Error::new_spanned(tokens, format!("{problem}\n{FORMS}"))
}

/// Reads the signature of a free function.
pub(crate) fn of_function(signature: &Signature) -> syn::Result<Parameters> {
    check_qualifiers(signature)?;
    if let Some(FnArg::Receiver(receiver)) = signature.inputs.first() {
        return Err(wrong(
            receiver,
            "a method is no kernel by itself: put `#[ring_kernel]` on the `impl` block",
        ));
    }
    let typed = typed(signature);
    match typed.as_slice() {
        [context, message] => parameters(signature, context, None, message),
        [context, state, message] => parameters(signature, context, Some(state), message),
        _ => Err(wrong_count(signature, "a context and a message, or a context, a state and a message")),
    }
}

/// Reads the signature of a `#[handler]` method.
pub(crate) fn of_method(signature: &Signature) -> syn::Result<Parameters> {
    check_qualifiers(signature)?;
    match signature.inputs.first() {
        Some(FnArg::Receiver(receiver)) if receiver.reference.is_some() && receiver.colon_token.is_none() => {
        }
        Some(FnArg::Receiver(receiver)) => {
            return Err(wrong(receiver, "the state stays with the kernel: write `&mut self`"));
        }
        _ => {
            return Err(wrong(
                &signature.ident,
                "the state of this kernel is `self`: make `&mut self` the first parameter",
            ));
        }
    }
    match typed(signature).as_slice() {
        [context, message] => parameters(signature, context, None, message),
        _ => Err(wrong_count(signature, "`&mut self`, a context and a message")),
    }
}

fn typed(signature: &Signature) -> Vec<&PatType> {
    let inputs = signature.inputs.iter();
    let typed = inputs.filter_map(|input| match input {
        FnArg::Typed(typed) => Some(typed),
        FnArg::Receiver(_) => None,
    });
    typed.collect()
}

fn wrong_count(signature: &Signature, expected: &str) -> syn::Error {
    let problem = format!("a handler takes {expected}, and this one takes {}", signature.inputs.len());
    if signature.inputs.is_empty() {
        wrong(&signature.ident, &problem)
    } else {
        wrong(&signature.inputs, &problem)
    }
}

/// Refuses what a runtime cannot call.
fn check_qualifiers(signature: &Signature) -> syn::Result<()> {
    let generics = &signature.generics;
    let found: [(TokenStream, &str); 4] = [
        (
            signature.unsafety.to_token_stream(),
            "a runtime calls a handler with whatever arrives, so that it cannot be `unsafe`: use `unsafe` blocks inside",
        ),
        (signature.abi.to_token_stream(), "a handler is a Rust function: remove `extern`"),
        (
            generics.params.to_token_stream(),
            "a handler has no generic parameters and no named lifetimes: register one kernel per type",
        ),
        (signature.variadic.to_token_stream(), "a handler has no variable arguments"),
    ];
    let mut errors = Errors::default();
    for (tokens, problem) in found {
        if !tokens.is_empty() {
            errors.push(tokens, problem);
        }
    }
    errors.finish()
}

fn parameters(
    signature: &Signature,
    context: &PatType,
    state: Option<&&PatType>,
    message: &PatType,
) -> syn::Result<Parameters> {
    let mut errors = Errors::default();
    if !is_context(&context.ty) {
        errors.add(wrong(&context.ty, "a handler's context comes first: write `ctx: &mut RingContext`"));
    }
    let state = state.and_then(|state| match &*state.ty {
        Type::Reference(TypeReference { mutability: Some(_), elem, .. }) => Some((**elem).clone()),
        other => {
            errors.add(wrong(other, "a handler's state stays with the kernel: write `&mut` before its type"));
            None
        }
    });
    match &*message.ty {
        Type::Reference(_) => {
            errors.add(wrong(&message.ty, "a handler owns its message: take it by value, without `&`"));
        }
        Type::ImplTrait(_) => errors.add(wrong(&message.ty, "a handler takes one type of message: name it")),
        _ => {}
    }
    errors.finish()?;
    Ok(Parameters {
        state,
        message: (*message.ty).clone(),
        answer: answer(&signature.output),
        is_async: signature.asyncness.is_some(),
    })
}

fn is_context(ty: &Type) -> bool {
    let Type::Reference(TypeReference { mutability: Some(_), elem, .. }) = ty else {
        return false;
    };
    let Type::Path(TypePath { path: Path { segments, .. }, .. }) = &**elem else {
        return false;
    };
    segments.last().is_some_and(|PathSegment { ident, .. }| ident == "RingContext")
}

fn answer(output: &ReturnType) -> Option<Type> {
    match output {
        ReturnType::Type(_, ty) if !is_unit(ty) => Some((**ty).clone()),
        _ => None,
    }
}

fn is_unit(ty: &Type) -> bool {
    matches!(ty, Type::Tuple(tuple) if tuple.elems.is_empty())
}

/// The function's name as text.
pub(crate) fn name_of(name: &Ident) -> String {
    syn::ext::IdentExt::unraw(name).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn function(source: &str) -> Result<Parameters, String> {
        let item: syn::ItemFn = syn::parse_str(&format!("{source} {{}}")).expect("a function");
        of_function(&item.sig)
            .map_err(|error| error.to_string().lines().next().unwrap_or_default().to_owned())
    }

    fn method(source: &str) -> Result<Parameters, String> {
        let item: syn::ImplItemFn = syn::parse_str(&format!("{source} {{}}")).expect("a method");
        of_method(&item.sig).map_err(|error| error.to_string().lines().next().unwrap_or_default().to_owned())
    }

    #[test]
    fn the_three_forms_are_read() {
        let plain = function("fn f(ctx: &mut RingContext, m: Add) -> Sum").expect("accepted");
        assert!(plain.state.is_none() && plain.answer.is_some() && !plain.is_async);
        let stateful = function("async fn f(_: &mut a::RingContext<'_>, s: &mut Total, Add { a, .. }: Add)");
        let stateful = stateful.expect("accepted");
        assert!(stateful.state.is_some() && stateful.answer.is_none() && stateful.is_async);
        assert!(
            method("fn f(&mut self, _ctx: &mut RingContext, m: Add) -> ()")
                .expect("accepted")
                .answer
                .is_none()
        );
        assert!(method("fn f(&self, _ctx: &mut RingContext, m: Add) -> Option<Sum>").is_ok());
    }

    #[test]
    fn other_signatures_are_refused_with_what_to_write() {
        let check = |actual: Result<Parameters, String>, expected: &str| {
            assert_eq!(actual.err().as_deref(), Some(expected));
        };
        let two = "a context and a message, or a context, a state and a message";
        check(function("fn f()"), &format!("a handler takes {two}, and this one takes 0"));
        check(function("fn f(m: Add)"), &format!("a handler takes {two}, and this one takes 1"));
        check(
            function("fn f(s: &mut Total, m: Add)"),
            "a handler's context comes first: write `ctx: &mut RingContext`",
        );
        check(
            function("fn f(c: &mut RingContext, s: Total, m: Add)"),
            "a handler's state stays with the kernel: write `&mut` before its type",
        );
        check(
            function("fn f(c: &mut RingContext, m: &Add)"),
            "a handler owns its message: take it by value, without `&`",
        );
        check(
            function("fn f(c: &mut RingContext, m: impl RingMessage)"),
            "a handler takes one type of message: name it",
        );
        check(
            function("fn f<T>(c: &mut RingContext, m: T)"),
            "a handler has no generic parameters and no named lifetimes: register one kernel per type",
        );
        check(
            function("extern \"C\" fn f(c: &mut RingContext, m: A)"),
            "a handler is a Rust function: remove `extern`",
        );
        check(
            function("fn f(&mut self, c: &mut RingContext, m: A)"),
            "a method is no kernel by itself: put `#[ring_kernel]` on the `impl` block",
        );
        check(
            method("fn f(self, c: &mut RingContext, m: A)"),
            "the state stays with the kernel: write `&mut self`",
        );
        check(
            method("fn f(c: &mut RingContext, m: A)"),
            "the state of this kernel is `self`: make `&mut self` the first parameter",
        );
    }
}
