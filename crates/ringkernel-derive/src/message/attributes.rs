//! What `#[message(..)]` and `#[ring_message(..)]` say: the type id and domain of the struct, the roles of its fields.

use proc_macro2::{Ident, TokenStream, TokenTree};
use syn::{Attribute, Expr, Field, LitStr, Meta};

use super::domain::{self, NamedDomain};
use crate::errors::Errors;
use crate::keys::{self, Entry, Value};

/// Type ids from here on are those made from type names.
const FIRST_HASHED_TYPE_ID: u64 = 1 << 63;

/// What can be said on the struct.
const KEYS: [&str; 4] = ["type_id", "domain", "k2k_routable", "category"];

/// What is said on the struct.
#[derive(Default)]
pub(crate) struct OnStruct {
    pub(crate) type_id: Option<u64>,
    pub(crate) domain: Option<NamedDomain>,
    /// Whether the type is for messages between kernels, where that is said.
    pub(crate) k2k_routable: Option<bool>,
    /// The group of types that it belongs to.
    pub(crate) category: Option<LitStr>,
}

/// The fields that play a part in the header, by their names.
#[derive(Default)]
pub(crate) struct Roles {
    pub(crate) id: Option<Field>,
    pub(crate) correlation: Option<Field>,
    pub(crate) priority: Option<Field>,
    /// The priority of a message whose `u8` field is zero.
    pub(crate) default_priority: Option<TokenStream>,
}

/// Reads the attributes of the struct.
pub(crate) fn on_struct(attributes: &[Attribute], errors: &mut Errors) -> OnStruct {
    let mut found = OnStruct::default();
    let mut type_id = None;
    for entry in entries(attributes, &KEYS, "on a message", errors) {
        if entry.key == "domain" {
            let named = entry.assigned("domain = \"General\"").and_then(domain::parse);
            found.domain = errors.take(named);
        } else if entry.key == "k2k_routable" {
            let routable = entry
                .assigned("k2k_routable = true")
                .and_then(|value| keys::boolean(value, "`k2k_routable`"));
            found.k2k_routable = errors.take(routable);
        } else if entry.key == "category" {
            found.category = errors.take(entry.assigned("category = \"orders\"").and_then(category));
        } else {
            type_id = errors.take(entry.assigned("type_id = 7").cloned());
        }
    }
    if let Some(value) = type_id {
        let (last, what) = match &found.domain {
            Some(domain) => {
                (domain.last_position(), "within a domain, `type_id` counts from the start of its range: it")
            }
            None => (FIRST_HASHED_TYPE_ID - 1, "`type_id`"),
        };
        found.type_id = errors.take(keys::number(&value, 0..=last, what));
    }
    found
}

/// The name behind `category = `.
fn category(value: &Expr) -> syn::Result<LitStr> {
    match keys::string(value) {
        Some(name) if !name.value().is_empty() => Ok(name.clone()),
        _ => Err(syn::Error::new_spanned(value, "a category is a name: write `category = \"orders\"`")),
    }
}

/// Reads the attributes of the fields.
pub(crate) fn on_fields(fields: &[Field], errors: &mut Errors) -> Roles {
    let mut roles = Roles::default();
    for field in fields {
        let mut role: Option<Ident> = None;
        for entry in entries(&field.attrs, &["id", "correlation", "priority"], "on a field", errors) {
            if let Some(earlier) = role.replace(entry.key.clone()) {
                errors.push(
                    &entry.key,
                    format!("this field is the message's `{earlier}` already: use another field"),
                );
            } else if entry.key == "priority" {
                roles.default_priority = errors.take(default_priority(&entry)).flatten();
                play(&mut roles.priority, field, &entry, errors);
            } else {
                errors.take(entry.flag(&format!("#[message({})]", entry.key)));
                let slot = if entry.key == "id" { &mut roles.id } else { &mut roles.correlation };
                play(slot, field, &entry, errors);
            }
        }
    }
    roles
}

/// Gives the role to `field`, unless an earlier field has it.
fn play(slot: &mut Option<Field>, field: &Field, entry: &Entry, errors: &mut Errors) {
    match slot.as_ref().and_then(|earlier| earlier.ident.as_ref()) {
        Some(earlier) => {
            let message =
                format!("a message has one `{}` field, and `{earlier}` is it: keep one of them", entry.key);
            errors.push(&entry.key, message);
        }
        None => *slot = Some(field.clone()),
    }
}

