//! What printed kernels do, for runtimes that have to reserve memory for it.

use std::collections::BTreeSet;

use super::options::{KernelFacts, PayloadBytes};
use crate::ir::{Answer, ContextOp, FunctionId, Kernel, MessageIndex, Module, Statement, Type, TypeId};

/// The functions that these call, themselves included, in the order of the module.
pub(super) fn reachable(
    module: &Module,
    roots: impl IntoIterator<Item = FunctionId>,
) -> BTreeSet<FunctionId> {
    let mut found = BTreeSet::new();
    let mut pending: Vec<_> = roots.into_iter().collect();
    while let Some(id) = pending.pop() {
        if found.insert(id) {
            visit(&module.functions[id.0 as usize].body, &mut |statement| {
                if let Statement::Call { function, .. } = statement {
                    pending.push(*function);
                }
            });
        }
    }
    found
}

/// Calls `act` with every statement of a block, those inside of others included.
pub(super) fn visit(block: &[Statement], act: &mut dyn FnMut(&Statement)) {
    for statement in block {
        act(statement);
        match statement {
            Statement::If { accept, reject, .. } => {
                visit(accept, act);
                visit(reject, act);
            }
            Statement::Loop { body, .. } => visit(body, act),
            _ => {}
        }
    }
}

/// Bytes of the payloads of a message type.
pub(super) fn payload_bytes(module: &Module, message: MessageIndex) -> PayloadBytes {
    let ty = module.messages[message.0 as usize].ty;
    if has_tail(module, ty) {
        PayloadBytes::Variable
    } else {
        PayloadBytes::AtMost(module.types.layout(ty).0)
    }
}

fn has_tail(module: &Module, ty: TypeId) -> bool {
    match module.types.get(ty) {
        Type::Vec(_) => true,
        Type::Struct(layout) => layout.fields.iter().any(|field| has_tail(module, field.ty)),
        Type::Tuple(parts) => parts.iter().any(|part| has_tail(module, *part)),
        Type::Array { element, .. } | Type::Option(element) => has_tail(module, *element),
        _ => false,
    }
}

pub(super) fn of_kernel(module: &Module, index: usize, kernel: &Kernel) -> KernelFacts {
    let nothing = PayloadBytes::AtMost(0);
    let mut facts = KernelFacts {
        kernel: index,
        state_bytes: module.types.layout(kernel.state).0,
        answer: nothing,
        output: nothing,
        sent: nothing,
        requests: false,
        polls: false,
        defers: false,
        uses_scratch: false,
    };
    for handler in &kernel.handlers {
        if let Answer::Always(message) | Answer::Maybe(message) = handler.answer {
            facts.answer = facts.answer.or(payload_bytes(module, message));
        }
    }
    for id in reachable(module, kernel.handlers.iter().map(|handler| handler.function)) {
        visit(&module.functions[id.0 as usize].body, &mut |statement| facts.note(module, statement));
    }
    facts
}

impl KernelFacts {
    fn note(&mut self, module: &Module, statement: &Statement) {
        let op = match statement {
            Statement::Context { op, .. } => op,
            Statement::VecNew { .. } | Statement::VecPush { .. } => {
                self.uses_scratch = true;
                return;
            }
            _ => return,
        };
        match op {
            ContextOp::EnqueueOutput { message, .. } => {
                self.output = self.output.or(payload_bytes(module, *message));
            }
            ContextOp::Reply { message, .. } => self.answer = self.answer.or(payload_bytes(module, *message)),
            ContextOp::SendToActor { message, .. } | ContextOp::SendToName { message, .. } => {
                self.sent = self.sent.or(payload_bytes(module, *message));
            }
            ContextOp::RequestActor { message, .. } | ContextOp::RequestName { message, .. } => {
                self.sent = self.sent.or(payload_bytes(module, *message));
                self.requests = true;
            }
            ContextOp::PollActor { .. } | ContextOp::PollName { .. } => self.polls = true,
            ContextOp::Defer => self.defers = true,
            _ => {}
        }
    }
}
