//! `#[derive(RingMessage)]`: a struct with named fields becomes a message.
//!
//! - `attributes`: what `#[message(..)]` says on the struct and on its fields.
//! - `domain`: the names a domain goes by.
//! - `expand`: the code written.

mod attributes;
mod domain;
mod expand;

use proc_macro2::TokenStream;
use syn::{Data, DeriveInput, Field, Fields};

use crate::errors::{self, Errors};

pub(crate) fn derive(input: TokenStream) -> TokenStream {
    errors::or_compile_error(syn::parse2(input).and_then(|input| try_derive(&input)))
}

/// The implementation of `RingMessage`, or the mistakes that stand in its way.
pub(crate) fn try_derive(input: &DeriveInput) -> syn::Result<TokenStream> {
    let mut errors = Errors::default();
    if !input.generics.params.is_empty() {
        errors.push(
            &input.generics,
            "a message has no generic parameters, because one type id names one encoding: write a struct for each \
             type you send",
        );
    }
    let fields = errors.take(named_fields(input)).unwrap_or_default();
    let on_struct = attributes::on_struct(&input.attrs, &mut errors);
    let roles = attributes::on_fields(&fields, &mut errors);
    errors.finish()?;
    Ok(expand::message(input, &fields, &on_struct, &roles))
}

/// The fields in order; none for `struct Ping;` and `struct Ping {}`.
fn named_fields(input: &DeriveInput) -> syn::Result<Vec<Field>> {
    let name = &input.ident;
    let problem = match &input.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(fields) => return Ok(fields.named.iter().cloned().collect()),
            Fields::Unit => return Ok(Vec::new()),
            Fields::Unnamed(fields) => {
                return Err(syn::Error::new_spanned(
                    fields,
                    format!("the fields of a message have names: write `struct {name} {{ value: .. }}`"),
                ));
            }
        },
        Data::Enum(_) => format!(
            "an enum is not a message: write a struct for each kind of message; an enum without fields that derives \
             `GpuType` can be a field, as in `struct {name}Message {{ kind: {name} }}`"
        ),
        Data::Union(_) => "a union is not a message: write a struct with named fields".to_owned(),
    };
    Err(syn::Error::new_spanned(name, problem))
}
