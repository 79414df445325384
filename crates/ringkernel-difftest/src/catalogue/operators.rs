//! Operators, as expressions and as compound assignments.

use ringkernel_codegen::ir::Scalar;

use crate::program::{Domain, Parameter, Program, Subject};
use crate::types::{INTEGERS, SCALARS, Ty};

/// Binary operators with both operands of one type, and their names.
pub(super) const ARITHMETIC: [(&str, &str); 5] =
    [("add", "+"), ("sub", "-"), ("mul", "*"), ("div", "/"), ("rem", "%")];
pub(super) const BITS: [(&str, &str); 3] = [("and", "&"), ("or", "|"), ("xor", "^")];
pub(super) const SHIFTS: [(&str, &str); 2] = [("shl", "<<"), ("shr", ">>")];

pub(super) fn programs() -> Vec<Program> {
    let mut programs = Vec::new();
    for scalar in SCALARS {
        let subject = Subject(scalar);
        if !subject.is_bool() {
            ARITHMETIC.iter().for_each(|(name, op)| binary(&mut programs, subject, name, op));
        }
        if !scalar.is_float() {
            BITS.iter().for_each(|(name, op)| binary(&mut programs, subject, name, op));
        }
        if scalar.is_integer() {
            SHIFTS.iter().for_each(|(name, op)| shift(&mut programs, subject, name, op));
        }
        unary(&mut programs, subject);
        programs.push(comparisons(subject));
    }
    programs.extend(distances_of_other_types());
    programs.push(lazy());
    programs
}

fn binary(programs: &mut Vec<Program>, subject: Subject, name: &str, op: &str) {
    let ty = subject.name();
    let take = subject.take(&["a", "b"]);
    let forms = [
        (format!("{name}_{ty}"), subject.give(&format!("a {op} b"))),
        (format!("{name}_assign_{ty}"), format!("let mut x = a;\nx {op}= b;\n{}", subject.give("x"))),
    ];
    for (name_of_form, body) in forms {
        let program = Program::new(&name_of_form, subject.two(), subject.result(), &(take.clone() + &body))
            .about(subject.0);
        programs.push(match (subject.0.is_float(), op) {
            (true, "/") => program.near("divide"),
            (true, "%") => program.near("remainder"),
            _ => program,
        });
    }
}

fn shift(programs: &mut Vec<Program>, subject: Subject, name: &str, op: &str) {
    let ty = subject.name();
    // A usize has to keep its value on a target where it has 32 bits.
    let distance =
        if subject.0 == Scalar::Usize { Domain::Below(16) } else { Domain::Distance(subject.bits()) };
    let parameters = vec![
        subject.parameter("a", subject.domain()),
        Parameter { name: "n", ty: Ty::Scalar(Scalar::U32), domain: distance },
    ];
    let take = subject.take(&["a"]);
    let body = take.clone() + &subject.give(&format!("a {op} n"));
    programs.push(
        Program::new(&format!("{name}_{ty}"), parameters.clone(), subject.result(), &body).about(subject.0),
    );
    let body = take + &format!("let mut x = a;\nx {op}= n;\n{}", subject.give("x"));
    programs.push(
        Program::new(&format!("{name}_assign_{ty}"), parameters, subject.result(), &body).about(subject.0),
    );
}

/// Shifts whose distance has the shifted type, or another one.
fn distances_of_other_types() -> Vec<Program> {
    let mut programs = Vec::new();
    for scalar in INTEGERS {
        let subject = Subject(scalar);
        let ty = subject.name();
        let own = vec![
            subject.parameter("a", Domain::Any),
            subject.parameter("n", Domain::Distance(subject.bits())),
        ];
        let body = "let left = a << n;\nleft ^ (a >> n)";
        programs.push(Program::new(&format!("shift_by_{ty}"), own, subject.result(), body).about(scalar));
        let other =
            vec![Parameter::any("a", Ty::Scalar(Scalar::I32)), subject.parameter("n", Domain::Distance(32))];
        let name = format!("shift_i32_by_{ty}");
        programs.push(Program::new(&name, other, Ty::Scalar(Scalar::I32), "(a << n) ^ (a >> n)"));
    }
    programs
}

fn unary(programs: &mut Vec<Program>, subject: Subject) {
    let ty = subject.name();
    if subject.0.is_float() || subject.0.is_signed() {
        programs
            .push(Program::new(&format!("neg_{ty}"), subject.one(), subject.result(), "-a").about(subject.0));
    }
    // The bits of `!a` depend on the width of a usize: see `sizes` in `integers`.
    if !subject.0.is_float() && subject.0 != Scalar::Usize {
        programs
            .push(Program::new(&format!("not_{ty}"), subject.one(), subject.result(), "!a").about(subject.0));
    }
}

fn comparisons(subject: Subject) -> Program {
    let name = format!("compare_{}", subject.name());
    let body = subject.take(&["a", "b"]) + "(a == b, a != b, a < b, a <= b, a > b, a >= b)";
    Program::new(&name, subject.two(), Ty::Tuple(vec![Ty::Scalar(Scalar::Bool); 6]), &body).about(subject.0)
}

/// `&&` and `||` compute their right side only where they have to.
fn lazy() -> Program {
    let body = "
let mut count = 0u32;
let both = a && {
    count += 1;
    b
};
let either = a || {
    count += 10;
    b
};
let divided = n != 0 && 12 / n > 3;
(both, either, divided, count)";
    let bool = Ty::Scalar(Scalar::Bool);
    Program::new(
        "lazy_bool",
        vec![
            Parameter::any("a", bool.clone()),
            Parameter::any("b", bool.clone()),
            Parameter { name: "n", ty: Ty::Scalar(Scalar::U32), domain: Domain::Below(5) },
        ],
        Ty::Tuple(vec![bool.clone(), bool.clone(), bool, Ty::Scalar(Scalar::U32)]),
        body,
    )
    .about(Scalar::Bool)
}
