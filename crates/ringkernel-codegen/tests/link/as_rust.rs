//! Functions give what Rust gives, and fault where Rust panics. Each runs twice: as the compiler builds it, and as the
//! linker's module in the interpreter.

#![allow(clippy::all, unused, reason = "the functions say things in every way that Rust has")]

use std::panic::{AssertUnwindSafe, catch_unwind};

use ringkernel_abi::device::Overflow;
use ringkernel_codegen::link::{TextFunction, link_functions};
use ringkernel_codegen::source::parse_function;

use super::interpret::run;
use super::value::{Argument, Value};

/// Runs `f` of the functions on each list of arguments, natively and linked.
macro_rules! same {
    ($(fn $name:ident($($parameters:tt)*) $(-> $result:ty)? $body:block)+ on $(($($argument:expr),*)),+ $(,)?) => {{
        $(fn $name($($parameters)*) $(-> $result)? $body)+
        let texts = [$((stringify!(fn $name($($parameters)*) $(-> $result)? $body), line!())),+];
        let functions: Vec<TextFunction> = texts
            .iter()
            .map(|(text, _)| TextFunction {
                tree: match parse_function(text) {
                    Ok(tree) => tree,
                    Err(error) => panic!("{error} in {text}"),
                },
                file: "test.rs".to_owned(),
                overflow: if cfg!(debug_assertions) { Overflow::Faults } else { Overflow::Wraps },
            })
            .collect();
        let module = match link_functions(&functions, &|_| None) {
            Ok(module) => module,
            Err(error) => panic!("{error}\n{}", texts.map(|(text, _)| text).join("\n")),
        };
        $(
            let (native, arguments) = natively(f, ($($argument,)*));
            let linked = run(&module, "f", arguments).map(|value| value.show());
            match (&native, &linked) {
                (Ok(native), Ok(linked)) => assert_eq!(
                    linked, native, "{} on {}\n{module}", texts[0].0, stringify!(($($argument),*))
                ),
                (Err(_), Err(_)) => {}
                _ => panic!(
                    "{} on {}: Rust {native:?}, linked {linked:?}\n{module}",
                    texts[0].0, stringify!(($($argument),*))
                ),
            }
        )+
    }};
}

/// What Rust gives, if it does not panic, and the arguments for the interpreter.
fn natively<A, F: Function<A>>(f: F, arguments: A) -> (Result<String, ()>, Vec<Value>) {
    let values = F::values(&arguments);
    (catch_unwind(AssertUnwindSafe(|| f.call(arguments))).map_err(drop), values)
}

/// A function of so many arguments.
trait Function<Arguments> {
    fn call(self, arguments: Arguments) -> String;
    fn values(arguments: &Arguments) -> Vec<Value>;
}

macro_rules! functions {
    ($(($($argument:ident),*))*) => {$(
        #[allow(non_snake_case, reason = "a type and its value have one name")]
        impl<F, R: std::fmt::Debug, $($argument: Argument + Copy),*> Function<($($argument,)*)> for F
        where
            F: Fn($($argument),*) -> R,
        {
            fn call(self, ($($argument,)*): ($($argument,)*)) -> String {
                format!("{:?}", self($($argument),*))
            }

            fn values(($($argument,)*): &($($argument,)*)) -> Vec<Value> {
                vec![$($argument.value()),*]
            }
        }
    )*};
}
functions! { () (A) (A, B) (A, B, C) }

