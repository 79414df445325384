//! Kernels whose messages name handlers: by ids out of order and far apart, beside messages that name none.

use ringkernel_codegen::ir::{
    Answer, FunctionId, Handler, Kernel, MessageIndex, Module, Scalar, Type, TypeId,
};

use super::build::{Builder, FunctionBuilder};

fn message(b: &mut Builder, name: &str, handler_id: Option<u32>) -> MessageIndex {
    let int = b.scalar(Scalar::U32);
    let ty = b.structure(name, &[("value", int)]);
    let index = b.message(ty);
    b.module.messages[index.0 as usize].handler_id = handler_id;
    index
}

fn kernel(b: &mut Builder, id: &str, unit: TypeId, handled: &[MessageIndex]) {
    let nothing: Vec<FunctionId> = handled
        .iter()
        .map(|index| b.function(FunctionBuilder::new(&format!("{id}_{}", index.0), unit)))
        .collect();
    let handlers = handled.iter().zip(nothing);
    let handler = |(message, function): (&MessageIndex, FunctionId)| Handler {
        message: *message,
        function,
        answer: Answer::None,
    };
    b.module.kernels.push(Kernel {
        id: id.to_owned(),
        state: unit,
        handlers: handlers.map(handler).collect(),
        polled: Vec::new(),
        cooperative: false,
    });
}

/// A teller of four handlers, and an auditor that handles one of the teller's messages and one that has the id of another.
pub(crate) fn dispatched() -> Module {
    let mut b = Builder::new();
    let unit = b.ty(Type::Unit);
    let deposit = message(&mut b, "Deposit", Some(7));
    let note = message(&mut b, "Note", None);
    let withdraw = message(&mut b, "Withdraw", Some(1));
    let close = message(&mut b, "Close", Some(4_000_000_000));
    let receipt = message(&mut b, "Receipt", Some(1));
    kernel(&mut b, "teller", unit, &[deposit, note, withdraw, close]);
    kernel(&mut b, "auditor", unit, &[receipt, deposit]);
    b.module
}
