//! What the language has beyond operators, control flow and methods: functions of the standard library, references,
//! conditions that bind, enums, constants, and ways to write literals.

use ringkernel_codegen::ir::Scalar;

use super::template::{fill, program};
use crate::program::{Domain, Parameter, Program, Subject};
use crate::types::{SCALARS, Ty};

/// Methods of every type.
const ANY: &str = "
let mut x = if a.eq(&b) { a.clone() } else { b.to_owned() };
x = if a.ne(&b) { $mix[x|$1] } else { x };
x = if a.lt(&b) { $mix[x|$2] } else { x };
x = if a.le(&b) { $mix[x|$3] } else { x };
x = if a.gt(&b) { $mix[x|$5] } else { x };
x = if a.ge(&b) { $mix[x|$7] } else { x };
let some: Option<$T> = a.into();
let same: &$T = b.borrow();
let y = $mix[some.unwrap_or($4)|*same];
let end = $mix[x|y];
$out[end]";

const MEMORY: &str = "
let (mut x, mut y) = (a, b);
if n > 4 {
    std::mem::swap(&mut x, &mut y);
}
let old = std::mem::replace(&mut x, $3);
let taken = std::mem::take(&mut y);
(x, y) = ($mix[y|taken], $mix[old|x]);
_ = taken;
drop(old);
let zero: $T = Default::default();
y = if y == zero { $5 } else { y };
let end = $mix[x|y];
$out[end]";

