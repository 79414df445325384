//! What the macro can tell about a handler from its tokens: the parameters and the return type. Whether the types are
//! messages is for the compiler to say, at the same tokens.

use proc_macro2::{Ident, TokenStream};
use quote::ToTokens;
use syn::{
    FnArg, GenericArgument, PatType, Path, PathArguments, PathSegment, ReturnType, Signature, Type, TypePath,
    TypeReference,
};

use crate::errors::Errors;

/// The forms that a handler can have, as shown below each complaint about its signature.
const SCALAR_FORMS: &str = "a handler has one of these forms, each also `async`:
  fn name(ctx: &mut RingContext, message: Message) -> Answer
  fn name(ctx: &mut RingContext, state: &mut State, message: Message) -> Answer
  impl State { #[handler] fn name(&mut self, ctx: &mut RingContext, message: Message) -> Answer }
where `Answer` is a message, an `Option` of one, or left out";

/// The same for the handlers of a cooperative kernel.
const COOPERATIVE_FORMS: &str = "with a `block_size` or a `grid_size`, all lanes run a handler together, and it has one of these forms:
  fn name(ctx: &mut RingContext, message: &Message) -> Answer
  fn name(ctx: &mut RingContext, state: &Shared<State>, message: &Message) -> Answer
  impl State { #[handler] fn name(&self, ctx: &mut RingContext, message: &Message) -> Answer }
where `Answer` is a message, an `Option` of one, or left out, and `State` is made of `SharedCell`, `SharedArray`, `AtomicCell` and `AtomicArray`";

/// How many lanes run a handler.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// One.
    Scalar,
    /// All lanes of a grid.
    Cooperative,
}

impl Mode {
    /// The forms that a handler can have.
    pub(crate) fn forms(self) -> &'static str {
        match self {
            Self::Scalar => SCALAR_FORMS,
            Self::Cooperative => COOPERATIVE_FORMS,
        }
    }

    /// A complaint, with the forms.
    fn wrong(self, tokens: impl ToTokens, problem: &str) -> syn::Error {
        syn::Error::new_spanned(tokens, format!("{problem}\n{}", self.forms()))
    }
}

/// The parameters of a handler, behind a `self` where there is one.
pub(crate) struct Parameters {
    /// The type behind `&mut` or `&Shared`, where the function takes a state.
    pub(crate) state: Option<Type>,
    pub(crate) message: Type,
    /// The answer's type; `None` for no answer.
    pub(crate) answer: Option<Type>,
    pub(crate) is_async: bool,
}

/// Reads the signature of a free function.
pub(crate) fn of_function(mode: Mode, signature: &Signature) -> syn::Result<Parameters> {
    check_qualifiers(signature)?;
    if let Some(FnArg::Receiver(receiver)) = signature.inputs.first() {
        return Err(
            mode.wrong(receiver, "a method is no kernel by itself: put `#[ring_kernel]` on the `impl` block")
        );
    }
    let typed = typed(signature);
    match typed.as_slice() {
        [context, message] => parameters(mode, signature, context, None, message),
        [context, state, message] => parameters(mode, signature, context, Some(state), message),
        _ => {
            Err(wrong_count(mode, signature, "a context and a message, or a context, a state and a message"))
        }
    }
}