#[test]
fn order_of_evaluation() {
    same! { fn f(a: u32) -> u32 { let mut x = a; x + { x = 5; x } * { x += 1; x } } on (1), (u32::MAX) }
    same! { fn f(a: u32) -> (u32, u32, u32) { let mut x = a; (x, { x += 1; x }, x) } on (1) }
    same! { fn f(a: [u32; 4]) -> [u32; 4] { let mut b = a; let mut i = 0; b[i] = { i = 2; b[0] + 7 }; b[i] += { i = 1; 5 }; b } on ([1, 2, 3, 4]) }
    same! {
        fn f(a: u32) -> u32 { let mut x = a; add(x, { x *= 2; x }) }
        fn add(a: u32, b: u32) -> u32 { a * 100 + b }
        on (3)
    }
    same! {
        fn f(a: u32) -> u32 { let mut x = a; let y = bump(&mut x) + x * bump(&mut x) + x; y }
        fn bump(x: &mut u32) -> u32 { *x += 3; *x }
        on (3), (u32::MAX - 4)
    }
    same! { fn f(a: u32, b: u32) -> bool { b != 0 && a / b > 2 || a == 1 && { let c = a - b; c > 0 } } on (7, 2), (1, 0), (1, 5), (4, 4) }
    same! { fn f(a: u32) -> u32 { let mut x = a; let y = x; x += 1; let z = x; x += 1; y * 100 + z * 10 + x } on (2) }
    same! { fn f(a: [u32; 3], i: usize) -> u32 { let mut a = a; let mut i = i; let x = &mut a[i]; i += 1; *x += i as u32; a[0] * 100 + a[1] * 10 + a[2] } on ([1, 2, 3], 0), ([1, 2, 3], 2), ([1, 2, 3], 3) }
    same! { fn f(a: u32) -> u32 { let mut x = a; if { x += 1; x > 3 } { x } else { x = 100; x + 1 } } on (1), (3) }
    same! { fn f(a: u32) -> [u32; 2] { let mut x = a; let p = (x, { x = 9; x }); [p.0, p.1] } on (4) }
    same! { fn f(a: u32, b: u32) -> (u32, u32) { let (mut a, mut b) = (a, b); (a, b) = (b, a + b); core::mem::swap(&mut a, &mut b); (a, b) } on (4, 7) }
}

#[test]
fn integers() {
    same! { fn f(a: i8, b: i8) -> i8 { a / b } on (7, -2), (-128, -1), (1, 0) }
    same! { fn f(a: i32, b: i32) -> (i32, i32) { (a.rem_euclid(b), a.div_euclid(b)) } on (7, -2), (-7, 2), (-7, -2), (i32::MIN, -1), (3, 0) }
    same! { fn f(a: u32, b: i64) -> u32 { (a << b) ^ (a >> 3) } on (7, 2), (7, 31), (7, 32), (7, -1), (7, 1 << 40) }
    same! { fn f(a: u8, b: u32) -> u8 { a.pow(b) } on (3, 0), (3, 5), (3, 6), (0, 0), (1, 4000), (2, 7), (2, 8) }
    same! { fn f(a: i32, b: u32) -> (i32, i32) { (a.wrapping_pow(b), a.wrapping_neg()) } on (-3, 5), (7, 40), (i32::MIN, 1) }
    same! { fn f(a: u32) -> (bool, u32) { (a.is_power_of_two(), a.next_power_of_two()) } on (0), (1), (2), (3), (64), (65), (u32::MAX) }
    same! { fn f(a: usize) -> usize { a.next_power_of_two() + a.div_ceil(3) } on (0), (5), (usize::MAX) }
    same! { fn f(a: i16) -> (Option<i16>, Option<i16>, Option<i16>) { (a.checked_neg(), a.checked_abs(), a.checked_add(5)) } on (1), (-1), (i16::MIN), (i16::MAX) }
    same! { fn f(a: i16, b: i16) -> (Option<i16>, Option<i16>, (i16, bool), i16) { (a.checked_div(b), a.checked_rem(b), a.overflowing_mul(b), a.saturating_mul(b)) } on (1, 0), (i16::MIN, -1), (7, 3), (300, -300) }
    same! { fn f(a: i64) -> (u64, i64, bool) { (a.unsigned_abs(), a.signum(), a.is_negative()) } on (0), (-5), (i64::MIN) }
    same! { fn f(a: i32) -> i32 { a.abs() } on (-4), (i32::MIN) }
    same! { fn f(a: i32) -> i32 { -a } on (-4), (i32::MIN) }
    same! { fn f(a: u64) -> (u32, u32, u32, u32, u64) { (a.leading_zeros(), a.trailing_zeros(), a.count_ones(), a.count_zeros(), a.rotate_left(9)) } on (0), (1), (u64::MAX - 5) }
    same! { fn f(a: u16) -> (u32, u32, u32, u16) { (a.leading_zeros(), a.trailing_ones(), a.leading_ones(), a.rotate_right(3)) } on (0), (1), (0xff0f) }
    same! { fn f(a: u8, b: u8) -> (u8, i8, u8) { (a.abs_diff(b), (a as i8).wrapping_sub(b as i8), !a) } on (3, 250), (250, 3) }
    same! { fn f(a: i32) -> i32 { a.clamp(-5, 5).min(3).max(-3) } on (9), (-9), (1) }
    same! { fn f(a: u32) -> u32 { a.ilog2() } on (1), (0), (1023) }
    same! { fn f(a: u32, b: u32) -> (bool, u32) { (a.is_multiple_of(b), a.next_multiple_of(b)) } on (6, 3), (7, 3), (7, 0) }
    same! { fn f() -> (u64, i8, u32, u8) { (3_000_000_000 as u64 + (1 as u64), -128, u32::MAX, b'a') } on () }
    same! { fn f(a: i32) -> (u8, u64, i64, usize, bool) { (a as u8, a as u64, a as i64, a as u16 as usize, a as u8 > 3) } on (-1), (300) }
    same! { fn f(a: u8) -> (u32, u64, i16, f32) { (u32::from(a), a.into(), a.into(), f32::from(a)) } on (200) }
    same! { fn f(a: u32) -> u32 { const K: u32 = 3; const L: u32 = K * 2; match a { K => 10, L => 20, _ => a + L } } on (3), (6), (1) }
}

