//! What is recorded of a function that devices run: its syntax tree, and what the compiler says that its names stand for.

use proc_macro2::{Literal, Span, TokenStream};
use quote::{quote, quote_spanned};
use ringkernel_codegen::source::{Parsed, PathKind};
use syn::ext::IdentExt;
use syn::{ImplItemFn, ItemFn, Path, Type};

use crate::spans::located_at;

/// The `DeviceFunction` of a free function, as an expression.
///
/// # Errors
/// Everything in it that no device can run.
pub(crate) fn function(item: &ItemFn) -> syn::Result<TokenStream> {
    record(item.sig.ident.unraw().to_string(), &ringkernel_codegen::source::function(item)?)
}

/// The `DeviceFunction` of a method of `ty`, as an expression.
///
/// # Errors
/// Everything in it that no device can run.
pub(crate) fn method(item: &ImplItemFn, ty: &Type) -> syn::Result<TokenStream> {
    record(item.sig.ident.unraw().to_string(), &ringkernel_codegen::source::method(item, ty)?)
}

fn record(name: String, parsed: &Parsed) -> syn::Result<TokenStream> {
    let code = parsed.function.encode().map_err(|error| {
        syn::Error::new(Span::call_site(), format!("`{name}` cannot be recorded: {error}"))
    })?;
    let code = Literal::byte_string(&code);
    let paths = parsed.paths();
    let bindings = paths.iter().flat_map(|(found, path)| bindings(&found.name, found.kind, path));
    let checks = paths.iter().filter_map(|(found, path)| check(found.kind, path));
    Ok(quote_spanned! {Span::mixed_site()=> {
        #(#checks)*
        ::ringkernel::__private::DeviceFunction {
            name: #name,
            code: #code,
            bindings: &[#(#bindings),*],
            file: ::core::file!(),
            overflow: if ::core::cfg!(debug_assertions) {
                ::ringkernel::__private::Overflow::Faults
            } else {
                ::ringkernel::__private::Overflow::Wraps
            },
        }
    }})
}

/// What a path stands for. Each is a function that asks the traits, because only the compiler knows.
fn bindings(name: &str, kind: PathKind, path: &Path) -> Vec<TokenStream> {
    let binding = |item: TokenStream| {
        quote_spanned! {Span::mixed_site()=>
            ::ringkernel::__private::Binding { path: #name, item: || #item }
        }
    };
    let span = located_at(path);
    match kind {
        PathKind::Type => vec![
            binding(quote_spanned! {span=> {
                use ::ringkernel::__private::UnknownType as _;
                ::ringkernel::__private::type_item::<#path>(
                    <::ringkernel::__private::Known<#path>>::MESSAGE,
                    <::ringkernel::__private::Known<#path>>::LAYOUT,
                )
            }}),
            binding(quote_spanned! {span=> {
                use ::ringkernel::__private::UnknownType as _;
                ::ringkernel::__private::Item::Methods(<::ringkernel::__private::Known<#path>>::METHODS)
            }}),
        ],
        PathKind::Value | PathKind::Variant => vec![binding(value(span, quote!(#path)))],
        PathKind::Default => vec![binding(value(span, quote!(#path())))],
        // Those of a type are found among its methods.
        PathKind::Call if type_of(path).is_some() => vec![],
        PathKind::Call => vec![binding(quote_spanned! {span=>
            ::ringkernel::__private::Item::Function(<#path as ::ringkernel::__private::DeviceFn>::FUNCTION)
        })],
    }
}

fn value(span: Span, value: TokenStream) -> TokenStream {
    quote_spanned! {span=> {
        use ::ringkernel::__private::{MessageValue as _, UnknownValue as _};
        (&::ringkernel::__private::Value::new(|| #value)).item(|bytes| {
            (&::ringkernel::__private::Value::new(|| #value)).write(bytes)
        })
    }}
}

/// The type in front of a function that belongs to it.
fn type_of(path: &Path) -> Option<Path> {
    let mut ty = path.clone();
    ty.segments.pop();
    ty.segments.pop_punct();
    let last = ty.segments.last()?.ident.unraw().to_string();
    last.starts_with(char::is_uppercase).then_some(ty)
}

/// The check that a function of a type can run on devices. That of a free function is its binding.
fn check(kind: PathKind, path: &Path) -> Option<TokenStream> {
    let ty = type_of(path).filter(|_| kind == PathKind::Call)?;
    let method = path.segments.last()?.ident.unraw().to_string();
    let shown = quote!(#path).to_string().replace(' ', "");
    let message = format!(
        "`{shown}` is no device function: write `#[device_fn]` above the `impl` block that it stands in, or restrict the kernel with `backends(cpu)`"
    );
    Some(quote_spanned! {located_at(path)=>
        const _: () = {
            use ::ringkernel::__private::UnknownType as _;
            ::core::assert!(
                <::ringkernel::__private::Known<#ty>>::IS_BUILT_IN
                    || ::ringkernel::__private::has_method(<::ringkernel::__private::Known<#ty>>::METHODS, #method),
                #message
            );
        };
    })
}
