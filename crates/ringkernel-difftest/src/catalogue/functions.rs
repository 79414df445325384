//! Helper functions, early return, order of evaluation, shadowing, constants and assertions.

use ringkernel_codegen::ir::Scalar;

use super::template::{fill, program};
use crate::program::{Domain, Parameter, Program, Subject};
use crate::types::{SCALARS, Ty};

const SHADOWING: &str = "
let x = a;
let x = $mix[x|b];
let y = {
    let x = b;
    let b = $3;
    $mix[x|b]
};
let x = if n > 4 {
    let x = $mix[x|y];
    x
} else {
    x
};
let mut a = x;
{
    let a = $1;
    let _ = a;
}
a = $mix[a|b];
$out[a]";

const ORDER: &str = "
let mut x = a;
let y = $mix[{
    x = b;
    a
}|x];
let pair = (
    {
        x = $mix[x|$1];
        x
    },
    {
        x = $mix[x|$2];
        x
    },
);
let list = [x, { x = $3; x }, x];
let old = x;
x = $mix[old|{
    x = $4;
    a
}];
let z = $mix[pair.0|pair.1];
let w = $mix[list[0]|list[2]];
let p = $mix[z|w];
let q = $mix[x|y];
let end = if n > 4 { $mix[p|y] } else { $mix[q|$2] };
$out[end]";

const EARLY: &str = "
if n == 0 {
    return $out[a];
}
let x = match n {
    1 => return $out[b],
    2 => $2,
    _ => {
        for i in 0..n {
            if i == 4 {
                return $out[$3];
            }
        }
        $mix[a|b]
    }
};
$out[x]";

const CONSTANTS: &str = "
const LIMIT: u32 = 3 * 2;
const STEP: $T = $7;
let x = if n < LIMIT { STEP } else { b };
let end = $mix[x|a];
$out[end]";

const ASSERTIONS: &str = "
assert!(n != 1);
assert_eq!(n == 2, false, \"{n} is two\");
assert_ne!(n, 3);
if n == 4 {
    panic!(\"four\");
}
if n == 5 {
    unreachable!();
}
debug_assert!(n != 6, \"checked in builds for debugging only\");
let end = $mix[a|b];
$out[end]";

pub(super) fn programs() -> Vec<Program> {
    let mut programs: Vec<Program> =
        SCALARS.into_iter().flat_map(|scalar| of_type(Subject(scalar))).collect();
    programs.push(faults_in_order());
    programs.push(side_effects_of_faults());
    programs
}

fn of_type(subject: Subject) -> Vec<Program> {
    let count = Parameter { name: "n", ty: Ty::Scalar(Scalar::U32), domain: Domain::Below(9) };
    let simple =
        |name, body: &str| program(subject, name, std::slice::from_ref(&count), subject.result(), body);
    vec![
        simple("shadowing", SHADOWING),
        simple("evaluation", ORDER),
        simple("early", EARLY),
        simple("constants", CONSTANTS),
        simple("assertions", ASSERTIONS),
        helpers(subject, &count),
    ]
}

fn helpers(subject: Subject, count: &Parameter) -> Program {
    let ty = subject.name();
    let leaf = fill(
        subject,
        "
fn leaf_$T(a: $T, first: bool) -> $T {
    if first {
        return $mix[a|$1];
    }
    a
}",
    );
    let branch = fill(
        subject,
        "
fn branch_$T(a: $T, pair: ($T, u32)) -> ($T, u32) {
    let (b, n) = pair;
    let mut x = leaf_$T(a, n % 2 == 0);
    for _ in 0..n {
        x = leaf_$T($mix[x|b], x == a);
    }
    (x, n / 2)
}",
    );
    let body = "
let (x, m) = branch_$T(a, (b, n));
let y = leaf_$T(branch_$T(x, (leaf_$T(b, true), m)).0, m == 1);
$out[y]";
    program(subject, "helpers", std::slice::from_ref(count), subject.result(), body)
        .with_helper(&format!("leaf_{ty}"), &leaf)
        .with_helper(&format!("branch_{ty}"), &branch)
}

/// Which of several possible faults comes first, and on which line.
fn faults_in_order() -> Program {
    let helper = "
fn divide(a: i32, b: i32) -> i32 {
    let checked = a
        / b;
    checked
        % (b - 1)
}";
    let body = "
let list = [a, b, 7];
let first = list[(n % 4) as usize]
    + list[(n / 4) as usize];
let second = divide(first, b)
    * divide(
        a - b,
        n as i32,
    );
first
    .checked_sub(second)
    .unwrap()";
    let int = Ty::Scalar(Scalar::I32);
    Program::new(
        "faults_in_order",
        vec![
            Parameter::any("a", int.clone()),
            Parameter { name: "b", ty: int.clone(), domain: Domain::Below(4) },
            Parameter { name: "n", ty: Ty::Scalar(Scalar::U32), domain: Domain::Below(17) },
        ],
        int,
        body,
    )
    .with_helper("divide", helper)
}

/// A loop that would never end if a faulted lane stayed in it, because what it counts by is no longer there.
fn side_effects_of_faults() -> Program {
    let body = "
let mut x = a;
let mut steps = 0u32;
while x != 1 && steps < 1000 {
    x = if x % 2 == 0 { x / 2 } else { x * 3 + 1 };
    steps += 100 / (b % 7);
}
(x, steps)";
    let uint = Ty::Scalar(Scalar::U8);
    Program::new(
        "fault_in_loop",
        vec![Parameter::any("a", uint.clone()), Parameter::any("b", Ty::Scalar(Scalar::U32))],
        Ty::Tuple(vec![uint, Ty::Scalar(Scalar::U32)]),
        body,
    )
}