const BINDING_CONDITIONS: &str = "
let mut left = Some(n);
let mut x = a;
while let Some(count) = left {
    x = $mix[x|b];
    left = if count > 1 { Some(count - 2) } else { None };
}
let some = if n > 2 { Some(x) } else { None };
if let Some(value) = some && value != b && n < 7 {
    x = $mix[value|$1];
} else if matches!(n, 1 | 4) {
    x = $2;
}
let pair = (x, b);
let &(first, ref second) = &pair;
x = $mix[first|*second];
let y = match &pair {
    (value, _) if *value == a => $mix[x|$3],
    &(value, other) => $mix[value|other],
};
let Some(z) = some.or(Some(y)) else {
    unreachable!(\"there is one\");
};
$out[z]";

const REFERENCES: &str = "
let mut x = a;
let changed = raise_$T(&mut x, &b);
let mut list = [x, b];
let place = &mut list[(n % 2) as usize];
*place = $mix[(*place)|$2];
if raise_$T(&mut list[1], &x) || changed {
    x = $mix[x|$3];
}
let view = &list;
let end = $mix[view[0]|x];
store_$T(&mut list, end);
let z = $mix[list[0]|list[1]];
$out[z]";

const RAISE: &str = "
fn raise_$T(value: &mut $T, by: &$T) -> bool {
    *value = $mix[(*value)|*by];
    *value == *by
}";

/// A function that gives nothing.
const STORE: &str = "
fn store_$T(list: &mut [$T; 2], value: $T) {
    if list[0] == value {
        return;
    }
    list[1] = value;
}";

const UNITS: &str = "
let checked = check_$T(a, b, n);
let x = if checked.is_some() { $mix[a|$1] } else { b };
let y = match attempt_$T(x, b) {
    Ok(()) => $mix[x|$2],
    Err(code) if code == n => $3,
    Err(_) => b,
};
let z = match give_$T(a, n) {
    Ok(value) => $mix[value|y],
    Err(()) => y,
};
let end = if checked == Some(()) && checked != None { $mix[z|$4] } else { z };
$out[end]";

const CHECK: &str = "
fn check_$T(a: $T, b: $T, n: u32) -> Option<()> {
    if a == b || n > 4 { Some(()) } else { None }
}";

const ATTEMPT: &str = "
fn attempt_$T(a: $T, b: $T) -> Result<(), u32> {
    if a == b {
        return Err(3);
    }
    Ok(())
}";

const GIVE: &str = "
fn give_$T(a: $T, n: u32) -> Result<$T, ()> {
    if n > 2 { Ok(a) } else { Err(()) }
}";

const EQUALITIES: &str = "
let (one, other) = (Some(a), if n > 3 { Some(b) } else { None });
let (pair, turned) = ((a, n), (b, 5u32));
let (list, row) = ([a, b], [b, a]);
let (nested, flat) = ([Some((a, true)), None], [other.map(|value| (value, n < 6)), None]);
(
    one == other, one != other,
    pair == turned, pair != turned,
    list == row, list != row,
    nested == flat, nested != flat,
)";

/// The smaller and larger one by the functions of the standard library, and methods that are called as functions.
const ORDERED: &str = "
let x = std::cmp::min(a, b);
let y = core::cmp::max(a, b);
let end = $mix[x|y];
$out[end]";

const ENUMS: &str = "
let way = match n {
    0 | 3 => Way::North,
    1 => Way::East,
    _ => Way::South,
};
let other = if a > 0 { Way::East } else { Way::North };
let code = way as i16;
let wide = (way as u64, other as u8, way as i32);
let turned = match (way, other) {
    (Way::North, Way::North) => 1,
    (Way::East, _) => 2u32,
    (_, Way::East) if code < 0 => 3,
    _ => 4,
};
let list = [way, other, Way::South];
let found = list[(n % 3) as usize] == Way::South;
let some = if found { Some(way) } else { None };
let last = some.unwrap_or(other) != Way::East;
(code, wide, turned, found, last)";

const LITERALS: &str = "
let byte = b'a' + (a % 16);
let hex = 0xff_u32 ^ 0b1010_0101;
let eight = 0o17i64 * 1_000;
let high = 0xffff_ffff_ffff_ffffu64 - u64::from(a);
let low = -0x80i8;
(byte, hex, eight, high, low.wrapping_add(a as i8))";

pub(super) fn programs() -> Vec<Program> {
    let mut programs: Vec<Program> =
        SCALARS.into_iter().flat_map(|scalar| of_type(Subject(scalar))).collect();
    programs.push(enums());
    programs.push(literals());
    programs.extend([Scalar::F32, Scalar::F64].into_iter().flat_map(float_constants));
    programs
}

fn of_type(subject: Subject) -> Vec<Program> {
    let count = Parameter { name: "n", ty: Ty::Scalar(Scalar::U32), domain: Domain::Below(8) };
    let ty = subject.name();
    let simple = |name, body: &str| {
        program(subject, name, std::slice::from_ref(&count), subject.result(), &fill(subject, body))
    };
    let helper =
        |name: &str, text: &str, to: Program| to.with_helper(&format!("{name}_{ty}"), &fill(subject, text));
    let references = simple("references", REFERENCES);
    let units = simple("units", UNITS);
    let flags = Ty::Tuple(vec![Ty::Scalar(Scalar::Bool); 8]);
    let mut programs = vec![
        simple("any", ANY),
        simple("memory", MEMORY),
        simple("binding_conditions", BINDING_CONDITIONS),
        helper("store", STORE, helper("raise", RAISE, references)),
        helper("give", GIVE, helper("attempt", ATTEMPT, helper("check", CHECK, units))),
        program(subject, "equalities", std::slice::from_ref(&count), flags, EQUALITIES),
    ];
    if !subject.0.is_float() {
        programs.push(simple("ordered", ORDERED));
    }
    if subject.0.is_integer() && subject.0 != Scalar::Usize {
        let own = subject.result();
        let result = Ty::Tuple(vec![own.clone(), own.clone(), Ty::Scalar(Scalar::U32), own]);
        let body = format!("({ty}::MIN, {ty}::MAX, {ty}::BITS, {ty}::max(a, 7))");
        programs
            .push(Program::new(&format!("constants_of_{ty}"), subject.one(), result, &body).about(subject.0));
    }
    programs
}

fn enums() -> Program {
    let scalar = |scalar| Ty::Scalar(scalar);
    let wide = Ty::Tuple(vec![scalar(Scalar::U64), scalar(Scalar::U8), scalar(Scalar::I32)]);
    let result =
        vec![scalar(Scalar::I16), wide, scalar(Scalar::U32), scalar(Scalar::Bool), scalar(Scalar::Bool)];
    Program::new(
        "enums",
        vec![
            Parameter::any("a", Ty::Scalar(Scalar::I8)),
            Parameter { name: "n", ty: Ty::Scalar(Scalar::U32), domain: Domain::Below(6) },
        ],
        Ty::Tuple(result),
        ENUMS,
    )
}

fn literals() -> Program {
    let result = [Scalar::U8, Scalar::U32, Scalar::I64, Scalar::U64, Scalar::I8];
    let parameter = Parameter::any("a", Ty::Scalar(Scalar::U8));
    Program::new("literals", vec![parameter], Ty::Tuple(result.map(Ty::Scalar).to_vec()), LITERALS)
}

/// The constants of a float type, and of its module.
fn float_constants(scalar: Scalar) -> [Program; 2] {
    let subject = Subject(scalar);
    let ty = subject.name();
    let of = |name: &str, constants: &[&str]| {
        let texts: Vec<String> = constants.iter().map(|constant| format!("{ty}::{constant}")).collect();
        let result = Ty::Tuple(vec![subject.result(); 1 + constants.len()]);
        let body = format!("(-a, {})", texts.join(", "));
        Program::new(&format!("{name}_{ty}"), subject.one(), result, &body).about(scalar)
    };
    let std = |constants: &[&str]| -> Vec<String> {
        constants.iter().map(|constant| format!("std::{ty}::consts::{constant}")).collect()
    };
    let known = std(&["PI", "TAU", "E", "LN_2", "LN_10", "LOG2_E", "LOG10_E", "SQRT_2", "FRAC_1_SQRT_2"]);
    let fractions =
        std(&["FRAC_PI_2", "FRAC_PI_3", "FRAC_PI_4", "FRAC_PI_6", "FRAC_PI_8", "FRAC_1_PI", "FRAC_2_PI"]);
    let parts = Ty::Tuple(vec![subject.result(); 10]);
    let more = Ty::Tuple(vec![subject.result(); 8]);
    let body = format!("((-a, {}), (a, {}))", known.join(", "), fractions.join(", "));
    [
        of("limits", &["MIN", "MAX", "MIN_POSITIVE", "EPSILON", "INFINITY", "NEG_INFINITY", "NAN"]),
        Program::new(&format!("circle_{ty}"), subject.one(), Ty::Tuple(vec![parts, more]), &body)
            .about(scalar),
    ]
}
