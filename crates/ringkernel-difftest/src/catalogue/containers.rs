//! Every method of options, results, arrays, slices, vectors, iterators and ranges, for every type.

use ringkernel_codegen::ir::Scalar;

use super::template::program;
use crate::program::{Domain, Parameter, Program, Subject};
use crate::types::{SCALARS, Ty};

const OPTIONS: &str = "
let some = if n > 2 { Some(a) } else { None };
let other = if n % 2 == 0 { Some(b) } else { None };
let mut x = if some.is_none_or(|value| value != b) { a } else { $1 };
x = $mix[x|some.map_or($2, |value| $mix[value|b])];
x = $mix[x|some.map_or_else(|| $3, |value| $mix[value|a])];
x = $mix[x|some.and(other).unwrap_or($4)];
x = $mix[x|some.xor(other).unwrap_or($5)];
x = $mix[x|some.or_else(|| other).unwrap_or_default()];
x = $mix[x|some.ok_or_else(|| n + 1).unwrap_or($7)];
x = $mix[x|Some(some).flatten().unwrap_or($8)];
x = $mix[x|some.as_ref().copied().unwrap_or($9)];
x = $mix[x|other.as_ref().cloned().unwrap_or($1)];
let end = if (a == b).then(|| n > 3).unwrap_or(n == 2) { x } else { (n > 4).then_some(b).unwrap_or(x) };
$out[end]";

const CHANGED_OPTIONS: &str = "
let mut kept = if n > 2 { Some(a) } else { None };
let taken = kept.take();
let mut x = if kept.is_some() { $1 } else { a };
let before = kept.replace(b);
x = if before.is_none() { $mix[x|$2] } else { $3 };
if let Some(value) = kept.as_mut() {
    *value = $mix[a|$4];
}
if let Some(value) = &mut kept {
    *value = $mix[(*value)|x];
}
x = $mix[x|taken.or(kept).unwrap_or($5)];
let end = $mix[x|kept.unwrap_or($6)];
$out[end]";

const RESULTS: &str = "
let result: Result<$T, u32> = if n > 2 { Ok(a) } else { Err(n + 1) };
let other: Result<$T, u32> = if n % 2 == 0 { Ok(b) } else { Err(n) };
let mut x = if result.is_ok_and(|value| value != b) { a } else { $1 };
if other.is_err_and(|code| code > 1) {
    x = $mix[x|b];
}
let code = result.err().unwrap_or(9);
x = if code == 2 { $mix[x|$2] } else { $mix[x|$3] };
x = $mix[x|result.map_or($4, |value| $mix[value|b])];
x = $mix[x|other.map_or_else(|code| if code == 1 { $5 } else { $6 }, |value| $mix[value|a])];
x = $mix[x|result.and(other).unwrap_or($7)];
x = $mix[x|result.or(other).unwrap_or_default()];
let next = result.or_else(|code| if code > 2 { other } else { Err(code + 1) });
x = $mix[x|next.unwrap_or_else(|code| if code > 2 { $8 } else { $9 })];
x = $mix[x|result.as_ref().copied().unwrap_or($1)];
x = $mix[x|other.as_ref().cloned().unwrap_or($2)];
$out[x]";

