//! Every form of the subset, and what it becomes.

use crate::source::{ExprKind, Function, Literal, parse_function};

/// Reads a function with this body, and checks that its bytes are the same tree.
pub(super) fn body(text: &str) -> Function {
    let text = format!(
        "fn f(ctx: &mut RingContext, a: u32, b: u32, o: Option<u32>, p: Point, r: &mut u32, mut v: Vec<u32>) {{ {text} }}"
    );
    let function = parse_function(&text).unwrap_or_else(|error| panic!("{text}: {error}"));
    let bytes = function.encode().unwrap();
    assert_eq!(Function::decode(&bytes).unwrap(), function);
    function
}

/// Bodies that hold every form of the subset.
pub(super) const FORMS: [&str; 28] = [
    "let x = 1u8 + b'a';",
    "let x: f64 = 1.5e3f64 % 1f64;",
    "let (mut x, _) = (a, b); x += 1; x <<= 2; x",
    "let Some(x) = a.checked_sub(1) else { return };",
    "if let Some(x) = a.checked_sub(1) && x > 3 { } else if a == 2 { } else { }",
    "match a { 0 | 1 => 2, x @ 2..=9 if b > 3 => x, TILE => 1, u32::MAX => 3, ..5 => 4, _ => panic!(\"x {a}\") }",
    "match p { Point { x, y: 3, .. } => x, Point { x: -1, .. } => 2, (a, .., b) => 3, Ok(Some(_)) => 4, K::A => 5 }",
    "'outer: for i in (0..a).rev().step_by(2) { loop { if i > 3 { continue 'outer } break 'outer; } }",
    "let x = 'done: { if a > 3 { break 'done 4; } 5 };",
    "let x = loop { break 7 };",
    "while let Some(x) = v.pop() { v.truncate(3); }",
    "for x in v.iter() { } for x in &v { } for x in &mut v { } for x in v { } for x in v.iter_mut() { }",
    "for (i, x) in v.iter().copied().enumerate().rev().step_by(2) { } for x in v.into_iter() { }",
    "o.unwrap_or_else(load::first); o.unwrap_or_else(Total::default); o.ok_or_else(reason); v.to_vec();",
    "let x = a.checked_add(1).map(|x| x + 1).unwrap_or_else(|| 3);",
    "let x = o.map(|x: u64| -> u64 { x + 1 });",
    "const N: usize = 4; let x = [0u32; N]; let y: [u32; N] = [1, 2, 3, 4]; x[2..3].len()",
    "assert!(a > 1, \"{}\", a); assert_eq!(a, b); debug_assert_ne!(a, b); unreachable!()",
    "v.push(vec![1, 2][0]); let w = vec![0u8; 4]; let e: Vec<u8> = vec![];",
    "ctx.send_to_kernel(\"target\", Number { value: 3, ..Number::default() });",
    "let t = ctx.shared_array::<u32>(4); let none = None::<u32>; let v = Vec::<u32>::with_capacity(3);",
    "#[allow(unused)] let x = a as f32 as u8; #[expect(clippy::identity_op)] { x }",
    "(v[0], v[1]) = (a, b); _ = a; *r = 3; let r = &mut v; -(a as i32); !true",
    "let x = o.map(double).map(Some).map_or(a, load::result).map_err(reason); o.filter(a)",
    "matches!(a, 1 | 2 if b > 3)",
    "o.collect(a);",
    "let x = (1..5).contains(&a); let y = a.max(b)?; Ok(())",
    "let x = std::f32::consts::PI * core::cmp::max(a, b) as f32; line!()",
];

#[test]
fn every_form_of_the_subset_is_read() {
    for text in FORMS {
        body(text);
    }
}

#[test]
fn shorthands_become_what_they_stand_for() {
    let value = |text: &str| body(text).body.value.map(|value| value.kind);
    assert_eq!(value("matches!(a, 1 if b > 2)"), value("match a { 1 if b > 2 => true, _ => false }"));
    assert_eq!(value("o.map(reason)"), value("o.map(|rk_argument_0| reason(rk_argument_0))"));
    assert_eq!(value("o.map(|x: u64| x)"), value("o.map(|rk_argument_0| { let x: u64 = rk_argument_0; x })"));
    assert_eq!(value("o.map(|x| -> u64 { x })"), value("o.map(|x| { let rk_value: u64 = { x }; rk_value })"));
    assert_eq!(value("Option::<u32>::None"), value("None::<u32>"));
    assert_eq!(value("std::mem::take(r)"), value("core::mem::take(r)"));
    assert_eq!(value("a.r#fn + r#b.r#min(r#load::r#result(1))"), value("a.r#fn + b.min(load::result(1))"));
    assert_eq!(value("((a)) + (b)"), value("a + b"));
    assert_eq!(
        value(
            "{ const A: u32 = B + C; const C: u32 = 1; const B: u32 = C; const _: () = assert!(A > 1); A }"
        ),
        value("{ const C: u32 = 1; const B: u32 = C; const A: u32 = B + C; A }"),
    );
    assert_eq!(value("{ let x = N; const N: u32 = 3; x }"), value("{ const N: u32 = 3; let x = N; x }"));
}

#[test]
fn literals_keep_their_digits_and_their_types() {
    let value = |text: &str| match body(text).body.value.map(|value| value.kind) {
        Some(ExprKind::Literal(literal)) => literal,
        other => panic!("{text}: {other:?}"),
    };
    let of = |name: &str| Some(name.to_owned());
    assert_eq!(value("0xff_u8"), Literal::Int(255, of("u8")));
    assert_eq!(value("18_446_744_073_709_551_615"), Literal::Int(u64::MAX, None));
    assert_eq!(value("1f32"), Literal::Float("1".to_owned(), of("f32")));
    assert_eq!(value("1_000.5e-3"), Literal::Float("1000.5e-3".to_owned(), None));
    assert_eq!(value("1e3"), Literal::Float("1e3".to_owned(), None));
    assert_eq!(value("b'a'"), Literal::Byte(97));
    assert_eq!(value("true"), Literal::Bool(true));
}