#[test]
fn floats() {
    same! { fn f(a: f32) -> (i32, u8, f64) { (a as i32, a as u8, a as f64) } on (2.7), (-3.9), (f32::NAN), (1e20) }
    same! { fn f(a: f64, b: f64) -> (f64, f64) { (a.rem_euclid(b), a % b) } on (5.5, 2.0), (-5.5, 2.0) }
    same! { fn f(a: f64) -> f64 { a.clamp(-1.0, 1.0).signum() } on (0.5), (-7.0), (f64::NAN), (-0.0) }
    same! { fn f(a: f32) -> u32 { a.to_bits() ^ f32::from_bits(7).to_bits() } on (1.5) }
    same! { fn f(a: f32, b: f32) -> (bool, bool, f32) { (a < b, a != b, a.mul_add(b, 1.0).max(0.5)) } on (1.0, 2.0), (f32::NAN, 1.0) }
    same! { fn f(a: [f32; 3]) -> f32 { let mut s = 0.0; for x in a { s += x * x; } s.sqrt() } on ([1.0, 2.0, 3.0]) }
    same! { fn f() -> f64 { let x = 2.5; x * core::f64::consts::PI } on () }
}

#[test]
fn loops() {
    same! { fn f(n: u32) -> u32 { let mut s = 0; for i in 0..n { if i % 3 == 0 { continue; } if i > 8 { break; } s += i; } s } on (0), (5), (20) }
    same! { fn f(n: u8) -> (u32, u32) { let (mut c, mut s) = (0u32, 0u32); for i in 250..=n { c += 1; s += i as u32; } (c, s) } on (255), (249), (250) }
    same! { fn f(n: i8) -> i32 { let mut c = 0; for i in (-100..n).step_by(50) { c = c * 3 + i as i32; } c } on (127), (-100), (-50), (-49) }
    same! { fn f(n: i8) -> i32 { let mut c = 0; for i in (-100..=n).rev().step_by(50) { c = c * 3 + i as i32; } c } on (127), (-100), (-101), (0) }
    same! { fn f(n: u8) -> u32 { let mut c = 0; for i in (0..=n).rev() { c = (c * 3 + i as u32) % 1000; } c } on (255), (0), (9) }
    same! { fn f(n: usize, s: usize) -> usize { let mut c = 0; for i in (1..n).step_by(s) { c = c * 10 + i; } c } on (9, 3), (9, 8), (1, 1), (9, 0), (4, 1) }
    same! { fn f(n: u32) -> u32 { let mut c = 0; let r = 'o: loop { for i in 0..n { c += i; if c > 10 { break 'o c * 2; } } if n < 2 { break 7; } n.checked_sub(1).unwrap(); }; r + c } on (0), (3), (10) }
    same! { fn f(mut a: Option<u32>) -> u32 { let mut n = 0; while let Some(x) = a { n += x; a = x.checked_sub(1); } n } on (None), (Some(4)) }
    same! { fn f(a: u32) -> u32 { let x = 'b: { if a > 3 { break 'b 1; } if a > 2 { break 'b 2; } 3 }; x * 10 } on (1), (3), (9) }
    same! { fn f(a: [u32; 4]) -> u32 { let mut s = 0; for (i, x) in a.iter().enumerate() { s += i as u32 * x; } for x in a.iter().rev() { s = s * 2 + x; } s } on ([1, 2, 3, 4]) }
    same! { fn f(a: [[u32; 2]; 3]) -> u32 { let mut a = a; for row in &mut a { for x in row.iter_mut() { *x += 1; } row[0] *= 2; } let mut s = 0; for row in &a { s = s * 100 + row[0] * row[1]; } s } on ([[1, 2], [3, 4], [5, 6]]) }
    same! { fn f(a: [u32; 3]) -> u32 { let mut a = a; let mut s = 0; for x in a { a[2] = 50; s += x; } s + a[2] } on ([1, 2, 3]) }
    same! { fn f(n: u32) -> u32 { let mut x = n; let mut steps = 0; while x != 1 { x = if x % 2 == 0 { x / 2 } else { 3 * x + 1 }; steps += 1; } steps } on (27), (1) }
    same! { fn f(a: u32) -> u32 { let mut n = 0; loop { n += 1; if n == a { return n * 2; } if n > 20 { break; } } n } on (3), (0), (50) }
    same! { fn f(a: u32) -> u32 { let mut k = 0; 'a: for i in 0..a { for j in 0..a { if j > i { continue 'a; } if i * j > 12 { break 'a; } k += 1; } } k } on (6), (2) }
}

#[test]
fn patterns() {
    same! { fn f(a: i32) -> i32 { match a { 0 | 1 => 7, 2..=9 if a > 3 => -a, i32::MIN..=-5 => 1, x @ (20 | 30) => x, x => x.wrapping_abs() } } on (0), (1), (2), (3), (5), (-5), (-4), (20), (31) }
    same! { fn f(a: Option<u32>, b: Result<u8, u32>) -> u32 { match (a, b) { (Some(x), Ok(_)) | (None, Err(x)) => x, (Some(x), Err(y)) => x + y, _ => 0 } } on (Some(1), Ok(2)), (None, Err(7)), (Some(1), Err(5)), (None, Ok(1)) }
    same! { fn f(a: Option<u32>, b: Option<u32>) -> u32 { if let Some(x) = a && let Some(y) = b && x > y { x } else { 9 } } on (Some(3), Some(2)), (Some(2), Some(3)), (None, Some(1)), (Some(1), None) }
    same! { fn f(a: Option<u32>) -> Option<u32> { let mut a = a; if let Some(x) = &mut a { *x += 1; } if let Some(x) = a.as_mut() { *x *= 2; } a } on (Some(3)), (None) }
    same! { fn f(a: (u32, Option<(u8, bool)>)) -> u32 { let (x, Some((y, true))) = a else { return 1 }; x + y as u32 } on ((3, Some((4, true)))), ((3, Some((4, false)))), ((3, None)) }
    same! { fn f(a: (u32, (u32, u32))) -> u32 { let (a, (.., b)) = a; a * 10 + b } on ((1, (2, 3))) }
    same! { fn f(a: Option<Option<u32>>) -> u32 { match a { None => 0, Some(None) => 1, Some(Some(x)) if x > 5 => x, Some(Some(_)) => 2 } } on (None), (Some(None)), (Some(Some(9))), (Some(Some(1))) }
    same! { fn f(a: u32) -> u32 { let x; let y = if a > 3 { x = 1; 5 } else { x = 2; 6 }; x * 10 + y } on (1), (9) }
    same! { fn f(a: bool, b: bool) -> u8 { match (a, b) { (true, true) => 1, (true, _) => 2, (false, x) => if x { 3 } else { 4 } } } on (true, true), (true, false), (false, true), (false, false) }
    same! { fn f(a: u32) -> u32 { match a % 4 { 0 => { if a > 10 { return 99; } 1 } 1 => panic!("one"), 2 => unreachable!(), n => n } } on (0), (12), (1), (2), (3) }
}

#[test]
fn functions_and_closures() {
    same! {
        fn f(a: Result<u32, u8>) -> Result<u32, u32> { let x = a.map_err(u32::from)?; half(x).or_else(|e| if e > 10 { Ok(e) } else { Err(e + 1) }) }
        fn half(a: u32) -> Result<u32, u32> { if a % 2 == 0 { Ok(a / 2) } else { Err(a) } }
        on (Ok(4)), (Ok(5)), (Ok(11)), (Err(3))
    }
    same! { fn f(a: Option<u32>) -> u32 { a.map(|x| x + 1).filter(|x| *x > 3).unwrap_or(7) } on (Some(1)), (Some(9)), (None), (Some(u32::MAX)) }
    same! { fn f(a: Option<u32>) -> u32 { a.map_or(1, |x| x * 2) + a.map_or_else(|| 3, |x| x * 5) + a.unwrap_or_else(|| 100) + u32::from(a.is_some_and(|x| x > 2)) } on (Some(1)), (Some(9)), (None) }
    same! { fn f(a: Option<u32>, b: Option<u32>) -> (Option<u32>, Option<u32>, Option<u32>, Result<u32, u8>) { (a.or(b), a.xor(b), a.and_then(|x| x.checked_sub(5)), b.ok_or(3)) } on (Some(1), None), (Some(9), Some(2)), (None, Some(3)), (None, None) }
    same! { fn f(a: Option<u32>) -> u32 { a.unwrap() + a.expect("there") } on (Some(4)), (None) }
    same! { fn f(a: Option<u32>) -> (Option<u32>, Option<u32>, Option<u32>) { let mut a = a; let b = a.take(); let c = a.replace(5); (a, b, c) } on (Some(4)), (None) }
    same! { fn f(a: bool, b: u32) -> (Option<u32>, Option<u32>) { (a.then(|| b - 2), a.then_some(b)) } on (true, 5), (false, 0), (true, 0) }
    same! { fn f(a: Result<u32, u32>) -> (Option<u32>, Option<u32>, u32, bool) { (a.ok(), a.err(), a.unwrap_or_default(), a.is_err_and(|e| e > 3)) } on (Ok(4)), (Err(5)) }
    same! {
        fn f(a: u32) -> Option<u32> { let x = first(a)?; let y = first(x + 1)?; Some(x * y) }
        fn first(a: u32) -> Option<u32> { if a < 3 { None } else { Some(a - 1) } }
        on (1), (3), (9)
    }
    same! {
        fn f(a: [u32; 8], i: usize, j: usize) -> u32 { total(&a[i..j]) * 10 + total(&a[i..]) + total(&a[..=j]) + total(&a) }
        fn total(values: &[u32]) -> u32 { let mut sum = 0; for v in values { sum += *v; } if values.is_empty() { return 7; } sum + values[0] }
        on ([1, 2, 3, 4, 5, 6, 7, 8], 2, 5), ([1; 8], 3, 3), ([1; 8], 5, 3), ([1; 8], 0, 8), ([1; 8], 0, 7)
    }
    same! {
        fn f(a: u32) -> u32 { let mut s = (a, 5); grow(&mut s.0, s.1); grow(&mut s.1, 2); s.0 * 100 + s.1 }
        fn grow(x: &mut u32, by: u32) { if by > 4 { *x += by; return; } *x *= by }
        on (1), (7)
    }
    same! { fn f(a: u32) { assert!(a > 3, "too small"); assert_eq!(a % 2, 0); assert_ne!((a, 1), (6, 1)); debug_assert!(a < 100) } on (1), (4), (5), (6), (100) }
}

#[test]
fn vectors() {
    same! { fn f(n: u32) -> u32 { let mut v = Vec::new(); for i in 0..n { v.push(i * i); } let mut s = 0; for x in &v { s += x; } s + v[1] + v.len() as u32 } on (5), (1), (2) }
    same! { fn f(n: usize) -> (Option<u8>, usize, bool) { let mut v = vec![1, 2u8]; v.extend_from_slice(&[3, 4]); v.truncate(n); let p = v.pop(); (p, v.len(), v.is_empty()) } on (0), (1), (3), (9) }
    same! { fn f(n: usize) -> Vec<u32> { let mut v = vec![7; n]; for x in v.iter_mut() { *x += 1; } v.swap(0, 1); v[0] = 3; v } on (2), (3), (1) }
    same! { fn f(a: [u32; 3]) -> (Option<u32>, Option<u32>, Option<u32>, bool) { (a.first().copied(), a.last().copied(), a.get(7).copied(), a.contains(&3)) } on ([1, 2, 3]), ([4, 5, 6]) }
    same! { fn f(a: [u32; 3]) -> Vec<u32> { let mut v = a.to_vec(); let w = v.clone(); v.clear(); v.push(w[1]); v.extend_from_slice(&w[1..]); v } on ([1, 2, 3]) }
    same! {
        fn f(n: u32) -> u32 { let v = collect(n); let mut t = 0; for (i, x) in v.iter().enumerate() { t += i as u32 * x; } t }
        fn collect(n: u32) -> Vec<u32> { let mut out = Vec::with_capacity(4); let mut i = 0; while i < n { out.push(i); i += 1; } out }
        on (0), (6)
    }
}

#[test]
fn places_within_places() {
    same! { fn f(a: [[u32; 3]; 2], i: usize) -> [[u32; 3]; 2] { let mut a = a; a[1][i] += a[0][i]; let row = &mut a[0]; row[2] = row[i] * 2; let x = &mut row[1]; *x -= 1; a } on ([[1, 2, 3], [4, 5, 6]], 1), ([[1, 0, 3], [4, 5, 6]], 2), ([[1, 2, 3], [4, 5, 6]], 3) }
    same! { fn f(a: (u32, [u8; 2])) -> (u32, [u8; 2]) { let mut a = a; a.0 += 1; a.1[1] = 9; let (x, y) = (&mut a.0, a.1[0]); *x += y as u32; a } on ((3, [1, 2])) }
    same! { fn f(a: Option<(u32, u32)>) -> Option<(u32, u32)> { let mut a = a; if let Some((x, y)) = &mut a { core::mem::swap(x, y); *x += 1; } a } on (Some((1, 2))), (None) }
    same! { fn f(a: [u32; 4]) -> u32 { let mut b = a; let c = b; b[0] = 100; let d = &c; b[1] + d[0] + c[3] } on ([1, 2, 3, 4]) }
    same! { fn f(a: [Option<u8>; 3]) -> u8 { let mut n = 0; for x in &a { if let Some(x) = x { n += x; } } match a[1] { Some(x) if x > 3 => n * 2, _ => n } } on ([Some(1), Some(5), None]), ([None, None, None]) }
    same! { fn f(a: u32) -> u32 { let mut x = a; let y = &mut x; { let z = &mut *y; *z += 1; } *y *= 2; let w = *y; x + w } on (4) }
    same! { fn f(a: u32) -> u32 { let mut best = &1; let b = 7; if a > 3 { best = &b; } *best + a } on (1), (9) }
    same! {
        fn f(a: [u32; 4], k: usize) -> [u32; 4] { let mut a = a; sort(&mut a); let n = count(&a, 2); a[k] += n; a }
        fn sort(a: &mut [u32; 4]) { let mut i = 1; while i < a.len() { let mut j = i; while j > 0 && a[j - 1] > a[j] { a.swap(j - 1, j); j -= 1; } i += 1; } }
        fn count(a: &[u32], above: u32) -> u32 { let mut n = 0; for x in a.iter() { if *x > above { n += 1; } } n }
        on ([4, 1, 3, 2], 0), ([9, 9, 1, 0], 3), ([1, 2, 3, 4], 4)
    }
}

#[test]
fn values_of_blocks() {
    same! { fn f(a: i32) -> i32 { let b = { let a = a * 2; a + 1 }; let c = if a > 0 { match b { 3 => 1, _ => { let d = b / 2; d } } } else if a == 0 { -1 } else { return -b }; c + b } on (1), (4), (0), (-3) }
    same! { fn f(a: u32) -> Option<u32> { let x = if a > 5 { Some(a) } else { None }; let y: Option<u32> = x.map(|v| { let w = v * 2; if w > 20 { w - 20 } else { w } }); Some(y? + 1) } on (3), (7), (12) }
    same! { fn f(a: u32) -> u32 { let g = (a > 1, a); let h = if let (true, n @ 2..=5) = g { n } else { 0 }; let mut t = 0; t += match h { 0 => 1, n => n } + h; t } on (0), (3), (9) }
    same! { fn f(a: u64) -> u64 { let mut h = 0xcbf2_9ce4_8422_2325u64; for i in 0..8 { h ^= a >> (8 * i) & 0xff; h = h.wrapping_mul(0x100_0000_01b3); } h } on (0), (1), (u64::MAX) }
    same! { fn f(a: i32, b: i32) -> bool { (a, b) < (b, a) || !(a >= b) ^ (a & 1 == 0) && (a, b) != (1, 2) } on (1, 2), (2, 1), (3, 3), (4, 4) }
    same! { fn f(a: u8) -> u8 { let mut a = a; a <<= 1; a |= 1; a ^= 0x0f; a %= 100; a -= 1; a } on (3), (100), (7) }
}
