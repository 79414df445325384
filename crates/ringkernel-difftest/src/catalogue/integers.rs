//! Methods of integers.

use ringkernel_codegen::ir::Scalar;

use crate::program::{Domain, Parameter, Program, Subject};
use crate::types::{INTEGERS, Ty};

/// Methods of two integers, by what they give.
const WRAPPING: [&str; 3] = ["wrapping_add", "wrapping_sub", "wrapping_mul"];
const WRAPPING_DIVISION: [&str; 2] = ["wrapping_div", "wrapping_rem"];
const SATURATING: [&str; 3] = ["saturating_add", "saturating_sub", "saturating_mul"];
const CHECKED: [&str; 3] = ["checked_add", "checked_sub", "checked_mul"];
const CHECKED_DIVISION: [&str; 2] = ["checked_div", "checked_rem"];
const OVERFLOWING: [&str; 3] = ["overflowing_add", "overflowing_sub", "overflowing_mul"];
const SIGNED: [&str; 4] = ["wrapping_abs", "wrapping_neg", "signum", "unsigned_abs"];
/// Methods of one integer that give a `u32`.
const COUNTS: [&str; 6] =
    ["count_ones", "count_zeros", "leading_zeros", "trailing_zeros", "leading_ones", "trailing_ones"];
/// Divisions that round down, and multiples; each can fault.
const EUCLIDEAN: [&str; 2] = ["div_euclid", "rem_euclid"];
const MULTIPLES: [&str; 2] = ["div_ceil", "next_multiple_of"];

pub(super) fn programs() -> Vec<Program> {
    let mut programs: Vec<Program> = INTEGERS.into_iter().flat_map(of_type).collect();
    programs.extend(sizes());
    programs
}

fn of_type(scalar: Scalar) -> Vec<Program> {
    let subject = Subject(scalar);
    let ty = subject.name();
    let own = subject.result();
    let option = Ty::Option(Box::new(own.clone()));
    let flagged = Ty::Tuple(vec![own.clone(), Ty::Scalar(Scalar::Bool)]);
    let two = |name: &str, methods: &[&str], result: &Ty| {
        let calls: Vec<String> = methods.iter().map(|method| format!("a.{method}(b)")).collect();
        let (result, body) = together(&calls, result);
        Program::new(&format!("{name}_{ty}"), subject.two(), result, &body).about(scalar)
    };
    let one = |name: &str, methods: &[&str], result: &Ty| {
        let calls: Vec<String> = methods.iter().map(|method| format!("a.{method}()")).collect();
        let (result, body) = together(&calls, result);
        Program::new(&format!("{name}_{ty}"), subject.one(), result, &body).about(scalar)
    };
    let mut programs = vec![
        two("wrapping", &WRAPPING, &own),
        two("saturating", &SATURATING, &own),
        two("checked", &CHECKED, &option),
        two("checked_division", &CHECKED_DIVISION, &option),
        two("overflowing", &OVERFLOWING, &flagged),
        two("order", &["min", "max"], &own),
        one("counts", &COUNTS, &Ty::Scalar(Scalar::U32)),
        one("mirrored", &["reverse_bits", "swap_bytes"], &own),
        clamp(subject),
        distances(subject),
        one("ilog2", &["ilog2"], &Ty::Scalar(Scalar::U32)),
    ];
    programs.extend(powers(subject));
    programs.extend(EUCLIDEAN.iter().map(|method| two(method, &[method], &own)));
    programs.extend(WRAPPING_DIVISION.iter().map(|method| two(method, &[method], &own)));
    programs.push(if scalar.is_signed() {
        let calls: Vec<String> = SIGNED.iter().map(|method| format!("a.{method}()")).collect();
        let unsigned = Subject(unsigned(scalar)).result();
        let result = Ty::Tuple(vec![own.clone(), own.clone(), own.clone(), unsigned]);
        Program::new(&format!("signed_{ty}"), subject.one(), result, &format!("({})", calls.join(", ")))
            .about(scalar)
    } else {
        one("unsigned", &["wrapping_neg"], &own)
    });
    let bool = Ty::Scalar(Scalar::Bool);
    if scalar.is_signed() {
        programs.push(one("signs", &["is_positive", "is_negative"], &bool));
        programs.push(one("cast_unsigned", &["cast_unsigned"], &Subject(unsigned(scalar)).result()));
    } else {
        programs.extend(MULTIPLES.iter().map(|method| two(method, &[method], &own)));
        programs.push(two("is_multiple", &["is_multiple_of"], &bool));
        programs.push(one("is_power", &["is_power_of_two"], &bool));
        programs.push(one("next_power", &["next_power_of_two"], &own));
        programs.push(one("cast_signed", &["cast_signed"], &Subject(signed(scalar)).result()));
    }
    programs.push(two("difference", &["abs_diff"], &Subject(unsigned(scalar)).result()));
    if scalar.is_signed() {
        programs.push(one("abs", &["abs"], &own));
        programs.push(one("checked_signs", &["checked_neg", "checked_abs"], &option));
    }
    programs
}

