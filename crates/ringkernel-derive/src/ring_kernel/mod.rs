//! `#[ring_kernel(..)]`: registers a function, or the handlers of an `impl` block, as a kernel.
//!
//! - `arguments`: the keys of the attribute.
//! - `signature`: what a handler's parameters and return type have to be.
//! - `function`, `methods`: the two kinds of item.
//! - `register`: the code written beside the item.

mod arguments;
mod function;
mod methods;
mod register;
mod signature;

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::Item;

use crate::errors::{self, Errors};
pub(crate) use register::cfg_attributes;

use arguments::Arguments;
use signature::Mode;

pub(crate) fn expand(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let arguments = arguments::parse(arguments, &mut errors);
    let mode = arguments.as_ref().map_or(Mode::Scalar, Arguments::mode);
    match syn::parse2::<Item>(item.clone()) {
        Ok(Item::Fn(function)) => {
            let kernel = errors.take(function::kernel(mode, &function));
            finish(arguments, kernel, &function, errors)
        }
        Ok(Item::Impl(mut block)) => {
            let kernel = methods::kernel(mode, &mut block, &mut errors);
            finish(arguments, kernel, &block, errors)
        }
        Ok(other) => {
            errors.push(
                &other,
                format!("`#[ring_kernel]` goes on a function or an `impl` block\n{}", mode.forms()),
            );
            finish(arguments, None, &other, errors)
        }
        Err(error) => {
            errors.add(error);
            finish(arguments, None, &item, errors)
        }
    }
}

/// The item, followed by its registration or by everything that is wrong with it. The item stays in both cases, so
/// that a mistake in the attribute does not also make its users fail.
fn finish(
    arguments: Option<Arguments>,
    kernel: Option<register::Kernel>,
    item: &impl ToTokens,
    mut errors: Errors,
) -> TokenStream {
    if let (Some(arguments), Some(kernel)) = (&arguments, &kernel) {
        arguments.check_against(kernel, &mut errors);
    }
    let registration = match (errors.finish(), arguments, kernel) {
        (Err(error), ..) => error.into_compile_error(),
        (Ok(()), Some(arguments), Some(kernel)) => {
            errors::or_compile_error(register::registration(&arguments, &kernel))
        }
        (Ok(()), ..) => unreachable!("what is missing has been reported"),
    };
    quote!(#item #registration)
}
