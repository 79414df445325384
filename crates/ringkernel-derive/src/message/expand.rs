//! The code that `#[derive(RingMessage)]` writes: one anonymous constant that holds the layout of the fixed part, the
//! default priority, the trait implementations and the registration.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote_spanned;
use syn::ext::IdentExt;
use syn::{DeriveInput, Field};

use super::attributes::{OnStruct, Roles, names_the_priority_module};
use crate::spans::{as_field, located_at};

pub(crate) fn message(
    input: &DeriveInput,
    fields: &[Field],
    on_struct: &OnStruct,
    roles: &Roles,
) -> TokenStream {
    let name = &input.ident;
    let text = name.unraw().to_string();
    let head = head(fields);
    let default_priority = default_priority(roles);
    let layout = layout(&text, fields);
    let type_id = type_id(&text, on_struct);
    let header_methods = header_methods(roles);
    let codec_methods = codec_methods(&text, fields);
    let domain_impl = domain_impl(name, on_struct);
    let k2k_registration = k2k_registration(name, on_struct);
    let [id, correlation, priority] =
        [&roles.id, &roles.correlation, &roles.priority].map(|role| index(role.as_ref(), fields));
    quote_spanned! {Span::mixed_site()=>
        const _: () = {
            #head
            #default_priority
            #layout
            const __RINGKERNEL_HANDLER: ::core::option::Option<::core::primitive::u32> = {
                use ::ringkernel::__private::UnknownType as _;
                <::ringkernel::__private::Known<#name>>::HANDLER_ID
            };

            #[automatically_derived]
            impl ::ringkernel::__private::RingMessage for #name {
                const MESSAGE_TYPE: &'static ::core::primitive::str =
                    ::core::concat!(::core::module_path!(), "::", #text);
                const TYPE_ID: ::core::primitive::u64 = #type_id;
                const LAYOUT: &'static ::ringkernel::__private::MessageLayout =
                    &::ringkernel::__private::MessageLayout {
                        name: Self::MESSAGE_TYPE,
                        type_id: Self::TYPE_ID,
                        head: __RINGKERNEL_STRUCT,
                        id: #id,
                        correlation: #correlation,
                        priority: #priority,
                        default_priority: __RINGKERNEL_PRIORITY,
                        handler_id: __RINGKERNEL_HANDLER,
                    };
                #header_methods
                #codec_methods
            }
            #domain_impl

            ::ringkernel::__private::inventory::submit! {
                ::ringkernel::__private::MessageInfo::of::<#name>()
            }
            #k2k_registration
        };
    }
}

