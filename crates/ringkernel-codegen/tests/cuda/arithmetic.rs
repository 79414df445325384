//! Every operation on every type, with edges and random operands, against Rust itself.

use ringkernel_codegen::cuda::host::Services;
use ringkernel_codegen::ir::{BinaryOp, CheckedOp, MathFunction, Scalar, UnaryOp};

use super::operations::{Operation, message, module};
use super::target::{fault, host, print, run};

/// What an operation gives: the bits of its result, or the number of its fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Bits(u64),
    Fault(u32),
}

const DIVISION_BY_ZERO: Outcome = Outcome::Fault(3);
const OVERFLOW: Outcome = Outcome::Fault(4);

/// An operation, the type of its result, and Rust's meaning of it.
struct Case<T> {
    operation: Operation,
    gives: Scalar,
    native: fn(T, T, u32) -> Outcome,
}

/// A scalar of the tests.
trait Operand: Copy + std::fmt::Debug {
    const SCALAR: Scalar;
    fn bits(self) -> u64;
    fn from_bits(bits: u64) -> Self;
    /// Operands at the edges of the type.
    fn edges() -> Vec<Self>;
}

macro_rules! integers {
    ($($type:ident $unsigned:ident $scalar:ident;)*) => {$(
        impl Operand for $type {
            const SCALAR: Scalar = Scalar::$scalar;
            fn bits(self) -> u64 {
                self as $unsigned as u64
            }
            fn from_bits(bits: u64) -> Self {
                bits as Self
            }
            fn edges() -> Vec<Self> {
                vec![0, 1, 2, 3, 7, $type::MAX, $type::MAX - 1, $type::MIN, $type::MIN + 1, $type::MAX / 2, !0]
            }
        }
    )*};
}

integers! {
    i8 u8 I8; i16 u16 I16; i32 u32 I32; i64 u64 I64;
    u8 u8 U8; u16 u16 U16; u32 u32 U32; u64 u64 U64;
}

macro_rules! floats {
    ($($type:ident $bits:ident $scalar:ident;)*) => {$(
        impl Operand for $type {
            const SCALAR: Scalar = Scalar::$scalar;
            fn bits(self) -> u64 {
                self.to_bits().into()
            }
            fn from_bits(bits: u64) -> Self {
                $type::from_bits(bits as $bits)
            }
            fn edges() -> Vec<Self> {
                let mut edges = vec![0.0, 0.5, 1.0, 1.5, 2.5, 127.5, 128.0, 255.9, 65_535.5, 3.1e9, 1e19, 1e30, $type::MAX];
                edges.extend([$type::MIN_POSITIVE, $type::from_bits(1), $type::INFINITY, $type::EPSILON, 0.1]);
                edges.extend([2_147_483_648.0, 9_223_372_036_854_775_808.0, 18_446_744_073_709_551_616.0]);
                let negative: Vec<_> = edges.iter().map(|edge| -edge).collect();
                edges.extend(negative);
                edges.push($type::NAN);
                edges
            }
        }
    )*};
}

floats! { f32 u32 F32; f64 u64 F64; }

fn value<T: Operand>(value: T) -> Outcome {
    Outcome::Bits(value.bits())
}

/// A NaN has no fixed bits.
fn canonical(scalar: Scalar, outcome: Outcome) -> Outcome {
    match (scalar, outcome) {
        (Scalar::F32, Outcome::Bits(bits)) if f32::from_bits(bits as u32).is_nan() => value(f32::NAN),
        (Scalar::F64, Outcome::Bits(bits)) if f64::from_bits(bits).is_nan() => value(f64::NAN),
        (_, outcome) => outcome,
    }
}

fn truth(value: bool) -> Outcome {
    Outcome::Bits(value.into())
}

fn or_overflow<T: Operand>(value: Option<T>) -> Outcome {
    value.map_or(OVERFLOW, |value| Outcome::Bits(value.bits()))
}

fn case<T>(operation: Operation, gives: Scalar, native: fn(T, T, u32) -> Outcome) -> Case<T> {
    Case { operation, gives, native }
}

