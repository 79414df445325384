//! `#[derive(PersistentMessage)]`: a message with the id of its handler.
//!
//! - `attributes`: what `#[persistent_message(..)]` says.
//! - `expand`: the code written.

mod attributes;
mod expand;

use proc_macro2::TokenStream;
use syn::{Data, DeriveInput};

use crate::errors::{self, Errors};
use crate::message;

pub(crate) fn derive(input: TokenStream) -> TokenStream {
    errors::or_compile_error(syn::parse2(input).and_then(|input| try_derive(&input)))
}

fn try_derive(input: &DeriveInput) -> syn::Result<TokenStream> {
    let mut errors = Errors::default();
    let said = attributes::read(input, &mut errors);
    // What is wrong with the message is reported beside what is wrong here, unless another derive reports it.
    let ring_message = match said.beside_ring_message || carries_message_attributes(input) {
        true => Some(TokenStream::new()),
        false => errors.take(message::try_derive(input)),
    };
    errors.finish()?;
    Ok([ring_message.unwrap_or_default(), expand::persistent_message(&input.ident, &said)]
        .into_iter()
        .collect())
}

/// Whether the struct or one of its fields says something to `#[derive(RingMessage)]`, which then has to stand there.
fn carries_message_attributes(input: &DeriveInput) -> bool {
    let fields = match &input.data {
        Data::Struct(data) => Some(data.fields.iter()),
        Data::Enum(_) | Data::Union(_) => None,
    };
    let on_fields = fields.into_iter().flatten().flat_map(|field| &field.attrs);
    input
        .attrs
        .iter()
        .chain(on_fields)
        .any(|attribute| attribute.path().is_ident("message") || attribute.path().is_ident("ring_message"))
}