/// Where each field stands in the fixed part of the encoding.
fn head(fields: &[Field]) -> TokenStream {
    let count = fields.len();
    let entries = fields.iter().map(|field| {
        let as_field = as_field(&field.ty);
        quote_spanned!(Span::mixed_site()=> (#as_field::SIZE, #as_field::ALIGN))
    });
    quote_spanned! {Span::mixed_site()=>
        const __RINGKERNEL_HEAD: ::ringkernel::__private::HeadLayout<#count> =
            ::ringkernel::__private::head_layout::<#count>([#(#entries),*]);
    }
}

/// The fixed part as devices see it.
fn layout(text: &str, fields: &[Field]) -> TokenStream {
    let labels = fields.iter().map(|field| field.ident.as_ref().map(|name| name.unraw().to_string()));
    let traits = fields.iter().map(|field| as_field(&field.ty));
    let indices = 0..fields.len();
    quote_spanned! {Span::mixed_site()=>
        const __RINGKERNEL_STRUCT: &::ringkernel::__private::StructLayout = &::ringkernel::__private::StructLayout {
            name: #text,
            size: __RINGKERNEL_HEAD.size,
            align: __RINGKERNEL_HEAD.align,
            fields: &[#(::ringkernel::__private::FieldLayout {
                name: #labels,
                offset: __RINGKERNEL_HEAD.offsets[#indices],
                layout: #traits::LAYOUT,
            }),*],
        };
    }
}

/// The index of the field with a role, as an option.
fn index(role: Option<&Field>, fields: &[Field]) -> TokenStream {
    match fields.iter().position(|field| role.is_some_and(|role| role.ident == field.ident)) {
        Some(index) => quote_spanned!(Span::mixed_site()=> ::core::option::Option::Some(#index)),
        None => quote_spanned!(Span::mixed_site()=> ::core::option::Option::None),
    }
}

/// The priority of a message that does not set its own.
fn default_priority(roles: &Roles) -> TokenStream {
    let value = match &roles.default_priority {
        Some(value) => value.clone(),
        None => quote_spanned!(Span::mixed_site()=> ::ringkernel::__private::priority::NORMAL),
    };
    // The import is written only where it is used: an unused one would warn in the user's code.
    let import = names_the_priority_module(value.clone())
        .then(|| quote_spanned!(Span::call_site()=> use ::ringkernel::__private::priority;));
    quote_spanned! {Span::mixed_site()=>
        const __RINGKERNEL_PRIORITY: ::core::primitive::u8 = { #import #value };
    }
}

fn type_id(text: &str, on_struct: &OnStruct) -> TokenStream {
    let private = quote_spanned!(Span::mixed_site()=> ::ringkernel::__private);
    match (&on_struct.domain, on_struct.type_id) {
        (None, Some(type_id)) => quote_spanned!(Span::mixed_site()=> #type_id),
        (None, None) => quote_spanned! {Span::mixed_site()=>
            #private::type_id_of_name(::core::concat!(::core::module_path!(), "::", #text))
        },
        (Some(domain), Some(type_id)) => {
            let variant = &domain.variant;
            quote_spanned!(Span::mixed_site()=> #private::type_id_in_domain(#private::Domain::#variant, #type_id))
        }
        (Some(domain), None) => {
            let variant = &domain.variant;
            quote_spanned!(Span::mixed_site()=> #private::type_id_of_name_in_domain(#private::Domain::#variant, #text))
        }
    }
}

/// The methods that read and write the fields with a part in the header.
fn header_methods(roles: &Roles) -> TokenStream {
    let private = quote_spanned!(Span::mixed_site()=> ::ringkernel::__private);
    let id = roles.id.as_ref().map(|field| (&field.ident, as_role(field, "IdField")));
    let (get_id, set_id) = match id {
        Some((name, as_role)) => (
            quote_spanned!(Span::mixed_site()=> #as_role::get(&self.#name)),
            quote_spanned!(Span::mixed_site()=> #as_role::set(&mut self.#name, id);),
        ),
        None => (quote_spanned!(Span::mixed_site()=> #private::MessageId::NIL), TokenStream::new()),
    };
    let id_parameter = Ident::new(if roles.id.is_some() { "id" } else { "_id" }, Span::mixed_site());
    let priority = match &roles.priority {
        Some(field) => {
            let (name, as_role) = (&field.ident, as_role(field, "PriorityField"));
            quote_spanned!(Span::mixed_site()=> #as_role::get_or(&self.#name, __RINGKERNEL_PRIORITY))
        }
        None => quote_spanned!(Span::mixed_site()=> __RINGKERNEL_PRIORITY),
    };
    let correlation = match &roles.correlation {
        Some(field) => {
            let (name, as_role) = (&field.ident, as_role(field, "CorrelationField"));
            quote_spanned!(Span::mixed_site()=> #as_role::get(&self.#name))
        }
        None => quote_spanned!(Span::mixed_site()=> ::core::option::Option::None),
    };
    quote_spanned! {Span::mixed_site()=>
        fn message_id(&self) -> #private::MessageId {
            #get_id
        }
        fn set_message_id(&mut self, #id_parameter: #private::MessageId) {
            #set_id
        }
        fn priority(&self) -> ::core::primitive::u8 {
            #priority
        }
        fn correlation_id(&self) -> ::core::option::Option<#private::CorrelationId> {
            #correlation
        }
    }
}

/// `<type of the field as role>`, whose errors point at the type.
fn as_role(field: &Field, role: &str) -> TokenStream {
    let ty = &field.ty;
    let role = Ident::new(role, Span::mixed_site());
    quote_spanned!(located_at(ty)=> <#ty as ::ringkernel::__private::#role>)
}

/// Encoding, decoding, size and printing: each goes over the fields in order. The type stands in every call, so that
/// the compiler complains about an unsuitable one only once, where the user wrote it.
fn codec_methods(text: &str, fields: &[Field]) -> TokenStream {
    let names: Vec<&Option<Ident>> = fields.iter().map(|field| &field.ident).collect();
    let labels = fields.iter().map(|field| field.ident.as_ref().map(|name| name.unraw().to_string()));
    let traits: Vec<TokenStream> = fields.iter().map(|field| as_field(&field.ty)).collect();
    let indices: Vec<usize> = (0..fields.len()).collect();
    quote_spanned! {Span::mixed_site()=>
        fn payload_size(&self) -> ::core::primitive::usize {
            let end = __RINGKERNEL_HEAD.size;
            #(let end = #traits::tail_end(&self.#names, end);)*
            end
        }
        fn encode(&self, encoder: &mut ::ringkernel::__private::Encoder<'_>) {
            encoder.begin(__RINGKERNEL_HEAD.size);
            #(#traits::encode_at(&self.#names, encoder, __RINGKERNEL_HEAD.offsets[#indices]);)*
        }
        fn decode(
            decoder: &mut ::ringkernel::__private::Decoder<'_>,
        ) -> ::core::result::Result<Self, ::ringkernel::__private::DecodeError> {
            decoder.begin(__RINGKERNEL_HEAD.size)?;
            __RINGKERNEL_HEAD.check_padding(decoder, 0)?;
            let message = Self {
                #(#names: #traits::decode_at(decoder, __RINGKERNEL_HEAD.offsets[#indices])?,)*
            };
            decoder.finish()?;
            ::core::result::Result::Ok(message)
        }
        fn fmt_message(&self, formatter: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
            formatter.debug_struct(#text)
                #(.field(#labels, &::core::fmt::from_fn(|formatter| #traits::fmt_field(&self.#names, formatter))))*
                .finish()
        }
    }
}

fn domain_impl(name: &Ident, on_struct: &OnStruct) -> Option<TokenStream> {
    let variant = &on_struct.domain.as_ref()?.variant;
    Some(quote_spanned! {Span::mixed_site()=>
        #[automatically_derived]
        impl ::ringkernel::__private::DomainMessage for #name {
            const DOMAIN: ::ringkernel::__private::Domain = ::ringkernel::__private::Domain::#variant;
        }
    })
}

/// The entry in the registry of types for messages between kernels, where the struct says something for it.
fn k2k_registration(name: &Ident, on_struct: &OnStruct) -> Option<TokenStream> {
    if on_struct.k2k_routable.is_none() && on_struct.category.is_none() {
        return None;
    }
    let routable = on_struct.k2k_routable.unwrap_or(false);
    let category = match &on_struct.category {
        Some(category) => quote_spanned!(Span::mixed_site()=> ::core::option::Option::Some(#category)),
        None => quote_spanned!(Span::mixed_site()=> ::core::option::Option::None),
    };
    Some(quote_spanned! {Span::mixed_site()=>
        ::ringkernel::__private::inventory::submit! {
            ::ringkernel::__private::K2KMessageRegistration {
                type_id: <#name as ::ringkernel::__private::RingMessage>::TYPE_ID,
                type_name: <#name as ::ringkernel::__private::RingMessage>::MESSAGE_TYPE,
                k2k_routable: #routable,
                category: #category,
            }
        }
    })
}
