//! `#[derive(GpuType)]` on an enum without fields: its integer travels, and only the integers that have a variant are
//! decoded.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote_spanned;
use syn::ext::IdentExt;
use syn::{DataEnum, Fields};

use super::repr::Repr;
use crate::errors::Errors;

pub(crate) fn expand(
    name: &Ident,
    data: &DataEnum,
    repr: Option<&Repr>,
    errors: &mut Errors,
) -> Option<TokenStream> {
    for variant in &data.variants {
        if !matches!(variant.fields, Fields::Unit) {
            let message = format!("a variant of a device type has no fields: write `{}`", variant.ident);
            errors.push(&variant.fields, message);
        }
    }
    if data.variants.is_empty() {
        errors.push(name, "a device type has at least one value: add a variant");
    }
    let Some(integer) = &repr?.integer else {
        errors.push(
            name,
            "the device needs to know the enum's integer type: add `#[repr(u32)]`, or another of u8 to \
                           u64 and i8 to i64",
        );
        return None;
    };
    let integer = Ident::new(&integer.to_string(), Span::mixed_site());
    let integer = quote_spanned!(Span::mixed_site()=> ::core::primitive::#integer);
    let variants: Vec<&Ident> = data.variants.iter().map(|variant| &variant.ident).collect();
    let layout_impl = layout_impl(name, &integer, repr, &variants);
    let field_impl = field_impl(name, &integer, &variants);
    Some(quote_spanned! {Span::mixed_site()=>
        const _: () = {
            #layout_impl
            #field_impl
        };
    })
}

fn layout_impl(name: &Ident, integer: &TokenStream, repr: Option<&Repr>, variants: &[&Ident]) -> TokenStream {
    let text = name.unraw().to_string();
    let labels = variants.iter().map(|variant| variant.unraw().to_string());
    let scalar = repr.and_then(|repr| repr.integer.as_ref()).map(|integer| {
        // `u32` is `Scalar::U32`.
        Ident::new(&integer.to_string().to_uppercase(), Span::mixed_site())
    });
    quote_spanned! {Span::mixed_site()=>
        const __RINGKERNEL_ENUM: &::ringkernel::__private::EnumLayout = &::ringkernel::__private::EnumLayout {
            name: #text,
            repr: ::ringkernel::__private::Scalar::#scalar,
            variants: &[#((#labels, #name::#variants as #integer as _)),*],
        };

        #[automatically_derived]
        impl ::ringkernel::__private::GpuType for #name {}
    }
}

fn field_impl(name: &Ident, integer: &TokenStream, variants: &[&Ident]) -> TokenStream {
    let text = name.unraw().to_string();
    let labels = variants.iter().map(|variant| variant.unraw().to_string());
    quote_spanned! {Span::mixed_site()=>
        #[automatically_derived]
        impl ::ringkernel::__private::MessageField for #name {
            const LAYOUT: ::ringkernel::__private::TypeLayout =
                ::ringkernel::__private::TypeLayout::Enum(__RINGKERNEL_ENUM);

            fn encode_at(
                &self,
                encoder: &mut ::ringkernel::__private::Encoder<'_>,
                offset: ::core::primitive::usize,
            ) {
                ::ringkernel::__private::MessageField::encode_at(&(*self as #integer), encoder, offset);
            }
            fn decode_at(
                decoder: &mut ::ringkernel::__private::Decoder<'_>,
                offset: ::core::primitive::usize,
            ) -> ::core::result::Result<Self, ::ringkernel::__private::DecodeError> {
                match <#integer as ::ringkernel::__private::MessageField>::decode_at(decoder, offset)? {
                    #(value if value == Self::#variants as #integer => ::core::result::Result::Ok(Self::#variants),)*
                    value => ::core::result::Result::Err(::ringkernel::__private::DecodeError::InvalidValue {
                        value: value as ::core::primitive::u64,
                        expected: #text,
                    }),
                }
            }
            fn fmt_field(&self, formatter: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                formatter.write_str(match self {
                    #(Self::#variants => #labels,)*
                })
            }
        }
    }
}
