//! Forms of the syntax tree, by the type that a program is about.

use ringkernel_codegen::source::{
    BinaryOp, Expr, ExprKind, Function, Pattern, PatternKind, RangeLimits, Statement, UnaryOp, parse_function,
};

use super::Table;
use super::walk::{self, Node};
use crate::program::Program;
use crate::types::{SCALARS, rust_name};

/// Forms that there is a program of for every type.
const GENERAL: [&str; 53] = [
    "let",
    "let else",
    "const",
    "assignment",
    "assignment to a field",
    "assignment to an element",
    "if",
    "if else",
    "else if",
    "if let",
    "match",
    "match guard",
    "or pattern",
    "range pattern",
    "@ pattern",
    "_ pattern",
    "literal pattern",
    "tuple pattern",
    "variant pattern",
    ".. pattern",
    "while",
    "for",
    "for closed range",
    "for rev",
    "for step_by",
    "for array",
    "loop",
    "break",
    "break value",
    "break label",
    "continue",
    "continue label",
    "labelled block",
    "return value",
    "tuple",
    "tuple field",
    "array",
    "repeated array",
    "index",
    "Some",
    "Ok",
    "Err",
    "?",
    "closure",
    "panic",
    "assert",
    "debug_assert",
    "call",
    "block value",
    ".unwrap()",
    ".unwrap_or()",
    ".map()",
    ".and_then()",
];

/// Methods of options and results that there is a program of for every type, beyond those above.
const METHODS: [&str; 11] = [
    ".is_some()",
    ".is_none()",
    ".is_ok()",
    ".is_err()",
    ".ok()",
    ".ok_or()",
    ".map_err()",
    ".or()",
    ".filter()",
    ".expect()",
    ".unwrap_or_else()",
];

/// What the catalogue has to have: each form for each type, and each compound assignment for the types that know it.
pub fn required_forms() -> Table {
    let mut required = Table::new();
    for scalar in SCALARS {
        let ty = rust_name(scalar);
        let mut add = |name: String| required.insert((name, ty));
        for name in GENERAL.iter().chain(&METHODS) {
            add((*name).to_owned());
        }
        if ty != "usize" {
            for name in ["struct", "struct update", "struct pattern", "field"] {
                add(name.to_owned());
            }
        }
        let arithmetic = ["Add", "Subtract", "Multiply", "Divide", "Remainder"];
        let bits = ["BitAnd", "BitOr", "BitXor"];
        let shifts = ["ShiftLeft", "ShiftRight"];
        let comparisons = ["Equal", "NotEqual", "Less", "LessEqual", "Greater", "GreaterEqual"];
        let number = ty != "bool";
        let groups: [(&[&str], bool, bool); 4] = [
            (&arithmetic, number, true),
            (&bits, !scalar.is_float(), true),
            (&shifts, scalar.is_integer(), true),
            (&comparisons, true, false),
        ];
        for (names, known, assigns) in groups {
            for name in names.iter().filter(|_| known) {
                add(format!("operator {name}"));
                if assigns {
                    add(format!("compound {name}"));
                }
            }
        }
        if scalar.is_float() || scalar.is_signed() {
            add("operator Negate".to_owned());
        }
        if !scalar.is_float() && ty != "usize" {
            add("operator Not".to_owned());
        }
    }
    required.extend(["And", "Or"].map(|name| (format!("operator {name}"), "bool")));
    required
}

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
        ExprKind::Assign(place, _) => match place.kind {
            ExprKind::Field(..) => "assignment to a field".to_owned(),
            ExprKind::Index(..) => "assignment to an element".to_owned(),
            _ => "assignment".to_owned(),
        },
        ExprKind::Field(_, name) if name.starts_with(|first: char| first.is_ascii_digit()) => {
            "tuple field".to_owned()
        }
        ExprKind::Field(..) => "field".to_owned(),
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
            if matches!(condition.kind, ExprKind::Let(..)) {
                found("if let".to_owned());
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
        ExprKind::While(..) => "while".to_owned(),
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
        ExprKind::Assert(_) => "assert".to_owned(),
        ExprKind::DebugAssert(_) => "debug_assert".to_owned(),
        _ => return,
    };
    found(form);
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
        _ => return,
    };
    found(form.to_owned());
}
