//! Statements, the places that they read and write, and the operations of the context.

pub use ringkernel_abi::device::FaultKind;

use super::module::{ExprId, FunctionId, LocalId, MessageIndex};
use super::types::TypeId;

/// Statements in order.
pub type Block = Vec<Statement>;

/// A statement. `line` is where a fault of it is reported, counted from 1.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs, reason = "the text above each variant says what its fields are")]
pub enum Statement {
    /// Gives a local its value: its only one if it is not mutable, else a new one.
    Set { local: LocalId, value: ExprId },
    /// Reads memory or a part of a local.
    Load { local: LocalId, place: Place },
    /// Writes memory or a part of a local.
    Store { place: Place, value: ExprId },
    /// Arithmetic that can fault.
    Checked { local: LocalId, op: CheckedOp, left: ExprId, right: ExprId, line: u32 },
    /// Faults with this kind unless the condition holds.
    Require { condition: ExprId, kind: FaultKind, line: u32 },
    /// `ctx.fail(code)`.
    Fail { code: ExprId, line: u32 },
    /// Calls a function.
    Call { function: FunctionId, arguments: Vec<ExprId>, result: Option<LocalId> },
    /// An operation of the context. `result` is `None` when the value is not used or is `()`.
    Context { op: ContextOp, result: Option<LocalId>, line: u32 },
    /// An operation on a cell of the state or an element of block memory.
    Cell { op: CellOp, place: Place, arguments: Vec<ExprId>, result: Option<LocalId>, line: u32 },
    /// A new vector in the lane's scratch memory with room for `capacity` elements (a `usize`), empty.
    ///
    /// Scratch memory is the lane's own, as large as the kernel's largest message, and empty when a handler starts. A
    /// vector that outgrows its place moves; what does not fit faults with `OutOfMemory`.
    VecNew { local: LocalId, capacity: ExprId, line: u32 },
    /// Appends to the vector in a mutable local.
    VecPush { vector: Place, value: ExprId, line: u32 },
    /// Takes the last element off the vector in a mutable local: an option.
    VecPop { vector: Place, local: LocalId },
    /// Shortens the vector in a mutable local to at most this many elements (a `usize`).
    VecTruncate { vector: Place, len: ExprId },
    /// Two ways. Where `meets` is set, lanes have to take the same one.
    If { condition: ExprId, accept: Block, reject: Block, meets: bool, line: u32 },
    /// Repeats until it is left. `label` is unique in the function.
    Loop { label: u32, body: Block, meets: bool },
    /// Leaves the loop of this label, which surrounds it.
    Break { label: u32 },
    /// Starts the next round of the loop of this label, which surrounds it.
    Continue { label: u32 },
    /// Leaves the function. The value is there unless the function gives `()`.
    Return { value: Option<ExprId> },
}

/// Arithmetic that can fault; the operands are of the result's type unless it says otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CheckedOp {
    /// Faults on overflow. The linker uses `Binary` where the source wraps, but for `Usize`, which always faults.
    Add,
    /// As `Add`.
    Subtract,
    /// As `Add`.
    Multiply,
    /// Integer division: faults on zero with `DivisionByZero`, on `MIN / -1` with `ArithmeticOverflow`.
    Divide,
    /// As `Divide`.
    Remainder,
    /// Wrapping division: faults on zero only.
    WrappingDivide,
    /// As `WrappingDivide`.
    WrappingRemainder,
    /// Negation of a signed `left`; `right` is not used. Faults on `MIN`.
    Negate,
    /// `left << right`; `right` is a `u32`. Faults when it is not below the width.
    ShiftLeft,
    /// As `ShiftLeft`.
    ShiftRight,
    /// Conversion of `left`, an integer or float, to `usize` with `as`; `right` is not used. Where `usize` has 32 bits, a
    /// value that Rust would keep in 64 and that does not fit faults.
    ToUsize,
}

/// A place in memory or in a local.
#[derive(Debug, Clone, PartialEq)]
pub struct Place {
    /// Where it starts.
    pub root: Root,
    /// The way from there.
    pub projections: Vec<Projection>,
    /// The type of the place.
    pub ty: TypeId,
    /// Where an index out of bounds is reported.
    pub line: u32,
}

/// Where a place starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Root {
    /// A local.
    Local(LocalId),
    /// The state of the actor.
    State,
    /// The message in hand; it is not written.
    Message,
    /// The elements of a vector or slice: the value of this expression. The first projection is an index.
    Vector(ExprId),
    /// A block array of the function, by number. The first projection is an index.
    BlockArray(u32),
}

/// A step into a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Projection {
    /// A part of a struct or tuple, by number.
    Part(u32),
    /// An element at an index, a `usize`. Out of bounds it faults; see [`crate::ir`] for what happens then.
    Index(ExprId),
}

