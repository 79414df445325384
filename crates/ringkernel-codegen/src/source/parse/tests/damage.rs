//! Text that is almost in the subset, and bytes that are almost a tree: both are read or refused, and never panic.

use proc_macro2::{Group, TokenStream, TokenTree};
use proptest::prelude::*;
use quote::quote;

use super::forms::{FORMS, body};
use crate::source::{Function, function, paths};

/// The tokens with the one that `at` counts to removed, or written twice.
fn damaged(tokens: TokenStream, at: &mut usize, twice: bool) -> TokenStream {
    let mut result = Vec::new();
    for token in tokens {
        let hit = *at == 0;
        *at = at.wrapping_sub(1);
        let token = match token {
            TokenTree::Group(group) => {
                Group::new(group.delimiter(), damaged(group.stream(), at, twice)).into()
            }
            other => other,
        };
        match (hit, twice) {
            (false, _) => result.push(token),
            (true, false) => {}
            (true, true) => result.extend([token.clone(), token]),
        }
    }
    result.into_iter().collect()
}

proptest! {
    #[test]
    fn damaged_functions_are_read_or_refused(form in 0..FORMS.len(), mut at in 0usize..120, twice: bool) {
        let tokens: TokenStream = FORMS[form].parse().unwrap();
        let tokens = damaged(tokens, &mut at, twice);
        let item = syn::parse2(quote!(fn f(ctx: &mut RingContext, a: u32, b: u32, o: Option<u32>, p: Point, r: &mut u32, mut v: Vec<u32>) {
            #tokens
        }));
        if let Ok(parsed) = item.and_then(|item| function(&item)) {
            let bytes = parsed.function.encode().unwrap();
            prop_assert_eq!(&Function::decode(&bytes).unwrap(), &parsed.function);
            prop_assert_eq!(parsed.paths().len(), paths(&parsed.function).len());
        }
    }

    #[test]
    fn damaged_bytes_are_decoded_or_refused(form in 0..FORMS.len(), at: prop::sample::Index, value: u8) {
        let mut bytes = body(FORMS[form]).encode().unwrap();
        let at = at.index(bytes.len());
        bytes[at] = value;
        if let Ok(found) = Function::decode(&bytes) {
            paths(&found);
        }
    }
}
