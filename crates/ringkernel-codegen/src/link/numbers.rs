//! Methods and constants of numbers: one table for inference and lowering.

use super::ty::scalar_named;
use crate::ir::{BinaryOp, CheckedOp, Literal, MathFunction, Scalar};

/// The receivers of a method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum On {
    Integer,
    Signed,
    Unsigned,
    Float,
    Number,
}

/// The type of an argument or a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Own,
    Bool,
    U32,
    I32,
    /// Unsigned, of the same width.
    Unsigned,
    /// Signed, of the same width.
    Signed,
    /// The integer of a float's bits.
    Bits,
    /// `Option<Self>`.
    Option,
    /// `(Self, bool)`.
    Overflowing,
    /// `(Self, Self)`.
    Pair,
}

/// How a method is lowered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NumberOp {
    /// One function of the language.
    Math(MathFunction),
    /// One operator that wraps.
    Wrapping(BinaryOp),
    /// A division that wraps.
    WrappingDivide(CheckedOp),
    /// `Some` of the wrapping operator unless the function says that it overflows.
    Checked(BinaryOp, MathFunction),
    /// The wrapping operator, and what the function says.
    Overflowing(BinaryOp, MathFunction),
    /// Several steps; the name tells which.
    Steps,
}

/// A method of numbers.
#[derive(Debug, Clone, Copy)]
pub(super) struct NumberMethod {
    pub(super) name: &'static str,
    pub(super) on: On,
    pub(super) arguments: &'static [Part],
    pub(super) result: Part,
    pub(super) op: NumberOp,
}

const fn row(
    name: &'static str,
    on: On,
    arguments: &'static [Part],
    result: Part,
    op: NumberOp,
) -> NumberMethod {
    NumberMethod { name, on, arguments, result, op }
}

use MathFunction as M;
use NumberOp::{Checked, Math, Overflowing, Steps, Wrapping, WrappingDivide};
use On::{Float, Integer, Number, Signed, Unsigned};
use Part::{Bits, Bool, I32, Own, Pair, U32};

