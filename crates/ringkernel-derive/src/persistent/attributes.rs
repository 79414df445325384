//! What `#[persistent_message(..)]` says on a struct: the handler, and what comes back from it.

use quote::quote;
use syn::{DeriveInput, Expr, Meta, Type};

use crate::errors::Errors;
use crate::keys::{self, Entry};

const KEYS: &[&str] = &["handler_id", "requires_response", "response", "beside_ring_message"];
const MISSING: &str =
    "a persistent message names its handler: write `#[persistent_message(handler_id = 1)]` on the struct";

/// What is said.
#[derive(Debug, Default)]
pub(super) struct Said {
    pub(super) handler_id: Option<u32>,
    pub(super) requires_response: bool,
    /// `None` stands for `()`.
    pub(super) response: Option<Type>,
    /// That another derive implements `RingMessage`.
    pub(super) beside_ring_message: bool,
}

/// Reads the attributes of the struct.
pub(super) fn read(input: &DeriveInput, errors: &mut Errors) -> Said {
    let mut said = Said::default();
    let entries = entries(input, errors);
    if !entries.iter().any(|entry| entry.key == "handler_id") {
        errors.push(&input.ident, MISSING);
    }
    for entry in entries {
        if entry.key == "handler_id" {
            let number = entry
                .assigned("handler_id = 1")
                .and_then(|value| keys::number(value, 0..=u64::from(u32::MAX), "`handler_id`"));
            said.handler_id = errors.take(number).and_then(|number| u32::try_from(number).ok());
        } else if entry.key == "requires_response" {
            let value = entry
                .assigned("requires_response = true")
                .and_then(|value| keys::boolean(value, "`requires_response`"));
            said.requires_response = errors.take(value).unwrap_or_default();
        } else if entry.key == "response" {
            said.response = errors.take(entry.assigned("response = Sum").and_then(message_type));
        } else {
            said.beside_ring_message = true;
            errors.take(entry.flag("beside_ring_message"));
        }
    }
    said
}

/// Every entry of every `#[persistent_message(..)]` on the struct.
fn entries(input: &DeriveInput, errors: &mut Errors) -> Vec<Entry> {
    let mut found = Vec::new();
    for attribute in &input.attrs {
        if !attribute.path().is_ident("persistent_message") {
            continue;
        }
        match &attribute.meta {
            Meta::List(list) => {
                for entry in keys::parse(list.tokens.clone(), KEYS, "on a persistent message", errors) {
                    keys::add_once(&mut found, entry, errors);
                }
            }
            _ => errors.push(
                attribute,
                format!("this says nothing; the keys on a persistent message are {}", keys::listed(KEYS)),
            ),
        }
    }
    found
}

/// The type that an expression is the name of.
fn message_type(value: &Expr) -> syn::Result<Type> {
    let value = keys::ungrouped(value);
    let is_unit = matches!(value, Expr::Tuple(tuple) if tuple.elems.is_empty());
    if is_unit || matches!(value, Expr::Path(_)) {
        return syn::parse2(quote!(#value));
    }
    Err(syn::Error::new_spanned(value, "`response` is the name of a message type: write `response = Sum`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_from(source: &str) -> Result<Said, Vec<String>> {
        let input: DeriveInput = syn::parse_str(source).expect("a struct");
        let mut errors = Errors::default();
        let said = read(&input, &mut errors);
        match errors.finish() {
            Ok(()) => Ok(said),
            Err(error) => Err(error.into_iter().map(|error| error.to_string()).collect()),
        }
    }

    #[test]
    fn printed_forms_are_read() {
        let check = |attribute: &str, id: u32, requires: bool, response: &str| {
            let said = read_from(&format!("#[persistent_message({attribute})] struct A;")).expect(attribute);
            let named = said.response.map(|ty| quote!(#ty).to_string()).unwrap_or_default();
            assert_eq!((said.handler_id, said.requires_response, &*named), (Some(id), requires, response));
        };
        check("handler_id = 1, requires_response = true", 1, true, "");
        check("handler_id = 4294967295", u32::MAX, false, "");
        check("handler_id = 0, requires_response = false, response = Sum", 0, false, "Sum");
        check("handler_id = 2, response = ()", 2, false, "()");
        check("handler_id = 3, response = crate::bank::Sum", 3, false, "crate :: bank :: Sum");
    }

    #[test]
    fn mistakes_are_named() {
        let check = |source: &str, expected: &[&str]| {
            assert_eq!(read_from(source).err().unwrap_or_default(), expected, "{source}");
        };
        check("struct A;", &[MISSING]);
        check(
            "#[persistent_message(handler_id = 4294967296)] struct A;",
            &["`handler_id` is at most 4294967295"],
        );
        check(
            "#[persistent_message(handler_id = 1, requires_response = 1)] struct A;",
            &["`requires_response` is `true` or `false`"],
        );
        check(
            "#[persistent_message(handler_id = 1, response = 5)] struct A;",
            &["`response` is the name of a message type: write `response = Sum`"],
        );
    }
}
