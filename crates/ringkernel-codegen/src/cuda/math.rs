//! Functions on scalars.

use super::expressions::unprintable;
use super::printer::Printer;
use super::types::scalar as scalar_type;
use crate::ir::{ExprId, Function, MathFunction, Scalar};
use crate::print::Unsupported;

impl Printer<'_> {
    pub(super) fn math(
        &mut self,
        function: &Function,
        math: MathFunction,
        operands: &[ExprId],
    ) -> Result<String, Unsupported> {
        let texts = self.exprs(function, operands)?;
        let of = operands.first().and_then(|operand| self.scalar(Self::expr_type(function, *operand)));
        let Some(of) = of else { return Err(unprintable("a mathematical function of other than scalars")) };
        let arguments = texts.join(", ");
        if !of.is_float() {
            let name = integer(math).ok_or_else(|| unprintable("a function of floats on integers"))?;
            return Ok(format!("{name}<{}>({arguments})", scalar_type(of)));
        }
        if let Some(name) = own(math) {
            return Ok(format!("{name}({arguments})"));
        }
        let a = &texts[0];
        let text = match math {
            MathFunction::Min | MathFunction::Max => {
                let name = if math == MathFunction::Min { "rk_min" } else { "rk_max" };
                format!("{name}<{}>({arguments})", scalar_type(of))
            }
            MathFunction::Fract => format!("({a} - {}({a}))", c_name("trunc", of)),
            MathFunction::Recip => format!("({} / {a})", constant(of, 1.0)),
            MathFunction::ToDegrees if of == Scalar::F32 => {
                // Rust's constant, which is not what dividing in `f32` gives.
                format!("({a} * {})", constant(of, f64::from(57.295_78_f32)))
            }
            MathFunction::ToDegrees => format!("({a} * {})", constant(of, 180.0 / std::f64::consts::PI)),
            MathFunction::ToRadians if of == Scalar::F32 => {
                format!("({a} * {})", constant(of, f64::from(std::f32::consts::PI / 180.0)))
            }
            MathFunction::ToRadians => format!("({a} * {})", constant(of, std::f64::consts::PI / 180.0)),
            _ => {
                let name = library(math).ok_or_else(|| unprintable("a function of integers on floats"))?;
                format!("{}({arguments})", c_name(name, of))
            }
        };
        Ok(text)
    }
}

fn c_name(name: &str, of: Scalar) -> String {
    format!("{name}{}", if of == Scalar::F32 { "f" } else { "" })
}

fn constant(of: Scalar, value: f64) -> String {
    super::literals::literal(
        of,
        match of {
            Scalar::F32 => crate::ir::Literal::F32((value as f32).to_bits()),
            _ => crate::ir::Literal::F64(value.to_bits()),
        },
    )
}

/// Templates of the prelude for integers.
fn integer(math: MathFunction) -> Option<&'static str> {
    Some(match math {
        MathFunction::Min => "rk_min",
        MathFunction::Max => "rk_max",
        MathFunction::Abs => "rk_abs",
        MathFunction::SaturatingAdd => "rk_saturating_add",
        MathFunction::SaturatingSubtract => "rk_saturating_subtract",
        MathFunction::SaturatingMultiply => "rk_saturating_multiply",
        MathFunction::AddOverflows => "rk_add_overflows",
        MathFunction::SubtractOverflows => "rk_subtract_overflows",
        MathFunction::MultiplyOverflows => "rk_multiply_overflows",
        MathFunction::CountOnes => "rk_count_ones",
        MathFunction::LeadingZeros => "rk_leading_zeros",
        MathFunction::TrailingZeros => "rk_trailing_zeros",
        MathFunction::ReverseBits => "rk_reverse_bits",
        MathFunction::SwapBytes => "rk_swap_bytes",
        MathFunction::RotateLeft => "rk_rotate_left",
        MathFunction::RotateRight => "rk_rotate_right",
        MathFunction::AbsDiff => "rk_abs_diff",
        MathFunction::Signum => "rk_signum",
        _ => return None,
    })
}

/// Functions of the prelude for floats, overloaded for both types.
fn own(math: MathFunction) -> Option<&'static str> {
    Some(match math {
        MathFunction::Abs => "rk_float_abs",
        MathFunction::Signum => "rk_float_signum",
        MathFunction::Copysign => "rk_copysign",
        MathFunction::IsNan => "rk_is_nan",
        MathFunction::IsInfinite => "rk_is_infinite",
        MathFunction::IsFinite => "rk_is_finite",
        MathFunction::IsSignNegative => "rk_is_sign_negative",
        MathFunction::Powi => "rk_powi",
        _ => return None,
    })
}

/// Functions of the C library: those of CUDA, and those that Rust calls on a CPU.
fn library(math: MathFunction) -> Option<&'static str> {
    Some(match math {
        MathFunction::Sqrt => "sqrt",
        MathFunction::Floor => "floor",
        MathFunction::Ceil => "ceil",
        MathFunction::Trunc => "trunc",
        MathFunction::Round => "round",
        MathFunction::RoundTiesEven => "rint",
        MathFunction::MulAdd => "fma",
        MathFunction::Exp => "exp",
        MathFunction::Exp2 => "exp2",
        MathFunction::Ln => "log",
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
        MathFunction::Powf => "pow",
        MathFunction::Hypot => "hypot",
        MathFunction::Cbrt => "cbrt",
        _ => return None,
    })
}
