//! The nodes of the syntax tree.

use serde::{Deserialize, Serialize};

/// A function or method.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Function {
    /// Its name.
    pub name: String,
    /// Line of its name, counted from 1.
    pub line: u32,
    /// Its parameters in order; `self` is one, with the pattern `self`.
    pub parameters: Vec<Parameter>,
    /// Its result; `()` where none is written.
    pub result: Type,
    /// Its body.
    pub body: Block,
}

impl Function {
    /// The tree as bytes, for a binary.
    ///
    /// # Errors
    /// When the encoder refuses, which it does for no tree.
    pub fn encode(&self) -> postcard::Result<Vec<u8>> {
        postcard::to_allocvec(self)
    }

    /// The tree that [`encode`](Self::encode) wrote.
    ///
    /// # Errors
    /// When the bytes are no such tree.
    pub fn decode(bytes: &[u8]) -> postcard::Result<Self> {
        postcard::from_bytes(bytes)
    }
}

/// A parameter. Its type tells what it is: `&mut RingContext` is the context, whatever its name; `&mut State`,
/// `&Shared<State>`, `&mut self` and `&self` in the place of the state are the state.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Parameter {
    /// What it binds.
    pub pattern: Pattern,
    /// Its type. That of `self` is `Self`, behind a reference where the source says so.
    pub ty: Type,
}

/// A type as written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Type {
    /// Line, counted from 1.
    pub line: u32,
    /// What is written.
    pub kind: TypeKind,
}

/// The forms of types.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum TypeKind {
    /// `()`.
    Unit,
    /// `!`.
    Never,
    /// `_`, or not written.
    Infer,
    /// A path, with generic arguments: `u32`, `Option<Total>`, `load::Done`.
    Path(Path),
    /// `(A, B)`.
    Tuple(Vec<Type>),
    /// `[T; N]`.
    Array(Box<Type>, Box<Expr>),
    /// `[T]`.
    Slice(Box<Type>),
    /// `&T` or `&mut T`.
    Reference {
        /// Whether it is `&mut`.
        mutable: bool,
        /// What it refers to.
        target: Box<Type>,
    },
    /// A constant among generic arguments: the 64 of `SharedArray<u32, 64>`. A name such as `SIZE` is a `Path` there,
    /// because only its meaning tells it from a type.
    Const(Box<Expr>),
}

/// A path. Raw names stand without their `r#`, here and elsewhere. `Self` is replaced by the type's own name when the tree is made; `Option::Some` and its relatives are `Some`,
/// `None`, `Ok` and `Err`; `std` at the start is `core`; what belongs to the framework stands without `ringkernel::`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Path {
    /// Its segments joined by `::`, without generic arguments. The key of its binding, if it has one.
    pub name: String,
    /// Generic arguments of the last segment that has any.
    pub arguments: Vec<Type>,
}

/// Statements, and the value at the end.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
pub struct Block {
    /// The statements.
    pub statements: Vec<Statement>,
    /// The value; `()` where there is none.
    pub value: Option<Box<Expr>>,
}

/// A statement.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Statement {
    /// `let pattern: type = value else { .. };`
    Let {
        /// What is bound.
        pattern: Pattern,
        /// The type, if it is written.
        ty: Option<Type>,
        /// The value, if there is one.
        value: Option<Expr>,
        /// What happens when the pattern does not match.
        otherwise: Option<Block>,
    },
    /// `const NAME: type = value;`
    Const {
        /// Its name.
        name: String,
        /// Its type.
        ty: Type,
        /// Its value.
        value: Expr,
    },
    /// An expression whose value is dropped.
    Expr(Expr),
}

/// An expression.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Expr {
    /// Line of the token that a fault of it is reported at, as rustc would: the start of the expression; for a method
    /// call, that of the method's name.
    pub line: u32,
    /// What is written.
    pub kind: ExprKind,
}

