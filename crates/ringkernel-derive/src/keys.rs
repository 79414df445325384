//! The key lists in attributes: `key`, `key = value`, `key(item, ..)`. Knows which keys exist and that each is given
//! once; what a value means is the caller's.

use proc_macro2::TokenStream;
use syn::parse::{Parse, ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{Expr, ExprLit, Ident, Lit, LitInt, LitStr, Token, UnOp};

use crate::errors::Errors;

/// One entry of a key list.
pub(crate) struct Entry {
    pub(crate) key: Ident,
    pub(crate) value: Value,
}

/// What follows the key.
pub(crate) enum Value {
    Flag,
    Assigned(Box<Expr>),
    List(TokenStream),
}

impl Parse for Entry {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        // `parse_any` so that a keyword used as a key is reported as an unknown key.
        let key = <Ident as syn::ext::IdentExt>::parse_any(input)?;
        let value = if input.peek(Token![=]) {
            input.parse::<Token![=]>()?;
            Value::Assigned(Box::new(input.parse()?))
        } else if input.peek(syn::token::Paren) {
            let content;
            syn::parenthesized!(content in input);
            Value::List(content.parse()?)
        } else {
            Value::Flag
        };
        Ok(Self { key, value })
    }
}

/// Parses a key list and keeps the entries whose keys are in `known`; unknown keys and repetitions are recorded.
/// `place` says where the list stands, as in "on a field".
pub(crate) fn parse(tokens: TokenStream, known: &[&str], place: &str, errors: &mut Errors) -> Vec<Entry> {
    let parsed = Punctuated::<Entry, Token![,]>::parse_terminated.parse2(tokens);
    let mut entries: Vec<Entry> = Vec::new();
    for entry in errors.take(parsed).into_iter().flatten() {
        if !known.iter().any(|known| entry.key == known) {
            let message = format!("unknown key `{}` {place}; the keys are {}", entry.key, listed(known));
            errors.push(&entry.key, message);
        } else {
            add_once(&mut entries, entry, errors);
        }
    }
    entries
}

/// Adds an entry unless its key is there already.
pub(crate) fn add_once(entries: &mut Vec<Entry>, entry: Entry, errors: &mut Errors) {
    if entries.iter().any(|earlier| earlier.key == entry.key) {
        errors.push(&entry.key, format!("`{}` is given twice; keep one", entry.key));
    } else {
        entries.push(entry);
    }
}

/// "`a`, `b` and `c`".
pub(crate) fn listed(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match quoted.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => quoted.concat(),
    }
}

impl Entry {
    /// The value behind `=`; `example` shows what to write.
    pub(crate) fn assigned(&self, example: &str) -> syn::Result<&Expr> {
        match &self.value {
            Value::Assigned(value) => Ok(value),
            _ => Err(syn::Error::new_spanned(
                &self.key,
                format!("`{}` needs a value: write `{example}`", self.key),
            )),
        }
    }

    /// The items within the parentheses; `example` shows what to write.
    pub(crate) fn list<T: Parse>(&self, example: &str) -> syn::Result<Vec<T>> {
        match &self.value {
            Value::List(tokens) => {
                let items = Punctuated::<T, Token![,]>::parse_terminated.parse2(tokens.clone())?;
                Ok(items.into_iter().collect())
            }
            _ => Err(syn::Error::new_spanned(
                &self.key,
                format!("`{}` is a list: write `{example}`", self.key),
            )),
        }
    }

    /// That nothing follows the key; `example` shows what to write.
    pub(crate) fn flag(&self, example: &str) -> syn::Result<()> {
        match &self.value {
            Value::Flag => Ok(()),
            _ => Err(syn::Error::new_spanned(
                &self.key,
                format!("`{}` takes no value: write `{example}`", self.key),
            )),
        }
    }
}

/// The expression inside of the invisible groups that `macro_rules!` puts around what it passes on.
pub(crate) fn ungrouped(mut value: &Expr) -> &Expr {
    while let Expr::Group(group) = value {
        value = &group.expr;
    }
    value
}

/// The string literal that an expression is, if it is one.
pub(crate) fn string(value: &Expr) -> Option<&LitStr> {
    match ungrouped(value) {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text),
        _ => None,
    }
}

/// The `true` or `false` that an expression is.
pub(crate) fn boolean(value: &Expr, what: &str) -> syn::Result<bool> {
    match ungrouped(value) {
        Expr::Lit(ExprLit { lit: Lit::Bool(boolean), .. }) => Ok(boolean.value),
        other => Err(syn::Error::new_spanned(other, format!("{what} is `true` or `false`"))),
    }
}

/// The whole number that an expression is, within `range`.
pub(crate) fn number(value: &Expr, range: std::ops::RangeInclusive<u64>, what: &str) -> syn::Result<u64> {
    let value = ungrouped(value);
    let literal: Option<&LitInt> = match value {
        Expr::Lit(ExprLit { lit: Lit::Int(literal), .. }) => Some(literal),
        _ => None,
    };
    let negative = matches!(value, Expr::Unary(unary) if matches!(unary.op, UnOp::Neg(_)));
    let (start, end) = (range.start(), range.end());
    let problem = match literal.map(LitInt::base10_parse::<u64>) {
        Some(Ok(number)) if range.contains(&number) => return Ok(number),
        None if !negative => format!("{what} is written as a whole number"),
        Some(Ok(number)) if number > *end => format!("{what} is at most {end}"),
        Some(Err(_)) => format!("{what} is at most {end}"),
        _ => format!("{what} is at least {start}"),
    };
    Err(syn::Error::new_spanned(value, problem))
}

#[cfg(test)]
mod tests {
    use super::*;
    use quote::quote;

    fn messages(tokens: TokenStream) -> Vec<String> {
        let mut errors = Errors::default();
        parse(tokens, &["id", "priority"], "on a field", &mut errors);
        errors.finish().err().into_iter().flatten().map(|error| error.to_string()).collect()
    }

    #[test]
    fn known_keys_are_accepted_in_every_shape() {
        assert!(messages(quote!(id, priority = 3)).is_empty());
        assert!(messages(quote!(id(A, B), priority = "x",)).is_empty());
        assert!(messages(quote!()).is_empty());
    }

    #[test]
    fn unknown_and_repeated_keys_are_all_reported() {
        let found = messages(quote!(type, id, id, colour = 3));
        assert_eq!(
            found,
            [
                "unknown key `type` on a field; the keys are `id` and `priority`",
                "`id` is given twice; keep one",
                "unknown key `colour` on a field; the keys are `id` and `priority`",
            ]
        );
    }

    #[test]
    fn numbers_outside_their_range_are_refused_with_the_range() {
        let check = |text: &str, range, expected: Result<u64, &str>| {
            let value: Expr = syn::parse_str(text).expect("an expression");
            let actual = number(&value, range, "`n`").map_err(|error| error.to_string());
            assert_eq!(actual, expected.map_err(str::to_owned), "{text}");
        };
        check("7", 1..=8, Ok(7));
        check("0x10", 0..=u64::MAX, Ok(16));
        check("9", 1..=8, Err("`n` is at most 8"));
        check("0", 1..=u64::from(u32::MAX), Err("`n` is at least 1"));
        check("-1", 1..=8, Err("`n` is at least 1"));
        check("99999999999999999999999", 1..=8, Err("`n` is at most 8"));
        check("\"7\"", 1..=8, Err("`n` is written as a whole number"));
        check("2.5", 1..=8, Err("`n` is written as a whole number"));
    }
}
