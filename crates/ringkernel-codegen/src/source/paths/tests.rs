//! Which names need a binding, and as what.

use quote::ToTokens;

use super::PathKind::{self, Call, Default, Type, Value, Variant};
use crate::source::{function, method, paths};

#[track_caller]
fn check(body: &str, expected: &[(&str, PathKind)]) {
    let text = format!("fn f(ctx: &mut RingContext, a: u32, o: Option<u32>) {{ {body} }}");
    let parsed = function(&syn::parse_str(&text).unwrap()).unwrap();
    let found = paths(&parsed.function);
    let found: Vec<(&str, PathKind)> = found.iter().map(|found| (found.name.as_str(), found.kind)).collect();
    assert_eq!(found, expected, "{body}");
    assert_eq!(parsed.paths().len(), expected.len(), "every name has been written somewhere: {body}");
}

#[test]
fn types_are_found_where_types_stand() {
    check("let x: Total = g(a as Kind);", &[("Total", Type), ("g", Call), ("Kind", Type)]);
    check("load::Done { value: a, ..rest() };", &[("load::Done", Type), ("rest", Call)]);
    check("if let Point { x, .. } = p() { x; }", &[("p", Call), ("Point", Type)]);
    check("ctx.try_receive_from_kernel::<Number>(a);", &[("Number", Type)]);
    check("let x: Vec<Option<[Total; 3]>> = Vec::new();", &[("Total", Type)]);
    check("Meters(3); load::Meters(4);", &[("Meters", Type), ("load::Meters", Type)]);
    check("if let Meters(x) = m() { x; }", &[("m", Call), ("Meters", Type)]);
}

#[test]
fn values_are_told_apart_by_their_case() {
    check(
        "TILE + load::MOST; CorrelationId::NIL;",
        &[("TILE", Value), ("load::MOST", Value), ("CorrelationId::NIL", Value)],
    );
    check(
        "Fine; load::Fine; Kind::Fast; Axis::X; N;",
        &[("Fine", Type), ("load::Fine", Type), ("Kind::Fast", Variant), ("Axis::X", Value), ("N", Value)],
    );
    check(
        "match a { LIMIT => 1, Kind::Fast | MIN..=MAX => 2, _ => 3 };",
        &[("LIMIT", Value), ("Kind::Fast", Variant), ("MIN", Value), ("MAX", Value)],
    );
    check("[0u8; SIZE]; let x: [u8; SIZE];", &[("SIZE", Value)]);
    check("std::f32::consts::PI;", &[("core::f32::consts::PI", Value)]);
}

#[test]
fn functions_bring_their_types() {
    check("result(a); load::result(a);", &[("result", Call), ("load::result", Call)]);
    check(
        "Number::of(a); load::Number::of(a);",
        &[("Number::of", Call), ("Number", Type), ("load::Number::of", Call), ("load::Number", Type)],
    );
    check(
        "Total { a, ..Total::default() }; Total::default();",
        &[("Total", Type), ("Total::default", Default)],
    );
    check("o.map(double).unwrap_or_else(load::one);", &[("double", Call), ("load::one", Call)]);
    check("o.unwrap_or_else(Total::default); o.or_else(Default::default);", &[("Total::default", Default)]);
}

#[test]
fn local_names_need_no_binding() {
    check("let b = a; { let c = b; c + b }; const N: u32 = 3; N + a;", &[]);
    check("{ const N: u32 = 3; N }; N;", &[("N", Value)]);
    check("o.map(|x| x + a); match o { Some(y) if y > 1 => y, _ => 0 };", &[]);
    check("for i in 0..a { i; } while let Some(z) = o { z; } let Some(w) = o else { return }; w;", &[]);
}

#[test]
fn names_of_the_language_need_no_binding() {
    check("u32::MAX; f32::from_bits(a); u64::from(a) as i8; Vec::<u8>::with_capacity(3);", &[]);
    check("Some(Ok(Err(None::<u32>))); Option::None::<u32>; drop(a); Default::default();", &[]);
    check(
        "std::mem::swap(a, a); core::cmp::max(a, a); let x: &Shared<u32>; let _: std::option::Option<u32>;",
        &[],
    );
    check(
        "let x: &SharedArray<u32, 64>; let y: &AtomicArray<Kind, SIZE>;",
        &[("Kind", Type), ("SIZE", Value)],
    );
}

#[test]
fn names_are_given_as_they_were_written() {
    let item = syn::parse_str(
        "fn work(&mut self, w: load::Work) -> Done { Self::helper(w); Self::LIMIT; Self { salt: 1 }; load::result(1) }",
    );
    let ty = syn::parse_str("load::Load").unwrap();
    let parsed = method(&item.unwrap(), &ty).unwrap();
    let found: Vec<(String, String)> = parsed
        .paths()
        .into_iter()
        .map(|(found, path)| (found.name, path.to_token_stream().to_string().replace(' ', "")))
        .collect();
    let names =
        ["load::Load", "load::Work", "Done", "load::Load::helper", "load::Load::LIMIT", "load::result"];
    assert_eq!(found.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), names);
    assert!(found.iter().all(|(name, path)| name == path), "{found:?}");
}
