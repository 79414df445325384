//! Literals whose C++ type is exactly that of the language.

use crate::ir::{Literal, Scalar};

/// A literal of a scalar type.
pub(super) fn literal(scalar: Scalar, literal: Literal) -> String {
    match literal {
        Literal::Bool(value) => value.to_string(),
        Literal::Int(value) => integer(scalar, value),
        Literal::F32(bits) => float32(f32::from_bits(bits)),
        Literal::F64(bits) => float64(f64::from_bits(bits)),
    }
}

/// Zero of a scalar type.
pub(super) fn zero(scalar: Scalar) -> String {
    match scalar {
        Scalar::Bool => literal(scalar, Literal::Bool(false)),
        Scalar::F32 => literal(scalar, Literal::F32(0)),
        Scalar::F64 => literal(scalar, Literal::F64(0)),
        _ => integer(scalar, 0),
    }
}

fn integer(scalar: Scalar, value: i128) -> String {
    match scalar {
        Scalar::I8 | Scalar::I16 | Scalar::U8 | Scalar::U16 => {
            format!("({})({value})", super::types::scalar(scalar))
        }
        // The smallest numbers cannot be written as the negation of a literal.
        Scalar::I32 if value == i128::from(i32::MIN) => "(-2147483647 - 1)".to_owned(),
        Scalar::I64 if value == i128::from(i64::MIN) => "(-9223372036854775807ll - 1)".to_owned(),
        Scalar::I32 if value < 0 => format!("({value})"),
        Scalar::I64 if value < 0 => format!("({value}ll)"),
        Scalar::I64 => format!("{value}ll"),
        Scalar::U32 => format!("{value}u"),
        Scalar::U64 | Scalar::Usize => format!("{value}ull"),
        Scalar::Bool => (value != 0).to_string(),
        _ => value.to_string(),
    }
}

/// Decimal digits where a compiler reads them without rounding twice, else bits.
fn float32(value: f32) -> String {
    let digits = format!("{value:?}");
    let exact = value.is_finite()
        && digits.len() <= 9
        && digits.parse::<f64>().is_ok_and(|read| read as f32 == value);
    match exact {
        true => signed(&format!("{digits}f")),
        false => format!("rk_bitcast<rk_f32>({}u)", value.to_bits()),
    }
}

fn float64(value: f64) -> String {
    let digits = format!("{value:?}");
    match value.is_finite() && digits.len() <= 17 {
        true => signed(&digits),
        false => format!("rk_bitcast<rk_f64>({}ull)", value.to_bits()),
    }
}

fn signed(digits: &str) -> String {
    if digits.starts_with('-') { format!("({digits})") } else { digits.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_have_the_type_that_they_are_of() {
        for (scalar, value, expected) in [
            (Scalar::I8, -128, "(rk_i8)(-128)"),
            (Scalar::U16, 65_535, "(rk_u16)(65535)"),
            (Scalar::I32, -5, "(-5)"),
            (Scalar::I32, i128::from(i32::MIN), "(-2147483647 - 1)"),
            (Scalar::I64, i128::from(i64::MIN), "(-9223372036854775807ll - 1)"),
            (Scalar::I64, 1, "1ll"),
            (Scalar::U64, i128::from(u64::MAX), "18446744073709551615ull"),
            (Scalar::Usize, 3, "3ull"),
        ] {
            assert_eq!(literal(scalar, Literal::Int(value)), expected);
        }
    }

    #[test]
    fn floats_that_digits_might_miss_are_written_as_bits() {
        let float = |value: f32| literal(Scalar::F32, Literal::F32(value.to_bits()));
        assert_eq!(float(1.5), "1.5f");
        assert_eq!(float(-0.0), "(-0.0f)");
        assert_eq!(float(f32::NAN), "rk_bitcast<rk_f32>(2143289344u)");
        assert_eq!(float(f32::INFINITY), "rk_bitcast<rk_f32>(2139095040u)");
        let double = |value: f64| literal(Scalar::F64, Literal::F64(value.to_bits()));
        assert_eq!(double(0.1), "0.1");
        assert_eq!(double(std::f64::consts::PI), "3.141592653589793");
        assert_eq!(double(1.0 / 3.0), "rk_bitcast<rk_f64>(4599676419421066581ull)");
    }
}
