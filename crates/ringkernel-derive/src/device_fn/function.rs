//! `#[device_fn]` on a function: a type of the same name beside it, which is imported and named along with it, because
//! types and functions have name spaces of their own.

use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;
use syn::{FnArg, ItemFn};

use crate::lower;
use crate::ring_kernel::cfg_attributes;

pub(crate) fn record(function: &ItemFn) -> syn::Result<TokenStream> {
    if let Some(FnArg::Receiver(receiver)) = function.sig.inputs.first() {
        return Err(syn::Error::new_spanned(
            receiver,
            "the methods of a type are marked together: put `#[device_fn]` on the `impl` block",
        ));
    }
    let record = lower::function(function)?;
    let (name, vis) = (&function.sig.ident, &function.vis);
    let cfg = cfg_attributes(&function.attrs);
    Ok(quote_spanned! {Span::mixed_site()=>
        #(#cfg)*
        #[doc(hidden)]
        #[allow(non_camel_case_types)]
        #vis enum #name {}

        #(#cfg)*
        #[automatically_derived]
        impl ::ringkernel::__private::DeviceFn for #name {
            const FUNCTION: &'static ::ringkernel::__private::DeviceFunction = &#record;
        }
    })
}