/// Operations on cells and on elements of block memory. Element numbers are projections of the place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CellOp {
    /// The value of a plain cell or element.
    Get,
    /// Sets a plain cell or element to the argument.
    Set,
    /// The value of an atomic cell.
    Load,
    /// Sets an atomic cell.
    Store,
    /// Adds, wrapping; gives the old value.
    FetchAdd,
    /// Subtracts, wrapping; gives the old value.
    FetchSub,
    /// Keeps the smaller; gives the old value.
    FetchMin,
    /// Keeps the larger; gives the old value.
    FetchMax,
    /// Bitwise and; gives the old value.
    FetchAnd,
    /// Bitwise or; gives the old value.
    FetchOr,
    /// Bitwise exclusive or; gives the old value.
    FetchXor,
    /// Sets; gives the old value.
    Swap,
    /// Sets to the second argument if it equals the first; gives `Ok(old)` or `Err(old)`.
    CompareExchange,
}

/// Operations of the context.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs, reason = "the text above each variant says what its fields are")]
pub enum ContextOp {
    /// `ActorRef`: the address of the actor.
    ActorRef,
    /// `ActorRef`: who has sent the message in hand.
    Sender,
    /// `MessageId`: that of the message in hand.
    MessageId,
    /// `CorrelationId`: that of the message in hand.
    CorrelationId,
    /// `HlcTimestamp`: when the message in hand was sent.
    MessageTimestamp,
    /// `HlcTimestamp`: the clock.
    Now,
    /// `HlcTimestamp`: the clock, advanced.
    Tick,
    /// Merges a timestamp: `Option<HlcTimestamp>`, `None` when it is too far ahead.
    UpdateClock(ExprId),
    /// `usize`: room in the output queue.
    OutputFreeSlots,
    /// Puts a message into the output queue: `bool`, false when there is no room.
    EnqueueOutput { message: MessageIndex, value: ExprId },
    /// Sends to a kernel: `u32`, 0 or the number of a `K2KRefusal` (see [`crate::link`]).
    SendToActor { target: ExprId, message: MessageIndex, value: ExprId },
    /// Sends to the kernel of this name, by its number in [`Module::names`](super::Module::names).
    SendToName { name: u32, message: MessageIndex, value: ExprId },
    /// As `SendToActor`, asking for an answer: `(u32, CorrelationId)`.
    RequestActor { target: ExprId, message: MessageIndex, value: ExprId },
    /// As `SendToName`, asking for an answer: `(u32, CorrelationId)`.
    RequestName { name: u32, message: MessageIndex, value: ExprId },
    /// The next polled message from a kernel: an option of the message's struct.
    PollActor { source: ExprId, message: MessageIndex },
    /// The next polled message from a kernel of this name.
    PollName { name: u32, message: MessageIndex },
    /// Publishes to a topic, by the number of its name in [`Module::names`](super::Module::names): `u32` as `SendToActor`.
    Publish { topic: u32, message: MessageIndex, value: ExprId },
    /// `ReplyTo`: keeps the right to answer.
    Defer,
    /// Answers later: `bool`.
    Reply { to: ExprId, message: MessageIndex, value: ExprId },
    /// Ends the kernel after this message.
    RequestTermination,
    /// `bool`: whether it is to end.
    IsTerminationRequested,
    /// Counts an error.
    ReportError,
    /// Counts a message that the handler has given up.
    CountDropped,
    /// `u32`: lane within the block.
    ThreadId,
    /// `u32`: block within the grid.
    BlockId,
    /// `u32`: lanes of a block.
    BlockDim,
    /// `u32`: blocks of the grid.
    GridDim,
    /// Waits for the lanes of the block.
    SyncThreads,
    /// Waits for the lanes of all blocks.
    SyncGrid,
    /// Waits for the lanes of the block at a barrier of this name, by number.
    NamedBarrier(u32),
    /// Fences: block, device, system.
    FenceBlock,
    /// As above.
    FenceDevice,
    /// As above.
    FenceSystem,
    /// Makes a block array: gives nothing. `len` is a `usize`. Faults with `SharedMemory` when it does not fit.
    BlockArray { array: u32, len: ExprId },
    /// An operation of the lanes of a warp; `mask` is a `u32`.
    Warp { op: WarpOp, value: ExprId, argument: ExprId, mask: ExprId },
    /// Sum, smallest or largest of a value over the block (`WarpOp::Sum`, `Min`, `Max`).
    BlockReduce { op: WarpOp, value: ExprId },
}

/// Operations of a warp. `argument` is a `u32` where one is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum WarpOp {
    /// Waits; gives nothing.
    Sync,
    /// The value of lane `argument` (modulo 32).
    Shuffle,
    /// The value of the lane `argument` below, or one's own.
    ShuffleUp,
    /// The value of the lane `argument` above, or one's own.
    ShuffleDown,
    /// The value of the lane whose number differs by `argument`'s bits.
    ShuffleXor,
    /// The lanes whose value, a `bool`, is true: a `u32`.
    Ballot,
    /// Whether any lane's value is true.
    Any,
    /// Whether all lanes' values are true.
    All,
    /// The sum, wrapping.
    Sum,
    /// The smallest.
    Min,
    /// The largest.
    Max,
}
