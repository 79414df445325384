//! Pure expressions.

use super::module::{ExprId, LocalId};
use super::types::TypeId;

/// An expression and its type.
#[derive(Debug, Clone, PartialEq)]
pub struct Expression {
    /// What it computes.
    pub kind: ExpressionKind,
    /// Its type.
    pub ty: TypeId,
}

/// What an expression computes.
#[derive(Debug, Clone, PartialEq)]
pub enum ExpressionKind {
    /// A literal of the expression's type.
    Literal(Literal),
    /// Zero, false, `None`, the empty vector: all bytes zero. For an enum, discriminant zero.
    Zero,
    /// The value of a local, which is not reassigned between this expression's making and its use: the linker copies a
    /// variable before it lets an expression outlive an assignment.
    Local(LocalId),
    /// One operand.
    Unary(UnaryOp, ExprId),
    /// Two operands of one type; for shifts the right one is a `u32`. Comparisons give `bool` and take scalars and enums;
    /// equality also takes structs, tuples, arrays and options of such.
    Binary(BinaryOp, ExprId, ExprId),
    /// `as` between scalars and from enums, with Rust's meaning: integers wrap or extend, floats saturate, NaN is 0. From
    /// `u64`, `i64` or a negative number to `Usize`, and from a float to it, see [`CheckedOp::ToUsize`](super::CheckedOp).
    Cast(ExprId),
    /// The same bits as another type of the same size: `to_bits`, `from_bits`, and integers of other signedness.
    Bitcast(ExprId),
    /// A function on scalars.
    Math(MathFunction, Vec<ExprId>),
    /// All parts of a struct, tuple or array.
    Compose(Vec<ExprId>),
    /// An array of equal elements.
    Repeat(ExprId),
    /// A part of a struct or tuple, by number.
    Part(ExprId, u32),
    /// An element of an array at an index that is known and in bounds.
    Element(ExprId, u32),
    /// `Some(value)`, or `Some(())` for `None`.
    Some(Option<ExprId>),
    /// Whether an option is `Some`.
    IsSome(ExprId),
    /// What is in an option; zero when nothing is.
    SomeValue(ExprId),
    /// `Ok(value)`, or `Ok(())` for `None`.
    Ok(Option<ExprId>),
    /// `Err(value)`, or `Err(())` for `None`.
    Err(Option<ExprId>),
    /// Whether a result is `Ok`.
    IsOk(ExprId),
    /// What is in an `Ok`; zero otherwise.
    OkValue(ExprId),
    /// What is in an `Err`; zero otherwise.
    ErrValue(ExprId),
    /// Elements of a vector or slice: its length, a `usize`.
    Len(ExprId),
    /// `if first { second } else { third }`; scalars only.
    Select(ExprId, ExprId, ExprId),
}

/// A literal.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Literal {
    /// A boolean.
    Bool(bool),
    /// An integer or an enum's discriminant, in the range of its type.
    Int(i128),
    /// The bits of an `f32`.
    F32(u32),
    /// The bits of an `f64`.
    F64(u64),
}

/// Operators with one operand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum UnaryOp {
    /// Of a boolean, or of the bits of an integer.
    Not,
    /// Of a float, or of a signed integer, wrapping.
    Negate,
}

/// Operators with two operands. Integers wrap. There is no division of integers here: it can fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "each is the operator that its name says")]
pub enum BinaryOp {
    Add,
    Subtract,
    Multiply,
    /// Of floats.
    Divide,
    /// Of floats, with the sign of the left operand.
    Remainder,
    BitAnd,
    BitOr,
    BitXor,
    /// The distance is taken modulo the width.
    ShiftLeft,
    /// The distance is taken modulo the width; copies the sign of a signed left operand.
    ShiftRight,
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    /// Of booleans, both computed.
    And,
    /// Of booleans, both computed.
    Or,
}

/// Functions on scalars, with the meaning of the Rust method of that name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "each is the method that its name says")]
pub enum MathFunction {
    // Integers and floats. On floats, `min` and `max` prefer a number to a NaN.
    Min,
    Max,
    /// Of floats, or wrapping of signed integers.
    Abs,
    // Integers.
    SaturatingAdd,
    SaturatingSubtract,
    SaturatingMultiply,
    /// Whether `a + b` overflows; gives `bool`. With the wrapping operators this makes `checked_` and `overflowing_`.
    AddOverflows,
    SubtractOverflows,
    MultiplyOverflows,
    CountOnes,
    LeadingZeros,
    TrailingZeros,
    ReverseBits,
    SwapBytes,
    RotateLeft,
    RotateRight,
    AbsDiff,
    Signum,
    // Floats.
    Sqrt,
    Floor,
    Ceil,
    Trunc,
    Round,
    RoundTiesEven,
    Fract,
    MulAdd,
    Recip,
    Copysign,
    IsNan,
    IsInfinite,
    IsFinite,
    IsSignNegative,
    Exp,
    Exp2,
    Ln,
    Log2,
    Log10,
    Sin,
    Cos,
    Tan,
    Asin,
    Acos,
    Atan,
    Atan2,
    Sinh,
    Cosh,
    Tanh,
    Powf,
    Powi,
    Hypot,
    Cbrt,
    ToDegrees,
    ToRadians,
}