/// Reads the signature of a `#[handler]` method.
pub(crate) fn of_method(mode: Mode, signature: &Signature) -> syn::Result<Parameters> {
    check_qualifiers(signature)?;
    match (mode, signature.inputs.first()) {
        (Mode::Cooperative, Some(FnArg::Receiver(receiver))) if receiver.mutability.is_some() => {
            return Err(mode.wrong(
                receiver,
                "the lanes of a cooperative handler share its state, so that none of them can change it exclusively: write `&self`",
            ));
        }
        (_, Some(FnArg::Receiver(receiver)))
            if receiver.reference.is_some() && receiver.colon_token.is_none() => {}
        (Mode::Scalar, Some(FnArg::Receiver(receiver))) => {
            return Err(mode.wrong(receiver, "the state stays with the kernel: write `&mut self`"));
        }
        (Mode::Cooperative, Some(FnArg::Receiver(receiver))) => {
            return Err(mode.wrong(receiver, "the state stays with the kernel: write `&self`"));
        }
        (Mode::Scalar, _) => {
            return Err(mode.wrong(
                &signature.ident,
                "the state of this kernel is `self`: make `&mut self` the first parameter",
            ));
        }
        (Mode::Cooperative, _) => {
            return Err(mode.wrong(
                &signature.ident,
                "the state of this kernel is `self`: make `&self` the first parameter",
            ));
        }
    }
    match typed(signature).as_slice() {
        [context, message] => parameters(mode, signature, context, None, message),
        _ => Err(wrong_count(mode, signature, "`self`, a context and a message")),
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

fn wrong_count(mode: Mode, signature: &Signature, expected: &str) -> syn::Error {
    let problem = format!("a handler takes {expected}, and this one takes {}", signature.inputs.len());
    if signature.inputs.is_empty() {
        mode.wrong(&signature.ident, &problem)
    } else {
        mode.wrong(&signature.inputs, &problem)
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
    mode: Mode,
    signature: &Signature,
    context: &PatType,
    state: Option<&&PatType>,
    message: &PatType,
) -> syn::Result<Parameters> {
    let mut errors = Errors::default();
    if !is_context(&context.ty) {
        errors.add(mode.wrong(&context.ty, "a handler's context comes first: write `ctx: &mut RingContext`"));
    }
    if let (Mode::Cooperative, Some(asyncness)) = (mode, &signature.asyncness) {
        errors.add(mode.wrong(
            asyncness,
            "the lanes of a cooperative handler wait for each other, not for the host: remove `async`, `block_size` or `grid_size`",
        ));
    }
    let state = state.and_then(|state| errors.take(self::state(mode, &state.ty)));
    let message = errors.take(self::message(mode, &message.ty));
    errors.finish()?;
    let message = message.expect("a missing message has been reported");
    Ok(Parameters {
        state,
        message,
        answer: answer(&signature.output),
        is_async: signature.asyncness.is_some(),
    })
}

/// The type of the state that a parameter of this type gives.
fn state(mode: Mode, ty: &Type) -> syn::Result<Type> {
    let problem = match (mode, ty) {
        (Mode::Scalar, Type::Reference(TypeReference { mutability: Some(_), elem, .. })) => {
            return Ok((**elem).clone());
        }
        (Mode::Cooperative, Type::Reference(TypeReference { mutability: None, elem, .. })) => {
            match shared(elem) {
                Some(state) => return Ok(state),
                None => {
                    "the lanes of a cooperative handler share its state: write `&Shared<..>` around its type"
                }
            }
        }
        (Mode::Scalar, Type::Reference(TypeReference { elem, .. })) if shared(elem).is_some() => {
            "`Shared` is the state of a cooperative handler: add `block_size = ..` to `#[ring_kernel(..)]`, or write `&mut` before its type"
        }
        (Mode::Scalar, _) => "a handler's state stays with the kernel: write `&mut` before its type",
        (Mode::Cooperative, _) => {
            "the lanes of a cooperative handler share its state, so that none of them can change it exclusively: write `&Shared<..>` around its type"
        }
    };
    Err(mode.wrong(ty, problem))
}

/// The `State` of `Shared<State>`.
fn shared(ty: &Type) -> Option<Type> {
    let Type::Path(TypePath { path: Path { segments, .. }, .. }) = ty else {
        return None;
    };
    match segments.last() {
        Some(PathSegment { ident, arguments: PathArguments::AngleBracketed(arguments) })
            if ident == "Shared" =>
        {
            match arguments.args.first() {
                Some(GenericArgument::Type(state)) if arguments.args.len() == 1 => Some(state.clone()),
                _ => None,
            }
        }
        _ => None,
    }
}

/// The type of the message that a parameter of this type takes.
fn message(mode: Mode, ty: &Type) -> syn::Result<Type> {
    let message = match (mode, ty) {
        (Mode::Scalar, Type::Reference(_)) => {
            return Err(mode.wrong(ty, "a handler owns its message: take it by value, without `&`"));
        }
        (Mode::Scalar, message) => message,
        (Mode::Cooperative, Type::Reference(TypeReference { mutability: None, elem, .. })) => elem,
        (Mode::Cooperative, _) => {
            return Err(mode.wrong(ty, "the lanes of a cooperative handler read one message: take it by `&`"));
        }
    };
    match message {
        Type::ImplTrait(_) => Err(mode.wrong(ty, "a handler takes one type of message: name it")),
        message => Ok(message.clone()),
    }
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
        of_function(Mode::Scalar, &item.sig)
            .map_err(|error| error.to_string().lines().next().unwrap_or_default().to_owned())
    }

    fn method(source: &str) -> Result<Parameters, String> {
        let item: syn::ImplItemFn = syn::parse_str(&format!("{source} {{}}")).expect("a method");
        of_method(Mode::Scalar, &item.sig)
            .map_err(|error| error.to_string().lines().next().unwrap_or_default().to_owned())
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

    fn cooperative(source: &str) -> Result<Parameters, String> {
        let item: syn::ItemFn = syn::parse_str(&format!("{source} {{}}")).expect("a function");
        of_function(Mode::Cooperative, &item.sig)
            .map_err(|error| error.to_string().lines().next().unwrap_or_default().to_owned())
    }

    #[test]
    fn the_forms_of_cooperative_handlers_are_read() {
        let plain = cooperative("fn f(ctx: &mut RingContext, m: &Add) -> Sum").expect("accepted");
        assert!(plain.state.is_none() && plain.answer.is_some());
        let stateful = cooperative("fn f(_: &mut RingContext, s: &ringkernel::Shared<Total>, m: &Add)");
        let state = stateful.expect("accepted").state.expect("a state");
        assert_eq!(state.to_token_stream().to_string(), "Total");
        let check = |source: &str, expected: &str| {
            assert_eq!(cooperative(source).err().as_deref(), Some(expected), "{source}");
        };
        check(
            "fn f(c: &mut RingContext, m: Add)",
            "the lanes of a cooperative handler read one message: take it by `&`",
        );
        check(
            "fn f(c: &mut RingContext, s: &Total, m: &Add)",
            "the lanes of a cooperative handler share its state: write `&Shared<..>` around its type",
        );
        let exclusive = "the lanes of a cooperative handler share its state, so that none of them can change it exclusively: write `&Shared<..>` around its type";
        check("fn f(c: &mut RingContext, s: &mut Total, m: &Add)", exclusive);
        check("fn f(c: &mut RingContext, s: &mut Shared<Total>, m: &Add)", exclusive);
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
            function("fn f(c: &mut RingContext, s: &Shared<Total>, m: Add)"),
            "`Shared` is the state of a cooperative handler: add `block_size = ..` to `#[ring_kernel(..)]`, or write `&mut` before its type",
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
