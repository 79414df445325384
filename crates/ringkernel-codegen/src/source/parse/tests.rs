//! The forms of the subset, and what they become.

use crate::source::{Function, parse_function};

/// Reads a function with this body, and checks that its bytes are the same tree.
fn body(text: &str) -> Function {
    let text = format!("fn f(ctx: &mut RingContext, a: u32, b: u32, mut v: Vec<u32>) {{ {text} }}");
    let function = parse_function(&text).unwrap_or_else(|error| panic!("{text}: {error}"));
    let bytes = function.encode().unwrap();
    assert_eq!(Function::decode(&bytes).unwrap(), function);
    function
}

#[test]
fn every_form_of_the_subset_is_read() {
    for text in [
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
        "for x in v.iter() { } for x in &v { } for x in v { }",
        "let x = a.checked_add(1).map(|x| x + 1).unwrap_or_else(|| 3);",
        "let x = o.map(|x: u64| -> u64 { x + 1 });",
        "const N: usize = 4; let x = [0u32; N]; let y: [u32; N] = [1, 2, 3, 4]; x[2..3].len()",
        "assert!(a > 1, \"{}\", a); assert_eq!(a, b); debug_assert_ne!(a, b); unreachable!()",
        "v.push(vec![1, 2][0]); let w = vec![0u8; 4]; let e: Vec<u8> = vec![];",
        "ctx.send_to_kernel(\"target\", Number { value: 3, ..Number::default() });",
        "let t = ctx.shared_array::<u32>(4); let none = None::<u32>; let v = Vec::<u32>::with_capacity(3);",
        "#[allow(unused)] let x = a as f32 as u8; #[expect(clippy::identity_op)] { x }",
        "(v[0], v[1]) = (a, b); _ = a; *r = 3; let r = &mut v; -(a as i32); !true",
        "matches!(a, 1 | 2 if b > 3)",
        "let x = (1..5).contains(&a); let y = a.max(b)?; Ok(())",
        "let x = std::f32::consts::PI * core::cmp::max(a, b) as f32; line!()",
    ] {
        body(text);
    }
}
