//! The methods that devices know of containers, by what they are called on. Those of numbers stand in `numbers`.
//!
//! Inference asks here first: what is not listed does not exist.

use super::numbers::number_methods;
use super::ty::Ty;
use crate::ir::Scalar;

/// Of values of any type.
pub(super) const ANY: [&str; 12] =
    ["clone", "to_owned", "as_ref", "as_mut", "borrow", "into", "eq", "ne", "lt", "le", "gt", "ge"];
const BOOL: [&str; 2] = ["then", "then_some"];
const OPTION: [&str; 25] = [
    "is_some",
    "is_none",
    "is_some_and",
    "is_none_or",
    "unwrap",
    "unwrap_or",
    "unwrap_or_default",
    "unwrap_or_else",
    "expect",
    "map",
    "map_or",
    "map_or_else",
    "and",
    "and_then",
    "or",
    "or_else",
    "xor",
    "filter",
    "flatten",
    "ok_or",
    "ok_or_else",
    "copied",
    "cloned",
    "take",
    "replace",
];
const RESULT: [&str; 23] = [
    "is_ok",
    "is_err",
    "is_ok_and",
    "is_err_and",
    "ok",
    "err",
    "unwrap",
    "unwrap_err",
    "unwrap_or",
    "unwrap_or_default",
    "unwrap_or_else",
    "expect",
    "expect_err",
    "map",
    "map_err",
    "map_or",
    "map_or_else",
    "and",
    "and_then",
    "or",
    "or_else",
    "copied",
    "cloned",
];
const SEQUENCE: [&str; 14] = [
    "len",
    "is_empty",
    "first",
    "last",
    "get",
    "contains",
    "swap",
    "fill",
    "iter",
    "iter_mut",
    "into_iter",
    "as_slice",
    "as_mut_slice",
    "to_vec",
];
const VECTOR: [&str; 5] = ["push", "pop", "truncate", "clear", "extend_from_slice"];
const ITERATOR: [&str; 5] = ["copied", "cloned", "rev", "enumerate", "step_by"];
const RANGE: [&str; 3] = ["rev", "step_by", "contains"];

/// What a method is called on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Receiver {
    /// A value of any type.
    Any,
    /// A `bool`.
    Bool,
    /// An `Option`.
    Option,
    /// A `Result`.
    Result,
    /// An array or a slice, or a vector that is read.
    Sequence,
    /// A vector.
    Vector,
    /// An iterator over elements.
    Iterator,
    /// A range of integers.
    Range,
    /// A number.
    Number,
}

/// A method as a program calls it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct MethodCall {
    /// What it is called on.
    pub receiver: Receiver,
    /// The type of that, or of what is innermost in it.
    pub of: String,
    /// Its name.
    pub name: String,
}

/// All methods that devices know of scalars and containers. Those of numbers differ by their type, so that each stands here
/// with it.
pub fn methods() -> impl Iterator<Item = (Receiver, Option<Scalar>, &'static str)> {
    let numbers = [
        Scalar::I8,
        Scalar::I16,
        Scalar::I32,
        Scalar::I64,
        Scalar::U8,
        Scalar::U16,
        Scalar::U32,
        Scalar::U64,
        Scalar::Usize,
        Scalar::F32,
        Scalar::F64,
    ];
    let of_numbers = numbers
        .into_iter()
        .flat_map(|scalar| number_methods(scalar).map(move |name| (Receiver::Number, Some(scalar), name)));
    let receivers = [
        Receiver::Any,
        Receiver::Bool,
        Receiver::Option,
        Receiver::Result,
        Receiver::Sequence,
        Receiver::Vector,
        Receiver::Iterator,
        Receiver::Range,
    ];
    let of_others = receivers
        .into_iter()
        .flat_map(|receiver| names(receiver).iter().map(move |name| (receiver, None, *name)));
    of_others.chain(of_numbers)
}

fn names(receiver: Receiver) -> &'static [&'static str] {
    match receiver {
        Receiver::Any => &ANY,
        Receiver::Bool => &BOOL,
        Receiver::Option => &OPTION,
        Receiver::Result => &RESULT,
        Receiver::Sequence => &SEQUENCE,
        Receiver::Vector => &VECTOR,
        Receiver::Iterator => &ITERATOR,
        Receiver::Range => &RANGE,
        Receiver::Number => &[],
    }
}

/// Where a method of a type is listed; `None` where it is not, or where the type's methods are listed elsewhere.
pub(super) fn receiver_of(ty: &Ty, name: &str) -> Option<Receiver> {
    let is_in = |receiver: Receiver| names(receiver).contains(&name).then_some(receiver);
    let own = match ty {
        Ty::Scalar(Scalar::Bool) => is_in(Receiver::Bool),
        Ty::Scalar(scalar) => number_methods(*scalar).any(|known| known == name).then_some(Receiver::Number),
        Ty::Option(_) => is_in(Receiver::Option),
        Ty::Result(..) => is_in(Receiver::Result),
        Ty::Array(..) => is_in(Receiver::Sequence),
        Ty::Vec(_) => is_in(Receiver::Sequence).or_else(|| is_in(Receiver::Vector)),
        Ty::Iter(_) => is_in(Receiver::Iterator),
        Ty::Range(_) => is_in(Receiver::Range),
        _ => None,
    };
    own.or_else(|| is_in(Receiver::Any))
}

/// Whether the methods of a type are all listed here.
pub(super) const fn is_listed(ty: &Ty) -> bool {
    matches!(
        ty,
        Ty::Scalar(_)
            | Ty::Option(_)
            | Ty::Result(..)
            | Ty::Array(..)
            | Ty::Vec(_)
            | Ty::Iter(_)
            | Ty::Range(_)
    )
}