/// Pairs of operands: all edges with each other, and some that a generator makes.
fn operands<T: Operand>() -> Vec<(T, T, u32)> {
    let edges = T::edges();
    let distances = [0, 1, 7, 8, 15, 16, 31, 32, 33, 63, 64, u32::MAX];
    let mut all = Vec::new();
    for (index, a) in edges.iter().enumerate() {
        for (other, b) in edges.iter().enumerate() {
            all.push((*a, *b, distances[(index * 5 + other) % distances.len()]));
        }
    }
    let mut state = 0x9E37_79B9_7F4A_7C15u64;
    for index in 0..64 {
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            state ^ state >> 29
        };
        all.push((T::from_bits(next()), T::from_bits(next()), distances[index % distances.len()]));
    }
    all
}

/// Runs all operations on all operands.
fn check<T: Operand>(cases: &[Case<T>]) {
    let operations: Vec<_> = cases.iter().map(|case| (T::SCALAR, case.operation, case.gives)).collect();
    let Some(program) = host(&print(&module(&operations))) else { return };
    let mut services = Services::default();
    for (case, handler) in cases.iter().zip(0..) {
        for (a, b, distance) in operands::<T>() {
            let bytes = message(a.bits(), b.bits(), distance);
            let outcome = run(&program, handler, &[], &bytes, &mut services);
            let given = match fault(&outcome) {
                Some((kind, _, _)) => Outcome::Fault(kind),
                None => {
                    let payload: [u8; 8] =
                        services.sent[0].payload[..].try_into().expect("an answer has 8 bytes");
                    Outcome::Bits(u64::from_le_bytes(payload))
                }
            };
            let (given, expected) =
                (canonical(case.gives, given), canonical(case.gives, (case.native)(a, b, distance)));
            assert_eq!(given, expected, "{:?} of {a:?} {b:?} {distance} to {:?}", case.operation, case.gives);
        }
    }
}

macro_rules! integer_cases {
    ($type:ident, $unsigned:ident) => {{
        use Operation::{Binary, Checked, CheckedShift, Math1, Math2, Rotate, Shift, Unary};
        let (this, truth_type, number) = (<$type>::SCALAR, Scalar::Bool, Scalar::U32);
        let mut cases: Vec<Case<$type>> = vec![
            case(Unary(UnaryOp::Not), this, |a, _, _| value(!a)),
            case(Binary(BinaryOp::Add), this, |a, b, _| value(a.wrapping_add(b))),
            case(Binary(BinaryOp::Subtract), this, |a, b, _| value(a.wrapping_sub(b))),
            case(Binary(BinaryOp::Multiply), this, |a, b, _| value(a.wrapping_mul(b))),
            case(Binary(BinaryOp::BitAnd), this, |a, b, _| value(a & b)),
            case(Binary(BinaryOp::BitOr), this, |a, b, _| value(a | b)),
            case(Binary(BinaryOp::BitXor), this, |a, b, _| value(a ^ b)),
            case(Binary(BinaryOp::Less), truth_type, |a, b, _| truth(a < b)),
            case(Binary(BinaryOp::GreaterEqual), truth_type, |a, b, _| truth(a >= b)),
            case(Binary(BinaryOp::Equal), truth_type, |a, b, _| truth(a == b)),
            case(Shift(BinaryOp::ShiftLeft), this, |a, _, d| value(a.wrapping_shl(d))),
            case(Shift(BinaryOp::ShiftRight), this, |a, _, d| value(a.wrapping_shr(d))),
            case(Math2(MathFunction::Min), this, |a, b, _| value(a.min(b))),
            case(Math2(MathFunction::Max), this, |a, b, _| value(a.max(b))),
            case(Math2(MathFunction::SaturatingAdd), this, |a, b, _| value(a.saturating_add(b))),
            case(Math2(MathFunction::SaturatingSubtract), this, |a, b, _| value(a.saturating_sub(b))),
            case(Math2(MathFunction::SaturatingMultiply), this, |a, b, _| value(a.saturating_mul(b))),
            case(Math2(MathFunction::AddOverflows), truth_type, |a, b, _| truth(a.checked_add(b).is_none())),
            case(Math2(MathFunction::SubtractOverflows), truth_type, |a, b, _| {
                truth(a.checked_sub(b).is_none())
            }),
            case(Math2(MathFunction::MultiplyOverflows), truth_type, |a, b, _| {
                truth(a.checked_mul(b).is_none())
            }),
            case(Math2(MathFunction::AbsDiff), <$unsigned>::SCALAR, |a, b, _| value(a.abs_diff(b))),
            case(Math1(MathFunction::CountOnes), number, |a, _, _| value(a.count_ones())),
            case(Math1(MathFunction::LeadingZeros), number, |a, _, _| value(a.leading_zeros())),
            case(Math1(MathFunction::TrailingZeros), number, |a, _, _| value(a.trailing_zeros())),
            case(Math1(MathFunction::ReverseBits), this, |a, _, _| value(a.reverse_bits())),
            case(Math1(MathFunction::SwapBytes), this, |a, _, _| value(a.swap_bytes())),
            case(Rotate(MathFunction::RotateLeft), this, |a, _, d| value(a.rotate_left(d))),
            case(Rotate(MathFunction::RotateRight), this, |a, _, d| value(a.rotate_right(d))),
            case(Checked(CheckedOp::Add), this, |a, b, _| or_overflow(a.checked_add(b))),
            case(Checked(CheckedOp::Subtract), this, |a, b, _| or_overflow(a.checked_sub(b))),
            case(Checked(CheckedOp::Multiply), this, |a, b, _| or_overflow(a.checked_mul(b))),
            case(Checked(CheckedOp::Divide), this, |a, b, _| match b {
                0 => DIVISION_BY_ZERO,
                b => or_overflow(a.checked_div(b)),
            }),
            case(Checked(CheckedOp::Remainder), this, |a, b, _| match b {
                0 => DIVISION_BY_ZERO,
                b => or_overflow(a.checked_rem(b)),
            }),
            case(Checked(CheckedOp::WrappingDivide), this, |a, b, _| match b {
                0 => DIVISION_BY_ZERO,
                b => value(a.wrapping_div(b)),
            }),
            case(Checked(CheckedOp::WrappingRemainder), this, |a, b, _| match b {
                0 => DIVISION_BY_ZERO,
                b => value(a.wrapping_rem(b)),
            }),
            case(CheckedShift(CheckedOp::ShiftLeft), this, |a, _, d| or_overflow(a.checked_shl(d))),
            case(CheckedShift(CheckedOp::ShiftRight), this, |a, _, d| or_overflow(a.checked_shr(d))),
        ];
        cases.extend(casts!($type));
        cases
    }};
}

