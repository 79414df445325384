//! Functions, messages and kernels.

use super::expression::Expression;
use super::statement::Block;
use super::types::{TypeId, Types};

/// Index of a local in [`Function::locals`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LocalId(pub u32);

/// Index of an expression in [`Function::expressions`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ExprId(pub u32);

/// Index of a function in [`Module::functions`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FunctionId(pub u32);

/// Index of a message type in [`Module::messages`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MessageIndex(pub u32);

/// One device program.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Module {
    /// Its types.
    pub types: Types,
    /// Its message types.
    pub messages: Vec<Message>,
    /// Its functions; a function comes after those that it calls. None calls itself.
    pub functions: Vec<Function>,
    /// Its kernels.
    pub kernels: Vec<Kernel>,
    /// Names of kernels, topics and barriers that handlers use, by number.
    pub names: Vec<String>,
    /// Names of source files, by number: see [`Function::file`].
    pub files: Vec<String>,
}

/// A message type.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    /// Full name, `module::path::Name`.
    pub name: String,
    /// The number by which it travels.
    pub type_id: u64,
    /// Its head, a struct. Fields of type `Vec` point into the tail.
    pub ty: TypeId,
    /// The field that is its id, a struct of 16 bytes.
    pub id: Option<u32>,
    /// The field that is its correlation, a struct of 16 bytes or an option of one.
    pub correlation: Option<u32>,
    /// The field that is its priority, a `u8` or an enum.
    pub priority: Option<u32>,
    /// The priority where there is no field or it is 0.
    pub default_priority: u8,
    /// The id of the handlers that are for it, where the type says one. A kernel has one handler of an id.
    pub handler_id: Option<u32>,
}

/// A kernel.
#[derive(Debug, Clone, PartialEq)]
pub struct Kernel {
    /// Its id.
    pub id: String,
    /// Its state's type; `Unit` where it has none.
    pub state: TypeId,
    /// Its handlers, one per message type.
    pub handlers: Vec<Handler>,
    /// Message types that its handlers poll.
    pub polled: Vec<MessageIndex>,
    /// Whether all lanes of a grid run its handlers.
    pub cooperative: bool,
}

/// A handler.
#[derive(Debug, Clone, PartialEq)]
pub struct Handler {
    /// What it takes.
    pub message: MessageIndex,
    /// Its function, which has no parameters: state and message are roots of places.
    pub function: FunctionId,
    /// What its function gives.
    pub answer: Answer,
}

/// What a handler gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// Nothing.
    None,
    /// A message, the function's result.
    Always(MessageIndex),
    /// A message or nothing: the function's result is an option.
    Maybe(MessageIndex),
}

/// A function.
#[derive(Debug, Clone, PartialEq)]
pub struct Function {
    /// Its name in the source.
    pub name: String,
    /// The number of its file in [`Module::files`].
    pub file: u32,
    /// Its parameters, which are immutable locals.
    pub parameters: Vec<LocalId>,
    /// Type of its result.
    pub result: TypeId,
    /// Its locals.
    pub locals: Vec<Local>,
    /// Its expressions; an expression comes after its operands.
    pub expressions: Vec<Expression>,
    /// Its block arrays.
    pub block_arrays: Vec<BlockArray>,
    /// Its body. Where it gives something, every way through it ends in a `Return`.
    pub body: Block,
}

/// A local variable or temporary.
#[derive(Debug, Clone, PartialEq)]
pub struct Local {
    /// Its name in the source, for readers of the output; empty for temporaries.
    pub name: String,
    /// Its type.
    pub ty: TypeId,
    /// Whether it is set more than once, or in parts. If so it starts at zero.
    pub mutable: bool,
}

/// A place in the source that makes an array in block memory.
#[derive(Debug, Clone, PartialEq)]
pub struct BlockArray {
    /// Type of an element.
    pub element: TypeId,
    /// Line, counted from 1.
    pub line: u32,
}