const METHODS: &[NumberMethod] = &[
    row("min", Number, &[Own], Own, Math(M::Min)),
    row("max", Number, &[Own], Own, Math(M::Max)),
    row("clamp", Number, &[Own, Own], Own, Steps),
    row("abs", Signed, &[], Own, Steps),
    row("wrapping_abs", Signed, &[], Own, Math(M::Abs)),
    row("unsigned_abs", Signed, &[], Part::Unsigned, Steps),
    row("abs_diff", Integer, &[Own], Part::Unsigned, Steps),
    row("signum", Signed, &[], Own, Math(M::Signum)),
    row("is_positive", Signed, &[], Bool, Steps),
    row("is_negative", Signed, &[], Bool, Steps),
    row("wrapping_add", Integer, &[Own], Own, Wrapping(BinaryOp::Add)),
    row("wrapping_sub", Integer, &[Own], Own, Wrapping(BinaryOp::Subtract)),
    row("wrapping_mul", Integer, &[Own], Own, Wrapping(BinaryOp::Multiply)),
    row("wrapping_div", Integer, &[Own], Own, WrappingDivide(CheckedOp::WrappingDivide)),
    row("wrapping_rem", Integer, &[Own], Own, WrappingDivide(CheckedOp::WrappingRemainder)),
    row("wrapping_neg", Integer, &[], Own, Steps),
    row("wrapping_shl", Integer, &[U32], Own, Wrapping(BinaryOp::ShiftLeft)),
    row("wrapping_shr", Integer, &[U32], Own, Wrapping(BinaryOp::ShiftRight)),
    row("wrapping_pow", Integer, &[U32], Own, Steps),
    row("saturating_add", Integer, &[Own], Own, Math(M::SaturatingAdd)),
    row("saturating_sub", Integer, &[Own], Own, Math(M::SaturatingSubtract)),
    row("saturating_mul", Integer, &[Own], Own, Math(M::SaturatingMultiply)),
    row("checked_add", Integer, &[Own], Part::Option, Checked(BinaryOp::Add, M::AddOverflows)),
    row("checked_sub", Integer, &[Own], Part::Option, Checked(BinaryOp::Subtract, M::SubtractOverflows)),
    row("checked_mul", Integer, &[Own], Part::Option, Checked(BinaryOp::Multiply, M::MultiplyOverflows)),
    row("checked_div", Integer, &[Own], Part::Option, Steps),
    row("checked_rem", Integer, &[Own], Part::Option, Steps),
    row("checked_neg", Integer, &[], Part::Option, Steps),
    row("checked_abs", Signed, &[], Part::Option, Steps),
    row("checked_shl", Integer, &[U32], Part::Option, Steps),
    row("checked_shr", Integer, &[U32], Part::Option, Steps),
    row("overflowing_add", Integer, &[Own], Part::Overflowing, Overflowing(BinaryOp::Add, M::AddOverflows)),
    row(
        "overflowing_sub",
        Integer,
        &[Own],
        Part::Overflowing,
        Overflowing(BinaryOp::Subtract, M::SubtractOverflows),
    ),
    row(
        "overflowing_mul",
        Integer,
        &[Own],
        Part::Overflowing,
        Overflowing(BinaryOp::Multiply, M::MultiplyOverflows),
    ),
    row("pow", Integer, &[U32], Own, Steps),
    row("rem_euclid", Number, &[Own], Own, Steps),
    row("div_euclid", Integer, &[Own], Own, Steps),
    row("div_ceil", Unsigned, &[Own], Own, Steps),
    row("next_multiple_of", Unsigned, &[Own], Own, Steps),
    row("is_multiple_of", Unsigned, &[Own], Bool, Steps),
    row("is_power_of_two", Unsigned, &[], Bool, Steps),
    row("next_power_of_two", Unsigned, &[], Own, Steps),
    row("ilog2", Integer, &[], U32, Steps),
    row("count_ones", Integer, &[], U32, Math(M::CountOnes)),
    row("count_zeros", Integer, &[], U32, Steps),
    row("leading_zeros", Integer, &[], U32, Math(M::LeadingZeros)),
    row("leading_ones", Integer, &[], U32, Steps),
    row("trailing_zeros", Integer, &[], U32, Math(M::TrailingZeros)),
    row("trailing_ones", Integer, &[], U32, Steps),
    row("reverse_bits", Integer, &[], Own, Math(M::ReverseBits)),
    row("swap_bytes", Integer, &[], Own, Math(M::SwapBytes)),
    row("rotate_left", Integer, &[U32], Own, Math(M::RotateLeft)),
    row("rotate_right", Integer, &[U32], Own, Math(M::RotateRight)),
    row("cast_signed", Unsigned, &[], Part::Signed, Steps),
    row("cast_unsigned", Signed, &[], Part::Unsigned, Steps),
    row("abs", Float, &[], Own, Math(M::Abs)),
    row("signum", Float, &[], Own, Steps),
    row("sqrt", Float, &[], Own, Math(M::Sqrt)),
    row("cbrt", Float, &[], Own, Math(M::Cbrt)),
    row("floor", Float, &[], Own, Math(M::Floor)),
    row("ceil", Float, &[], Own, Math(M::Ceil)),
    row("trunc", Float, &[], Own, Math(M::Trunc)),
    row("round", Float, &[], Own, Math(M::Round)),
    row("round_ties_even", Float, &[], Own, Math(M::RoundTiesEven)),
    row("fract", Float, &[], Own, Math(M::Fract)),
    row("mul_add", Float, &[Own, Own], Own, Math(M::MulAdd)),
    row("recip", Float, &[], Own, Math(M::Recip)),
    row("copysign", Float, &[Own], Own, Math(M::Copysign)),
    row("is_nan", Float, &[], Bool, Math(M::IsNan)),
    row("is_infinite", Float, &[], Bool, Math(M::IsInfinite)),
    row("is_finite", Float, &[], Bool, Math(M::IsFinite)),
    row("is_sign_negative", Float, &[], Bool, Math(M::IsSignNegative)),
    row("is_sign_positive", Float, &[], Bool, Steps),
    row("exp", Float, &[], Own, Math(M::Exp)),
    row("exp2", Float, &[], Own, Math(M::Exp2)),
    row("ln", Float, &[], Own, Math(M::Ln)),
    row("log2", Float, &[], Own, Math(M::Log2)),
    row("log10", Float, &[], Own, Math(M::Log10)),
    row("log", Float, &[Own], Own, Steps),
    row("sin", Float, &[], Own, Math(M::Sin)),
    row("cos", Float, &[], Own, Math(M::Cos)),
    row("tan", Float, &[], Own, Math(M::Tan)),
    row("sin_cos", Float, &[], Pair, Steps),
    row("asin", Float, &[], Own, Math(M::Asin)),
    row("acos", Float, &[], Own, Math(M::Acos)),
    row("atan", Float, &[], Own, Math(M::Atan)),
    row("atan2", Float, &[Own], Own, Math(M::Atan2)),
    row("sinh", Float, &[], Own, Math(M::Sinh)),
    row("cosh", Float, &[], Own, Math(M::Cosh)),
    row("tanh", Float, &[], Own, Math(M::Tanh)),
    row("powf", Float, &[Own], Own, Math(M::Powf)),
    row("powi", Float, &[I32], Own, Math(M::Powi)),
    row("hypot", Float, &[Own], Own, Math(M::Hypot)),
    row("to_degrees", Float, &[], Own, Math(M::ToDegrees)),
    row("to_radians", Float, &[], Own, Math(M::ToRadians)),
    row("to_bits", Float, &[], Bits, Steps),
];

/// The names of the methods that devices know on a number.
pub(super) fn number_methods(scalar: Scalar) -> impl Iterator<Item = &'static str> {
    METHODS.iter().filter(move |method| applies(method, scalar)).map(|method| method.name)
}

