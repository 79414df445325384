//! The code that `#[derive(PersistentMessage)]` writes beside the message itself.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote_spanned;

use super::attributes::Said;
use crate::spans::located_at;

pub(super) fn persistent_message(name: &Ident, said: &Said) -> TokenStream {
    let (id, requires_response) = (said.handler_id, said.requires_response);
    let response = match &said.response {
        Some(ty) => quote_spanned!(located_at(ty)=> #ty),
        None => quote_spanned!(Span::mixed_site()=> ()),
    };
    quote_spanned! {Span::mixed_site()=>
        #[automatically_derived]
        impl ::ringkernel::__private::PersistentMessage for #name {
            const HANDLER_ID: ::ringkernel::__private::HandlerId = ::ringkernel::__private::HandlerId(#id);
            const REQUIRES_RESPONSE: ::core::primitive::bool = #requires_response;
            type Response = #response;
        }
    }
}
