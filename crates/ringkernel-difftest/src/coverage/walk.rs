//! Visits every expression, pattern and statement of a function.

use ringkernel_codegen::source::{
    Assertion, Block, Expr, ExprKind, Function, Pattern, PatternKind, Statement,
};

/// What is visited.
pub(super) enum Node<'a> {
    Expr(&'a Expr),
    Pattern(&'a Pattern),
    Statement(&'a Statement),
}

/// Visits everything in the body of a function.
pub(super) fn function<'a>(function: &'a Function, visit: &mut dyn FnMut(Node<'a>)) {
    block(&function.body, visit);
}

fn block<'a>(block: &'a Block, visit: &mut dyn FnMut(Node<'a>)) {
    for statement in &block.statements {
        visit(Node::Statement(statement));
        match statement {
            Statement::Let { pattern: bound, value, otherwise, .. } => {
                pattern(bound, visit);
                value.iter().for_each(|value| expr(value, visit));
                otherwise.iter().for_each(|otherwise| self::block(otherwise, visit));
            }
            Statement::Const { value, .. } | Statement::Expr(value) => expr(value, visit),
        }
    }
    block.value.iter().for_each(|value| expr(value, visit));
}

fn pattern<'a>(found: &'a Pattern, visit: &mut dyn FnMut(Node<'a>)) {
    visit(Node::Pattern(found));
    match &found.kind {
        PatternKind::Binding { inner, .. } => inner.iter().for_each(|inner| pattern(inner, visit)),
        PatternKind::Tuple(parts) | PatternKind::TupleStruct(_, parts) | PatternKind::Or(parts) => {
            parts.iter().for_each(|part| pattern(part, visit));
        }
        PatternKind::Struct(_, fields) => fields.iter().for_each(|(_, field)| pattern(field, visit)),
        PatternKind::Reference(inner) => pattern(inner, visit),
        _ => {}
    }
}

fn expr<'a>(found: &'a Expr, visit: &mut dyn FnMut(Node<'a>)) {
    visit(Node::Expr(found));
    match &found.kind {
        ExprKind::Literal(_) | ExprKind::Path(_) | ExprKind::Continue(_) | ExprKind::Panic(_) => {}
        ExprKind::Unary(_, a)
        | ExprKind::Cast(a, _)
        | ExprKind::Field(a, _)
        | ExprKind::Reference(_, a)
        | ExprKind::Closure(_, a)
        | ExprKind::Try(a)
        | ExprKind::Assert(Assertion::True(a))
        | ExprKind::DebugAssert(Assertion::True(a)) => expr(a, visit),
        ExprKind::Binary(_, a, b)
        | ExprKind::Assign(a, b)
        | ExprKind::AssignOp(_, a, b)
        | ExprKind::Index(a, b)
        | ExprKind::Repeat(a, b)
        | ExprKind::VecRepeat(a, b)
        | ExprKind::Assert(Assertion::Equal(a, b) | Assertion::NotEqual(a, b))
        | ExprKind::DebugAssert(Assertion::Equal(a, b) | Assertion::NotEqual(a, b)) => {
            expr(a, visit);
            expr(b, visit);
        }
        ExprKind::Call(_, all) | ExprKind::Tuple(all) | ExprKind::Array(all) | ExprKind::Vec(all) => {
            all.iter().for_each(|one| expr(one, visit));
        }
        ExprKind::Method { receiver, arguments, .. } => {
            expr(receiver, visit);
            arguments.iter().for_each(|argument| expr(argument, visit));
        }
        ExprKind::Struct { fields, rest, .. } => {
            fields.iter().for_each(|field| expr(&field.value, visit));
            rest.iter().for_each(|rest| expr(rest, visit));
        }
        ExprKind::If(condition, accept, reject) => {
            expr(condition, visit);
            block(accept, visit);
            reject.iter().for_each(|reject| expr(reject, visit));
        }
        ExprKind::Let(bound, value) => {
            pattern(bound, visit);
            expr(value, visit);
        }
        ExprKind::Match(value, arms) => {
            expr(value, visit);
            for arm in arms {
                pattern(&arm.pattern, visit);
                arm.guard.iter().for_each(|guard| expr(guard, visit));
                expr(&arm.body, visit);
            }
        }
        ExprKind::While(_, condition, body) => {
            expr(condition, visit);
            block(body, visit);
        }
        ExprKind::For(_, bound, range, body) => {
            pattern(bound, visit);
            expr(range, visit);
            block(body, visit);
        }
        ExprKind::Loop(_, body) | ExprKind::Block(_, body) => block(body, visit),
        ExprKind::Break(_, value) | ExprKind::Return(value) => {
            value.iter().for_each(|value| expr(value, visit));
        }
        ExprKind::Range(start, _, end) => {
            start.iter().chain(end).for_each(|bound| expr(bound, visit));
        }
    }
}
