//! The typed intermediate language: what the linker makes of a kernel and its layouts, and what printers print.
//!
//! # Meaning
//!
//! A [`Module`] holds the types, functions and kernels of one device program. Each type, local variable and expression is
//! an index into an arena; nothing is recursive but statements.
//!
//! **Expressions are pure.** They read locals and nothing else, fault never, and may be printed in place, several times or
//! not at all. Everything else is a statement: reading and writing memory, arithmetic that can fault, calls, control flow.
//! Statements run in order; the linker has put Rust's order of evaluation into them.
//!
//! **Faults do not unwind.** A faulted lane notes the first fault (kind, code, line) and goes on with harmless values: a
//! statement that faults leaves zero in its result; memory is neither read nor written outside of its bounds; every loop
//! is left at its next round; the context does nothing more for it. The runtime discards what it computed. So no printer
//! needs exceptions, and the lanes of a block still meet at every barrier.
//!
//! **Lanes meet in uniform control flow only.** An `If` or a `Loop` whose `meets` is set has a barrier or a warp operation
//! inside, or leaves a loop or function that has one still to come. All lanes have to take the same way there. A printer
//! lets the block vote: one lane's condition decides, a lane with another condition faults with `Divergence` at the `If`'s
//! line. Where the target's barriers notice by themselves who does not come, the lanes that wait fault at the barrier's.
//!
//! **Integers are two's complement.** `Binary` wraps, and masks the distance of a shift; what can fault is
//! [`Statement::Checked`]. `Usize` has 64 bits, or 32 where the target has no more; a conversion that then loses a bit
//! faults, and so does its arithmetic.
//!
//! **Floats are IEEE 754** binary32 and binary64, not contracted, with the precision that the target documents for
//! division and for functions.
//!
//! - `types`: types and their layouts
//! - `expression`: pure expressions
//! - `statement`: statements, places, the operations of the context
//! - `module`: functions, messages, kernels
//! - `display`: all of it as a compact text

mod display;
mod expression;
mod module;
mod statement;
mod types;

pub use display::type_name;
pub use expression::{BinaryOp, Expression, ExpressionKind, Literal, MathFunction, UnaryOp};
pub use module::{
    Answer, BlockArray, ExprId, Function, FunctionId, Handler, Kernel, Local, LocalId, Message, MessageIndex,
    Module,
};
pub use statement::{
    Block, CellOp, CheckedOp, ContextOp, FaultKind, Place, Projection, Root, Statement, WarpOp,
};
pub use types::{Field, Scalar, StructType, Type, TypeId, Types};
