//! Faults are reported where rustc reports panics: at the start of an expression, at the name of a method.

use crate::source::{Block, Expr, ExprKind, Statement, parse_function};

/// The lines of all expressions that `pick` chooses, in order, of a body that starts on line 2.
fn lines(body: &str, pick: fn(&ExprKind) -> bool) -> Vec<u32> {
    let function = parse_function(&format!("fn f(a: u32) {{\n{body}\n}}")).unwrap();
    let mut found = Vec::new();
    walk(&function.body, &mut |expr| {
        if pick(&expr.kind) {
            found.push(expr.line);
        }
    });
    found
}

/// Visits the expressions that these tests need.
fn walk(block: &Block, visit: &mut impl FnMut(&Expr)) {
    let values = block.statements.iter().filter_map(|statement| match statement {
        Statement::Let { value, .. } => value.as_ref(),
        Statement::Const { value, .. } | Statement::Expr(value) => Some(value),
    });
    for expr in values.chain(block.value.as_deref()) {
        walk_expr(expr, visit);
    }
}

fn walk_expr(expr: &Expr, visit: &mut impl FnMut(&Expr)) {
    visit(expr);
    match &expr.kind {
        ExprKind::Binary(_, left, right) | ExprKind::Index(left, right) => {
            walk_expr(left, visit);
            walk_expr(right, visit);
        }
        ExprKind::Method { receiver, .. } => walk_expr(receiver, visit),
        ExprKind::Block(_, block) => walk(block, visit),
        _ => {}
    }
}

#[test]
fn arithmetic_is_at_its_left_operand() {
    let binary = |kind: &ExprKind| matches!(kind, ExprKind::Binary(..));
    assert_eq!(lines("let x = a\n  + 1\n  - 2;", binary), [2, 2]);
    assert_eq!(lines("let x = (\na\n  + 1);", binary), [2], "parentheses belong to the expression");
}

#[test]
fn methods_are_at_their_names() {
    let call = |kind: &ExprKind| matches!(kind, ExprKind::Method { .. });
    assert_eq!(lines("a\n.b()\n.c();", call), [4, 3]);
    assert_eq!(lines("(\na\n.b());", call), [4]);
}

#[test]
fn elements_and_macros_are_at_their_first_token() {
    assert_eq!(lines("a\n.b\n[\n1\n];", |kind| matches!(kind, ExprKind::Index(..))), [2]);
    assert_eq!(lines("\nassert!(\na > 1\n);", |kind| matches!(kind, ExprKind::Assert(_))), [3]);
    assert_eq!(lines("\nlet x = {\n\npanic!() };", |kind| matches!(kind, ExprKind::Panic(_))), [5]);
}
