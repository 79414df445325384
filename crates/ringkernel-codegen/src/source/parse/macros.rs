//! The macros that devices know.

use quote::ToTokens;
use syn::parse::{ParseStream, Parser as _};
use syn::punctuated::Punctuated;
use syn::{Expr as Source, Macro, Pat, Token};

use super::host;
use super::parser::{Parser, nothing};
use super::place::line_of;
use crate::source::tree::{Arm, Assertion, Expr, ExprKind, Literal, Pattern, PatternKind};

impl Parser {
    /// What a macro stands for.
    pub(super) fn expand(&mut self, call: &Macro) -> Expr {
        let line = line_of(&call.path);
        let name = macro_name(&call.path);
        let kind = match name.as_deref().unwrap_or_default() {
            "assert" => self.assertion(call, Kind::True).map(ExprKind::Assert),
            "assert_eq" => self.assertion(call, Kind::Equal).map(ExprKind::Assert),
            "assert_ne" => self.assertion(call, Kind::NotEqual).map(ExprKind::Assert),
            "debug_assert" => self.assertion(call, Kind::True).map(ExprKind::DebugAssert),
            "debug_assert_eq" => self.assertion(call, Kind::Equal).map(ExprKind::DebugAssert),
            "debug_assert_ne" => self.assertion(call, Kind::NotEqual).map(ExprKind::DebugAssert),
            "line" => Ok(ExprKind::Literal(Literal::Int(u64::from(line), Some("u32".to_owned())))),
            "matches" => self.matches(call, line),
            "panic" | "unreachable" | "todo" | "unimplemented" => Ok(ExprKind::Panic(panic_text(call))),
            "vec" => self.vector(call),
            _ => {
                let name =
                    call.path.segments.last().map(|segment| segment.ident.to_string()).unwrap_or_default();
                self.refuse(call, &format!("`{name}!`"), host::instead_of_macro(&name));
                Ok(nothing().kind)
            }
        };
        let kind = kind.unwrap_or_else(|error| {
            self.note(error);
            nothing().kind
        });
        Expr { line, kind }
    }

    fn assertion(&mut self, call: &Macro, kind: Kind) -> syn::Result<Assertion> {
        // What a failed assertion says is formatted on the CPU only, and so are its arguments.
        let arguments = call.parse_body_with(Punctuated::<Source, Token![,]>::parse_terminated)?;
        let mut arguments = arguments.iter();
        let mut next = || {
            let missing = || syn::Error::new_spanned(call, "this assertion lacks an argument");
            arguments.next().ok_or_else(missing)
        };
        Ok(match kind {
            Kind::True => Assertion::True(self.part(next()?)),
            Kind::Equal => Assertion::Equal(self.part(next()?), self.part(next()?)),
            Kind::NotEqual => Assertion::NotEqual(self.part(next()?), self.part(next()?)),
        })
    }

    /// `matches!(value, pattern if guard)` is a `match` with two arms.
    fn matches(&mut self, call: &Macro, line: u32) -> syn::Result<ExprKind> {
        let parts = |input: ParseStream| {
            let value: Source = input.parse()?;
            input.parse::<Token![,]>()?;
            let pattern = Pat::parse_multi_with_leading_vert(input)?;
            let guard = match input.parse::<Option<Token![if]>>()? {
                Some(_) => Some(input.parse::<Source>()?),
                None => None,
            };
            input.parse::<Option<Token![,]>>()?;
            Ok((value, pattern, guard))
        };
        let (value, pattern, guard) = parts.parse2(call.tokens.clone())?;
        let value = self.part(&value);
        let found = Arm {
            pattern: self.pattern(&pattern),
            guard: guard.map(|guard| self.expr(&guard)),
            body: boolean(line, true),
        };
        let wildcard = Pattern { line, kind: PatternKind::Wildcard };
        let other = Arm { pattern: wildcard, guard: None, body: boolean(line, false) };
        Ok(ExprKind::Match(value, vec![found, other]))
    }

    fn vector(&mut self, call: &Macro) -> syn::Result<ExprKind> {
        let repeated = |input: ParseStream| {
            let value: Source = input.parse()?;
            input.parse::<Token![;]>()?;
            Ok((value, input.parse::<Source>()?))
        };
        if let Ok((value, len)) = repeated.parse2(call.tokens.clone()) {
            return Ok(ExprKind::VecRepeat(self.part(&value), self.part(&len)));
        }
        let elements = call.parse_body_with(Punctuated::<Source, Token![,]>::parse_terminated)?;
        Ok(ExprKind::Vec(self.parts(&elements)))
    }
}

/// What an assertion compares.
enum Kind {
    True,
    Equal,
    NotEqual,
}

/// The name of a macro of the standard library: it stands alone or behind `std` or `core`.
fn macro_name(path: &syn::Path) -> Option<String> {
    let names: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
    match names.as_slice() {
        [name] => Some(name.clone()),
        [root, name] if root == "std" || root == "core" => Some(name.clone()),
        _ => None,
    }
}

fn boolean(line: u32, value: bool) -> Expr {
    Expr { line, kind: ExprKind::Literal(Literal::Bool(value)) }
}

/// What a panic says: its first argument where that is text, else all of them as they are written.
fn panic_text(call: &Macro) -> String {
    let first = |input: ParseStream| {
        let text: syn::LitStr = input.parse()?;
        input.parse::<proc_macro2::TokenStream>()?;
        Ok(text.value())
    };
    first.parse2(call.tokens.clone()).unwrap_or_else(|_| call.tokens.to_token_stream().to_string())
}
