//! Checks of whole modules.

use super::error::Invalid;
use super::statements::Checker;
use crate::ir::{Handler, Module, Type};

/// Checks a module.
///
/// # Errors
/// The first thing that is wrong.
pub fn validate(module: &Module) -> Result<(), Invalid> {
    for index in 0..module.functions.len() {
        let cooperative = module.kernels.iter().any(|kernel| {
            kernel.cooperative && kernel.handlers.iter().any(|handler| handler.function.0 as usize == index)
        });
        let handler = module.kernels.iter().find_map(|kernel| {
            let handler = kernel.handlers.iter().find(|handler| handler.function.0 as usize == index)?;
            Some((kernel.state, module.messages[handler.message.0 as usize].ty))
        });
        Checker::new(module, index, handler, cooperative).check()?;
    }
    for kernel in &module.kernels {
        for (index, handler) in kernel.handlers.iter().enumerate() {
            let id = |handler: &Handler| module.messages[handler.message.0 as usize].handler_id;
            if id(handler)
                .is_some_and(|this| kernel.handlers[..index].iter().any(|other| id(other) == Some(this)))
            {
                let what = "two handlers of one id".to_owned();
                return Err(Invalid::Misplaced { function: kernel.id.clone(), what });
            }
            let Some(function) = module.functions.get(handler.function.0 as usize) else {
                return Err(Invalid::Order {
                    function: kernel.id.clone(),
                    what: "handler",
                    index: handler.function.0,
                });
            };
            let misplaced =
                |what: &str| Invalid::Misplaced { function: function.name.clone(), what: what.to_owned() };
            if !function.parameters.is_empty() {
                return Err(misplaced("a handler has parameters"));
            }
            let gives = match handler.answer {
                crate::ir::Answer::None => None,
                crate::ir::Answer::Always(message) | crate::ir::Answer::Maybe(message) => Some(message),
            };
            let ty = gives.map(|message| module.messages[message.0 as usize].ty);
            let fits = match (handler.answer, module.types.get(function.result), ty) {
                (crate::ir::Answer::None, Type::Unit, _) => true,
                (crate::ir::Answer::Always(_), _, Some(ty)) => function.result == ty,
                (crate::ir::Answer::Maybe(_), Type::Option(inner), Some(ty)) => *inner == ty,
                _ => false,
            };
            if !fits {
                return Err(misplaced("a handler does not give its answer"));
            }
        }
    }
    Ok(())
}
