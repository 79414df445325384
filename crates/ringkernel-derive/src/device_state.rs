//! `#[derive(DeviceState)]`: a struct whose fields devices can hold is laid out by C's rules there. The host's layout of it
//! may differ: a state is written field by field.

use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;
use syn::ext::IdentExt;
use syn::{Data, DeriveInput, Fields, Member, Type};

use crate::errors::{self, Errors};
use crate::spans::{label, located_at};

pub(crate) fn derive(input: TokenStream) -> TokenStream {
    errors::or_compile_error(syn::parse2(input).and_then(|input| try_derive(&input)))
}

fn try_derive(input: &DeriveInput) -> syn::Result<TokenStream> {
    let mut errors = Errors::default();
    if !input.generics.params.is_empty() {
        let message = "a state has no generic parameters, because a kernel is registered for one type: write one type for each";
        errors.push(&input.generics, message);
    }
    let fields = match &input.data {
        Data::Struct(data) => Some(&data.fields),
        Data::Enum(_) => {
            let message = "an enum is no state by itself: derive `GpuType` for an enum without fields, and make it a field of a struct";
            errors.push(&input.ident, message);
            None
        }
        Data::Union(_) => {
            let message = "a union is no state, because nothing says which field is valid: write a struct with a field for each";
            errors.push(&input.ident, message);
            None
        }
    };
    errors.finish()?;
    Ok(fields.map(|fields| expand(input, fields)).unwrap_or_default())
}

fn expand(input: &DeriveInput, fields: &Fields) -> TokenStream {
    let name = &input.ident;
    let text = name.unraw().to_string();
    let members: Vec<Member> = fields.members().collect();
    let labels = members.iter().map(label);
    let indices: Vec<usize> = (0..members.len()).collect();
    let states: Vec<TokenStream> = fields.iter().map(|field| as_state(&field.ty)).collect();
    let count = members.len();
    let checks = fields.iter().map(|field| {
        let state = as_state(&field.ty);
        quote_spanned! {located_at(&field.ty)=>
            ::core::assert!(
                #state::STATE_LAYOUT.is_fixed(),
                "a state has a fixed size on devices: use arrays in the place of `Vec` and `String`"
            );
        }
    });
    // Without fields nothing is written.
    let (encoder, offset) = if members.is_empty() { ("_encoder", "_offset") } else { ("encoder", "offset") };
    let [encoder, offset] = [encoder, offset].map(|name| syn::Ident::new(name, Span::mixed_site()));
    quote_spanned! {Span::mixed_site()=>
        const _: () = {
            const __RINGKERNEL_HEAD: ::ringkernel::__private::HeadLayout<#count> =
                ::ringkernel::__private::head_layout::<#count>([
                    #((#states::STATE_LAYOUT.size(), #states::STATE_LAYOUT.align())),*
                ]);
            const __RINGKERNEL_STRUCT: &::ringkernel::__private::StructLayout = &::ringkernel::__private::StructLayout {
                name: #text,
                size: __RINGKERNEL_HEAD.size,
                align: __RINGKERNEL_HEAD.align,
                fields: &[#(::ringkernel::__private::FieldLayout {
                    name: #labels,
                    offset: __RINGKERNEL_HEAD.offsets[#indices],
                    layout: #states::STATE_LAYOUT,
                }),*],
            };
            const _: () = { #(#checks)* };

            #[automatically_derived]
            impl ::ringkernel::__private::DeviceState for #name {
                const STATE_LAYOUT: ::ringkernel::__private::TypeLayout =
                    ::ringkernel::__private::TypeLayout::Struct(__RINGKERNEL_STRUCT);

                fn write_at(
                    &self,
                    #encoder: &mut ::ringkernel::__private::Encoder<'_>,
                    #offset: ::core::primitive::usize,
                ) {
                    #(#states::write_at(&self.#members, encoder, offset + __RINGKERNEL_HEAD.offsets[#indices]);)*
                }
            }
        };
    }
}

/// `<ty as DeviceState>`, whose errors point at the type.
fn as_state(ty: &Type) -> TokenStream {
    quote_spanned!(located_at(ty)=> <#ty as ::ringkernel::__private::DeviceState>)
}
