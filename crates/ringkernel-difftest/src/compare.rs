//! What counts as equal.
//!
//! Integers, booleans, faults and the lines of faults are equal in every bit or not at all. All NaN are one. Floats are
//! equal in every bit, too, but for the operations in [`TOLERANCES`], and but for what WGSL leaves open for every
//! operation: whether subnormal numbers are kept or taken for zero.

use ringkernel_codegen::ir::{FaultKind, Scalar};

use crate::outcome::{Fault, Outcome};
use crate::program::{Precision, Program};
use crate::tolerances::{Near, TOLERANCES};

/// What runs the generated code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// WGSL.
    Wgsl,
    /// CUDA C++.
    Cuda,
}

/// What native Rust gave for a run, or would give under readings that are as good on the target.
#[derive(Debug, Clone, Copy)]
pub struct Expected<'a> {
    /// For the inputs as they are.
    pub plain: &'a Outcome,
    /// For subnormal inputs taken for zero.
    pub flushed: &'a Outcome,
    /// With overflow checks: `usize` has them everywhere on devices.
    pub checked: &'a Outcome,
}

/// Whether what came out is what had to.
pub fn agrees(program: &Program, target: Target, expected: Expected<'_>, actual: &Outcome) -> bool {
    let near = nearness(program, target);
    let same = |expected: &Outcome| agrees_with(program, target, near, expected, actual);
    same(expected.plain)
        || target == Target::Wgsl && same(expected.flushed)
        || program.sizes
            && (same(expected.checked) || target == Target::Wgsl && is_too_large(expected.plain, actual))
}

fn nearness(program: &Program, target: Target) -> Near {
    let Precision::Of(operation) = program.precision else { return Near::Exact };
    let row = TOLERANCES.iter().find(|row| row.operation == operation);
    let row = row.unwrap_or_else(|| panic!("the table of tolerances has no row for {operation}"));
    match target {
        Target::Wgsl => row.wgsl,
        Target::Cuda => row.cuda,
    }
}

/// A `usize` that needs more than 32 bits faults on WGSL.
fn is_too_large(expected: &Outcome, actual: &Outcome) -> bool {
    let overflow = matches!(actual, Outcome::Fault(Fault { kind, .. }) if *kind == FaultKind::ArithmeticOverflow.number());
    overflow
        && matches!(expected, Outcome::Value(leaves) if leaves.iter().any(|leaf| *leaf > u64::from(u32::MAX)))
}

fn agrees_with(program: &Program, target: Target, near: Near, expected: &Outcome, actual: &Outcome) -> bool {
    match (expected, actual) {
        (Outcome::Fault(expected), Outcome::Fault(actual)) => {
            expected.kind == actual.kind && (expected.place.is_none() || expected.place == actual.place)
        }
        (Outcome::Value(expected), Outcome::Value(actual)) => {
            let zeros = program.precision == Precision::Of("order");
            let mut leaves = program.result.leaves().into_iter().zip(expected.iter().zip(actual));
            leaves.all(|((scalar, _), (expected, actual))| match scalar {
                Scalar::F32 | Scalar::F64 => float_agrees(scalar, target, near, zeros, *expected, *actual),
                _ => expected == actual,
            })
        }
        _ => false,
    }
}

fn float_agrees(scalar: Scalar, target: Target, near: Near, zeros: bool, expected: u64, actual: u64) -> bool {
    let value = |bits: u64| match scalar {
        Scalar::F32 => f64::from(f32::from_bits(bits as u32)),
        _ => f64::from_bits(bits),
    };
    let (e, a) = (value(expected), value(actual));
    let smallest = if scalar == Scalar::F32 { f64::from(f32::MIN_POSITIVE) } else { f64::MIN_POSITIVE };
    if expected == actual || e.is_nan() && a.is_nan() || zeros && e == 0.0 && a == 0.0 {
        return true;
    }
    // A result below the smallest normal number may be flushed, with or without its sign.
    if target == Target::Wgsl && e.abs() < smallest && a.abs() <= smallest && (e != 0.0 || a != 0.0) {
        return true;
    }
    let distance = (e - a).abs();
    match near {
        Near::Exact => false,
        Near::Ulps(units) => distance <= units * ulp(scalar, e),
        Near::Absolute(absolute, units) => distance <= absolute.max(units * ulp(scalar, e)),
    }
}

/// The distance between this number and the next larger one of its type.
fn ulp(scalar: Scalar, value: f64) -> f64 {
    match scalar {
        Scalar::F32 => {
            let value = (value.abs() as f32).max(f32::MIN_POSITIVE);
            f64::from(value.next_up()) - f64::from(value)
        }
        _ => {
            let value = value.abs().max(f64::MIN_POSITIVE);
            value.next_up() - value
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::Ty;

    fn value(number: f32) -> Outcome {
        Outcome::Value(vec![u64::from(number.to_bits())])
    }

    fn check(program: &Program, target: Target, expected: &Outcome, actual: &Outcome) -> bool {
        agrees(program, target, Expected { plain: expected, flushed: expected, checked: expected }, actual)
    }

    #[test]
    fn floats_are_as_near_as_their_operation_says() {
        let exact = Program::new("p", Vec::new(), Ty::Scalar(Scalar::F32), "1.0");
        let divided = exact.clone().near("divide");
        let (one, next) = (value(1.0), value(1.0f32.next_up()));
        let third = value(1.0f32.next_up().next_up().next_up());
        assert!(check(&exact, Target::Wgsl, &one, &one));
        assert!(!check(&exact, Target::Wgsl, &one, &next));
        assert!(check(&divided, Target::Wgsl, &one, &next));
        assert!(!check(&divided, Target::Cuda, &one, &next));
        assert!(!check(&divided, Target::Wgsl, &one, &third));
        assert!(check(&exact, Target::Cuda, &value(f32::NAN), &value(-f32::NAN)));
        assert!(check(&exact, Target::Wgsl, &value(1e-40), &value(0.0)));
        assert!(!check(&exact, Target::Cuda, &value(1e-40), &value(0.0)));
        assert!(!check(&exact, Target::Wgsl, &value(0.0), &value(-0.0)));
    }

    #[test]
    fn faults_are_equal_with_kind_and_place() {
        let program = Program::new("p", Vec::new(), Ty::Scalar(Scalar::I8), "1");
        let fault = |kind, line| Outcome::Fault(Fault { kind, place: Some((0, line)) });
        assert!(check(&program, Target::Cuda, &fault(3, 2), &fault(3, 2)));
        assert!(!check(&program, Target::Cuda, &fault(3, 2), &fault(4, 2)));
        assert!(!check(&program, Target::Cuda, &fault(3, 2), &fault(3, 3)));
        assert!(!check(&program, Target::Cuda, &fault(3, 2), &Outcome::Value(vec![0])));
    }

    #[test]
    fn every_operation_of_a_program_has_a_row() {
        for program in crate::catalogue::programs() {
            nearness(&program, Target::Wgsl);
        }
    }
}