/// The expression behind `priority = `, without its quotes.
fn default_priority(entry: &Entry) -> syn::Result<Option<TokenStream>> {
    match &entry.value {
        Value::Flag => Ok(None),
        Value::Assigned(value) => match keys::string(value) {
            Some(text) => match text.parse::<Expr>() {
                Ok(value) => Ok(Some(quote::quote!(#value))),
                Err(_) => Err(syn::Error::new_spanned(
                    text,
                    "this is no expression: write `priority = \"priority::HIGH\"` or `priority = 160`",
                )),
            },
            None => Ok(Some(quote::quote!(#value))),
        },
        Value::List(_) => Err(syn::Error::new_spanned(
            &entry.key,
            "the default follows a sign: write `priority = \"priority::HIGH\"`",
        )),
    }
}

/// Every entry of every `#[message(..)]` and `#[ring_message(..)]` among `attributes`.
fn entries(attributes: &[Attribute], known: &[&str], place: &str, errors: &mut Errors) -> Vec<Entry> {
    let mut found = Vec::new();
    for attribute in attributes {
        if !attribute.path().is_ident("message") && !attribute.path().is_ident("ring_message") {
            continue;
        }
        match &attribute.meta {
            Meta::List(list) => {
                for entry in keys::parse(list.tokens.clone(), known, place, errors) {
                    keys::add_once(&mut found, entry, errors);
                }
            }
            _ => errors
                .push(attribute, format!("this says nothing; the keys {place} are {}", keys::listed(known))),
        }
    }
    found
}

/// Whether `tokens` name something by a path that starts with `priority`, so that the module has to be in scope.
pub(crate) fn names_the_priority_module(tokens: TokenStream) -> bool {
    let mut follows_colon = false;
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        let next_is_colon = matches!(tokens.peek(), Some(TokenTree::Punct(punct)) if punct.as_char() == ':');
        let found = match &token {
            TokenTree::Ident(ident) => ident == "priority" && next_is_colon && !follows_colon,
            TokenTree::Group(group) => names_the_priority_module(group.stream()),
            _ => false,
        };
        if found {
            return true;
        }
        follows_colon = matches!(&token, TokenTree::Punct(punct) if punct.as_char() == ':');
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use syn::DeriveInput;

    fn errors_of(source: &str) -> Vec<String> {
        let input: DeriveInput = syn::parse_str(source).expect("a struct");
        let mut errors = Errors::default();
        on_struct(&input.attrs, &mut errors);
        if let syn::Data::Struct(data) = &input.data {
            on_fields(&data.fields.iter().cloned().collect::<Vec<_>>(), &mut errors);
        }
        errors.finish().err().into_iter().flatten().map(|error| error.to_string()).collect()
    }

    #[test]
    fn printed_forms_are_accepted() {
        let check = |source: &str| assert_eq!(errors_of(source), [""; 0], "{source}");
        check("#[message(type_id = 3)] struct A;");
        check("#[ring_message(type_id = 99, domain = \"fraud\")] struct A;");
        check("#[message(domain = Domain::Custom)] #[message(type_id = 5000)] struct A;");
        check("#[message(type_id = 3, k2k_routable = true, category = \"orders\")] struct A;");
        check(
            "struct A { #[message(id)] id: Uuid, #[message(correlation)] c: Option<Uuid>, #[message(priority)] p: u8 }",
        );
        check("struct A { #[message(priority = \"priority::NORMAL\")] p: u8 }");
        check("struct A { #[message(priority = 128)] p: u8 }");
        check("struct A { #[message(priority = \"200\")] p: u8 }");
        check("struct A { #[message(priority = priority::HIGH + 1)] p: u8 }");
    }

    #[test]
    fn mistakes_are_named() {
        let check = |source: &str, expected: &[&str]| assert_eq!(errors_of(source), expected, "{source}");
        check(
            "#[message] struct A;",
            &[
                "this says nothing; the keys on a message are `type_id`, `domain`, `k2k_routable` and `category`",
            ],
        );
        check(
            "#[message(type_id = 1)] #[message(type_id = 2)] struct A;",
            &["`type_id` is given twice; keep one"],
        );
        check(
            "#[message(domain = \"fraud\", type_id = 100)] struct A;",
            &["within a domain, `type_id` counts from the start of its range: it is at most 99"],
        );
        check(
            "#[message(type_id = 9223372036854775808)] struct A;",
            &["`type_id` is at most 9223372036854775807"],
        );
        check(
            "#[message(k2k_routable)] struct A;",
            &["`k2k_routable` needs a value: write `k2k_routable = true`"],
        );
        check("#[message(k2k_routable = 1)] struct A;", &["`k2k_routable` is `true` or `false`"]);
        check(
            "#[message(category = \"\")] struct A;",
            &["a category is a name: write `category = \"orders\"`"],
        );
        check(
            "#[message(category = orders)] struct A;",
            &["a category is a name: write `category = \"orders\"`"],
        );
        check(
            "struct A { #[message(id)] a: Uuid, #[message(id)] b: Uuid }",
            &["a message has one `id` field, and `a` is it: keep one of them"],
        );
        check(
            "struct A { #[message(id, correlation)] a: Uuid }",
            &["this field is the message's `id` already: use another field"],
        );
        check("struct A { #[message(id = 3)] a: Uuid }", &["`id` takes no value: write `#[message(id)]`"]);
        check(
            "struct A { #[message(priority = \"1 +\")] a: u8 }",
            &["this is no expression: write `priority = \"priority::HIGH\"` or `priority = 160`"],
        );
    }

    #[test]
    fn the_priority_module_is_recognised_only_at_the_start_of_a_path() {
        let check = |text: &str, expected: bool| {
            let tokens: TokenStream = text.parse().expect("tokens");
            assert_eq!(names_the_priority_module(tokens), expected, "{text}");
        };
        check("priority::NORMAL", true);
        check("u8::min(200, priority :: HIGH)", true);
        check("{ priority::LOW }", true);
        check("crate::priority::LOW", false);
        check("priority", false);
        check("200", false);
    }
}