const WRONG_RESULTS: &str = "
let result: Result<$T, u32> = if n > 3 { Ok(a) } else { Err(n + 5) };
let code = match n {
    0 | 4 => result.unwrap_err(),
    1 | 5 => result.expect_err(\"an error\"),
    2 | 6 => {
        if result.expect(\"a number\") == b { 1 } else { 2 }
    }
    _ => 3,
};
let x = if code == 2 { a } else { b };
let y = if code > 4 { $mix[x|$1] } else { x };
$out[y]";

const ARRAYS: &str = "
let mut list = [a, b, $1, $2, a];
list.swap((n % 5) as usize, 1);
let mut x = list.first().copied().unwrap_or($3);
x = $mix[x|list.last().copied().unwrap_or($4)];
x = $mix[x|list.get((n % 7) as usize).copied().unwrap_or($5)];
if list.contains(&b) && !list.is_empty() {
    x = $mix[x|$6];
}
for value in list.iter_mut() {
    *value = $mix[(*value)|$1];
}
for value in list.iter() {
    x = $mix[x|*value];
}
for value in list.into_iter() {
    x = $mix[value|x];
}
for (index, value) in list.iter().enumerate() {
    if index as u32 != n {
        x = $mix[x|*value];
    }
}
for value in list.iter().copied().rev() {
    x = if value == a { $mix[b|x] } else { $mix[x|value] };
}
for value in list.iter().cloned().step_by(2) {
    x = $mix[x|value];
}
list.fill(x);
let end = $mix[list[4]|$3];
$out[end]";

const SLICES: &str = "
let mut list = [a, b, $1, $2, a];
let part = &list[1..(n % 6) as usize];
let mut x = a;
for value in part {
    x = $mix[x|*value];
}
x = if part.is_empty() { x } else { $mix[x|part[0]] };
let tail = &list[(n % 7) as usize..];
for (index, value) in tail.iter().enumerate() {
    x = if index == 0 { $mix[b|x] } else { $mix[x|*value] };
}
let whole = list.as_slice();
x = if whole.len() == 5 { $mix[x|whole[2]] } else { $3 };
let place = list.as_mut_slice();
place[3] = $mix[x|$4];
place.swap(0, 3);
let end = $mix[list[0]|list[3]];
$out[end]";

const VECTORS: &str = "
let mut list = vec![a, b, $1];
list.push($2);
let last = list.pop();
let mut x = last.unwrap_or($3);
let mut other = Vec::new();
for _ in 0..n {
    other.push($mix[x|b]);
}
other.extend_from_slice(&list);
list.truncate((n % 4) as usize);
x = if list.len() > 2 { $mix[x|$4] } else { $mix[x|$5] };
for value in &other {
    x = $mix[x|*value];
}
let filled = vec![a; (n % 3) as usize];
for value in filled.iter() {
    x = $mix[x|*value];
}
let copy = list.to_vec();
list.clear();
if list.is_empty() && copy.len() == 2 {
    x = $mix[x|copy[1]];
}
let mut roomy: Vec<$T> = Vec::with_capacity(2);
roomy.push(a);
roomy[0] = $mix[x|b];
other[((n + 1) % 9) as usize] = roomy[0];
let end = $mix[x|$mix[other[n as usize]|roomy[0]]];
$out[end]";

const EMPTY_VECTORS: &str = "
let mut list: Vec<$T> = Vec::new();
let mut x = list.pop().unwrap_or(a);
list.truncate(3);
let copy = list.clone();
x = if copy.first().is_none() && copy.last().is_none() { $mix[x|b] } else { $1 };
list.push(x);
if n > 2 {
    list.push(b);
}
x = list[(n % 3) as usize];
list.clear();
x = $mix[x|list.get(0).copied().unwrap_or($2)];
$out[x]";

const RANGES: &str = "
let mut x = if ($2..$5).contains(&a) { $mix[b|$1] } else { a };
x = if ($3..=$9).contains(&b) { $mix[x|$2] } else { x };
$out[x]";

const COUNTED_RANGES: &str = "
let mut x = a;
for i in $2..n as $T {
    x = $mix[x|i];
}
for i in ($1..=n as $T).rev().step_by(2) {
    x = $mix[i|x];
}
$out[x]";

pub(super) fn programs() -> Vec<Program> {
    SCALARS.into_iter().flat_map(|scalar| of_type(Subject(scalar))).collect()
}

fn of_type(subject: Subject) -> Vec<Program> {
    let count = Parameter { name: "n", ty: Ty::Scalar(Scalar::U32), domain: Domain::Below(8) };
    let simple =
        |name, body: &str| program(subject, name, std::slice::from_ref(&count), subject.result(), body);
    let mut programs = vec![
        simple("option_methods", OPTIONS),
        simple("changed_options", CHANGED_OPTIONS),
        simple("result_methods", RESULTS),
        simple("wrong_results", WRONG_RESULTS),
        simple("array_methods", ARRAYS),
        simple("slices", SLICES),
        simple("ranges", RANGES),
    ];
    if subject.0.is_integer() {
        programs.push(simple("counted_ranges", COUNTED_RANGES));
    }
    // A `usize` never lies in memory, where the elements of vectors do.
    if subject.0 != Scalar::Usize {
        programs.push(simple("vectors", VECTORS));
        programs.push(simple("empty_vectors", EMPTY_VECTORS));
    }
    programs
}
