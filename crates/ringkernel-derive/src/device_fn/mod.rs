//! `#[device_fn]`: a function that handlers on devices can call.
//!
//! - `function`: a free function, and the type of the same name by which callers find its record
//! - `methods`: the functions of an `impl` block

mod function;
mod methods;

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::Item;

use crate::errors;

pub(crate) use methods::{method_set, take_marks};

pub(crate) fn expand(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let record = record(&arguments, &item);
    // The item stays also where it is refused, so that its users do not fail, too.
    let record = errors::or_compile_error(record);
    quote!(#item #record)
}

fn record(arguments: &TokenStream, item: &TokenStream) -> syn::Result<TokenStream> {
    if !arguments.is_empty() {
        return Err(syn::Error::new_spanned(arguments, "this takes nothing: write `#[device_fn]`"));
    }
    match syn::parse2::<Item>(item.clone())? {
        Item::Fn(function) => function::record(&function),
        Item::Impl(block) => methods::record(&block),
        other => Err(syn::Error::new_spanned(
            other.into_token_stream(),
            "`#[device_fn]` goes on a function or an `impl` block",
        )),
    }
}
