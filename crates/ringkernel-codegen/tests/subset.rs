//! What the page on the device subset promises is linked: every form of it, and every method that it names.

use ringkernel_abi::device::{Item, Overflow};
use ringkernel_abi::{EnumLayout, FieldLayout, Scalar, StructLayout, TypeLayout};
use ringkernel_codegen::link::{TextFunction, link_functions};
use ringkernel_codegen::source::parse_function;

/// Links functions from text; each starts on a line of its own with `fn`.
fn check(text: &str) -> Result<(), String> {
    let starts: Vec<usize> = text.match_indices("fn ").map(|(at, _)| at).collect();
    let ends = starts.iter().skip(1).copied().chain([text.len()]);
    let mut functions = Vec::new();
    for (start, end) in starts.iter().copied().zip(ends) {
        let tree = parse_function(&text[start..end]).map_err(|error| format!("{text}: {error}"))?;
        functions.push(TextFunction { tree, file: "subset.rs".to_owned(), overflow: Overflow::Faults });
    }
    link_functions(&functions, &resolve).map(|_| ()).map_err(|error| format!("{text}: {error}"))
}

/// Checks all, and names all that fail.
#[track_caller]
fn check_all<'t>(texts: impl IntoIterator<Item = &'t str>) {
    let failed: Vec<String> = texts.into_iter().filter_map(|text| check(text).err()).collect();
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

#[test]
fn statements_and_control_flow_are_linked() {
    check_all([
        "fn f(a: u32) -> u32 { let Some(x) = a.checked_sub(1) else { return 7; }; x }",
        "fn f(a: u32, o: Option<u32>) -> u32 { if let Some(x) = o && x > 3 { x } else if a == 2 { 1 } else { 0 } }",
        "fn f(a: u32) -> u32 { match a { 0 | 1 => 2, x @ 2..=9 if x > 3 => x, u32::MAX => 3, ..5 => 4, _ => panic!(\"{a}\") } }",
        "fn f(a: i32) -> i32 { match a { -3 => 1, i32::MIN..=-1 => 2, 0 => 3, 1.. => 4, } }",
        "fn f(a: u32) -> u32 { 'outer: for i in (0..a).rev().step_by(2) { loop { if i > 3 { continue 'outer } break 'outer; } } a }",
        "fn f(a: u32) -> u32 { let x = 'done: { if a > 3 { break 'done 4; } 5 }; x + loop { break 7 } }",
        "fn f(a: u32) -> u32 { let mut v = vec![a; 3]; v.push(4); let mut s = 0; while let Some(x) = v.pop() { s += x; v.truncate(2); } s }",
        "fn f(a: [u32; 4]) -> u32 { let mut s = 0; for x in a.iter() { s += x; } for x in &a { s += *x; } for x in a { s += x; } s }",
        "fn f(mut a: [u32; 4]) -> u32 { for x in &mut a { *x += 1; } for x in a.iter_mut() { *x *= 2; } a[3] }",
        "fn f(a: [u32; 4]) -> usize { let mut s = 0; for (i, x) in a.iter().copied().enumerate() { if x > 1 { s += i; } } s }",
        "fn f(a: [u32; 4]) -> u32 { let mut s = 0; for (i, x) in a.iter().enumerate().rev().step_by(2) { s += i as u32 * *x; } for x in a.into_iter() { s += x; } s }",
        "fn f(a: u32) -> u32 { const N: usize = M + 2; const M: usize = 2; let x = [a; N]; let y: [u32; N] = [1, 2, 3, 4]; x[1] + y[2] }",
        "fn f(a: u32, b: u32) -> u32 { let (mut x, mut y) = (a, b); (x, y) = (y, x); _ = y; x <<= 2; y |= 1; x ^ y }",
        "fn f(a: u32) -> Option<u32> { let x = a.checked_add(1)?; if x > 3 { return None; } Some(x) }",
        "fn f(a: u32) -> Result<u32, u8> { let x = g(a)?; Ok(x + 1) } fn g(a: u32) -> Result<u32, u8> { if a == 0 { Err(3) } else { Ok(a - 1) } }",
        "fn f(t: (u32, (u8, bool))) -> u32 { let (a, (b, c)) = t; match t { (1, (2, true)) => 1, (x, ..) if c => x, _ => a + b as u32 } }",
        "fn f(a: u32) -> bool { matches!(a, 1 | 2 if a > 1) && (1..5).contains(&a) && !(1..=5).contains(&a) }",
        "fn f(a: u32) -> u32 { assert!(a > 1, \"{}\", a); assert_eq!(a, 2); assert_ne!(a, 3, \"no\"); debug_assert!(a < 9); debug_assert_eq!(a, 2); if a > 3 { unreachable!() } line!() }",
        "fn f(a: u32) -> u32 { if a > 3 { a } else { panic!() } }",
        "fn f(a: u32) -> u32 { let x; if a > 3 { x = 1; } else { x = 2; } x }",
        "fn f(a: &[u32]) -> usize { let s = &a[1..3]; s.len() + a[..2].len() + a[2..].len() + a[..=1].len() }",
    ]);
}

#[test]
fn functions_and_references_are_linked() {
    check_all([
        "fn f(a: u32) -> u32 { let mut x = a; g(&mut x, &a); x } fn g(x: &mut u32, y: &u32) { *x += *y; }",
        "fn f(mut a: u32, mut b: u32) -> u32 { std::mem::swap(&mut a, &mut b); let c = core::mem::replace(&mut a, 3); let d = std::mem::take(&mut b); a + b + c + d }",
        "fn f(a: u32, b: u32) -> u32 { drop(a); std::cmp::max(a, core::cmp::min(b, 3)) }",
        "fn f(o: Option<u32>) -> u32 { o.map(g).map_or(1, g) } fn g(a: u32) -> u32 { a + 1 }",
        "fn f(o: Option<u32>) -> u32 { o.unwrap_or_else(one) + o.map_or_else(one, |x| x + 1) } fn one() -> u32 { 1 }",
        "fn f(o: Option<u32>) -> Option<Option<u64>> { o.map(u64::from).map(Some) }",
        "fn f(o: Option<u32>) -> u64 { o.map(|x: u32| -> u64 { x as u64 + 1 }).unwrap_or(2) }",
        "fn f(a: u32) -> u32 { let mut n = 0; let o = a.checked_sub(3).map(|x| { n += 1; x + n }); o.unwrap_or(n) }",
        "fn f(a: [u32; 4]) -> u32 { let r = &a; let s = &r[1..]; r[0] + s[0] }",
        "fn f(a: u32) -> u32 { let mut t = (a, [1, 2]); let p = &mut t.1[1]; *p += a; let q = &t; q.1[1] + q.0 }",
        "fn f() -> bool { None::<u32>.is_none() && Ok::<u8, u16>(1).is_ok() && Option::<u64>::None.is_none() }",
        "fn f(o: Option<Option<u32>>) -> u32 { o.map_or(0, |i| i.map_or(1, |x| x + i.map_or(0, |x| x * 2))) }",
        "fn f(a: u32) -> u32 { let a = a + 1; let a = { let a = a * 2; a + 1 }; if let a @ 3.. = a { a } else { 0 } }",
    ]);
}

#[test]
fn everyday_methods_are_linked() {
    let option = [
        "o.is_some()",
        "o.is_none()",
        "o.is_some_and(|x| x > 1)",
        "o.is_none_or(|x| x > 1)",
        "o.unwrap() > 1",
        "o.expect(\"one\") > 1",
        "o.unwrap_or(3) > 1",
        "o.unwrap_or_default() > 1",
        "o.filter(|x| *x > 1).is_some()",
        "o.and_then(|x| x.checked_sub(1)).is_some()",
        "o.or(Some(1)).is_some()",
        "o.or_else(|| Some(1)).is_some()",
        "o.xor(None).is_some()",
        "o.and(Some(1u8)).is_some()",
        "o.ok_or(3u8).is_ok()",
        "o.ok_or_else(|| 3u8).is_err()",
        "o == Some(3)",
        "o.as_ref().is_some()",
        "o.clone().is_some()",
    ];
    let result = [
        "r.is_ok()",
        "r.is_err()",
        "r.is_ok_and(|x| x > 1)",
        "r.is_err_and(|e| e > 1)",
        "r.ok().is_some()",
        "r.err().is_some()",
        "r.unwrap() > 1",
        "r.unwrap_err() > 1",
        "r.unwrap_or(2) > 1",
        "r.unwrap_or_else(|e| e as u32) > 1",
        "r.map(|x| x + 1).is_ok()",
        "r.map_err(|e| e as u16).is_ok()",
        "r.and_then(|x| if x > 1 { Ok(x) } else { Err(2) }).is_ok()",
        "r.map_or(false, |x| x > 1)",
        "r.map_or_else(|e| e > 1, |x| x > 1)",
        "r.or_else(|e| if e > 1 { Ok(1) } else { Err(e) }).is_ok()",
    ];
    let scalar = [
        "true.then(|| 3) == Some(3)",
        "false.then_some(3) == None",
        "u32::BITS > 1",
        "u32::max(a, 3) > 1",
        "u64::from(a) > 1",
        "f32::from_bits(a) > 1.0",
        "std::f32::consts::PI > 3.0",
        "(a as f64).powi(3) > f64::EPSILON",
        "a as i64 - 3 > i64::from(-1i32)",
        "-128i8 < 0",
        "i64::MIN == -9_223_372_036_854_775_808",
        "b'a' == 97",
        "a.overflowing_add(3).1",
        "(a as f32).sin_cos().0 > (a as f32).to_bits() as f32",
        "u8::from(a > 3) == 1",
    ];
    let of = |parameters: &str, value: &str| format!("fn f({parameters}) -> bool {{ {value} }}");
    let texts: Vec<String> = option
        .iter()
        .map(|value| of("o: Option<u32>", value))
        .chain(result.iter().map(|value| of("r: Result<u32, u8>", value)))
        .chain(scalar.iter().map(|value| of("a: u32", value)))
        .collect();
    check_all(texts.iter().map(String::as_str));
}

#[test]
fn methods_of_numbers_are_linked() {
    let integer = "pow(3) wrapping_add(b) wrapping_sub(b) wrapping_mul(b) wrapping_div(b) wrapping_rem(b) wrapping_neg() wrapping_shl(3) wrapping_shr(3) wrapping_pow(3) saturating_add(b) saturating_sub(b) saturating_mul(b) rem_euclid(b) div_euclid(b) swap_bytes() reverse_bits() rotate_left(3) rotate_right(3) min(b) max(b) clamp(1,b)";
    let of_any = "checked_add(b) checked_sub(b) checked_mul(b) checked_div(b) checked_rem(b) checked_neg() checked_shl(3) checked_shr(3)";
    let counts =
        "count_ones() count_zeros() leading_zeros() leading_ones() trailing_zeros() trailing_ones() ilog2()";
    let unsigned = "div_ceil(b) next_multiple_of(b) next_power_of_two()";
    let signed = "abs() wrapping_abs() signum()";
    let float = "abs() signum() sqrt() cbrt() floor() ceil() trunc() round() round_ties_even() fract() mul_add(b,c) recip() copysign(b) exp() exp2() ln() log2() log10() log(b) sin() cos() tan() asin() acos() atan() atan2(b) sinh() cosh() tanh() powf(b) powi(3) hypot(b) to_degrees() to_radians() min(b) max(b) clamp(1.0,b) rem_euclid(b)";
    let tests = "is_nan() is_infinite() is_finite() is_sign_negative() is_sign_positive()";
    let mut texts = Vec::new();
    let mut add = |types: &[&str], result: &str, calls: &str| {
        for ty in types {
            for call in calls.split(' ') {
                let result = result.replace("Self", ty);
                texts.push(format!("fn f(a: {ty}, b: {ty}, c: {ty}) -> {result} {{ a.{call} }}"));
            }
        }
    };
    let unsigned_types = ["u8", "u16", "u32", "u64", "usize"];
    let signed_types = ["i8", "i16", "i32", "i64"];
    for integers in [&unsigned_types[..], &signed_types[..]] {
        add(integers, "Self", integer);
        add(integers, "Option<Self>", of_any);
        add(integers, "u32", counts);
        add(integers, "(Self, bool)", "overflowing_add(b) overflowing_sub(b) overflowing_mul(b)");
    }
    add(&unsigned_types, "Self", unsigned);
    add(&unsigned_types, "bool", "is_power_of_two() is_multiple_of(b)");
    add(&signed_types, "Self", signed);
    add(&signed_types, "bool", "is_positive() is_negative()");
    add(&["f32", "f64"], "Self", float);
    add(&["f32", "f64"], "bool", tests);
    check_all(texts.iter().map(String::as_str));
}

#[test]
fn methods_of_vectors_are_linked() {
    let calls = [
        "v.len() > 1",
        "v.is_empty()",
        "v.first() == Some(&3)",
        "v.last().is_some()",
        "v.get(3).is_none()",
        "v.contains(&3)",
        "{ v.push(3); v.pop() == Some(3) }",
        "{ v.swap(0, 1); v[0] > 1 }",
        "{ v.fill(3); v[0] > 1 }",
        "{ v.truncate(1); v.clear(); true }",
        "{ v.extend_from_slice(&[1, 2]); true }",
        "{ let w = Vec::<u32>::with_capacity(3); w.is_empty() }",
        "{ let mut w = Vec::new(); w.push(3u8); w[0] == 3 }",
        "v[1..].to_vec().len() > 1",
        "v.as_slice()[0] > 1",
    ];
    let texts: Vec<String> = calls
        .iter()
        .map(|call| format!("fn f() -> bool {{ let mut v = vec![1u32, 2]; v[0] = 4; {call} }}"))
        .collect();
    check_all(texts.iter().map(String::as_str));
}

const POINT: StructLayout = StructLayout {
    name: "Point",
    size: 16,
    align: 8,
    fields: &[
        FieldLayout { name: "x", offset: 0, layout: TypeLayout::Scalar(Scalar::U32) },
        FieldLayout { name: "y", offset: 8, layout: TypeLayout::Scalar(Scalar::I64) },
    ],
};

const KIND: EnumLayout = EnumLayout { name: "Kind", repr: Scalar::U8, variants: &[("Slow", 0), ("Fast", 7)] };

const BODY: StructLayout = StructLayout {
    name: "Body",
    size: 32,
    align: 8,
    fields: &[
        FieldLayout { name: "at", offset: 0, layout: TypeLayout::Struct(&POINT) },
        FieldLayout {
            name: "kinds",
            offset: 16,
            layout: TypeLayout::Array { element: &TypeLayout::Enum(&KIND), len: 3 },
        },
        FieldLayout {
            name: "next",
            offset: 20,
            layout: TypeLayout::Option(&TypeLayout::Scalar(Scalar::U32)),
        },
    ],
};

/// What the names of types stand for.
fn resolve(name: &str) -> Option<Item> {
    Some(match name {
        "Point" => Item::Type(TypeLayout::Struct(&POINT)),
        "Kind" => Item::Type(TypeLayout::Enum(&KIND)),
        "Body" => Item::Type(TypeLayout::Struct(&BODY)),
        _ => return None,
    })
}

#[test]
fn structs_and_enums_are_linked() {
    check_all([
        "fn f(p: Point) -> Point { let Point { x, y: z } = p; Point { x: x + 1, ..Point { x, y: z } } }",
        "fn f(p: Point) -> u32 { match p { Point { x: 3, .. } => 1, Point { x, y: -1 } if x > 2 => x, Point { y: 0..=9, .. } => 4, _ => p.x } }",
        "fn f(k: Kind) -> u32 { k as u32 + match k { Kind::Slow => 1, Kind::Fast => 2 } }",
        "fn f(k: Kind) -> bool { k == Kind::Fast || matches!(k, Kind::Slow) }",
        "fn f(mut b: Body) -> Body { b.at.x += 1; b.kinds[2] = Kind::Fast; b.next = b.next.map(|n| n + b.at.x); b }",
        "fn f(mut b: Body) -> u32 { if let Some(n) = &mut b.next { *n += 1; } let at = &mut b.at; at.y -= 1; g(at); b.at.x } fn g(p: &mut Point) { p.x = p.y as u32; }",
        "fn f(b: Body) -> u32 { let mut s = 0; for k in b.kinds { if k == Kind::Fast { s += 1; } } for (i, k) in b.kinds.iter().enumerate() { if *k == Kind::Slow { s += i as u32; } } s }",
        "fn f(b: Body) -> bool { b.at == Point { x: 1, y: 2 } && b.next != None }",
        "fn f(mut b: Body) -> Option<u32> { let old = b.next.take(); b.next.replace(3); let at = core::mem::replace(&mut b.at, Point { x: 1, y: 2 }); old.or(Some(at.x)) }",
        "fn f(p: [Point; 2]) -> i64 { let q = p[1]; p[0].y + q.y }",
        "fn f(p: &mut [Point; 2], i: usize) { p[i].x += 1; p[i] = Point { x: 1, ..p[0] }; p.swap(0, 1); let r = &mut p[i].y; *r = 4; }",
        "fn f(p: Option<Point>) -> u32 { p.map_or(0, |Point { x, .. }| x) + match p { Some(Point { x, .. }) => x, None => 0 } }",
        "fn f(o: Option<&Point>) -> u32 { o.map(|p| p.x).unwrap_or(0) }",
        "fn f(k: Kind, n: u32) -> (Kind, u32) { (if n > 3 { k } else { Kind::Slow }, n) }",
        "fn f(n: u32) -> u32 { let mut p = [Point { x: 0, y: 0 }; 4]; for q in &mut p { q.x = n; } for q in p.iter_mut() { q.x += 1; } p.len() as u32 }",
        "fn f(b: Body) -> u32 { let Body { at: Point { x, .. }, next, .. } = b; x + next.unwrap_or_default() }",
        "fn f(x: u32) -> Point { let y = -3; Point { x, y } }",
        "fn f(b: &Body) -> u32 { let k = &b.kinds; let n = k.len(); let Point { x, ref y } = b.at; x + *y as u32 + n as u32 }",
    ]);
}