/// Expressions in a tuple, unless there is only one.
fn together(calls: &[String], each: &Ty) -> (Ty, String) {
    match calls {
        [call] => (each.clone(), call.clone()),
        _ => (Ty::Tuple(vec![each.clone(); calls.len()]), format!("({})", calls.join(", "))),
    }
}

/// The unsigned integer of the same width.
fn unsigned(scalar: Scalar) -> Scalar {
    match scalar {
        Scalar::I8 => Scalar::U8,
        Scalar::I16 => Scalar::U16,
        Scalar::I32 => Scalar::U32,
        Scalar::I64 => Scalar::U64,
        other => other,
    }
}

/// The signed integer of the same width.
fn signed(scalar: Scalar) -> Scalar {
    match scalar {
        Scalar::U8 => Scalar::I8,
        Scalar::U16 => Scalar::I16,
        Scalar::U32 => Scalar::I32,
        Scalar::U64 => Scalar::I64,
        other => other,
    }
}

fn clamp(subject: Subject) -> Program {
    let mut parameters = subject.two();
    parameters.push(subject.parameter("c", Domain::Any));
    let body = "a.clamp(b.min(c), b.max(c))";
    Program::new(&format!("clamp_{}", subject.name()), parameters, subject.result(), body).about(subject.0)
}

/// Methods whose second operand is a distance.
fn distances(subject: Subject) -> Program {
    let parameters = vec![
        subject.parameter("a", Domain::Any),
        Parameter { name: "n", ty: Ty::Scalar(Scalar::U32), domain: Domain::Distance(subject.bits()) },
    ];
    let own = subject.result();
    let option = Ty::Option(Box::new(own.clone()));
    let result = Ty::Tuple(vec![own.clone(), own.clone(), own.clone(), own, option.clone(), option]);
    let body = "
(
    a.wrapping_shl(n),
    a.wrapping_shr(n),
    a.rotate_left(n),
    a.rotate_right(n),
    a.checked_shl(n),
    a.checked_shr(n),
)";
    Program::new(&format!("distances_{}", subject.name()), parameters, result, body).about(subject.0)
}

fn powers(subject: Subject) -> Vec<Program> {
    let parameters = vec![
        subject.parameter("a", Domain::Any),
        Parameter { name: "n", ty: Ty::Scalar(Scalar::U32), domain: Domain::Below(9) },
    ];
    let power = |method: &str| {
        let name = format!("{method}_{}", subject.name());
        Program::new(&name, parameters.clone(), subject.result(), &format!("a.{method}(n)")).about(subject.0)
    };
    vec![power("pow"), power("wrapping_pow")]
}

/// Methods of `usize` whose results do not depend on its width.
fn sizes() -> Vec<Program> {
    let subject = Subject(Scalar::Usize);
    let take = subject.take(&["a", "b"]);
    let u64 = subject.result();
    let option = Ty::Option(Box::new(u64.clone()));
    let bool = Ty::Scalar(Scalar::Bool);
    let u32 = Ty::Scalar(Scalar::U32);
    let cases: [(&str, Ty, &str); 5] = [
        (
            "sizes_order",
            Ty::Tuple(vec![u64.clone(); 4]),
            "(a.min(b) as u64, a.max(b) as u64, a.abs_diff(b) as u64, a.saturating_sub(b) as u64)",
        ),
        (
            "sizes_checked",
            Ty::Tuple(vec![option; 3]),
            "(
    a.checked_add(b).map(|sum| sum as u64),
    a.checked_sub(b).map(|rest| rest as u64),
    a.checked_div(b).map(|part| part as u64),
)",
        ),
        (
            "sizes_powers",
            Ty::Tuple(vec![bool, u64.clone()]),
            "(b.is_power_of_two(), a.next_power_of_two() as u64)",
        ),
        ("sizes_div_ceil", u64.clone(), "a.div_ceil(b) as u64"),
        ("sizes_bits", Ty::Tuple(vec![u32; 2]), "(a.count_ones(), (a + b + 1).trailing_zeros())"),
    ];
    cases
        .into_iter()
        .map(|(name, result, body)| {
            Program::new(name, subject.two(), result, &(take.clone() + body)).about(Scalar::Usize)
        })
        .collect()
}