macro_rules! casts {
    ($type:ident) => {
        casts!($type: i8 i16 i32 i64 u8 u16 u32 u64 f32 f64)
    };
    ($type:ident: $($to:ident)*) => {
        [$(case::<$type>(Operation::Cast, <$to>::SCALAR, |a, _, _| value(a as $to)),)*]
    };
}

macro_rules! signed_cases {
    ($type:ident) => {{
        use Operation::{Checked, Math1, Unary};
        let this = <$type>::SCALAR;
        [
            case::<$type>(Unary(UnaryOp::Negate), this, |a, _, _| value(a.wrapping_neg())),
            case(Math1(MathFunction::Abs), this, |a, _, _| value(a.wrapping_abs())),
            case(Math1(MathFunction::Signum), this, |a, _, _| value(a.signum())),
            case(Checked(CheckedOp::Negate), this, |a, _, _| or_overflow(a.checked_neg())),
        ]
    }};
}

macro_rules! float_cases {
    ($type:ident) => {{
        use Operation::{Binary, Math1, Math2, Unary};
        let (this, truth_type) = (<$type>::SCALAR, Scalar::Bool);
        let mut cases: Vec<Case<$type>> = vec![
            case(Unary(UnaryOp::Negate), this, |a, _, _| value(-a)),
            case(Binary(BinaryOp::Add), this, |a, b, _| value(a + b)),
            case(Binary(BinaryOp::Subtract), this, |a, b, _| value(a - b)),
            case(Binary(BinaryOp::Multiply), this, |a, b, _| value(a * b)),
            case(Binary(BinaryOp::Divide), this, |a, b, _| value(a / b)),
            case(Binary(BinaryOp::Remainder), this, |a, b, _| value(a % b)),
            case(Binary(BinaryOp::Less), truth_type, |a, b, _| truth(a < b)),
            case(Binary(BinaryOp::NotEqual), truth_type, |a, b, _| truth(a != b)),
            case(Math2(MathFunction::Copysign), this, |a, b, _| value(a.copysign(b))),
            case(Math1(MathFunction::Abs), this, |a, _, _| value(a.abs())),
            case(Math1(MathFunction::Signum), this, |a, _, _| value(a.signum())),
            case(Math1(MathFunction::Sqrt), this, |a, _, _| value(a.sqrt())),
            case(Math1(MathFunction::Floor), this, |a, _, _| value(a.floor())),
            case(Math1(MathFunction::Ceil), this, |a, _, _| value(a.ceil())),
            case(Math1(MathFunction::Trunc), this, |a, _, _| value(a.trunc())),
            case(Math1(MathFunction::Round), this, |a, _, _| value(a.round())),
            case(Math1(MathFunction::RoundTiesEven), this, |a, _, _| value(a.round_ties_even())),
            case(Math1(MathFunction::Fract), this, |a, _, _| value(a.fract())),
            case(Math1(MathFunction::Recip), this, |a, _, _| value(a.recip())),
            case(Math1(MathFunction::ToDegrees), this, |a, _, _| value(a.to_degrees())),
            case(Math1(MathFunction::ToRadians), this, |a, _, _| value(a.to_radians())),
            case(Math1(MathFunction::IsNan), truth_type, |a, _, _| truth(a.is_nan())),
            case(Math1(MathFunction::IsInfinite), truth_type, |a, _, _| truth(a.is_infinite())),
            case(Math1(MathFunction::IsFinite), truth_type, |a, _, _| truth(a.is_finite())),
            case(Math1(MathFunction::IsSignNegative), truth_type, |a, _, _| truth(a.is_sign_negative())),
            // The library is the same one.
            case(Math1(MathFunction::Exp), this, |a, _, _| value(a.exp())),
            case(Math1(MathFunction::Ln), this, |a, _, _| value(a.ln())),
            case(Math1(MathFunction::Sin), this, |a, _, _| value(a.sin())),
            case(Math2(MathFunction::Powf), this, |a, b, _| value(a.powf(b))),
            case(Math2(MathFunction::Hypot), this, |a, b, _| value(a.hypot(b))),
        ];
        cases.extend(casts!($type));
        cases
    }};
}

