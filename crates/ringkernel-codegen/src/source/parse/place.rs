//! Where in the file something stands: the token that a fault is reported at, as rustc would.

use proc_macro2::Span;
use syn::Expr;
use syn::spanned::Spanned;

/// The line that a span starts on, counted from 1.
pub(super) fn line(span: Span) -> u32 {
    u32::try_from(span.start().line).unwrap_or(u32::MAX)
}

/// The line that `tokens` start on.
pub(super) fn line_of(tokens: &impl Spanned) -> u32 {
    line(tokens.span())
}

/// The first token of an expression. Going down the left side is much cheaper than turning the whole into tokens, which
/// would be done again for each part of it.
pub(super) fn start(expr: &Expr) -> Span {
    match expr {
        Expr::Assign(inner) => start(&inner.left),
        Expr::Await(inner) => start(&inner.base),
        Expr::Binary(inner) => start(&inner.left),
        Expr::Block(inner) => {
            inner.label.as_ref().map_or(inner.block.brace_token.span.open(), |label| label.name.apostrophe)
        }
        Expr::Call(inner) => start(&inner.func),
        Expr::Cast(inner) => start(&inner.expr),
        Expr::Field(inner) => start(&inner.base),
        Expr::Group(inner) => start(&inner.expr),
        Expr::If(inner) => inner.if_token.span,
        Expr::Index(inner) => start(&inner.expr),
        Expr::Lit(inner) => inner.lit.span(),
        Expr::Match(inner) => inner.match_token.span,
        Expr::MethodCall(inner) => start(&inner.receiver),
        Expr::Paren(inner) => inner.paren_token.span.open(),
        Expr::Range(inner) => match &inner.start {
            Some(first) => start(first),
            None => inner.limits.span(),
        },
        Expr::Try(inner) => start(&inner.expr),
        Expr::Tuple(inner) => inner.paren_token.span.open(),
        Expr::Array(inner) => inner.bracket_token.span.open(),
        Expr::Struct(inner) => inner.path.span(),
        other => other.span(),
    }
}

/// The line of an expression's first token.
pub(super) fn line_of_expr(expr: &Expr) -> u32 {
    line(start(expr))
}
