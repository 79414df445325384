//! The entries: kernels and functions, as macros have recorded them or from text.

use std::collections::BTreeSet;

use ringkernel_abi::device::{DeviceFunction, Item, KernelSource};

use super::error::{LinkError, Result};
use super::kernel::TextFunction;
use super::linker::Linker;
use super::tables::MethodCall;
use super::ty::Ty;
use crate::ir::{FunctionId, Kernel, Module, Type};
use crate::validate::validate;

/// Links kernels into one device program.
///
/// # Errors
/// The first construct that devices cannot run: its file, its line, and what to write instead.
pub fn link(kernels: &[KernelSource]) -> Result<Module, LinkError> {
    let nothing = |_: &str| None;
    let mut linker = Linker::new(&nothing);
    for source in kernels {
        linker.methods.extend(&source.methods);
        let state = match &source.state {
            Some(layout) => {
                let ty = linker.layout(layout);
                linker.intern(&ty)
            }
            None => linker.module.types.intern(Type::Unit),
        };
        let mut handlers = Vec::new();
        for handler in &source.handlers {
            handlers.push(linker.handler(handler, source.cooperative)?);
        }
        let polled = source.polled.iter().map(|message| linker.message(message)).collect();
        let cooperative = source.cooperative;
        linker.module.kernels.push(Kernel { id: source.id.to_owned(), state, handlers, polled, cooperative });
    }
    finish(linker)
}

/// Links one function and what it calls. It takes and gives values: what is behind `&` is passed as a copy.
///
/// # Errors
/// As [`link`].
pub fn link_function(function: &DeviceFunction) -> Result<(Module, FunctionId), LinkError> {
    let nothing = |_: &str| None;
    let mut linker = Linker::new(&nothing);
    let source = linker.sources.record(function)?;
    let id = linker.function(source, None)?;
    Ok((finish(linker)?, id))
}

/// Links functions from text. They call each other by name; `resolve` says what other names stand for: types, messages,
/// constants, recorded functions. Those that take only values and no context stand in the module, under their names;
/// others are expanded where they are called.
///
/// # Errors
/// As [`link`].
pub fn link_functions(
    functions: &[TextFunction],
    resolve: &dyn Fn(&str) -> Option<Item>,
) -> Result<Module, LinkError> {
    linked_functions(Linker::new(resolve), functions).and_then(finish)
}

/// The methods of scalars and containers that functions call, as [`link_functions`] understands them.
///
/// # Errors
/// As [`link`].
pub fn called_methods(
    functions: &[TextFunction],
    resolve: &dyn Fn(&str) -> Option<Item>,
) -> Result<BTreeSet<MethodCall>, LinkError> {
    linked_functions(Linker::noting(resolve), functions).map(|mut linker| linker.noted())
}

fn linked_functions<'a>(mut linker: Linker<'a>, functions: &[TextFunction]) -> Result<Linker<'a>> {
    let sources: Vec<_> = functions.iter().map(|function| linker.sources.add(function)).collect();
    for source in sources {
        let signature = linker.signature(source)?;
        let context =
            signature.parameters.iter().any(|(ty, _)| matches!(ty, Ty::Context | Ty::BlockArray(_)));
        if signature.by_value() || !context && !signature.changes_places() {
            linker.function(source, None)?;
        }
    }
    Ok(linker)
}

fn finish(linker: Linker<'_>) -> Result<Module> {
    let module = linker.module;
    match validate(&module) {
        Ok(()) => Ok(module),
        Err(invalid) => Err(LinkError {
            file: module.files.first().cloned().unwrap_or_default(),
            line: 0,
            message: format!(
                "the code generator has made an invalid program, which is its own mistake: {invalid}"
            ),
        }),
    }
}
