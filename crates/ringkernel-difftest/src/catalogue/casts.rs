//! Casts between all pairs of scalars.

use ringkernel_codegen::ir::Scalar;

use crate::program::{Domain, Program, Subject};
use crate::types::{SCALARS, Ty, rust_name};

pub(super) fn programs() -> Vec<Program> {
    let mut programs: Vec<Program> = SCALARS.into_iter().flat_map(from_type).collect();
    programs.push(chained());
    programs
}

/// Whether Rust knows `from as to`.
fn is_cast(from: Scalar, to: Scalar) -> bool {
    match (from, to) {
        (Scalar::Bool, Scalar::Bool) => true,
        (_, Scalar::Bool) => false,
        (Scalar::Bool, to) => to.is_integer(),
        _ => true,
    }
}

/// The types that are made of every value of a type with `from`.
fn widening(from: Scalar) -> Vec<Scalar> {
    let bits = from.size() * 8;
    let fits = |to: &Scalar| match (from, *to) {
        (_, Scalar::Usize | Scalar::Bool) | (Scalar::Usize, _) => false,
        (Scalar::Bool, _) => true,
        (from, to) if from == to => true,
        (from, Scalar::F32) => from.is_integer() && bits <= 16,
        (from, Scalar::F64) => from == Scalar::F32 || from.is_integer() && bits <= 32,
        (from, _) if from.is_float() => false,
        (from, to) => to.size() > from.size() && (to.is_signed() || !from.is_signed()),
    };
    SCALARS.into_iter().filter(fits).collect()
}

fn from_type(from: Scalar) -> Vec<Program> {
    let subject = Subject(from);
    let ty = subject.name();
    let parameter = vec![subject.parameter("a", Domain::Any)];
    let targets: Vec<Scalar> =
        SCALARS.into_iter().filter(|to| *to != Scalar::Usize && is_cast(from, *to)).collect();
    let casts: Vec<String> = targets.iter().map(|to| format!("a as {}", rust_name(*to))).collect();
    let body = subject.take(&["a"]) + &format!("({})", casts.join(", "));
    let result = Ty::Tuple(targets.iter().map(|to| Ty::Scalar(*to)).collect());
    let mut programs = vec![
        Program::new(&format!("cast_{ty}"), parameter.clone(), result, &body).about(from).near("cast"),
        Program::new(
            &format!("cast_{ty}_usize"),
            parameter.clone(),
            Ty::Scalar(Scalar::U64),
            &(subject.take(&["a"]) + "let size = a as usize;\nsize as u64"),
        )
        .about(from)
        .with_sizes(),
    ];
    let wider = widening(from);
    if !wider.is_empty() {
        let calls: Vec<String> = wider.iter().map(|to| format!("{}::from(a),", rust_name(*to))).collect();
        let result = Ty::Tuple(wider.iter().map(|to| Ty::Scalar(*to)).collect());
        let body = format!("({})", calls.join(" "));
        programs.push(Program::new(&format!("widen_{ty}"), parameter, result, &body).about(from));
    }
    programs
}

/// Narrow values have to be narrow again before they widen.
fn chained() -> Program {
    let body = "
let narrow = a as i8;
let wide = narrow as i64;
let positive = narrow as u8 as i32;
let short = (a as u16).wrapping_mul(3) as i16 as i32;
let sum = (a as i8).wrapping_add(100) as i32;
let product = (a as u8).wrapping_mul(17) as u64;
let turned = -((a as i16) as i32) as u8;
(wide, positive, short, sum, product, turned)";
    let result = Ty::Tuple(
        [Scalar::I64, Scalar::I32, Scalar::I32, Scalar::I32, Scalar::U64, Scalar::U8]
            .into_iter()
            .map(Ty::Scalar)
            .collect(),
    );
    Program::new("cast_chained", vec![Subject(Scalar::I32).parameter("a", Domain::Any)], result, body)
}