/// The method of a number.
pub(super) fn number_method(scalar: Scalar, name: &str) -> Option<&'static NumberMethod> {
    METHODS.iter().find(|method| method.name == name && applies(method, scalar))
}

fn applies(method: &NumberMethod, scalar: Scalar) -> bool {
    // What has the width of `usize` and a sign is `isize`, which devices do not know.
    if scalar == Scalar::Usize && method.result == Part::Signed {
        return false;
    }
    match method.on {
        On::Integer => scalar.is_integer(),
        On::Signed => scalar.is_signed(),
        On::Unsigned => scalar.is_integer() && !scalar.is_signed(),
        On::Float => scalar.is_float(),
        On::Number => scalar != Scalar::Bool,
    }
}

/// Bits of an integer; those of `usize` where it has 64.
pub(super) const fn bits(scalar: Scalar) -> u32 {
    scalar.size() * 8
}

/// The smallest and the largest value of an integer.
pub(super) const fn range(scalar: Scalar) -> (i128, i128) {
    if scalar.is_signed() {
        (-(1i128 << (bits(scalar) - 1)), (1i128 << (bits(scalar) - 1)) - 1)
    } else {
        (0, (1i128 << bits(scalar)) - 1)
    }
}

/// `u32::MAX`, `f32::EPSILON`, `std::f32::consts::PI`: the scalar and its value.
pub(super) fn scalar_constant(prefix: &str, name: &str) -> Option<(Scalar, Literal)> {
    let in_consts = prefix.strip_suffix("::consts");
    let module = in_consts.unwrap_or(prefix);
    let scalar = scalar_named(module.rsplit("::").next().unwrap_or(module))?;
    if scalar.is_integer() && in_consts.is_none() {
        let (min, max) = range(scalar);
        return Some(match name {
            "MIN" => (scalar, Literal::Int(min)),
            "MAX" => (scalar, Literal::Int(max)),
            "BITS" => (Scalar::U32, Literal::Int(bits(scalar).into())),
            _ => return None,
        });
    }
    macro_rules! constants {
        ($module:ident, $own:ident) => {
            match (in_consts.is_some(), name) {
                (false, "MIN") => $own::MIN,
                (false, "MAX") => $own::MAX,
                (false, "MIN_POSITIVE") => $own::MIN_POSITIVE,
                (false, "EPSILON") => $own::EPSILON,
                (false, "INFINITY") => $own::INFINITY,
                (false, "NEG_INFINITY") => $own::NEG_INFINITY,
                (false, "NAN") => $own::NAN,
                (true, "PI") => std::$module::consts::PI,
                (true, "TAU") => std::$module::consts::TAU,
                (true, "E") => std::$module::consts::E,
                (true, "LN_2") => std::$module::consts::LN_2,
                (true, "LN_10") => std::$module::consts::LN_10,
                (true, "LOG2_E") => std::$module::consts::LOG2_E,
                (true, "LOG10_E") => std::$module::consts::LOG10_E,
                (true, "SQRT_2") => std::$module::consts::SQRT_2,
                (true, "FRAC_1_SQRT_2") => std::$module::consts::FRAC_1_SQRT_2,
                (true, "FRAC_PI_2") => std::$module::consts::FRAC_PI_2,
                (true, "FRAC_PI_3") => std::$module::consts::FRAC_PI_3,
                (true, "FRAC_PI_4") => std::$module::consts::FRAC_PI_4,
                (true, "FRAC_PI_6") => std::$module::consts::FRAC_PI_6,
                (true, "FRAC_PI_8") => std::$module::consts::FRAC_PI_8,
                (true, "FRAC_1_PI") => std::$module::consts::FRAC_1_PI,
                (true, "FRAC_2_PI") => std::$module::consts::FRAC_2_PI,
                _ => return None,
            }
        };
    }
    match scalar {
        Scalar::F32 => Some((scalar, Literal::F32({ constants!(f32, f32) }.to_bits()))),
        Scalar::F64 => Some((scalar, Literal::F64({ constants!(f64, f64) }.to_bits()))),
        _ => None,
    }
}

/// Whether `From` converts between these scalars.
pub(super) fn lossless(from: Scalar, to: Scalar) -> bool {
    use Scalar::{Bool, F32, F64, U8, U16, Usize};
    if from == to {
        return true;
    }
    match (from, to) {
        (Bool, to) => to.is_integer() || to.is_float(),
        (_, Bool) | (Usize, _) => false,
        (U8 | U16, Usize) => true,
        (_, Usize) => false,
        (F32, F64) => true,
        (from, F32) => from.is_integer() && bits(from) <= 16,
        (from, F64) => from.is_integer() && bits(from) <= 32,
        (from, _) if from.is_float() => false,
        (from, to) => {
            if from.is_signed() {
                to.is_signed() && bits(from) < bits(to)
            } else {
                bits(from) < bits(to)
            }
        }
    }
}
