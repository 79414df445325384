//! Operations on floats: exact ones bit for bit, others within the distance that the printer documents.

use ringkernel_codegen::ir::{BinaryOp, MathFunction, Scalar, UnaryOp};

use super::operations::{Case, Operation, check};

/// Values of every kind: zeros, subnormals, numbers at the edges of integers, large ones, infinities, NaN.
fn values32() -> Vec<f32> {
    let mut values = vec![
        0.0,
        1e-45,
        1.1e-38,
        1.2e-38,
        1e-10,
        0.1,
        0.3,
        0.49999997,
        0.5,
        0.75,
        1.0,
        1.5,
        2.0,
        2.5,
        3.5,
        7.3,
        100.7,
        255.5,
        8388607.5,
        8388609.0,
        2147483600.0,
        2147483648.0,
        4294967000.0,
        4294967300.0,
        9.2e18,
        9.3e18,
        1.8e19,
        1.9e19,
        1e30,
        f32::MAX,
        f32::INFINITY,
    ];
    values.extend(values.clone().into_iter().map(|value| -value));
    values.push(f32::NAN);
    values
}

fn values64() -> Vec<f64> {
    let mut values: Vec<f64> = values32().into_iter().map(f64::from).collect();
    values.extend([
        5e-324,
        2.3e-308,
        4503599627370497.5,
        9007199254740993.0,
        9.223372036854775e18,
        1.8446744073709552e19,
        f64::MAX,
    ]);
    values.extend([-5e-324, -4503599627370495.5, -9.223_372_036_854_776e18, -1e300]);
    values
}

fn values(scalar: Scalar) -> Vec<u64> {
    match scalar {
        Scalar::F64 => values64().into_iter().map(f64::to_bits).collect(),
        Scalar::I32 => [0i32, 1, -1, 2, 3, -3, 10, 31, -40].map(|value| u64::from(value as u32)).to_vec(),
        _ => values32().into_iter().map(|value| value.to_bits().into()).collect(),
    }
}

/// Equal bits, or two NaNs. Which zero is the smaller one Rust leaves open.
fn same(case: &Case, a: u64, b: u64) -> bool {
    let nan = |bits: u64| match case.result {
        Scalar::F32 => f32::from_bits(bits as u32).is_nan(),
        Scalar::F64 => f64::from_bits(bits).is_nan(),
        _ => false,
    };
    let either = matches!(case.operation, Operation::Math(MathFunction::Min | MathFunction::Max, _));
    a == b || nan(a) && nan(b) || either && is_zero(case, a) && is_zero(case, b)
}

fn is_zero(case: &Case, bits: u64) -> bool {
    match case.result {
        Scalar::F32 => f32::from_bits(bits as u32) == 0.0,
        _ => f64::from_bits(bits) == 0.0,
    }
}

macro_rules! exact {
    ($name:ident: $float:ident $scalar:ident $bits:ident) => {
        #[test]
        fn $name() {
            let scalar = Scalar::$scalar;
            let mut cases = Vec::new();
            fn of(bits: u64) -> $float {
                $float::from_bits(bits as $bits)
            }
            fn bits(value: $float) -> u64 {
                value.to_bits().into()
            }
            let mut add = |operation, result, expected: Box<dyn Fn($float, u64) -> u64>| {
                let right = if matches!(operation, Operation::Math(MathFunction::Powi, _)) {
                    Scalar::I32
                } else {
                    scalar
                };
                let expected = Box::new(move |a: u64, b: u64| Ok(expected(of(a), b)));
                cases.push(Case { operation, left: scalar, right, result, expected });
            };
            for (op, f) in [
                (BinaryOp::Add, (|a, b| a + b) as fn($float, $float) -> $float),
                (BinaryOp::Subtract, |a, b| a - b),
                (BinaryOp::Multiply, |a, b| a * b),
                (BinaryOp::Divide, |a, b| a / b),
                (BinaryOp::Remainder, |a, b| a % b),
            ] {
                add(Operation::Binary(op), scalar, Box::new(move |a, b| bits(f(a, of(b)))));
            }
            for (op, f) in [
                (BinaryOp::Equal, (|a, b| a == b) as fn($float, $float) -> bool),
                (BinaryOp::NotEqual, |a, b| a != b),
                (BinaryOp::Less, |a, b| a < b),
                (BinaryOp::LessEqual, |a, b| a <= b),
                (BinaryOp::Greater, |a, b| a > b),
                (BinaryOp::GreaterEqual, |a, b| a >= b),
            ] {
                add(Operation::Binary(op), Scalar::Bool, Box::new(move |a, b| f(a, of(b)).into()));
            }
            add(Operation::Unary(UnaryOp::Negate), scalar, Box::new(|a, _| bits(-a)));
            for (function, f) in [
                (MathFunction::Abs, $float::abs as fn($float) -> $float),
                (MathFunction::Signum, $float::signum),
                (MathFunction::Sqrt, $float::sqrt),
                (MathFunction::Floor, $float::floor),
                (MathFunction::Ceil, $float::ceil),
                (MathFunction::Trunc, $float::trunc),
                (MathFunction::Round, $float::round),
                (MathFunction::RoundTiesEven, $float::round_ties_even),
                (MathFunction::Fract, $float::fract),
                (MathFunction::Recip, $float::recip),
                (MathFunction::ToDegrees, $float::to_degrees),
                (MathFunction::ToRadians, $float::to_radians),
            ] {
                add(Operation::Math(function, 1), scalar, Box::new(move |a, _| bits(f(a))));
            }
            for (function, f) in [
                (MathFunction::Min, $float::min as fn($float, $float) -> $float),
                (MathFunction::Max, $float::max),
                (MathFunction::Copysign, $float::copysign),
            ] {
                add(Operation::Math(function, 2), scalar, Box::new(move |a, b| bits(f(a, of(b)))));
            }
            for (function, f) in [
                (MathFunction::IsNan, $float::is_nan as fn($float) -> bool),
                (MathFunction::IsInfinite, $float::is_infinite),
                (MathFunction::IsFinite, $float::is_finite),
                (MathFunction::IsSignNegative, $float::is_sign_negative),
            ] {
                add(Operation::Math(function, 1), Scalar::Bool, Box::new(move |a, _| f(a).into()));
            }
            add(
                Operation::Math(MathFunction::Powi, 2),
                scalar,
                Box::new(|a, b| bits(a.powi(b as u32 as i32))),
            );
            for (to, f) in [
                (Scalar::I8, (|a| u64::from(a as i8 as u8)) as fn($float) -> u64),
                (Scalar::I16, |a| u64::from(a as i16 as u16)),
                (Scalar::I32, |a| u64::from(a as i32 as u32)),
                (Scalar::I64, |a| a as i64 as u64),
                (Scalar::U8, |a| u64::from(a as u8)),
                (Scalar::U16, |a| u64::from(a as u16)),
                (Scalar::U32, |a| u64::from(a as u32)),
                (Scalar::U64, |a| a as u64),
                (Scalar::F32, |a| u64::from((a as f32).to_bits())),
                (Scalar::F64, |a| (a as f64).to_bits()),
            ] {
                add(Operation::Cast, to, Box::new(move |a, _| f(a)));
            }
            check(&cases, &values, &same);
        }
    };
}

