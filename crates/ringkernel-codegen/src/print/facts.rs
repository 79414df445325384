//! What printed kernels do, for runtimes that have to reserve memory for it.

use std::collections::BTreeSet;

use super::types::holds_vectors;
use crate::ir::{Answer, ContextOp, FunctionId, Kernel, MessageIndex, Module, Statement};

/// A handler and its number, which is its index in the program's list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandlerEntry {
    /// Index of its kernel in `Module::kernels`.
    pub kernel: usize,
    /// What it takes.
    pub message: MessageIndex,
    /// What it gives.
    pub answer: Answer,
}

/// Bytes of a payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PayloadBytes {
    /// No payload has more.
    AtMost(u32),
    /// It depends on the length of vectors.
    Variable,
}

impl PayloadBytes {
    /// What bounds both.
    pub fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::AtMost(a), Self::AtMost(b)) => Self::AtMost(a.max(b)),
            _ => Self::Variable,
        }
    }
}

/// What a runtime may want to know of a kernel before it reserves memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KernelFacts {
    /// Its index in `Module::kernels`.
    pub kernel: usize,
    /// Whether all lanes of a grid run its handlers.
    pub cooperative: bool,
    /// Bytes of its state.
    pub state_bytes: u32,
    /// The largest answer, 0 when it gives none. Deferred answers count.
    pub answer: PayloadBytes,
    /// The largest message to its output queue, but for answers; 0 when it enqueues none.
    pub output: PayloadBytes,
    /// The largest message to other actors or to topics; 0 when it sends none.
    pub sent: PayloadBytes,
    /// Whether it asks others for answers.
    pub requests: bool,
    /// Whether it publishes.
    pub publishes: bool,
    /// Whether it polls.
    pub polls: bool,
    /// Whether it defers answers.
    pub defers: bool,
    /// Whether it makes vectors, which take scratch memory.
    pub uses_scratch: bool,
}

/// The functions that these call, themselves included, in the order of the module.
pub(crate) fn reachable(
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
pub(crate) fn visit(block: &[Statement], act: &mut dyn FnMut(&Statement)) {
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
pub(crate) fn payload_bytes(module: &Module, message: MessageIndex) -> PayloadBytes {
    let ty = module.messages[message.0 as usize].ty;
    if holds_vectors(&module.types, ty) {
        PayloadBytes::Variable
    } else {
        PayloadBytes::AtMost(module.types.layout(ty).0)
    }
}

/// What the kernels of a module do, in its order.
pub fn kernel_facts(module: &Module) -> Vec<KernelFacts> {
    module.kernels.iter().enumerate().map(|(index, kernel)| of_kernel(module, index, kernel)).collect()
}

pub(crate) fn of_kernel(module: &Module, index: usize, kernel: &Kernel) -> KernelFacts {
    let nothing = PayloadBytes::AtMost(0);
    let mut facts = KernelFacts {
        kernel: index,
        cooperative: kernel.cooperative,
        state_bytes: module.types.layout(kernel.state).0,
        answer: nothing,
        output: nothing,
        sent: nothing,
        requests: false,
        publishes: false,
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
            ContextOp::Publish { message, .. } => {
                self.sent = self.sent.or(payload_bytes(module, *message));
                self.publishes = true;
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
