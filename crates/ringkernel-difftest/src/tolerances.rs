//! How near floats have to come to those of native Rust, for each operation, and by whose word.
//!
//! There are three sources:
//!
//! - The specification of WGSL, section "Accuracy of Concrete Floating Point Expressions": what a driver may do with an operator
//!   or a function of the language. It gives 2.5 units in the last place for a quotient, what `1.0 / inverseSqrt(x)` gives
//!   for a square root, and what `x * y + z` gives for `fma`. Sums, differences and products are rounded once; rounding to
//!   nearest is not promised, but is what drivers do.
//! - The documentation of the printer of WGSL ([`ringkernel_codegen::wgsl`]). The specification allows drivers errors that are of
//!   no use (4096 units for `atan`, 2^-11 for `sin`, nothing for large angles), so the printer has functions of its own, and
//!   promises much smaller errors. They are what is tested here.
//! - NVIDIA's CUDA C++ Programming Guide, appendix "Mathematical Functions", table of standard functions of single precision
//!   with their maximum errors. Those of double precision are never larger. With the options that the printer asks for,
//!   quotients and square roots are rounded as IEEE 754 says.
//!
//! Sources tell the distance from the exact result. Native Rust is one unit from it at most, as the C library documents for
//! these functions and operands, so that a function may be one unit farther from native Rust.

/// How far a float may be from that of native Rust.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Near {
    /// Equal in every bit.
    Exact,
    /// So many units in the last place of the expected number.
    Ulps(f64),
    /// So far in absolute terms, or so many units in the last place, whichever allows more.
    Absolute(f64, f64),
}

/// How far the results of an operation may be from those of native Rust, and why.
#[derive(Debug, Clone, Copy)]
pub struct Tolerance {
    /// The operation, as programs name it.
    pub operation: &'static str,
    /// `f32` on WGSL.
    pub wgsl: Near,
    /// On CUDA, both types.
    pub cuda: Near,
    /// What the sources say of it.
    pub why: &'static str,
}

const fn tolerance(operation: &'static str, wgsl: Near, cuda: Near, why: &'static str) -> Tolerance {
    Tolerance { operation, wgsl, cuda, why }
}

/// All operations whose results may differ, and those that are worth a word although theirs may not.
pub const TOLERANCES: [Tolerance; 29] = {
    use Near::{Absolute, Exact, Ulps};
    [
        tolerance("divide", Ulps(2.5), Exact, "WGSL: `x / y`, 2.5 units"),
        tolerance("recip", Ulps(2.5), Exact, "WGSL: `x / y`, 2.5 units"),
        tolerance("sqrt", Ulps(5.0), Exact, "WGSL: `1.0 / inverseSqrt(x)`, 2 units and a division"),
        tolerance(
            "mul_add",
            Absolute(0.25, 2.0),
            Exact,
            "WGSL: `x * y + z`, with a product of up to a million that may be rounded",
        ),
        tolerance("remainder", Exact, Exact, "the printer computes it on bits"),
        tolerance("order", Exact, Exact, "which zero is the smaller one is open in all languages"),
        tolerance(
            "cast",
            Exact,
            Exact,
            "CUDA and Rust round to nearest; WGSL leaves the direction open, and no driver was seen to use that",
        ),
        tolerance("to_degrees", Exact, Exact, "a product with Rust's own constant"),
        tolerance("to_radians", Exact, Exact, "a product with Rust's own constant"),
        tolerance("powi", Ulps(2.5), Exact, "Rust's own products, and for WGSL a division"),
        tolerance("exp", Ulps(3.0), Ulps(3.0), "printer 2, CUDA 2"),
        tolerance("exp2", Ulps(3.0), Ulps(3.0), "printer 2, CUDA 2"),
        tolerance("ln", Ulps(3.0), Ulps(2.0), "printer 2, CUDA 1"),
        tolerance("log2", Ulps(3.0), Ulps(2.0), "printer 2, CUDA 1"),
        tolerance("log10", Ulps(3.0), Ulps(3.0), "printer 2, CUDA 2"),
        tolerance("log", Ulps(9.5), Ulps(5.0), "two logarithms, and for WGSL a division of 2.5"),
        tolerance("atan", Ulps(3.0), Ulps(3.0), "printer 2, CUDA 2"),
        tolerance("cbrt", Ulps(3.0), Ulps(2.0), "printer 2, CUDA 1"),
        tolerance("sin", Ulps(4.0), Ulps(3.0), "printer 3, CUDA 2"),
        tolerance("cos", Ulps(4.0), Ulps(3.0), "printer 3, CUDA 2"),
        tolerance("asin", Ulps(4.0), Ulps(3.0), "printer 3, CUDA 2"),
        tolerance("acos", Ulps(4.0), Ulps(3.0), "printer 3, CUDA 2"),
        tolerance("sinh", Ulps(4.0), Ulps(4.0), "printer 3, CUDA 3"),
        tolerance("cosh", Ulps(4.0), Ulps(3.0), "printer 3, CUDA 2"),
        tolerance("tanh", Ulps(4.0), Ulps(3.0), "printer 3, CUDA 2"),
        tolerance("hypot", Ulps(4.0), Ulps(4.0), "printer 3, CUDA 3"),
        tolerance("tan", Ulps(5.0), Ulps(5.0), "printer 4, CUDA 4"),
        tolerance("atan2", Ulps(5.0), Ulps(4.0), "printer 4, CUDA 3"),
        tolerance("powf", Ulps(5.0), Ulps(5.0), "printer 4, CUDA 4"),
    ]
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_operation_has_one_row() {
        for (index, row) in TOLERANCES.iter().enumerate() {
            let earlier = TOLERANCES[..index].iter().find(|other| other.operation == row.operation);
            assert!(earlier.is_none(), "{}", row.operation);
        }
    }
}
