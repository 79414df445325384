//! The syntax tree of the device subset: what a function says, with names that are still names.
//!
//! Made from tokens when the user's crate is compiled (`parse`), stored in its binary, and linked with layouts when a
//! kernel is launched (`crate::link`). Nothing here has a type yet but what the source spells out.
//!
//! - `tree`: the nodes
//! - `parse`: from `syn`, with errors that say what to write instead; `README.md` beside it says what is in the subset
//! - `paths`: the names in a tree that need a binding

mod parse;
mod paths;
mod tree;

pub use parse::{Parsed, function, method, parse_function};
pub use paths::{PathKind, PathUse, paths};
pub use ringkernel_abi::topic::check_pattern;

pub use tree::{
    Arm, Assertion, BinaryOp, Block, Expr, ExprKind, FieldInit, Function, Literal, LiteralSuffix, Parameter,
    Path, Pattern, PatternKind, RangeLimits, Statement, Type, TypeKind, UnaryOp,
};