exact!(f32_is_as_in_rust: f32 F32 u32);
exact!(f64_is_as_in_rust: f64 F64 u64);

/// How a function of doubles is called.
type Exact = fn(f64, f64) -> f64;

/// What each function may be off, in units of the last place, for results in the normal range: what the module's
/// documentation promises.
const DISTANCES: [(MathFunction, usize, Exact, u32); 18] = [
    (MathFunction::Exp, 1, |a, _| a.exp(), 2),
    (MathFunction::Exp2, 1, |a, _| a.exp2(), 2),
    (MathFunction::Ln, 1, |a, _| a.ln(), 2),
    (MathFunction::Log2, 1, |a, _| a.log2(), 2),
    (MathFunction::Log10, 1, |a, _| a.log10(), 2),
    (MathFunction::Sin, 1, |a, _| a.sin(), 3),
    (MathFunction::Cos, 1, |a, _| a.cos(), 3),
    (MathFunction::Tan, 1, |a, _| a.tan(), 4),
    (MathFunction::Asin, 1, |a, _| a.asin(), 3),
    (MathFunction::Acos, 1, |a, _| a.acos(), 3),
    (MathFunction::Atan, 1, |a, _| a.atan(), 2),
    (MathFunction::Sinh, 1, |a, _| a.sinh(), 3),
    (MathFunction::Cosh, 1, |a, _| a.cosh(), 3),
    (MathFunction::Tanh, 1, |a, _| a.tanh(), 3),
    (MathFunction::Cbrt, 1, |a, _| a.cbrt(), 2),
    (MathFunction::Atan2, 2, |a, b| a.atan2(b), 4),
    (MathFunction::Hypot, 2, |a, b| a.hypot(b), 3),
    (MathFunction::Powf, 2, |a, b| a.powf(b), 4),
];

/// How many floats lie between two.
fn distance(a: f32, b: f32) -> u64 {
    let place = |value: f32| {
        let bits = i64::from(value.to_bits() & 0x7fff_ffff);
        if value.is_sign_negative() { -bits } else { bits }
    };
    match (a.is_nan(), b.is_nan()) {
        (true, true) => 0,
        (false, false) => place(a).abs_diff(place(b)),
        _ => u64::MAX,
    }
}

#[test]
fn functions_of_f32_are_as_near_as_documented() {
    let case = |(function, count, f, _): (MathFunction, usize, Exact, u32)| {
        let of = |bits: u64| f64::from(f32::from_bits(bits as u32));
        Case {
            operation: Operation::Math(function, count),
            left: Scalar::F32,
            right: Scalar::F32,
            result: Scalar::F32,
            expected: Box::new(move |a, b| Ok(u64::from((f(of(a), of(b)) as f32).to_bits()))),
        }
    };
    let cases: Vec<Case> = DISTANCES.into_iter().map(case).collect();
    let mut inputs = values32();
    inputs.extend((-200..200).map(|step| step as f32 * 0.0437));
    inputs.extend((1..60).map(|step| (step as f32 * 0.731).exp()));
    inputs.extend((-40..40).map(|step| step as f32 * 2.17));
    let values = |_: Scalar| inputs.iter().map(|value| u64::from(value.to_bits())).collect();
    check(&cases, &values, &|case, a, b| {
        let Operation::Math(function, _) = case.operation else { return false };
        let (a, b) = (f32::from_bits(a as u32), f32::from_bits(b as u32));
        // What lies below the normal range may be zero, and zeros may have lost their sign.
        let is_tiny = |value: f32| value.abs() < f32::MIN_POSITIVE;
        let allowed = DISTANCES.iter().find(|row| row.0 == function).map_or(0, |row| row.3);
        is_tiny(a) && is_tiny(b) || distance(a, b) <= u64::from(allowed)
    });
}
