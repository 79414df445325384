//! `#[device_fn]` on an `impl` block: all its functions; and on some functions of a `#[ring_kernel]` block.

use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;
use syn::{Attribute, ImplItem, ImplItemFn, ItemImpl, Meta, Type};

use crate::errors::Errors;
use crate::lower;
use crate::ring_kernel::cfg_attributes;
use crate::spans::located_at;

pub(crate) fn record(block: &ItemImpl) -> syn::Result<TokenStream> {
    let mut errors = Errors::default();
    if let Some((_, path, _)) = &block.trait_ {
        errors.push(path, "device functions are a type's own: put them into a plain `impl` block");
    }
    if !block.generics.params.is_empty() {
        errors.push(&block.generics, "device functions have no generic parameters: write one type for each");
    }
    let functions: Vec<&ImplItemFn> = block
        .items
        .iter()
        .filter_map(|item| if let ImplItem::Fn(function) = item { Some(function) } else { None })
        .collect();
    if functions.is_empty() {
        errors.push(&block.self_ty, "this block has no function to mark: remove `#[device_fn]`");
    }
    let set = method_set(&block.self_ty, &functions, &cfg_attributes(&block.attrs), &mut errors);
    errors.finish()?;
    Ok(set)
}

/// The record of the functions of a type.
pub(crate) fn method_set(
    ty: &Type,
    functions: &[&ImplItemFn],
    cfg: &[Attribute],
    errors: &mut Errors,
) -> TokenStream {
    let mut records = Vec::new();
    for function in functions {
        let cfg = cfg_attributes(&function.attrs);
        if let Some(record) = errors.take(lower::method(function, ty)) {
            records.push(quote_spanned!(Span::mixed_site()=> #(#cfg)* &#record));
        }
    }
    let implementation = quote_spanned! {located_at(ty)=>
        impl ::ringkernel::__private::DeviceMethods for #ty
    };
    quote_spanned! {Span::mixed_site()=>
        #(#cfg)*
        #[automatically_derived]
        #implementation {
            const METHODS: &'static [&'static ::ringkernel::__private::DeviceFunction] = &[#(#records),*];
        }

        #(#cfg)*
        const _: () = {
            use ::ringkernel::__private::UnknownType as _;
            ::ringkernel::__private::inventory::submit! {
                ::ringkernel::__private::MethodsRegistration(|| ::ringkernel::__private::type_methods(
                    <::ringkernel::__private::Known<#ty>>::MESSAGE,
                    <::ringkernel::__private::Known<#ty>>::LAYOUT,
                    <::ringkernel::__private::Known<#ty>>::METHODS,
                ))
            }
        };
    }
}

/// Removes every `#[device_fn]` from the method; whether there was one.
pub(crate) fn take_marks(method: &mut ImplItemFn, errors: &mut Errors) -> bool {
    let is_mark = |attribute: &Attribute| {
        attribute.path().segments.last().is_some_and(|segment| segment.ident == "device_fn")
    };
    let marks: Vec<Attribute> = method.attrs.extract_if(.., |attribute| is_mark(attribute)).collect();
    for mark in &marks {
        if !matches!(mark.meta, Meta::Path(_)) {
            errors.push(mark, "this takes nothing: write `#[device_fn]`");
        }
    }
    !marks.is_empty()
}
