//! Functions on scalars: built-in ones where WGSL's mean the same as Rust's, fixed functions otherwise.

use super::printer::Printer;
use super::types::{bits, holder, scalar_name, wrap};
use super::unsupported::Reason;
use crate::ir::{MathFunction, Scalar, TypeId};
use crate::print::Unsupported;

impl Printer<'_> {
    /// A function of operands, the first of which is of type `operand`, that gives a `result`.
    pub(super) fn math(
        &mut self,
        function: MathFunction,
        operand: TypeId,
        result: TypeId,
        texts: Vec<String>,
    ) -> Result<String, Unsupported> {
        self.value_type(operand)?;
        self.value_type(result)?;
        let scalar = self.scalar(operand).unwrap_or(Scalar::U32);
        match scalar {
            Scalar::F64 => float64(function, &texts),
            Scalar::F32 => Ok(float(function, "f32", &texts)),
            Scalar::Bool => Ok(boolean(function, &texts)),
            _ => Ok(integer(function, scalar, &texts)),
        }
    }
}

fn call(name: &str, scalar: &str, texts: &[String]) -> String {
    format!("rk_{name}_{scalar}({})", texts.join(", "))
}

fn builtin(name: &str, texts: &[String]) -> String {
    format!("{name}({})", texts.join(", "))
}

fn boolean(function: MathFunction, texts: &[String]) -> String {
    let operator = if function == MathFunction::Max { "||" } else { "&&" };
    format!("({})", texts.join(&format!(" {operator} ")))
}

fn integer(function: MathFunction, scalar: Scalar, texts: &[String]) -> String {
    let (name, wide) = (scalar_name(scalar), bits(scalar) == 64);
    let pick = |short: &str| if wide { call(short, name, texts) } else { builtin(short, texts) };
    match function {
        MathFunction::Min => pick("min"),
        MathFunction::Max => pick("max"),
        MathFunction::Abs => wrap(scalar, pick("abs")),
        MathFunction::Signum => pick("sign"),
        MathFunction::SaturatingAdd => call("saturating_add", name, texts),
        MathFunction::SaturatingSubtract => call("saturating_subtract", name, texts),
        MathFunction::SaturatingMultiply => call("saturating_multiply", name, texts),
        MathFunction::AddOverflows => call("add_overflows", name, texts),
        MathFunction::SubtractOverflows => call("subtract_overflows", name, texts),
        MathFunction::MultiplyOverflows => call("multiply_overflows", name, texts),
        MathFunction::AbsDiff if wide => call("abs_diff", name, texts),
        MathFunction::AbsDiff => {
            let difference = format!("({} - {})", builtin("max", texts), builtin("min", texts));
            if scalar.is_signed() { format!("bitcast<u32>{difference}") } else { difference }
        }
        other => pattern(other, scalar, texts),
    }
}

/// Functions on the bits of an integer: on the pattern in a `u32` or `u64`, and back.
fn pattern(function: MathFunction, scalar: Scalar, texts: &[String]) -> String {
    let (width, holder) = (bits(scalar), holder(scalar));
    let name = if width == 64 { "u64" } else { "u32" };
    let own = if scalar.is_signed() { format!("bitcast<{name}>({})", texts[0]) } else { texts[0].clone() };
    let own = match width {
        8 if scalar.is_signed() => format!("({own} & 255u)"),
        16 if scalar.is_signed() => format!("({own} & 65535u)"),
        _ => own,
    };
    let back = |text: String| {
        wrap(scalar, if scalar.is_signed() { format!("bitcast<{holder}>({text})") } else { text })
    };
    let spare = 32u32.saturating_sub(width);
    match (function, width) {
        (MathFunction::CountOnes, 64) => format!("rk_count_ones_u64({own})"),
        (MathFunction::LeadingZeros, 64) => format!("rk_leading_zeros_u64({own})"),
        (MathFunction::TrailingZeros, 64) => format!("rk_trailing_zeros_u64({own})"),
        (MathFunction::ReverseBits, 64) => back(format!("rk_reverse_bits_u64({own})")),
        (MathFunction::SwapBytes, 64) => back(format!("rk_swap_bytes_u64({own})")),
        (MathFunction::CountOnes, _) => format!("countOneBits({own})"),
        (MathFunction::LeadingZeros, _) => format!("(countLeadingZeros({own}) - {spare}u)"),
        (MathFunction::TrailingZeros, _) => format!("min(countTrailingZeros({own}), {width}u)"),
        (MathFunction::ReverseBits, _) => back(format!("(reverseBits({own}) >> {spare}u)")),
        (MathFunction::SwapBytes, 8) => back(own),
        (MathFunction::SwapBytes, _) => back(format!("(rk_swap_bytes_u32({own}) >> {spare}u)")),
        (MathFunction::RotateRight, _) => {
            back(format!("rk_rotate_{name}({own}, 0u - {}, {width}u)", texts[1]))
        }
        _ => back(format!("rk_rotate_{name}({own}, {}, {width}u)", texts[1])),
    }
}

/// Functions that every float has.
fn float(function: MathFunction, name: &str, texts: &[String]) -> String {
    let short = match function {
        MathFunction::Min => "min",
        MathFunction::Max => "max",
        MathFunction::Signum => "signum",
        MathFunction::Round => "round",
        MathFunction::RoundTiesEven => "round_ties_even",
        MathFunction::Floor => "floor",
        MathFunction::Ceil => "ceil",
        MathFunction::Trunc => "trunc",
        MathFunction::Fract => "fract",
        MathFunction::Copysign => "copysign",
        MathFunction::Abs => "abs",
        MathFunction::IsNan => "is_nan",
        MathFunction::IsInfinite => "is_infinite",
        MathFunction::IsFinite => "is_finite",
        MathFunction::IsSignNegative => "is_sign_negative",
        MathFunction::Powi => "powi",
        MathFunction::Recip => "recip",
        MathFunction::ToDegrees => "to_degrees",
        MathFunction::ToRadians => "to_radians",
        MathFunction::Sqrt => return builtin("sqrt", texts),
        MathFunction::MulAdd => return builtin("fma", texts),
        other => transcendental(other),
    };
    call(short, name, texts)
}

/// Functions that come from a series; no shading language has them for `f64`.
fn transcendental(function: MathFunction) -> &'static str {
    match function {
        MathFunction::Exp => "exp",
        MathFunction::Exp2 => "exp2",
        MathFunction::Ln => "ln",
        MathFunction::Log2 => "log2",
        MathFunction::Log10 => "log10",
        MathFunction::Sin => "sin",
        MathFunction::Cos => "cos",
        MathFunction::Tan => "tan",
        MathFunction::Asin => "asin",
        MathFunction::Acos => "acos",
        MathFunction::Atan => "atan",
        MathFunction::Atan2 => "atan2",
        MathFunction::Sinh => "sinh",
        MathFunction::Cosh => "cosh",
        MathFunction::Tanh => "tanh",
        MathFunction::Powf => "powf",
        MathFunction::Hypot => "hypot",
        MathFunction::Cbrt => "cbrt",
        _ => "",
    }
}

fn float64(function: MathFunction, texts: &[String]) -> Result<String, Unsupported> {
    match transcendental(function) {
        "" => Ok(float(function, "f64", texts)),
        name => Err(Reason::Float64Function(name).into()),
    }
}