/// The forms of expressions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum ExprKind {
    /// A literal.
    Literal(Literal),
    /// A local variable, a constant, a unit struct, a variant.
    Path(Path),
    /// `!a`, `-a`, `*a`.
    Unary(UnaryOp, Box<Expr>),
    /// `a + b`, also `&&` and `||`.
    Binary(BinaryOp, Box<Expr>, Box<Expr>),
    /// `place = value`. The place may be `_`, which is the path of that name, or a tuple of places.
    Assign(Box<Expr>, Box<Expr>),
    /// `place += value`.
    AssignOp(BinaryOp, Box<Expr>, Box<Expr>),
    /// `a as T`.
    Cast(Box<Expr>, Type),
    /// `a.name` or `a.0`.
    Field(Box<Expr>, String),
    /// `a[index]`; the index may be a range where a slice is read.
    Index(Box<Expr>, Box<Expr>),
    /// `path(arguments)`: a function, or a variant of `Option` and `Result`.
    Call(Path, Vec<Expr>),
    /// `receiver.name::<T>(arguments)`.
    Method {
        /// What it is called on.
        receiver: Box<Expr>,
        /// The method.
        name: String,
        /// What is written between `::<` and `>`.
        generics: Vec<Type>,
        /// Its arguments.
        arguments: Vec<Expr>,
    },
    /// `Path { field: value, ..rest }`.
    Struct {
        /// The type.
        path: Path,
        /// The fields that are written.
        fields: Vec<FieldInit>,
        /// What the others come from.
        rest: Option<Box<Expr>>,
    },
    /// `(a, b)`; empty for `()`.
    Tuple(Vec<Expr>),
    /// `[a, b]`.
    Array(Vec<Expr>),
    /// `[value; N]`.
    Repeat(Box<Expr>, Box<Expr>),
    /// `if condition { } else { }`. The condition may hold `Let`s joined by `&&`.
    If(Box<Expr>, Block, Option<Box<Expr>>),
    /// `let pattern = value`, in a condition.
    Let(Pattern, Box<Expr>),
    /// `match value { arms }`.
    Match(Box<Expr>, Vec<Arm>),
    /// `'label: while condition { }`. Labels stand without their quote.
    While(Option<String>, Box<Expr>, Block),
    /// `'label: loop { }`.
    Loop(Option<String>, Block),
    /// `'label: for pattern in range { }`; the range may also be an array, a slice or a vector, or one with `.iter()`,
    /// `.iter_mut()` or `.into_iter()`. Behind them, each at most once and in this order: `.copied()` or `.cloned()`, and
    /// `.enumerate()`, of elements; `.rev()`; `.step_by(n)`.
    For(Option<String>, Pattern, Box<Expr>, Block),
    /// `'label: { }`.
    Block(Option<String>, Block),
    /// `break 'label value`.
    Break(Option<String>, Option<Box<Expr>>),
    /// `continue 'label`.
    Continue(Option<String>),
    /// `return value`.
    Return(Option<Box<Expr>>),
    /// `&a` or `&mut a`.
    Reference(bool, Box<Expr>),
    /// `a..b`.
    Range(Option<Box<Expr>>, RangeLimits, Option<Box<Expr>>),
    /// `|a, b| body`; only as an argument of a method of `Option`, `Result` and `bool`, where a `Path` may also name a
    /// function. The body holds neither `return`
    /// nor `?`. Written types of parameters and of the result have become those of `let` in the body.
    Closure(Vec<Pattern>, Box<Expr>),
    /// `a?`.
    Try(Box<Expr>),
    /// `panic!(..)` and the other macros that only panic, with the text as it is written.
    Panic(String),
    /// `assert!` and its relatives.
    Assert(Assertion),
    /// `debug_assert!` and its relatives: checked where arithmetic overflow is
    /// ([`DeviceFunction::overflow`](ringkernel_abi::device::DeviceFunction::overflow)), and evaluated only there.
    DebugAssert(Assertion),
    /// `vec![a, b]`.
    Vec(Vec<Expr>),
    /// `vec![value; n]`.
    VecRepeat(Box<Expr>, Box<Expr>),
}

/// `assert!` and its relatives.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Assertion {
    /// `assert!(condition)`.
    True(Box<Expr>),
    /// `assert_eq!(a, b)`.
    Equal(Box<Expr>, Box<Expr>),
    /// `assert_ne!(a, b)`.
    NotEqual(Box<Expr>, Box<Expr>),
}

/// A literal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Literal {
    /// `true`.
    Bool(bool),
    /// An integer, without sign.
    Int(u64, Option<LiteralSuffix>),
    /// A number with a point or an exponent, as its digits are written (`_` removed), so that it can be rounded once.
    Float(String, Option<LiteralSuffix>),
    /// `b'a'`.
    Byte(u8),
    /// Text: the name of a kernel or a barrier, or a message of an assertion.
    Text(String),
}

/// The type that a literal spells out, such as `u32`.
pub type LiteralSuffix = String;

/// A field of a struct expression.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FieldInit {
    /// Its name, or its number in a tuple struct.
    pub name: String,
    /// Its value.
    pub value: Expr,
}

/// An arm of a `match`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Arm {
    /// The pattern.
    pub pattern: Pattern,
    /// What else has to hold.
    pub guard: Option<Expr>,
    /// Its value.
    pub body: Expr,
}

/// A pattern.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Pattern {
    /// Line, counted from 1.
    pub line: u32,
    /// What is written.
    pub kind: PatternKind,
}

/// The forms of patterns.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum PatternKind {
    /// `_`.
    Wildcard,
    /// `..`, in a tuple.
    Rest,
    /// `name`, `mut name`, `ref name`, `name @ pattern`. A name in capitals is a constant: see `Path`.
    Binding {
        /// The name.
        name: String,
        /// Whether it is `mut`.
        mutable: bool,
        /// What stands behind `@`.
        inner: Option<Box<Pattern>>,
    },
    /// A literal, with a minus sign if the first field says so.
    Literal(bool, Literal),
    /// A constant or a variant.
    Path(Path),
    /// `a..=b`; literals, negated literals, or paths.
    Range(Option<Box<Expr>>, RangeLimits, Option<Box<Expr>>),
    /// `(a, b)`.
    Tuple(Vec<Pattern>),
    /// `Some(a)`, `Ok(a)`, or a tuple struct.
    TupleStruct(Path, Vec<Pattern>),
    /// `Path { field: pattern, .. }`.
    Struct(Path, Vec<(String, Pattern)>),
    /// `a | b`.
    Or(Vec<Pattern>),
    /// `&a`.
    Reference(Box<Pattern>),
}

/// Whether a range has its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum RangeLimits {
    /// `a..b`.
    HalfOpen,
    /// `a..=b`.
    Closed,
}

/// Operators with one operand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum UnaryOp {
    /// `!a`.
    Not,
    /// `-a`.
    Negate,
    /// `*a`.
    Deref,
}

/// Operators with two operands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[allow(missing_docs, reason = "each is the operator that its name says")]
pub enum BinaryOp {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
    BitAnd,
    BitOr,
    BitXor,
    ShiftLeft,
    ShiftRight,
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    And,
    Or,
}