macro_rules! tests_of_types {
    ($($name:ident: $cases:expr;)*) => {$(
        #[test]
        fn $name() {
            check(&$cases);
        }
    )*};
}

tests_of_types! {
    operations_of_u8_are_those_of_rust: integer_cases!(u8, u8);
    operations_of_u16_are_those_of_rust: integer_cases!(u16, u16);
    operations_of_u32_are_those_of_rust: integer_cases!(u32, u32);
    operations_of_u64_are_those_of_rust: integer_cases!(u64, u64);
    operations_of_i8_are_those_of_rust: integer_cases!(i8, u8);
    operations_of_i16_are_those_of_rust: integer_cases!(i16, u16);
    operations_of_i32_are_those_of_rust: integer_cases!(i32, u32);
    operations_of_i64_are_those_of_rust: integer_cases!(i64, u64);
    operations_of_signs_of_i8_are_those_of_rust: signed_cases!(i8);
    operations_of_signs_of_i16_are_those_of_rust: signed_cases!(i16);
    operations_of_signs_of_i32_are_those_of_rust: signed_cases!(i32);
    operations_of_signs_of_i64_are_those_of_rust: signed_cases!(i64);
    operations_of_f32_are_those_of_rust: float_cases!(f32);
    operations_of_f64_are_those_of_rust: float_cases!(f64);
}

/// The smaller and the larger of two floats: not bit for bit where they are equal, because Rust leaves open which zero it is.
#[test]
fn the_smaller_float_is_a_number_where_there_is_one() {
    let cases: [Case<f32>; 2] = [
        case(Operation::Math2(MathFunction::Min), Scalar::F32, |a, b, _| value(a.min(b) + 0.0)),
        case(Operation::Math2(MathFunction::Max), Scalar::F32, |a, b, _| value(a.max(b) + 0.0)),
    ];
    let operations: Vec<_> = cases.iter().map(|case| (Scalar::F32, case.operation, case.gives)).collect();
    let Some(program) = host(&print(&module(&operations))) else { return };
    let mut services = Services::default();
    for (case, handler) in cases.iter().zip(0..) {
        for (a, b, _) in operands::<f32>() {
            let bytes = message(a.bits(), b.bits(), 0);
            assert_eq!(run(&program, handler, &[], &bytes, &mut services).faults, []);
            let payload: [u8; 4] = services.sent[0].payload[..4].try_into().expect("an answer has 8 bytes");
            let given = value(f32::from_le_bytes(payload) + 0.0);
            let (given, expected) =
                (canonical(Scalar::F32, given), canonical(Scalar::F32, (case.native)(a, b, 0)));
            assert_eq!(given, expected, "{:?} of {a:?} {b:?}", case.operation);
        }
    }
}
