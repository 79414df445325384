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
        programs.push(one("checked_neg", &["checked_neg"], &option));
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

/// Methods of `usize`, one to a program: what needs more than 32 bits faults on WGSL, and would hide the others.
fn sizes() -> Vec<Program> {
    let u64 = Ty::Scalar(Scalar::U64);
    let bool = Ty::Scalar(Scalar::Bool);
    let u32 = Ty::Scalar(Scalar::U32);
    let option = Ty::Option(Box::new(u64.clone()));
    let flagged = Ty::Tuple(vec![u64.clone(), bool.clone()]);
    let groups: [(&[&str], &str, &str, &Ty); 9] = [
        (&SIZES_OF_TWO, "a.$(b)", "x as u64", &u64),
        (
            &["checked_add", "checked_sub", "checked_mul", "checked_div", "checked_rem"],
            "a.$(b)",
            OPTION,
            &option,
        ),
        (&OVERFLOWING, "a.$(b)", "(x.0 as u64, x.1)", &flagged),
        (&["is_multiple_of"], "a.$(b)", "x", &bool),
        (&["wrapping_neg", "reverse_bits", "swap_bytes", "next_power_of_two"], "a.$()", "x as u64", &u64),
        (&["is_power_of_two"], "a.$()", "x", &bool),
        (&COUNTS, "a.$()", "x.wrapping_add(a as u32)", &u32),
        (&["ilog2"], "a.$()", "x", &u32),
        (&["checked_neg"], "a.$()", OPTION, &option),
    ];
    let mut programs = Vec::new();
    for (methods, call, given, result) in groups {
        programs.extend(methods.iter().map(|method| size(method, &call.replace('$', method), given, result)));
    }
    for method in ["wrapping_shl", "wrapping_shr", "rotate_left", "rotate_right", "pow", "wrapping_pow"] {
        programs.push(size(method, &format!("a.{method}((b % 5) as u32)"), "x as u64", &u64));
    }
    for method in ["checked_shl", "checked_shr"] {
        programs.push(size(method, &format!("a.{method}((b % 70) as u32)"), OPTION, &option));
    }
    programs.push(size("clamp", "a.clamp(3, b + 3)", "x as u64", &u64));
    // The bits that `!` sets are those of a width; here they do not count.
    programs.push(size("masked", "a & !b", "x as u64", &u64));
    programs
}

const OPTION: &str = "x.map(|x| x as u64)";
const SIZES_OF_TWO: [&str; 15] = [
    "wrapping_add",
    "wrapping_sub",
    "wrapping_mul",
    "wrapping_div",
    "wrapping_rem",
    "saturating_add",
    "saturating_sub",
    "saturating_mul",
    "rem_euclid",
    "div_euclid",
    "div_ceil",
    "next_multiple_of",
    "min",
    "max",
    "abs_diff",
];

fn size(name: &str, call: &str, given: &str, result: &Ty) -> Program {
    let subject = Subject(Scalar::Usize);
    let body = format!("{}let x = {call};\n{given}", subject.take(&["a", "b"]));
    Program::new(&format!("sizes_{name}"), subject.two(), result.clone(), &body).about(Scalar::Usize)
}
