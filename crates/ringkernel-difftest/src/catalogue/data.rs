//! Tuples, structs, arrays, options and results.

use ringkernel_codegen::ir::Scalar;

use super::template::{fill, program};
use crate::program::{Domain, Parameter, Program, Subject};
use crate::types::{SCALARS, Ty, pair_name};

const TUPLES: &str = "
let pair = (a, b);
let (x, mut y) = pair;
let nested = (pair, (y, n), $3);
y = nested.1.0;
let ((_, second), (_, m), ..) = nested;
let mut swapped = (second, x);
swapped.1 = $mix[swapped.1|nested.2];
swapped = (swapped.1, y);
let z = if m == n && swapped != (x, y) { swapped.0 } else { swapped.1 };
$out[z]";

const ARRAYS: &str = "
let mut list = [a, b, $1, $2];
list[(n % 5) as usize] = $mix[list[1]|$3];
let mut x = a;
for value in list {
    x = $mix[x|value];
}
let mut grid = [[b; 3]; 2];
grid[1][(n % 4) as usize] = x;
grid[0] = [x, a, $5];
for i in 0..list.len() {
    x = $mix[x|grid[i % 2][i % 3]];
}
let copy = grid;
grid[0][0] = $0;
let z = if list == [a, b, $1, $2] { copy[0][0] } else { $mix[x|grid[1][2]] };
$out[z]";

const OPTIONS: &str = "
let some = if n > 2 { Some(a) } else { None };
let other: Option<$T> = match some {
    Some(x) if x == b => None,
    Some(x) => Some($mix[x|$1]),
    None => Some(b),
};
let x = some.unwrap_or($2);
let y = other.map(|value| $mix[value|x]).unwrap_or_else(|| $3);
let z = if let Some(value) = other.or(some) { $mix[value|y] } else { $4 };
let w = some.and_then(|value| if value < b { Some(value) } else { None });
let Some(v) = other.filter(|value| *value != a) else {
    return $out[z];
};
let last = if w.is_some() && some.is_some_and(|value| value != b) { $mix[v|$5] } else { v };
let end = if w.is_none() { last } else { some.unwrap() };
$out[end]";

const UNWRAPS: &str = "
let some = if n != 1 { Some(a) } else { None };
let x = some.unwrap();
let result: Result<$T, u32> = if n != 2 { Ok(b) } else { Err(n) };
let y = result.unwrap();
let z = some.filter(|_| n != 3).expect(\"a number\");
let w = $mix[x|y];
let end = $mix[w|z];
$out[end]";

const RESULTS: &str = "
let result: Result<$T, u32> = if n < 4 { Ok(a) } else { Err(n) };
let changed = result.map(|value| $mix[value|b]).map_err(|code| code + 1);
let x = match changed {
    Ok(value) => value,
    Err(5) => $5,
    Err(code) => if code % 2 == 0 { b } else { $1 },
};
let y = result.ok().unwrap_or(x);
let z = result.and_then(|value| if value < b { Ok(value) } else { Err(0u32) }).unwrap_or($2);
let v = Some(z).ok_or(7u32).is_ok() && result.is_err();
let w = if let Err(code) = result { code as u64 } else { 9 };
let end = if v && w > 6 { $mix[x|$3] } else { $mix[y|z] };
$out[end]";

pub(super) fn programs() -> Vec<Program> {
    SCALARS.into_iter().flat_map(|scalar| of_type(Subject(scalar))).collect()
}

fn of_type(subject: Subject) -> Vec<Program> {
    let count = Parameter { name: "n", ty: Ty::Scalar(Scalar::U32), domain: Domain::Below(8) };
    let simple =
        |name, body: &str| program(subject, name, std::slice::from_ref(&count), subject.result(), body);
    let mut programs = vec![
        simple("tuples", TUPLES),
        simple("arrays", ARRAYS),
        simple("options", OPTIONS),
        simple("unwraps", UNWRAPS),
        simple("results", RESULTS),
        questions(subject, &count),
    ];
    if subject.0 != Scalar::Usize {
        programs.push(structs(subject, &count));
        programs.push(in_memory(subject));
    }
    programs
}

/// `?` on options and results, in helpers: what the entry gives is no option.
fn questions(subject: Subject, count: &Parameter) -> Program {
    let ty = subject.name();
    let option = fill(
        subject,
        "
fn find_$T(a: $T, b: $T, n: u32) -> Option<$T> {
    let first = if n > 1 { Some(a) } else { None };
    let x = first?;
    let second = if n > 3 { Some($mix[x|b]) } else { None };
    Some($mix[second?|$1])
}",
    );
    let result = fill(
        subject,
        "
fn attempt_$T(a: $T, b: $T, n: u32) -> Result<$T, u32> {
    let x = find_$T(a, b, n).ok_or(n)?;
    if x == b {
        return Err(n + 10);
    }
    Ok($mix[x|a])
}",
    );
    let body = "
match attempt_$T(a, b, n) {
    Ok(x) => $out[x],
    Err(code) => $out[if code > 9 { $2 } else if code == 3 { $3 } else { a }],
}";
    program(subject, "questions", std::slice::from_ref(count), subject.result(), body)
        .with_helper(&format!("find_{ty}"), &option)
        .with_helper(&format!("attempt_{ty}"), &result)
}

fn structs(subject: Subject, count: &Parameter) -> Program {
    let body = "
let mut pair = $P { flag: a < b, first: a, small: [1, 2, 3], second: b, count: 7 };
pair.small[(n % 4) as usize] = n as u8;
pair.first = $mix[pair.first|$1];
let copy = pair;
pair.count += pair.small[1] as u16;
let $P { first, second: other, small, .. } = copy;
let mixed = $P { first: other, count: pair.count, ..copy };
let x = match mixed {
    $P { flag: true, second, .. } if small[1] == 2 => second,
    $P { first, count: 8..=20, .. } => $mix[first|$2],
    _ => first,
};
if mixed == copy {
    $P { second: x, ..pair }
} else {
    $P { first: x, flag: pair.flag != (mixed != pair), ..mixed }
}";
    program(
        subject,
        "structs",
        std::slice::from_ref(count),
        Ty::Pair(subject.0),
        &body.replace("$P", &pair_name(subject.0)),
    )
}

/// Values of every shape, out of memory and back.
fn in_memory(subject: Subject) -> Program {
    let own = Ty::Scalar(subject.0);
    let parameters = vec![
        Parameter::any("byte", Ty::Scalar(Scalar::U8)),
        Parameter::any("pair", Ty::Pair(subject.0)),
        Parameter::any("list", Ty::Array(Box::new(own.clone()), 3)),
        Parameter::any("option", Ty::Option(Box::new(own.clone()))),
        Parameter::any("parts", Ty::Tuple(vec![own.clone(), Ty::Scalar(Scalar::U16), own.clone()])),
    ];
    let result = Ty::Tuple(vec![
        Ty::Scalar(Scalar::U8),
        Ty::Option(Box::new(Ty::Pair(subject.0))),
        Ty::Array(Box::new(Ty::Tuple(vec![own.clone(), Ty::Scalar(Scalar::U8)])), 2),
        Ty::Option(Box::new(own)),
    ]);
    let body = "
let kept = if byte > 100 { Some(pair) } else { None };
let rows = [(list[2], byte), (parts.2, pair.small[2])];
let chosen = match option {
    Some(value) => Some(value),
    None if pair.flag => Some(parts.0),
    None => None,
};
(byte ^ pair.small[0], kept, rows, chosen)";
    Program::new(&format!("in_memory_{}", subject.name()), parameters, result, body).about(subject.0)
}
