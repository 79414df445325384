//! The code that `#[ring_kernel]` writes beside the item: a function per handler that decodes, calls and packs the
//! answer, and the registration that lists them.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::{Attribute, ImplItemFn, ItemFn, Type};

use super::arguments::Arguments;
use super::signature::{Mode, name_of};
use crate::device_fn;
use crate::errors::Errors;
use crate::lower;
use crate::spans::{line, located_at};

/// A kernel as read from its item.
pub(crate) struct Kernel {
    /// The function or type; its line is the kernel's.
    pub(crate) name: Ident,
    pub(crate) state: Option<Type>,
    pub(crate) handlers: Vec<Handler>,
    /// Methods of the state that handlers call.
    pub(crate) device_fns: Vec<ImplItemFn>,
    /// `#[cfg]`s that decide whether the item is there.
    pub(crate) cfg: Vec<Attribute>,
}

/// One handler.
pub(crate) struct Handler {
    pub(crate) name: Ident,
    /// The function to call.
    pub(crate) call: TokenStream,
    pub(crate) takes: Takes,
    pub(crate) message: Type,
    pub(crate) answer: Option<Type>,
    pub(crate) is_async: bool,
    pub(crate) source: Source,
    /// `#[cfg]`s that decide whether the method is there.
    pub(crate) cfg: Vec<Attribute>,
}

/// Where a handler is written.
pub(crate) enum Source {
    Function(Box<ItemFn>),
    /// A method of the state.
    Method(Box<ImplItemFn>),
}

/// What a handler takes before its message.
pub(crate) enum Takes {
    Context,
    ContextAndState,
    StateAndContext,
}

impl Kernel {
    pub(crate) fn first_async(&self) -> Option<&Handler> {
        self.handlers.iter().find(|handler| handler.is_async)
    }
}

/// The `#[cfg]`s among `attributes`.
pub(crate) fn cfg_attributes(attributes: &[Attribute]) -> Vec<Attribute> {
    attributes.iter().filter(|attribute| attribute.path().is_ident("cfg")).cloned().collect()
}

