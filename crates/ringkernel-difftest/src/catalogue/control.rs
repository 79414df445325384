//! Conditions, matches, loops, and the ways out of them.

use ringkernel_codegen::ir::Scalar;

use super::template::program;
use crate::program::{Domain, Parameter, Program, Subject};
use crate::types::{SCALARS, Ty};

/// Forms for every type.
const GENERAL: [(&str, &str); 9] = [
    (
        "if_value",
        "
let x = if a < b { $mix[a|$1] } else { $mix[b|$2] };
let y = if x == a {
    $3
} else if x > b {
    $mix[x|$4]
} else {
    x
};
$out[y]",
    ),
    (
        "if_statement",
        "
let mut x = a;
if a != b {
    x = $mix[x|b];
    if b < a {
        x = $mix[x|$5];
    }
} else if n > 3 {
    x = $7;
}
$out[x]",
    ),
    (
        "match_guard",
        "
let x = match b {
    v if v < a => $mix[v|$1],
    v if v == a || n == 2 => $2,
    _ => a,
};
$out[x]",
    ),
    (
        "match_count",
        "
let x: $T = match n {
    0 => a,
    1 | 2 => b,
    3..=4 => $mix[a|b],
    5 if a < b => $5,
    m @ 5..7 => if m == 6 { $mix[b|$3] } else { $1 },
    _ => {
        let x = $mix[b|$1];
        $mix[x|a]
    }
};
$out[x]",
    ),
    (
        "while",
        "
let mut x = a;
let mut i = 0u32;
while i < n {
    x = $mix[x|b];
    i += 1;
}
$out[x]",
    ),
    (
        "for_ranges",
        "
let mut x = a;
for i in 0..n {
    if i == 3 {
        continue;
    }
    x = $mix[x|b];
}
for i in (0..=n).rev() {
    x = if i % 2 == 0 { $mix[x|$1] } else { $mix[b|x] };
}
for i in (1..n).step_by(3) {
    x = if i > 4 { $mix[x|$2] } else { x };
}
$out[x]",
    ),
    (
        "loop_value",
        "
let mut x = a;
let mut i = 0u32;
let y = loop {
    if i >= n {
        break x;
    }
    x = $mix[x|b];
    if x == $9 {
        break $8;
    }
    i += 1;
};
$out[y]",
    ),
    (
        "labels",
        "
let mut x = a;
'outer: for i in 0..n {
    let mut j = 0u32;
    loop {
        j += 1;
        if j > i {
            continue 'outer;
        }
        if i + j == 9 {
            break 'outer;
        }
        if (i ^ j) & 1 == 0 {
            continue;
        }
        x = $mix[x|b];
    }
}
let y = 'block: {
    if x == b {
        break 'block $1;
    }
    if n % 2 == 0 {
        break 'block $mix[x|$2];
    }
    $mix[x|a]
};
$out[y]",
    ),
    (
        "nested",
        "
let mut x = a;
let mut total = 0u32;
while total < 20 {
    for i in 0..3u32 {
        match (i + n) % 4 {
            0 => x = $mix[x|$1],
            1 if total > 9 => break,
            2 => {
                total += 2;
                continue;
            }
            _ => x = $mix[b|x],
        }
        total += i;
    }
    total += 1;
}
$out[x]",
    ),
];

/// Forms for integers: literals and ranges of the type as patterns, and loops over it.
const INTEGER: [(&str, &str); 4] = [
    (
        "match_value",
        "
let x = match a {
    0 => b,
    1 | 3 | 5 => $7,
    v @ (10..=20 | 30..40) => $mix[v|b],
    100.. => $mix[a|$1],
    _ if b == $2 => $3,
    _ => $4,
};
$out[x]",
    ),
    (
        "match_tuple",
        "
let x = match (a, b < a, n) {
    (0, ..) => $1,
    (v, true, 1..=3) => $mix[v|$2],
    (v, false, m) if m > 4 => $mix[v|b],
    (_, _, 0 | 2) => $3,
    (_, flag, _) => if flag { $4 } else { $5 },
};
$out[x]",
    ),
    (
        "for_type",
        "
let mut x = b;
let end = n as $T;
for i in $2..end {
    x = $mix[x|i];
}
for i in ($0..=end).rev().step_by(2) {
    x = $mix[i|x];
}
for i in end..$3 {
    x = $mix[x|i];
}
$out[x]",
    ),
    (
        "for_last",
        "
let mut x = b;
let mut rounds = 0u32;
for i in ($T::MAX - 3)..=$T::MAX {
    rounds += 1;
    x = if i > a { $mix[x|$1] } else { x };
}
for i in ($T::MAX - 9..$T::MAX).step_by(4) {
    rounds += 1;
    x = if i > a { $mix[x|$1] } else { x };
}
$out[x.max(rounds as $T)]",
    ),
];

/// Forms for signed integers.
const SIGNED: [(&str, &str); 2] = [
    (
        "match_negative",
        "
match a {
    $T::MIN..=-100 => b,
    -1 => $1,
    -50..0 => $mix[a|$2],
    0..=9 => $3,
    $T::MAX => $4,
    _ => $5,
}",
    ),
    (
        "for_negative",
        "
let mut x = a;
let start = -(n as $T);
for i in start..3 {
    x = $mix[x|i];
}
for i in (-7..=start).step_by(2) {
    x = $mix[x|i];
}
x",
    ),
];

pub(super) fn programs() -> Vec<Program> {
    let mut programs = Vec::new();
    for scalar in SCALARS {
        let subject = Subject(scalar);
        programs.extend(GENERAL.iter().map(|form| with_count(subject, form)));
        if scalar.is_integer() {
            // The largest `usize` is not the same everywhere.
            let forms = INTEGER.iter().filter(|(name, _)| scalar != Scalar::Usize || *name != "for_last");
            programs.extend(forms.map(|form| with_count(subject, form)));
        }
        if scalar.is_signed() {
            programs.extend(SIGNED.iter().map(|form| with_count(subject, form)));
        }
    }
    programs.push(match_bool());
    programs
}

fn with_count(subject: Subject, (name, body): &(&str, &str)) -> Program {
    let count = Parameter { name: "n", ty: Ty::Scalar(Scalar::U32), domain: Domain::Below(11) };
    program(subject, name, &[count], subject.result(), body)
}

fn match_bool() -> Program {
    let body = "
match (a, b) {
    (true, true) => 1,
    (true, false) | (false, true) => 2,
    (false, _) => match a {
        true => 3,
        false => 4,
    },
}";
    program(Subject(Scalar::Bool), "match", &[], Ty::Scalar(Scalar::U32), body)
}
