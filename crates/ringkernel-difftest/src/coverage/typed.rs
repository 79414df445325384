//! What linked programs have: operators and functions of the typed language by the type of their first operand, and
//! statements and expressions by their form.

use ringkernel_abi::device::Overflow;
use ringkernel_codegen::ir::{
    Block, ExprId, ExpressionKind, Function, Module, Place, Projection, Root, Scalar, Statement, Type, TypeId,
};

use super::Table;
use crate::device::link;
use crate::program::Program;
use crate::types::rust_name;

/// In the place of the type, for what has none of its own.
const ALL_TYPES: &str = "all types";

/// Statements, and expressions without a type of their own, that functions can have. Those that need the context or the
/// state of an actor are tried by other tests, with both.
pub fn required_shapes() -> Table {
    let shapes = [
        "set",
        "load a local",
        "load a part",
        "load an element",
        "load the message",
        "load a vector",
        "store a local",
        "store a part",
        "store an element",
        "store a vector",
        "require or ArithmeticOverflow",
        "require or IndexOutOfBounds",
        "require or Panic",
        "call",
        "new vector",
        "push",
        "pop",
        "truncate",
        "if, else: false",
        "if, else: true",
        "loop",
        "break",
        "continue",
        "return with value: true",
        "compose array",
        "compose struct",
        "compose tuple",
        "part of struct",
        "part of tuple",
        "zero",
        "local",
        "repeat",
        "element",
        "cast of enum",
        "Some with value: true",
        "Some with value: false",
        "is some",
        "value of Some",
        "Ok with value: true",
        "Ok with value: false",
        "Err with value: true",
        "Err with value: false",
        "is ok",
        "value of Ok",
        "value of Err",
        "length",
        "Equal of array",
        "Equal of enum",
        "Equal of option",
        "Equal of struct",
        "Equal of tuple",
        "NotEqual of array",
        "NotEqual of enum",
        "NotEqual of option",
        "NotEqual of struct",
        "NotEqual of tuple",
    ];
    shapes.into_iter().map(|shape| (shape.to_owned(), ALL_TYPES)).collect()
}

/// What is found in programs, linked with and without overflow checks.
///
/// # Panics
/// When one of them cannot be linked.
pub fn found_cells(programs: &[Program]) -> Table {
    let mut found = Table::new();
    for program in programs {
        for overflow in [Overflow::Faults, Overflow::Wraps] {
            let linked = link(std::slice::from_ref(program), overflow);
            let module = linked.unwrap_or_else(|error| panic!("{}: {error}", program.name)).module;
            for function in &module.functions {
                let mut finder = Finder { module: &module, function, found: &mut found };
                finder.expressions();
                finder.block(&function.body);
            }
        }
    }
    found
}

struct Finder<'a> {
    module: &'a Module,
    function: &'a Function,
    found: &'a mut Table,
}