/// The code beside the item.
///
/// # Errors
/// What no device can run in a handler, unless the kernel is restricted to the CPU.
pub(crate) fn registration(arguments: &Arguments, kernel: &Kernel) -> syn::Result<TokenStream> {
    let Kernel { state, handlers, device_fns, cfg, .. } = kernel;
    let mut errors = Errors::default();
    let on_devices = arguments.allow_devices(kernel);
    let mode = arguments.mode();
    let state_type: Type = state.clone().unwrap_or_else(|| syn::parse_quote!(()));
    let state = quote!(#state_type);
    let state_registration =
        quote_spanned!(located_at(&state)=> ::ringkernel::__private::StateRegistration::of::<#state>());
    let functions =
        handlers.iter().enumerate().map(|(index, handler)| run_function(mode, index, handler, &state));
    let entries: Vec<TokenStream> = handlers
        .iter()
        .enumerate()
        .map(|(index, handler)| {
            let device = on_devices.then(|| errors.take(device(handler, &state_type))).flatten();
            entry(mode, index, handler, device)
        })
        .collect();
    let device_fns: Vec<&ImplItemFn> = device_fns.iter().collect();
    let methods =
        (!device_fns.is_empty()).then(|| device_fn::method_set(&state_type, &device_fns, cfg, &mut errors));
    let polled = arguments.polled.iter().map(message_info);
    let subscribes = &arguments.subscribes;
    let backends = arguments.backend_variants(kernel);
    let block_size = option(arguments.block_size);
    let grid_size = option(arguments.grid_size);
    let location = location(&kernel.name);
    let id = &arguments.id;
    errors.finish()?;
    Ok(quote_spanned! {Span::mixed_site()=>
        #methods
        #(#cfg)*
        const _: () = {
            #(#functions)*
            const __RINGKERNEL_STATE: ::ringkernel::__private::StateRegistration = {
                use ::ringkernel::__private::UnknownType as _;
                #state_registration.with_layout(<::ringkernel::__private::Known<#state>>::STATE)
            };
            const __RINGKERNEL_HANDLERS: &[::ringkernel::__private::HandlerRegistration] = &[#(#entries),*];
            const __RINGKERNEL_POLLED: &[::ringkernel::__private::MessageInfo] = &[#(#polled),*];

            ::ringkernel::__private::inventory::submit! {
                ::ringkernel::__private::KernelRegistration {
                    id: #id,
                    state: __RINGKERNEL_STATE,
                    handlers: __RINGKERNEL_HANDLERS,
                    polled: __RINGKERNEL_POLLED,
                    subscribes: &[#(#subscribes),*],
                    block_size: #block_size,
                    grid_size: #grid_size,
                    backends: &[#(::ringkernel::__private::Backend::#backends),*],
                    location: #location,
                }
            }
        };
    })
}

fn option(value: Option<u32>) -> TokenStream {
    match value {
        Some(value) => quote!(::core::option::Option::Some(#value)),
        None => quote!(::core::option::Option::None),
    }
}

fn location(name: &Ident) -> TokenStream {
    let line = line(name.span());
    quote!(::ringkernel::__private::SourceLocation { file: ::core::file!(), line: #line })
}

fn message_info(ty: &Type) -> TokenStream {
    quote_spanned!(located_at(ty)=> ::ringkernel::__private::MessageInfo::of::<#ty>())
}

fn run_name(index: usize) -> Ident {
    format_ident!("__ringkernel_run_{index}", span = Span::mixed_site())
}

/// The code of a handler for devices.
fn device(handler: &Handler, state: &Type) -> syn::Result<TokenStream> {
    let function = match &handler.source {
        Source::Function(function) => lower::function(function)?,
        Source::Method(method) => lower::method(method, state)?,
    };
    Ok(quote_spanned! {Span::mixed_site()=>
        ::ringkernel::__private::HandlerDevice { function: &#function }
    })
}

/// The message that a handler answers with.
fn answer(handler: &Handler) -> TokenStream {
    match &handler.answer {
        Some(answer) => {
            let message =
                quote_spanned!(located_at(answer)=> <#answer as ::ringkernel::__private::IntoReply>::MESSAGE);
            quote!(::core::option::Option::Some(#message))
        }
        None => quote!(::core::option::Option::None),
    }
}

fn entry(mode: Mode, index: usize, handler: &Handler, device: Option<TokenStream>) -> TokenStream {
    let Handler { name, message, is_async, cfg, .. } = handler;
    let text = name_of(name);
    let info = message_info(message);
    let answer = answer(handler);
    let run = run_name(index);
    let kind = match mode {
        Mode::Cooperative => "Cooperative",
        Mode::Scalar if *is_async => "Async",
        Mode::Scalar => "Sync",
    };
    let kind = Ident::new(kind, Span::mixed_site());
    let location = location(name);
    let device = match device {
        Some(device) => quote!(::core::option::Option::Some(#device)),
        None => quote!(::core::option::Option::None),
    };
    quote_spanned! {Span::mixed_site()=>
        #(#cfg)*
        ::ringkernel::__private::HandlerRegistration {
            name: #text,
            message: #info,
            answer: #answer,
            run: ::ringkernel::__private::HandlerFn::#kind(#run),
            device: #device,
            location: #location,
        }
    }
}

/// The function that a runtime calls with a payload.
fn run_function(mode: Mode, index: usize, handler: &Handler, state: &TokenStream) -> TokenStream {
    if mode == Mode::Cooperative {
        return cooperative_function(index, handler, state);
    }
    let Handler { message, cfg, is_async, .. } = handler;
    let run = run_name(index);
    let reply = reply(handler, state);
    let decode = quote_spanned!(located_at(message)=> ::ringkernel::__private::decode::<#message>(payload)?);
    let body = quote_spanned! {Span::mixed_site()=>
        let message = #decode;
        ::core::result::Result::Ok(#reply)
    };
    // Parameters that a stateless handler has no use for.
    let state_name = Ident::new(
        if matches!(handler.takes, Takes::Context) { "_state" } else { "state" },
        Span::mixed_site(),
    );
    let result = quote_spanned! {Span::mixed_site()=>
        ::core::result::Result<::ringkernel::__private::Reply, ::ringkernel::__private::DecodeError>
    };
    if *is_async {
        quote_spanned! {Span::mixed_site()=>
            #(#cfg)*
            fn #run<'a>(
                context: &'a mut ::ringkernel::__private::RingContext<'a>,
                #state_name: &'a mut (dyn ::core::any::Any + ::core::marker::Send),
                payload: &'a [::core::primitive::u8],
            ) -> ::ringkernel::__private::BoxFuture<'a, #result> {
                ::std::boxed::Box::pin(async move { #body })
            }
        }
    } else {
        quote_spanned! {Span::mixed_site()=>
            #(#cfg)*
            fn #run(
                context: &mut ::ringkernel::__private::RingContext<'_>,
                #state_name: &mut (dyn ::core::any::Any + ::core::marker::Send),
                payload: &[::core::primitive::u8],
            ) -> #result {
                #body
            }
        }
    }
}

/// The function that a runtime calls with a payload and with the lanes that are to run the handler.
fn cooperative_function(index: usize, handler: &Handler, state: &TokenStream) -> TokenStream {
    let Handler { call, takes, message, answer, cfg, .. } = handler;
    let run = run_name(index);
    let decode = quote_spanned!(located_at(message)=> ::ringkernel::__private::decode::<#message>(payload)?);
    let (state_name, shared, arguments) = match takes {
        Takes::Context => ("_state", None, quote_spanned!(Span::mixed_site()=> context, &message)),
        Takes::ContextAndState => {
            ("state", Some(state), quote_spanned!(Span::mixed_site()=> context, state, &message))
        }
        Takes::StateAndContext => {
            ("state", Some(state), quote_spanned!(Span::mixed_site()=> state, context, &message))
        }
    };
    let state_name = Ident::new(state_name, Span::mixed_site());
    let shared = shared.map(|state| {
        quote_spanned!(Span::mixed_site()=> let state = ::ringkernel::__private::shared_state::<#state>(state);)
    });
    let value = quote_spanned!(Span::mixed_site()=> #call(#arguments));
    let reply = match answer {
        Some(answer) => quote_spanned! {located_at(answer)=>
            let value = #value;
            if ::ringkernel::__private::answers(context) {
                <#answer as ::ringkernel::__private::IntoReply>::into_reply(value)
            } else {
                ::ringkernel::__private::Reply::none()
            }
        },
        None => quote_spanned!(Span::mixed_site()=> ::ringkernel::__private::no_reply(#value)),
    };
    quote_spanned! {Span::mixed_site()=>
        #(#cfg)*
        fn #run(
            grid: &mut dyn ::ringkernel::__private::LaneGrid,
            #state_name: &mut (dyn ::core::any::Any + ::core::marker::Send),
            payload: &[::core::primitive::u8],
        ) -> ::core::result::Result<::ringkernel::__private::Reply, ::ringkernel::__private::DecodeError> {
            let message = #decode;
            #shared
            ::core::result::Result::Ok(grid.run(&|context: &mut ::ringkernel::__private::RingContext<'_>| { #reply }))
        }
    }
}

/// The call of the handler, and its value as a reply.
fn reply(handler: &Handler, state: &TokenStream) -> TokenStream {
    let Handler { call, takes, answer, is_async, .. } = handler;
    let state = quote_spanned!(Span::mixed_site()=> ::ringkernel::__private::state::<#state>(state));
    let arguments = match takes {
        Takes::Context => quote_spanned!(Span::mixed_site()=> context, message),
        Takes::ContextAndState => quote_spanned!(Span::mixed_site()=> context, #state, message),
        Takes::StateAndContext => quote_spanned!(Span::mixed_site()=> #state, context, message),
    };
    let waiting = is_async.then(|| quote_spanned!(Span::mixed_site()=> .await));
    let value = quote_spanned!(Span::mixed_site()=> #call(#arguments) #waiting);
    match answer {
        Some(answer) => quote_spanned! {located_at(answer)=>
            <#answer as ::ringkernel::__private::IntoReply>::into_reply(#value)
        },
        None => quote_spanned!(Span::mixed_site()=> ::ringkernel::__private::no_reply(#value)),
    }
}
