//! Forms of the syntax tree, by the type that a program is about.

use ringkernel_codegen::source::{
    Assertion, BinaryOp, Expr, ExprKind, Function, Pattern, PatternKind, RangeLimits, Statement, UnaryOp,
    parse_function,
};

use super::Table;
use super::walk::{self, Node};
use crate::program::Program;
use crate::types::rust_name;

/// The forms of these programs.
///
/// # Panics
/// When a program cannot be read.
pub fn forms(programs: &[Program]) -> Table {
    let mut found = Table::new();
    for program in programs {
        let Some(subject) = program.subject else { continue };
        for function in &program.functions {
            let tree = parse_function(&function.text)
                .unwrap_or_else(|error| panic!("{} cannot be read: {error}", function.name));
            of_function(&tree, &mut |name| {
                found.insert((name, rust_name(subject)));
            });
        }
    }
    found
}

fn of_function(tree: &Function, found: &mut dyn FnMut(String)) {
    walk::function(tree, &mut |node| match node {
        Node::Expr(expr) => of_expr(expr, found),
        Node::Pattern(pattern) => of_pattern(pattern, found),
        Node::Statement(Statement::Let { otherwise, .. }) => {
            found(if otherwise.is_some() { "let else" } else { "let" }.to_owned());
        }
        Node::Statement(Statement::Const { .. }) => found("const".to_owned()),
        Node::Statement(Statement::Expr(_)) => {}
    });
}

/// Whether it is a variable that has the program's type wherever it occurs: see `catalogue`.
fn is_subject(expr: &Expr) -> bool {
    matches!(&expr.kind, ExprKind::Path(path) if ["a", "b", "x"].contains(&path.name.as_str()))
}

