//! `#[derive(GpuType)]` on a struct: each field stands where C puts it, and is encoded by its own type.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote_spanned;
use syn::ext::IdentExt;
use syn::{DataStruct, Fields, Member, Type};

use super::repr::Repr;
use crate::errors::Errors;
use crate::spans::{as_field, label, located_at};

pub(crate) fn expand(
    name: &Ident,
    data: &DataStruct,
    repr: Option<&Repr>,
    errors: &mut Errors,
) -> Option<TokenStream> {
    if repr.is_some_and(|repr| repr.c.is_none()) {
        errors.push(name, "the device lays a struct out as C does, and Rust does not: add `#[repr(C)]`");
    }
    if data.fields.is_empty() {
        errors.push(name, "a device type has at least one field, because C has no empty struct");
        return None;
    }
    let members: Vec<Member> = data.fields.members().collect();
    let types: Vec<&Type> = data.fields.iter().map(|field| &field.ty).collect();
    let head = head(name, &members, &types);
    let layout_impl = layout_impl(name, &members, &types);
    let field_impl = field_impl(name, &data.fields, &members, &types);
    Some(quote_spanned! {Span::mixed_site()=>
        const _: () = {
            #head
            #layout_impl
            #field_impl
        };
    })
}

/// The offsets by C's rules, and the proof that the compiler agrees.
fn head(name: &Ident, members: &[Member], types: &[&Type]) -> TokenStream {
    let count = members.len();
    let indices = 0..count;
    let entries = types.iter().map(|ty| {
        let as_field = as_field(ty);
        quote_spanned!(Span::mixed_site()=> (#as_field::SIZE, #as_field::ALIGN))
    });
    let device_types = types.iter().map(|ty| device_type(ty));
    let differs = format!(
        "`{}` is laid out in another way here than on the device, because this target aligns its fields differently",
        name.unraw()
    );
    let empty = format!("`{}` has no bytes, and C has no empty struct", name.unraw());
    quote_spanned! {Span::mixed_site()=>
        const __RINGKERNEL_HEAD: ::ringkernel::__private::HeadLayout<#count> =
            ::ringkernel::__private::head_layout::<#count>([#(#entries),*]);
        const _: () = {
            // Fields that are no device types are reported as that, and not as a difference of layout.
            #(#device_types;)*
            ::core::assert!(__RINGKERNEL_HEAD.size > 0, #empty);
            ::core::assert!(::core::mem::size_of::<#name>() == __RINGKERNEL_HEAD.size, #differs);
            ::core::assert!(::core::mem::align_of::<#name>() == __RINGKERNEL_HEAD.align, #differs);
            #(::core::assert!(
                ::core::mem::offset_of!(#name, #members) == __RINGKERNEL_HEAD.offsets[#indices],
                #differs
            );)*
        };
    }
}

fn layout_impl(name: &Ident, members: &[Member], types: &[&Type]) -> TokenStream {
    let text = name.unraw().to_string();
    let labels = members.iter().map(label);
    let indices = 0..members.len();
    let fields = types.iter().map(|ty| as_field(ty));
    quote_spanned! {Span::mixed_site()=>
        const __RINGKERNEL_FIELDS: &[::ringkernel::__private::FieldLayout] = &[
            #(::ringkernel::__private::FieldLayout {
                name: #labels,
                offset: __RINGKERNEL_HEAD.offsets[#indices],
                layout: #fields::LAYOUT,
            },)*
        ];
        const __RINGKERNEL_STRUCT: &::ringkernel::__private::StructLayout = &::ringkernel::__private::StructLayout {
            name: #text,
            size: __RINGKERNEL_HEAD.size,
            align: __RINGKERNEL_HEAD.align,
            fields: __RINGKERNEL_FIELDS,
        };

        #[automatically_derived]
        impl ::ringkernel::__private::GpuType for #name {}
    }
}

fn field_impl(name: &Ident, fields: &Fields, members: &[Member], types: &[&Type]) -> TokenStream {
    let indices: Vec<usize> = (0..members.len()).collect();
    let traits: Vec<TokenStream> = types.iter().map(|ty| as_field(ty)).collect();
    let text = name.unraw().to_string();
    let labels = members.iter().map(label);
    let shown = traits.iter().zip(members).map(|(as_field, member)| {
        quote_spanned! {Span::mixed_site()=>
            &::core::fmt::from_fn(|formatter| #as_field::fmt_field(&self.#member, formatter))
        }
    });
    let show = if matches!(fields, Fields::Unnamed(_)) {
        quote_spanned!(Span::mixed_site()=> formatter.debug_tuple(#text)#(.field(#shown))*.finish())
    } else {
        quote_spanned!(Span::mixed_site()=> formatter.debug_struct(#text)#(.field(#labels, #shown))*.finish())
    };
    quote_spanned! {Span::mixed_site()=>
        #[automatically_derived]
        impl ::ringkernel::__private::MessageField for #name {
            const LAYOUT: ::ringkernel::__private::TypeLayout =
                ::ringkernel::__private::TypeLayout::Struct(__RINGKERNEL_STRUCT);

            fn encode_at(
                &self,
                encoder: &mut ::ringkernel::__private::Encoder<'_>,
                offset: ::core::primitive::usize,
            ) {
                #(#traits::encode_at(&self.#members, encoder, offset + __RINGKERNEL_HEAD.offsets[#indices]);)*
            }
            fn decode_at(
                decoder: &mut ::ringkernel::__private::Decoder<'_>,
                offset: ::core::primitive::usize,
            ) -> ::core::result::Result<Self, ::ringkernel::__private::DecodeError> {
                __RINGKERNEL_HEAD.check_padding(decoder, offset)?;
                ::core::result::Result::Ok(Self {
                    #(#members: #traits::decode_at(decoder, offset + __RINGKERNEL_HEAD.offsets[#indices])?,)*
                })
            }
            fn fmt_field(&self, formatter: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                #show
            }
        }
    }
}

/// The check that a type is a device type, whose error points at it.
fn device_type(ty: &Type) -> TokenStream {
    quote_spanned!(located_at(ty)=> ::ringkernel::__private::device_type::<#ty>())
}