impl Finder<'_> {
    fn scalar(&self, ty: TypeId) -> Option<Scalar> {
        match self.module.types.get(ty) {
            Type::Scalar(scalar) => Some(*scalar),
            _ => None,
        }
    }

    fn type_of(&self, expr: ExprId) -> TypeId {
        self.function.expressions[expr.0 as usize].ty
    }

    fn cell(&mut self, name: String, ty: TypeId) {
        if let Some(scalar) = self.scalar(ty) {
            self.found.insert((name, rust_name(scalar)));
        }
    }

    fn form(&mut self, name: impl Into<String>) {
        self.found.insert((name.into(), ALL_TYPES));
    }

    fn expressions(&mut self) {
        for expression in &self.function.expressions {
            let ty = expression.ty;
            let to = self.scalar(ty).map_or("", rust_name);
            match &expression.kind {
                ExpressionKind::Unary(op, operand) => self.cell(format!("{op:?}"), self.type_of(*operand)),
                ExpressionKind::Binary(op, left, _) => {
                    self.cell(format!("{op:?}"), self.type_of(*left));
                    if self.scalar(self.type_of(*left)).is_none() {
                        self.form(format!("{op:?} of {}", self.shape(self.type_of(*left))));
                    }
                }
                ExpressionKind::Math(function, operands) => {
                    let first = operands.first().map_or(ty, |first| self.type_of(*first));
                    self.cell(format!("{function:?}"), first);
                }
                ExpressionKind::Cast(operand) => {
                    let from = self.type_of(*operand);
                    self.cell(format!("cast to {to}"), from);
                    if self.scalar(from).is_none() {
                        self.form(format!("cast of {}", self.shape(from)));
                    }
                }
                ExpressionKind::Bitcast(operand) => {
                    self.cell(format!("bits to {to}"), self.type_of(*operand))
                }
                ExpressionKind::Literal(_) => self.cell("literal".to_owned(), ty),
                ExpressionKind::Select(..) => self.cell("select".to_owned(), ty),
                ExpressionKind::Compose(_) => self.form(format!("compose {}", self.shape(ty))),
                ExpressionKind::Part(of, _) => {
                    self.form(format!("part of {}", self.shape(self.type_of(*of))))
                }
                ExpressionKind::Zero => self.form("zero"),
                ExpressionKind::Local(_) => self.form("local"),
                ExpressionKind::Repeat(_) => self.form("repeat"),
                ExpressionKind::Element(..) => self.form("element"),
                ExpressionKind::Some(value) => self.form(format!("Some with value: {}", value.is_some())),
                ExpressionKind::IsSome(_) => self.form("is some"),
                ExpressionKind::SomeValue(_) => self.form("value of Some"),
                ExpressionKind::Ok(value) => self.form(format!("Ok with value: {}", value.is_some())),
                ExpressionKind::Err(value) => self.form(format!("Err with value: {}", value.is_some())),
                ExpressionKind::IsOk(_) => self.form("is ok"),
                ExpressionKind::OkValue(_) => self.form("value of Ok"),
                ExpressionKind::ErrValue(_) => self.form("value of Err"),
                ExpressionKind::Len(_) => self.form("length"),
            }
        }
    }

    fn shape(&self, ty: TypeId) -> &'static str {
        match self.module.types.get(ty) {
            Type::Unit => "()",
            Type::Scalar(_) => "scalar",
            Type::Enum { .. } => "enum",
            Type::Struct(_) => "struct",
            Type::Tuple(_) => "tuple",
            Type::Array { .. } => "array",
            Type::Option(_) => "option",
            Type::Result(..) => "result",
            Type::Vec(_) => "vector",
            Type::Cell { .. } => "cell",
            Type::BlockArray(_) => "block array",
        }
    }

    fn place(&mut self, what: &str, place: &Place) {
        let root = match place.root {
            Root::Local(_) => "a local",
            Root::State => "the state",
            Root::Message => "the message",
            Root::Vector(_) => "a vector",
            Root::BlockArray(_) => "a block array",
        };
        self.form(format!("{what} {root}"));
        for projection in &place.projections {
            self.form(match projection {
                Projection::Part(_) => format!("{what} a part"),
                Projection::Index(_) => format!("{what} an element"),
            });
        }
    }

    fn block(&mut self, block: &Block) {
        for statement in block {
            match statement {
                Statement::Set { .. } => self.form("set"),
                Statement::Load { place, .. } => self.place("load", place),
                Statement::Store { place, .. } => self.place("store", place),
                Statement::Checked { op, left, .. } => {
                    self.cell(format!("checked {op:?}"), self.type_of(*left));
                }
                Statement::Require { kind, .. } => self.form(format!("require or {kind:?}")),
                Statement::Fail { .. } => self.form("fail"),
                Statement::Call { .. } => self.form("call"),
                Statement::Context { .. } => self.form("context"),
                Statement::Cell { .. } => self.form("cell"),
                Statement::VecNew { .. } => self.form("new vector"),
                Statement::VecPush { .. } => self.form("push"),
                Statement::VecPop { .. } => self.form("pop"),
                Statement::VecTruncate { .. } => self.form("truncate"),
                Statement::If { accept, reject, .. } => {
                    self.form(format!("if, else: {}", !reject.is_empty()));
                    self.block(accept);
                    self.block(reject);
                }
                Statement::Loop { body, .. } => {
                    self.form("loop");
                    self.block(body);
                }
                Statement::Break { .. } => self.form("break"),
                Statement::Continue { .. } => self.form("continue"),
                Statement::Return { value } => self.form(format!("return with value: {}", value.is_some())),
            }
        }
    }
}
