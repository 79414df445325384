//! Methods of floats.

use ringkernel_codegen::ir::Scalar;

use crate::program::{Domain, Parameter, Program, Subject};
use crate::types::Ty;

/// Methods of one float whose result is exact everywhere.
const EXACT: [&str; 8] = ["abs", "signum", "floor", "ceil", "trunc", "round", "round_ties_even", "fract"];
/// Methods of one float that give a `bool`.
const CLASSES: [&str; 5] = ["is_nan", "is_infinite", "is_finite", "is_sign_negative", "is_sign_positive"];
/// Methods of one float that come near, and between which numbers.
const NEAR: [(&str, u32); 19] = [
    ("sqrt", 0),
    ("recip", 0),
    ("exp", 20),
    ("exp2", 20),
    ("ln", 0),
    ("log2", 0),
    ("log10", 0),
    ("sin", 3),
    ("cos", 3),
    ("tan", 1),
    ("asin", 1),
    ("acos", 1),
    ("atan", 100),
    ("sinh", 10),
    ("cosh", 10),
    ("tanh", 10),
    ("cbrt", 0),
    ("to_degrees", 0),
    ("to_radians", 0),
];

pub(super) fn programs() -> Vec<Program> {
    [Scalar::F32, Scalar::F64].into_iter().flat_map(of_type).collect()
}

fn of_type(scalar: Scalar) -> Vec<Program> {
    let subject = Subject(scalar);
    let ty = subject.name();
    let own = subject.result();
    let bool = Ty::Scalar(Scalar::Bool);
    let bits = Ty::Scalar(if scalar == Scalar::F32 { Scalar::U32 } else { Scalar::U64 });
    let bits_name = bits.rust();
    let one = |name: &str, result: Ty, body: &str| {
        Program::new(&format!("{name}_{ty}"), subject.one(), result, body).about(scalar)
    };
    let mut programs = vec![
        one("classes", Ty::Tuple(vec![bool; CLASSES.len()]), &calls(&CLASSES)),
        one("to_bits", bits.clone(), "if a.is_nan() { 1 } else { a.to_bits() }"),
        Program::new(
            &format!("from_bits_{ty}"),
            vec![Parameter::any("bits", bits)],
            own.clone(),
            &format!("{ty}::from_bits(bits ^ 1{bits_name})"),
        )
        .about(scalar),
        Program::new(
            &format!("order_{ty}"),
            subject.two(),
            Ty::Tuple(vec![own.clone(); 2]),
            "(a.min(b), a.max(b))",
        )
        .about(scalar)
        .near("order"),
        Program::new(&format!("copysign_{ty}"), subject.two(), own.clone(), "a.copysign(b)").about(scalar),
        Program::new(&format!("clamp_{ty}"), subject.one(), own.clone(), "a.clamp(-1.5, 1000.25)")
            .about(scalar),
    ];
    programs.extend(EXACT.iter().map(|method| one(method, own.clone(), &format!("a.{method}()"))));
    programs.extend(NEAR.iter().map(|(method, limit)| near(subject, method, *limit)));
    programs.extend(with_two_operands(subject));
    programs.push(literals(subject));
    programs
}

fn calls(methods: &[&str]) -> String {
    let calls: Vec<String> = methods.iter().map(|method| format!("a.{method}()")).collect();
    format!("({})", calls.join(", "))
}

fn near(subject: Subject, method: &'static str, limit: u32) -> Program {
    let domain = if limit == 0 { Domain::Normal } else { Domain::Within(limit) };
    let parameters = vec![subject.parameter("a", domain)];
    let name = format!("{method}_{}", subject.name());
    Program::new(&name, parameters, subject.result(), &format!("a.{method}()")).about(subject.0).near(method)
}

fn with_two_operands(subject: Subject) -> Vec<Program> {
    let ty = subject.name();
    let own = subject.result();
    let pair = |limit| {
        vec![subject.parameter("a", Domain::Within(limit)), subject.parameter("b", Domain::Within(limit))]
    };
    let mut three = pair(1000);
    three.push(subject.parameter("c", Domain::Within(1000)));
    let whole = Parameter { name: "n", ty: Ty::Scalar(Scalar::I32), domain: Domain::Below(12) };
    vec![
        Program::new(&format!("atan2_{ty}"), pair(100), own.clone(), "a.atan2(b)").near("atan2"),
        Program::new(&format!("hypot_{ty}"), pair(1000), own.clone(), "a.hypot(b)").near("hypot"),
        Program::new(&format!("powf_{ty}"), pair(8), own.clone(), "a.abs().powf(b)").near("powf"),
        Program::new(
            &format!("powi_{ty}"),
            vec![subject.parameter("a", Domain::Within(8)), whole],
            own.clone(),
            "a.powi(n - 4)",
        )
        .near("powi"),
        Program::new(
            &format!("sin_cos_{ty}"),
            vec![subject.parameter("a", Domain::Within(3))],
            Ty::Tuple(vec![own.clone(); 2]),
            "a.sin_cos()",
        )
        .near("sin"),
        Program::new(&format!("log_{ty}"), pair(100), own.clone(), "a.abs().log(b.abs() + 2.0)").near("log"),
        Program::new(&format!("rem_euclid_{ty}"), pair(100), own.clone(), "a.rem_euclid(b)")
            .near("remainder"),
        Program::new(&format!("mul_add_{ty}"), three, own, "a.mul_add(b, c)").near("mul_add"),
    ]
    .into_iter()
    .map(|program| program.about(subject.0))
    .collect()
}

/// Literals whose shortest form does not say all their bits, and numbers that no decimal form writes in full.
fn literals(subject: Subject) -> Program {
    let ty = subject.name();
    let body = format!(
        "let tenth: {ty} = 0.1;
let third = 0.333_333_333_333_333_3{ty};
let large = 1.0e30{ty};
let small = 2.5e-30{ty};
let whole = 16_777_217.0{ty};
(a * tenth, a - third, large + a * 0.0, small * 1.0, whole)"
    );
    let parameters = vec![subject.parameter("a", Domain::Moderate)];
    Program::new(&format!("literals_{ty}"), parameters, Ty::Tuple(vec![subject.result(); 5]), &body)
        .about(subject.0)
}
