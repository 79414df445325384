//! Where generated tokens point, and how their names resolve.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote_spanned};
use syn::ext::IdentExt;
use syn::{Member, Type};

/// A span that shows the user `tokens` in an error, while its names resolve as those of the macro. Lints treat what
/// carries it as generated code.
pub(crate) fn located_at(tokens: &impl ToTokens) -> Span {
    Span::mixed_site().located_at(syn::spanned::Spanned::span(tokens))
}

/// `<ty as MessageField>`, whose errors point at the type.
pub(crate) fn as_field(ty: &Type) -> TokenStream {
    quote_spanned!(located_at(ty)=> <#ty as ::ringkernel::__private::MessageField>)
}

/// The field's name as text; its number in a tuple struct.
pub(crate) fn label(member: &Member) -> String {
    match member {
        Member::Named(name) => name.unraw().to_string(),
        Member::Unnamed(index) => index.index.to_string(),
    }
}

/// The line of the user's file that `span` starts on; 0 outside of a compilation, as in unit tests.
pub(crate) fn line(span: Span) -> u32 {
    if proc_macro::is_available() { u32::try_from(span.unwrap().line()).unwrap_or(u32::MAX) } else { 0 }
}
