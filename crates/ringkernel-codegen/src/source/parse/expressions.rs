//! Expressions that are neither control flow nor calls.

use syn::{BinOp, Expr as Source, RangeLimits as SourceLimits, UnOp};

use super::parser::{Parser, nothing};
use super::patterns::member;
use super::place::{line, line_of_expr};
use crate::source::tree::{BinaryOp, Expr, ExprKind, FieldInit, Literal, Path, RangeLimits, UnaryOp};

impl Parser {
    pub(super) fn expr(&mut self, source: &Source) -> Expr {
        self.attributes(attributes_of(source));
        match source {
            Source::Group(group) => self.expr(&group.expr),
            Source::Paren(paren) => self.parenthesized(paren),
            Source::Macro(call) => self.expand(&call.mac),
            Source::MethodCall(call) => self.method_call(call),
            other => Expr { line: line_of_expr(other), kind: self.kind(other) },
        }
    }

    /// An expression in a box, as the tree has its parts.
    pub(super) fn part(&mut self, source: &Source) -> Box<Expr> {
        Box::new(self.expr(source))
    }

    pub(super) fn parts<'s>(&mut self, sources: impl IntoIterator<Item = &'s Source>) -> Vec<Expr> {
        sources.into_iter().map(|source| self.expr(source)).collect()
    }

    /// Parentheses belong to an expression's place, but not to that of a method's name.
    fn parenthesized(&mut self, paren: &syn::ExprParen) -> Expr {
        let inner = self.expr(&paren.expr);
        match inner.kind {
            ExprKind::Method { .. } => inner,
            kind => Expr { line: line(paren.paren_token.span.open()), kind },
        }
    }

    fn kind(&mut self, source: &Source) -> ExprKind {
        match source {
            Source::Array(array) => ExprKind::Array(self.parts(&array.elems)),
            Source::Assign(assign) => {
                let value = self.part(&assign.right);
                ExprKind::Assign(Box::new(self.place(&assign.left)), value)
            }
            Source::Binary(binary) => self.binary(binary),
            Source::Call(call) => self.call(call),
            Source::Cast(cast) => ExprKind::Cast(self.part(&cast.expr), self.ty(&cast.ty)),
            Source::Field(field) => ExprKind::Field(self.part(&field.base), member(&field.member)),
            Source::Index(index) => ExprKind::Index(self.part(&index.expr), self.part(&index.index)),
            Source::Lit(literal) => match self.literal(&literal.lit) {
                ExprKind::Literal(Literal::Text(_)) => {
                    let instead =
                        "use a number that says which; only names of kernels, topics and barriers are text";
                    self.refuse_expr(source, "a text", instead).kind
                }
                kind => kind,
            },
            Source::Path(path) if self.is_function(source) => {
                let name = format!("`{}` as a value", name_of(&path.path));
                self.refuse_expr(source, &name, "call it, or write a closure that calls it").kind
            }
            Source::Path(path) => ExprKind::Path(self.path(path.qself.as_ref(), &path.path)),
            Source::Range(range) => ExprKind::Range(
                range.start.as_ref().map(|start| self.part(start)),
                limits(&range.limits),
                range.end.as_ref().map(|end| self.part(end)),
            ),
            Source::Reference(reference) => {
                ExprKind::Reference(reference.mutability.is_some(), self.part(&reference.expr))
            }
            Source::Repeat(repeat) => ExprKind::Repeat(self.part(&repeat.expr), self.part(&repeat.len)),
            Source::Struct(of) => self.structure(of),
            Source::Tuple(tuple) => ExprKind::Tuple(self.parts(&tuple.elems)),
            Source::Unary(unary) => self.unary(unary),
            other => self.control(other),
        }
    }

    /// What is assigned to.
    fn place(&mut self, source: &Source) -> Expr {
        match source {
            Source::Infer(_) => {
                let path = Path { name: "_".to_owned(), arguments: Vec::new() };
                Expr { line: line_of_expr(source), kind: ExprKind::Path(path) }
            }
            Source::Tuple(tuple) => {
                let parts = tuple.elems.iter().map(|part| self.place(part)).collect();
                Expr { line: line_of_expr(source), kind: ExprKind::Tuple(parts) }
            }
            Source::Group(group) => self.place(&group.expr),
            Source::Paren(paren) => self.place(&paren.expr),
            Source::Array(_) | Source::Struct(_) | Source::Call(_) => self.refuse_expr(
                source,
                "an assignment to a pattern other than a tuple",
                "assign to each place, or write `let`",
            ),
            other => self.expr(other),
        }
    }

    fn binary(&mut self, binary: &syn::ExprBinary) -> ExprKind {
        let (left, right) = (self.part(&binary.left), self.part(&binary.right));
        match operator(&binary.op) {
            Some(Operator::Value(op)) => ExprKind::Binary(op, left, right),
            Some(Operator::Assign(op)) => ExprKind::AssignOp(op, left, right),
            None => {
                self.refuse(&binary.op, "this operator", "write it with others");
                nothing().kind
            }
        }
    }

    fn unary(&mut self, unary: &syn::ExprUnary) -> ExprKind {
        let op = match unary.op {
            UnOp::Not(_) => UnaryOp::Not,
            UnOp::Neg(_) => UnaryOp::Negate,
            UnOp::Deref(_) => UnaryOp::Deref,
            _ => return self.refuse_expr(unary, "this operator", "write it with others").kind,
        };
        ExprKind::Unary(op, self.part(&unary.expr))
    }

    fn structure(&mut self, of: &syn::ExprStruct) -> ExprKind {
        let path = self.path(of.qself.as_ref(), &of.path);
        let field = |field: &syn::FieldValue| {
            self.attributes(&field.attrs);
            FieldInit { name: member(&field.member), value: self.expr(&field.expr) }
        };
        let fields = of.fields.iter().map(field).collect();
        let rest = of.rest.as_ref().map(|rest| self.part(rest));
        ExprKind::Struct { path, fields, rest }
    }
}

