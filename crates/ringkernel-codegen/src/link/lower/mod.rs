//! From typed syntax to statements and pure expressions.
//!
//! What reads memory or can fault becomes a statement, in Rust's order of evaluation. A variable that changes is read as an
//! expression, which is good until the next assignment: whoever holds one across the lowering of something else asks
//! `keep` to copy it where that assigns. References are places: `&mut x` binds a name to the place of `x`.
//!
//! - `function`: functions, handlers, parameters
//! - `values`, `places`: expressions in the making, reading and writing
//! - `expr`, `arithmetic`, `casts`, `numbers`, `number_steps`, `compare`: expressions
//! - `control`, `branches`, `loops`, `patterns`: control flow
//! - `calls`, `methods`, `options`, `sequences`, `cells`, `context`, `lanes`: calls

mod arithmetic;
mod branches;
mod calls;
mod casts;
mod cells;
mod compare;
mod context;
mod control;
mod expr;
mod function;
mod lanes;
mod loops;
mod methods;
mod number_steps;
mod numbers;
mod options;
mod patterns;
mod places;
mod sequences;
mod values;

use std::rc::Rc;

use super::error::LinkError;
use super::infer::Typed;
use super::linker::Linker;
use super::sources::SourceId;
use super::ty::Ty;
use crate::ir::{self, Block, BlockArray, ExprId, Expression, Local, LocalId, Place, Statement, TypeId};
use crate::source::{Expr, RangeLimits};

/// Why lowering does not go on.
#[derive(Debug)]
pub(super) enum Stop {
    /// Never: what follows is not reached.
    Diverges,
    /// The kernel cannot be linked.
    Error(LinkError),
}

impl From<LinkError> for Stop {
    fn from(error: LinkError) -> Self {
        Self::Error(error)
    }
}

/// What lowering gives.
type Lowered<T = ()> = Result<T, Stop>;

/// What an expression stands for.
#[derive(Debug, Clone)]
enum Operand {
    /// `()`.
    Unit,
    /// A pure expression.
    Value(ExprId),
    /// A place, not yet read.
    Place(Place),
    /// A slice.
    Sequence(Sequence),
    /// An array in block memory.
    BlockArray { number: u32, element: TypeId, len: ExprId },
    /// What a loop goes through.
    Iter(Box<Iter>),
    /// A text.
    Text(String),
    /// The context.
    Context,
}

/// Elements one after the other.
#[derive(Debug, Clone)]
struct Sequence {
    /// An array, or the descriptor of a vector.
    base: Base,
    /// The first element; from the start where there is none.
    start: Option<ExprId>,
    /// How many, a `usize`.
    len: ExprId,
    /// Type of an element.
    element: TypeId,
}

#[derive(Debug, Clone)]
enum Base {
    Array(Place),
    Vector(ExprId),
}

/// What a loop goes through.
#[derive(Debug, Clone)]
struct Iter {
    over: Over,
    reversed: bool,
    /// Only every so many-th, a `usize`.
    step: Option<ExprId>,
    enumerated: bool,
    /// Whether elements are bound as places.
    mutable: bool,
}

#[derive(Debug, Clone)]
enum Over {
    Range { start: ExprId, end: ExprId, limits: RangeLimits },
    Sequence(Sequence),
}

/// What a name stands for.
#[derive(Debug, Clone)]
struct Variable {
    name: String,
    operand: Operand,
    holds: Holds,
}

/// Whether a name is a value or a reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Holds {
    Value,
    Reference,
    MutableReference,
}

/// A loop or block of the source that can be left.
#[derive(Debug, Clone)]
struct Target {
    name: Option<String>,
    is_loop: bool,
    label: u32,
    result: Option<LocalId>,
    left: bool,
}

/// A function whose body is being lowered: the function itself, or one that is expanded in it.
struct Frame {
    source: SourceId,
    typed: Rc<Typed>,
    variables: Vec<Variable>,
    targets: Vec<Target>,
    /// Where `return` goes: out of the function, or, when it is expanded, out of this block.
    leave: Option<Target>,
    result: Ty,
    /// The line of the call, where the function stands in another file.
    line: Option<u32>,
}

/// Lowers one function of the module.
struct Lowerer<'l, 'a> {
    linker: &'l mut Linker<'a>,
    locals: Vec<Local>,
    expressions: Vec<Expression>,
    block_arrays: Vec<BlockArray>,
    /// Which block array each place in the source is.
    arrays: Vec<(*const Expr, u32)>,
    block: Block,
    frame: Frame,
    /// The variables that were set, in order: what tells whether an expression is still good.
    writes: Vec<LocalId>,
    labels: u32,
    /// Whether all lanes of a grid run it.
    cooperative: bool,
    /// Types of the state and of the message in hand.
    state: Option<TypeId>,
    message: Option<TypeId>,
    /// The file of the function.
    file: String,
}

impl Lowerer<'_, '_> {
    fn stop(&self, line: u32, message: impl Into<String>) -> Stop {
        Stop::Error(self.linker.error(self.frame.source, line, message))
    }

    /// The line under which a fault of this line is reported.
    fn line(&self, line: u32) -> u32 {
        self.frame.line.unwrap_or(line)
    }

    fn emit(&mut self, statement: Statement) {
        self.block.push(statement);
    }

    /// What `inside` emits, and what it gives; `None` when its end is not reached.
    fn inside<T>(&mut self, inside: impl FnOnce(&mut Self) -> Lowered<T>) -> Lowered<(Block, Option<T>)> {
        let outer = std::mem::take(&mut self.block);
        let variables = self.frame.variables.len();
        let result = inside(self);
        self.frame.variables.truncate(variables);
        let block = std::mem::replace(&mut self.block, outer);
        match result {
            Ok(value) => Ok((block, Some(value))),
            Err(Stop::Diverges) => Ok((block, None)),
            Err(error) => Err(error),
        }
    }

    /// Names that `inside` binds end with it.
    fn scoped<T>(&mut self, inside: impl FnOnce(&mut Self) -> Lowered<T>) -> Lowered<T> {
        let variables = self.frame.variables.len();
        let result = inside(self);
        self.frame.variables.truncate(variables);
        result
    }

    fn ty(&self, expr: &Expr) -> Ty {
        self.frame.typed.expr(expr)
    }

    fn id(&mut self, ty: &Ty) -> TypeId {
        self.linker.intern(ty)
    }

    fn type_of(&self, expr: ExprId) -> TypeId {
        self.expressions[expr.0 as usize].ty
    }

    fn get(&self, ty: TypeId) -> &ir::Type {
        self.linker.module.types.get(ty)
    }

    fn variable(&self, name: &str) -> Option<&Variable> {
        self.frame.variables.iter().rev().find(|variable| variable.name == name)
    }

    fn name(&mut self, name: &str, operand: Operand, holds: Holds) {
        self.frame.variables.push(Variable { name: name.to_owned(), operand, holds });
    }

    fn label(&mut self) -> u32 {
        self.labels += 1;
        self.labels
    }
}
