//! `#[ring_kernel]` on a function: one handler, with or without a state.

use quote::quote;
use syn::ItemFn;

use super::register::{Handler, Kernel, Source, Takes, cfg_attributes};
use super::signature::{self, Mode};

pub(crate) fn kernel(mode: Mode, function: &ItemFn) -> syn::Result<Kernel> {
    let parameters = signature::of_function(mode, &function.sig)?;
    let name = &function.sig.ident;
    let handler = Handler {
        name: name.clone(),
        call: quote!(#name),
        takes: if parameters.state.is_some() { Takes::ContextAndState } else { Takes::Context },
        message: parameters.message,
        answer: parameters.answer,
        is_async: parameters.is_async,
        source: Source::Function(Box::new(function.clone())),
        cfg: Vec::new(),
    };
    Ok(Kernel {
        name: name.clone(),
        state: parameters.state,
        handlers: vec![handler],
        device_fns: Vec::new(),
        cfg: cfg_attributes(&function.attrs),
    })
}