/// A path as it is written, without generic arguments.
pub(super) fn name_of(path: &syn::Path) -> String {
    let names: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
    names.join("::")
}

/// Whether a range has its end.
pub(super) fn limits(limits: &SourceLimits) -> RangeLimits {
    match limits {
        SourceLimits::HalfOpen(_) => RangeLimits::HalfOpen,
        SourceLimits::Closed(_) => RangeLimits::Closed,
    }
}

/// What an operator does with its result.
enum Operator {
    Value(BinaryOp),
    Assign(BinaryOp),
}

fn operator(op: &BinOp) -> Option<Operator> {
    use BinaryOp::*;
    use Operator::{Assign, Value};
    Some(match op {
        BinOp::Add(_) => Value(Add),
        BinOp::Sub(_) => Value(Subtract),
        BinOp::Mul(_) => Value(Multiply),
        BinOp::Div(_) => Value(Divide),
        BinOp::Rem(_) => Value(Remainder),
        BinOp::And(_) => Value(And),
        BinOp::Or(_) => Value(Or),
        BinOp::BitXor(_) => Value(BitXor),
        BinOp::BitAnd(_) => Value(BitAnd),
        BinOp::BitOr(_) => Value(BitOr),
        BinOp::Shl(_) => Value(ShiftLeft),
        BinOp::Shr(_) => Value(ShiftRight),
        BinOp::Eq(_) => Value(Equal),
        BinOp::Lt(_) => Value(Less),
        BinOp::Le(_) => Value(LessEqual),
        BinOp::Ne(_) => Value(NotEqual),
        BinOp::Ge(_) => Value(GreaterEqual),
        BinOp::Gt(_) => Value(Greater),
        BinOp::AddAssign(_) => Assign(Add),
        BinOp::SubAssign(_) => Assign(Subtract),
        BinOp::MulAssign(_) => Assign(Multiply),
        BinOp::DivAssign(_) => Assign(Divide),
        BinOp::RemAssign(_) => Assign(Remainder),
        BinOp::BitXorAssign(_) => Assign(BitXor),
        BinOp::BitAndAssign(_) => Assign(BitAnd),
        BinOp::BitOrAssign(_) => Assign(BitOr),
        BinOp::ShlAssign(_) => Assign(ShiftLeft),
        BinOp::ShrAssign(_) => Assign(ShiftRight),
        _ => return None,
    })
}

/// The attributes in front of an expression.
fn attributes_of(source: &Source) -> &[syn::Attribute] {
    match source {
        Source::Array(of) => &of.attrs,
        Source::Assign(of) => &of.attrs,
        Source::Binary(of) => &of.attrs,
        Source::Block(of) => &of.attrs,
        Source::Break(of) => &of.attrs,
        Source::Call(of) => &of.attrs,
        Source::Cast(of) => &of.attrs,
        Source::Closure(of) => &of.attrs,
        Source::Continue(of) => &of.attrs,
        Source::Field(of) => &of.attrs,
        Source::ForLoop(of) => &of.attrs,
        Source::If(of) => &of.attrs,
        Source::Index(of) => &of.attrs,
        Source::Lit(of) => &of.attrs,
        Source::Loop(of) => &of.attrs,
        Source::Macro(of) => &of.attrs,
        Source::Match(of) => &of.attrs,
        Source::MethodCall(of) => &of.attrs,
        Source::Paren(of) => &of.attrs,
        Source::Path(of) => &of.attrs,
        Source::Range(of) => &of.attrs,
        Source::Reference(of) => &of.attrs,
        Source::Repeat(of) => &of.attrs,
        Source::Return(of) => &of.attrs,
        Source::Struct(of) => &of.attrs,
        Source::Try(of) => &of.attrs,
        Source::Tuple(of) => &of.attrs,
        Source::Unary(of) => &of.attrs,
        Source::While(of) => &of.attrs,
        // The others are refused as a whole, or have none.
        _ => &[],
    }
}