fn of_expr(expr: &Expr, found: &mut dyn FnMut(String)) {
    let form = match &expr.kind {
        ExprKind::Binary(op @ (BinaryOp::And | BinaryOp::Or), ..) => format!("operator {op:?}"),
        ExprKind::Binary(op, left, _) if is_subject(left) => format!("operator {op:?}"),
        ExprKind::AssignOp(op, left, _) if is_subject(left) => format!("compound {op:?}"),
        ExprKind::Unary(op @ (UnaryOp::Negate | UnaryOp::Not), value) if is_subject(value) => {
            format!("operator {op:?}")
        }
        ExprKind::Unary(UnaryOp::Deref, _) => "*".to_owned(),
        ExprKind::Reference(mutable, _) => {
            if *mutable { "mutable reference" } else { "reference" }.to_owned()
        }
        ExprKind::Cast(..) => "cast".to_owned(),
        ExprKind::Range(..) => "range".to_owned(),
        ExprKind::Vec(_) => "vec!".to_owned(),
        ExprKind::VecRepeat(..) => "repeated vec!".to_owned(),
        ExprKind::Assign(place, _) => match &place.kind {
            ExprKind::Tuple(_) => "assignment to a tuple".to_owned(),
            ExprKind::Path(path) if path.name == "_" => "assignment to _".to_owned(),
            ExprKind::Field(..) => "assignment to a field".to_owned(),
            ExprKind::Index(..) => "assignment to an element".to_owned(),
            _ => "assignment".to_owned(),
        },
        ExprKind::Field(_, name) if name.starts_with(|first: char| first.is_ascii_digit()) => {
            "tuple field".to_owned()
        }
        ExprKind::Field(..) => "field".to_owned(),
        ExprKind::Index(_, index) if matches!(index.kind, ExprKind::Range(..)) => "slice".to_owned(),
        ExprKind::Index(..) => "index".to_owned(),
        ExprKind::Call(path, _) => match path.name.as_str() {
            "Some" | "Ok" | "Err" => path.name.clone(),
            _ => "call".to_owned(),
        },
        ExprKind::Method { name, .. } => format!(".{name}()"),
        ExprKind::Struct { rest, .. } => if rest.is_some() { "struct update" } else { "struct" }.to_owned(),
        ExprKind::Tuple(_) => "tuple".to_owned(),
        ExprKind::Array(_) => "array".to_owned(),
        ExprKind::Repeat(..) => "repeated array".to_owned(),
        ExprKind::If(condition, _, reject) => {
            match &condition.kind {
                ExprKind::Let(..) => found("if let".to_owned()),
                condition if is_let_chain(condition) => found("let chain".to_owned()),
                _ => {}
            }
            match reject.as_ref().map(|reject| &reject.kind) {
                None => "if".to_owned(),
                Some(ExprKind::If(..)) => "else if".to_owned(),
                Some(_) => "if else".to_owned(),
            }
        }
        ExprKind::Match(_, arms) => {
            if arms.iter().any(|arm| arm.guard.is_some()) {
                found("match guard".to_owned());
            }
            "match".to_owned()
        }
        ExprKind::While(_, condition, _) => {
            if matches!(condition.kind, ExprKind::Let(..)) { "while let" } else { "while" }.to_owned()
        }
        ExprKind::Loop(..) => "loop".to_owned(),
        ExprKind::For(_, _, range, _) => {
            of_range(range, found);
            "for".to_owned()
        }
        ExprKind::Block(Some(_), _) => "labelled block".to_owned(),
        ExprKind::Block(None, block) if block.value.is_some() => "block value".to_owned(),
        ExprKind::Break(label, value) => {
            if label.is_some() {
                found("break label".to_owned());
            }
            if value.is_some() { "break value" } else { "break" }.to_owned()
        }
        ExprKind::Continue(label) => if label.is_some() { "continue label" } else { "continue" }.to_owned(),
        ExprKind::Return(value) if value.is_some() => "return value".to_owned(),
        ExprKind::Closure(..) => "closure".to_owned(),
        ExprKind::Try(_) => "?".to_owned(),
        ExprKind::Panic(_) => "panic".to_owned(),
        ExprKind::Assert(Assertion::True(_)) => "assert".to_owned(),
        ExprKind::Assert(Assertion::Equal(..)) => "assert_eq".to_owned(),
        ExprKind::Assert(Assertion::NotEqual(..)) => "assert_ne".to_owned(),
        ExprKind::DebugAssert(_) => "debug_assert".to_owned(),
        _ => return,
    };
    found(form);
}

/// Whether `&&` joins conditions of which one binds names.
fn is_let_chain(condition: &ExprKind) -> bool {
    match condition {
        ExprKind::Binary(BinaryOp::And, left, right) => [left, right]
            .into_iter()
            .any(|link| matches!(link.kind, ExprKind::Let(..)) || is_let_chain(&link.kind)),
        _ => false,
    }
}

fn of_range(range: &Expr, found: &mut dyn FnMut(String)) {
    match &range.kind {
        ExprKind::Range(_, RangeLimits::Closed, _) => found("for closed range".to_owned()),
        ExprKind::Method { receiver, name, .. } => {
            found(format!("for {name}"));
            of_range(receiver, found);
        }
        ExprKind::Path(_) => found("for array".to_owned()),
        _ => {}
    }
}

fn of_pattern(pattern: &Pattern, found: &mut dyn FnMut(String)) {
    let form = match &pattern.kind {
        PatternKind::Wildcard => "_ pattern",
        PatternKind::Rest => ".. pattern",
        PatternKind::Binding { inner: Some(_), .. } => "@ pattern",
        PatternKind::Literal(..) => "literal pattern",
        PatternKind::Range(..) => "range pattern",
        PatternKind::Tuple(_) => "tuple pattern",
        PatternKind::TupleStruct(..) => "variant pattern",
        PatternKind::Struct(..) => "struct pattern",
        PatternKind::Or(_) => "or pattern",
        PatternKind::Reference(_) => "& pattern",
        PatternKind::Binding { inner: None, .. } => "binding pattern",
        PatternKind::Path(_) => "path pattern",
    };
    found(form.to_owned());
}
