//! Functions from source text: control flow, options, arrays and vectors give what the same text gives in Rust.

use ringkernel_abi::device::Overflow;
use ringkernel_codegen::ir::{
    Answer, ExpressionKind, FaultKind, FunctionId, Module, Projection, Root, Scalar, Statement, Type,
};
use ringkernel_codegen::link::{TextFunction, link_functions};
use ringkernel_codegen::source::parse_function;
use ringkernel_codegen::wgsl::Kernels;

use super::build::{Builder, FunctionBuilder, place};
use super::device::{Session, print};
use super::scalars::words;

/// Functions that are text for the linker and Rust for the compiler.
macro_rules! functions {
    ($($text:item)*) => {
        $(#[allow(clippy::all, reason = "the text is about what is to be translated")] $text)*

        const TEXTS: &[&str] = &[$(stringify!($text)),*];
    };
}

functions! {
    fn labelled(a: u32, b: u32) -> u32 {
        let mut found = 0;
        'outer: for i in 0..20u32 {
            let mut j = 0;
            loop {
                j += 1;
                if j > 9 { break; }
                if (i * j) % 7 == a % 7 { continue 'outer; }
                if i * j > b { break 'outer; }
                for k in 0..3u32 {
                    if k + j == 8 { continue 'outer; }
                    found += k;
                }
            }
            found += 100;
        }
        found
    }

    fn choices(a: u32, b: u32) -> u32 {
        let chosen = match (a % 5, b) {
            (0, _) => return 1000,
            (1 | 2, 3..=9) => b * 2,
            (3, x) if x > 4 => x + 1,
            _ => a.checked_sub(b).unwrap_or(77),
        };
        if chosen > 10 && a != b || b == 2 { chosen } else { !chosen }
    }

    fn arrays(a: u32, b: u32) -> u32 {
        let mut values = [5u8, 3, 9, 1, 7];
        let at = (a % 5) as usize;
        values[at] = values[(b % 5) as usize].wrapping_add(250);
        for _ in 0..4usize {
            for j in 0..4usize {
                if values[j] > values[j + 1] {
                    let larger = values[j];
                    values[j] = values[j + 1];
                    values[j + 1] = larger;
                }
            }
        }
        let mut number = 0u32;
        for value in values { number = number.wrapping_mul(31).wrapping_add(value as u32); }
        number
    }

    fn vectors(a: u32, b: u32) -> u32 {
        let mut list: Vec<u16> = Vec::new();
        let mut i = 0;
        while i < a % 12 {
            list.push((i * b) as u16);
            i += 1;
        }
        let mut sum = list.len() as u32;
        while let Some(last) = list.pop() {
            sum = sum * 3 % 1009 + last as u32 % 100;
            if list.len() == 2 { break; }
        }
        for left in list.iter() { sum += *left as u32; }
        sum
    }

    fn numbers(a: u32, b: u32) -> u32 {
        let x = (a as i32).wrapping_sub(b as i32) as f32 / 3.0;
        let y = (x * 1.5).floor().clamp(-100.0, 1e9);
        let z = (y as i8 as u32) ^ ((a as i64 * -3) as u32).rotate_left(b);
        z.saturating_add(u32::from(y > 2.0)) ^ (a as u64 * b as u64 >> 7) as u32
    }
}

const NATIVE: [fn(u32, u32) -> u32; 5] = [labelled, choices, arrays, vectors, numbers];

/// A kernel for each function, which calls it with the message's two words and keeps the result in its state.
fn module(texts: &[&str]) -> Module {
    let function = |text: &&str| TextFunction {
        tree: parse_function(text).unwrap_or_else(|error| panic!("{error}: {text}")),
        file: "src/functions.rs".to_owned(),
        overflow: Overflow::Faults,
    };
    let functions: Vec<TextFunction> = texts.iter().map(function).collect();
    let module = link_functions(&functions, &|_| None).unwrap_or_else(|error| panic!("{error}"));
    let mut b = Builder { module };
    let (unit, int) = (b.ty(Type::Unit), b.scalar(Scalar::U32));
    let message = b.structure("Pair", &[("a", int), ("b", int)]);
    let (message, state) = (b.message(message), b.structure("Kept", &[("value", int)]));
    for callee in 0..texts.len() as u32 {
        let mut f = FunctionBuilder::new("handle", unit);
        let arguments = [0, 1].map(|part| {
            let local = f.load("input", place(Root::Message, &[Projection::Part(part)], int, 1));
            f.get(local)
        });
        let result = f.local("result", int);
        f.push(Statement::Call {
            function: FunctionId(callee),
            arguments: arguments.to_vec(),
            result: Some(result),
        });
        let value = f.expression(ExpressionKind::Local(result), int);
        f.push(Statement::Store { place: place(Root::State, &[Projection::Part(0)], int, 1), value });
        let function = b.function(f);
        b.kernel(&format!("kernel_{callee}"), state, message, function, Answer::None);
    }
    b.module
}

#[test]
fn functions_give_what_they_give_in_rust() {
    let Some(session) = Session::new(&module(TEXTS), Kernels::Scalar) else { return };
    for (number, native) in NATIVE.into_iter().enumerate() {
        for a in [0, 1, 2, 3, 4, 5, 8, 11, 23, 130] {
            for b in [0, 1, 2, 3, 5, 8, 9, 40, 200] {
                let outcome = session.run(number as u32, &words(&[a, b]), &[0xbad]);
                assert_eq!(outcome.fault, [0; 4], "{} of {a} and {b}", TEXTS[number]);
                assert_eq!(outcome.state, [native(a, b)], "{} of {a} and {b}", TEXTS[number]);
            }
        }
    }
}

#[test]
fn labelled_loops_are_left_through_variables() {
    insta::assert_snapshot!(print(&module(&TEXTS[..1]), Kernels::Scalar).text);
}

#[test]
fn a_fault_ends_loops_that_would_run_for_ever() {
    let endless = "fn endless(a: u32, b: u32) -> u32 { let mut left = a; loop { left -= b; } }";
    let Some(session) = Session::new(&module(&[endless]), Kernels::Scalar) else { return };
    let outcome = session.run(0, &words(&[10, 3]), &[0]);
    assert_eq!(outcome.fault, [FaultKind::ArithmeticOverflow.number(), 0, 0, 1]);
}
