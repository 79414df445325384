//! Patterns.

use syn::ext::IdentExt;
use syn::{Member, Pat};

use super::parser::Parser;
use super::place::line_of;
use crate::source::tree::{ExprKind, Literal, Pattern, PatternKind, UnaryOp};

impl Parser {
    pub(super) fn pattern(&mut self, pattern: &Pat) -> Pattern {
        let line = line_of(pattern);
        let kind = match pattern {
            Pat::Ident(name) => {
                self.attributes(&name.attrs);
                self.binding(name)
            }
            Pat::Lit(literal) => self.literal_pattern(&literal.lit),
            Pat::Or(or) => PatternKind::Or(or.cases.iter().map(|case| self.pattern(case)).collect()),
            Pat::Paren(paren) => return self.pattern(&paren.pat),
            Pat::Path(path) => PatternKind::Path(self.path(path.qself.as_ref(), &path.path)),
            Pat::Range(range) => PatternKind::Range(
                range.start.as_ref().map(|start| Box::new(self.expr(start))),
                super::expressions::limits(&range.limits),
                range.end.as_ref().map(|end| Box::new(self.expr(end))),
            ),
            Pat::Reference(reference) => PatternKind::Reference(Box::new(self.pattern(&reference.pat))),
            Pat::Rest(_) => PatternKind::Rest,
            Pat::Struct(of) => self.struct_pattern(of),
            Pat::Tuple(tuple) => {
                PatternKind::Tuple(tuple.elems.iter().map(|part| self.pattern(part)).collect())
            }
            Pat::TupleStruct(of) => {
                let path = self.path(of.qself.as_ref(), &of.path);
                PatternKind::TupleStruct(path, of.elems.iter().map(|part| self.pattern(part)).collect())
            }
            Pat::Wild(_) => PatternKind::Wildcard,
            other => {
                let (name, instead) = unknown_pattern(other);
                self.refuse(other, name, instead);
                // What it binds is known all the same.
                match other {
                    Pat::Slice(of) => of.elems.iter().for_each(|part| drop(self.pattern(part))),
                    Pat::Type(of) => drop(self.pattern(&of.pat)),
                    _ => {}
                }
                PatternKind::Wildcard
            }
        };
        Pattern { line, kind }
    }

    fn binding(&mut self, pattern: &syn::PatIdent) -> PatternKind {
        let name = pattern.ident.unraw().to_string();
        if let (Some(by_reference), Some(_)) = (&pattern.by_ref, &pattern.mutability) {
            self.refuse(
                by_reference,
                "a `ref mut` pattern",
                "write `&mut` before the value that is matched, or assign to its place",
            );
        }
        let plain = pattern.by_ref.is_none() && pattern.mutability.is_none() && pattern.subpat.is_none();
        if plain && name.starts_with(char::is_uppercase) {
            return PatternKind::Path(self.path(None, &syn::Path::from(pattern.ident.clone())));
        }
        self.bound.insert(name.clone());
        PatternKind::Binding {
            name,
            mutable: pattern.mutability.is_some() && pattern.by_ref.is_none(),
            inner: pattern.subpat.as_ref().map(|(_, inner)| Box::new(self.pattern(inner))),
        }
    }

    fn literal_pattern(&mut self, literal: &syn::Lit) -> PatternKind {
        let expr = self.literal(literal);
        match expr {
            ExprKind::Literal(Literal::Text(_)) => {
                self.refuse(literal, "a pattern of text", "match on a number that says which");
                PatternKind::Wildcard
            }
            ExprKind::Literal(literal) => PatternKind::Literal(false, literal),
            ExprKind::Unary(UnaryOp::Negate, inner) => match inner.kind {
                ExprKind::Literal(literal) => PatternKind::Literal(true, literal),
                _ => PatternKind::Wildcard,
            },
            _ => PatternKind::Wildcard,
        }
    }

    fn struct_pattern(&mut self, pattern: &syn::PatStruct) -> PatternKind {
        let path = self.path(pattern.qself.as_ref(), &pattern.path);
        let field = |field: &syn::FieldPat| {
            self.attributes(&field.attrs);
            (member(&field.member), self.pattern(&field.pat))
        };
        PatternKind::Struct(path, pattern.fields.iter().map(field).collect())
    }
}

/// The name or number of a field.
pub(super) fn member(member: &Member) -> String {
    match member {
        Member::Named(name) => name.unraw().to_string(),
        Member::Unnamed(index) => index.index.to_string(),
    }
}

fn unknown_pattern(pattern: &Pat) -> (&'static str, &'static str) {
    match pattern {
        Pat::Const(_) => ("a `const` block in a pattern", "name the constant"),
        Pat::Macro(_) => ("a macro in a pattern", "write the pattern out"),
        Pat::Slice(_) => ("a slice pattern", "test the length and use `array[index]`"),
        Pat::Type(_) => ("a type in a pattern", "write the type behind the whole pattern"),
        _ => ("this pattern", "write `if` with a condition"),
    }
}

/// The type that stands behind the whole pattern, taken off.
pub(super) fn typed(pattern: &Pat) -> (&Pat, Option<&syn::Type>) {
    match pattern {
        Pat::Type(typed) => (&typed.pat, Some(&typed.ty)),
        other => (other, None),
    }
}
