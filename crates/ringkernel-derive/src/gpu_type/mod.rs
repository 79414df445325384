//! `#[derive(GpuType)]`: a plain type whose bytes mean the same on host and device.
//!
//! - `repr`: what `#[repr(..)]` says.
//! - `structs`, `enums`: the checks and the code of both kinds.

mod enums;
mod repr;
mod structs;

use proc_macro2::TokenStream;
use syn::{Data, DeriveInput};

use crate::errors::{self, Errors};
use repr::Repr;

pub(crate) fn derive(input: TokenStream) -> TokenStream {
    errors::or_compile_error(syn::parse2(input).and_then(|input| try_derive(&input)))
}

fn try_derive(input: &DeriveInput) -> syn::Result<TokenStream> {
    let mut errors = Errors::default();
    if !input.generics.params.is_empty() {
        errors
            .push(&input.generics, "a device type has no generic parameters: write one type for each layout");
    }
    let repr = errors.take(Repr::of(&input.attrs));
    let expansion = match &input.data {
        Data::Struct(data) => structs::expand(&input.ident, data, repr.as_ref(), &mut errors),
        Data::Enum(data) => enums::expand(&input.ident, data, repr.as_ref(), &mut errors),
        Data::Union(_) => {
            errors.push(
                &input.ident,
                "a union is no device type, because nothing says which field is valid: write a \
                                       struct with a field for each",
            );
            None
        }
    };
    errors.finish()?;
    Ok(expansion.unwrap_or_default())
}
