//! Functions that take and give values.

use super::support::linked;

/// The texts, each followed by what it becomes.
fn shown(texts: &[&str]) -> String {
    texts.iter().map(|text| format!("{text}\n{}\n", linked(text))).collect()
}

#[test]
fn operands_are_computed_from_left_to_right() {
    insta::assert_snapshot!(shown(&[
        "fn f(a: u32, b: u32) -> u32 { a + b * 2 }",
        "fn f(a: u32) -> u32 { let mut x = a; x + { x = 5; x } }",
        "fn f(a: u32) -> (u32, u32) { let mut x = a; (x, { x += 1; x }) }",
        "fn f(a: [u32; 4], i: usize) -> u32 { let mut b = a; b[i] = { b[0] = 7; 1 }; b[i] / b[3] }",
        "fn f(a: u32, b: u32) -> bool { b != 0 && a / b > 2 || a == 1 }",
    ]));
}

#[test]
fn literals_take_the_type_that_their_use_demands() {
    insta::assert_snapshot!(shown(&[
        "fn f(a: u8) -> u8 { let x = 3; a & x }",
        "fn f() -> i32 { let x = 3; if x > 2 { 1 } else { 0 } }",
        "fn f() -> bool { let x = 2.5; x > 1.0 }",
        "fn f() -> u64 { 3_000_000_000 as u64 + (1 as u64) }",
        "fn f(n: usize) -> u64 { let mut total = 0; for i in 0..n { total += i as u64; } total }",
        "fn f() -> i8 { -128 }",
        "fn f() -> [f32; 2] { let mut a = [0.0; 2]; a[1] = 1.5; a }",
    ]));
}

#[test]
fn loops_end_where_rust_ends_them() {
    insta::assert_snapshot!(shown(&[
        "fn f(n: u32) -> u32 { let mut sum = 0; for i in 0..n { if i % 3 == 0 { continue; } sum += i; } sum }",
        "fn f(n: u8) -> u32 { let mut c = 0; for _ in 0..=n { c += 1; } c }",
        "fn f(n: i32) -> i32 { let mut c = 0; for i in (0..n).rev() { c -= i; } c }",
        "fn f(n: i8) -> i32 { let mut c = 0; for i in (-100..n).step_by(50) { c += i as i32; } c }",
        "fn f(a: u8) -> u8 { let x = loop { if a > 3 { break a; } }; x << 2 }",
        "fn f(a: u32) -> u32 { 'outer: for i in 0..a { for j in 0..a { if i * j > 7 { break 'outer; } } } 1 }",
        "fn f(mut a: Option<u32>) -> u32 { let mut n = 0; while let Some(x) = a { n += x; a = x.checked_sub(1); } n }",
    ]));
}

#[test]
fn patterns_choose_and_bind() {
    insta::assert_snapshot!(shown(&[
        "fn f(a: i32) -> i32 { match a { 0 | 1 => 7, 2..=9 if a > 3 => -a, x => x.abs() } }",
        "fn f(a: Option<u32>, b: Result<u8, u32>) -> u32 { match (a, b) { (Some(x), Ok(_)) | (None, Err(x)) => x, _ => 0 } }",
        "fn f(a: Option<u32>) -> u32 { let Some(x) = a else { return 1 }; x }",
        "fn f(a: Option<u32>, b: Option<u32>) -> u32 { if let Some(x) = a && let Some(y) = b && x > y { x } else { 9 } }",
        "fn f(a: Option<u32>) -> Option<u32> { let mut a = a; if let Some(x) = &mut a { *x += 1; } a }",
    ]));
}

#[test]
fn references_are_names_of_places() {
    insta::assert_snapshot!(shown(&[
        "fn f(a: u32) -> u32 { let mut b = a; g(&mut b, 3) + b }\nfn g(a: &mut u32, b: u32) -> u32 { if *a > b { return 1; } *a += b; *a }",
        "fn f(a: [u32; 3], i: usize) -> u32 { let mut a = a; let mut i = i; let x = &mut a[i]; i += 1; *x += i as u32; a[0] }",
        "fn f(a: [u32; 8]) -> u32 { total(&a[2..5]) + total(&a) }\nfn total(values: &[u32]) -> u32 { let mut sum = 0; for v in values { sum += v; } sum }",
        "fn f(a: [u32; 2]) -> [u32; 2] { let mut a = a; for x in &mut a { *x *= 2; } a }",
    ]));
}

#[test]
fn methods_of_numbers_have_rusts_meaning() {
    insta::assert_snapshot!(shown(&[
        "fn f(n: u64) -> Option<u64> { let x = n.checked_add(5)?; Some(x.rotate_left(7)) }",
        "fn f(a: f64) -> i32 { (a.sqrt() * 2.0).clamp(0.0, 1.0) as i32 }",
        "fn f(a: usize, v: [u32; 3]) -> (u32, usize) { let Some(x) = v.get(a) else { return (0, 1) }; (x.pow(3), a.next_power_of_two()) }",
        "fn f(a: i32, b: i32) -> i32 { a.rem_euclid(b).wrapping_mul(3).signum() }",
        "fn f(a: u32) -> usize { a as usize + u64::from(a) as usize }",
        "fn f(a: u32, b: i64) -> u32 { a >> b }",
    ]));
}

#[test]
fn closures_stand_where_they_are_called() {
    insta::assert_snapshot!(shown(&[
        "fn f(a: Option<u32>) -> u32 { a.map(|x| x + 1).filter(|x| *x > 3).unwrap_or(7) }",
        "fn f(a: Result<u32, u8>) -> Result<u32, u32> { a.map_err(u32::from).and_then(half) }\nfn half(a: u32) -> Result<u32, u32> { if a % 2 == 0 { Ok(a / 2) } else { Err(a) } }",
        "fn f(a: bool, b: u32) -> Option<u32> { a.then(|| b * 2) }",
    ]));
}

#[test]
fn vectors_are_made_in_scratch_memory() {
    insta::assert_snapshot!(shown(&[
        "fn f(n: u32) -> u32 { let mut v = Vec::new(); for i in 0..n { v.push(i * i); } let mut s = 0; for x in &v { s += x; } s + v[0] + v.len() as u32 }",
        "fn f() -> Option<u8> { let mut v = vec![1, 2u8]; v.extend_from_slice(&[3, 4]); v.truncate(3); v.pop() }",
    ]));
}
