//! What came of comparing programs with their generated code.

use std::fmt;

use ringkernel_abi::device::Overflow;

use crate::compare::Target;
use crate::outcome::Outcome;
use crate::program::Program;
use crate::session::Refusal;
use crate::types::Ty;

/// What came of a comparison.
#[derive(Debug, Default)]
pub struct Report {
    /// Programs that were compared, each counted for each target and each meaning of overflow.
    pub programs: usize,
    /// Runs that were compared.
    pub runs: usize,
    /// Programs that a target cannot run, and what it lacks.
    pub unsupported: Vec<(String, String)>,
    /// Programs that the linker or a compiler refused, and what it said.
    pub refused: Vec<(String, String)>,
    /// Runs with different outcomes.
    pub different: usize,
    /// Some of them: at most a few for each program.
    pub differences: Vec<Difference>,
}

/// A run with different outcomes.
#[derive(Debug)]
pub struct Difference {
    /// The program.
    pub program: Program,
    /// What ran the generated code.
    pub target: Target,
    /// What overflow does in this run.
    pub overflow: Overflow,
    /// The leaves of the parameters.
    pub row: Vec<u64>,
    /// What native Rust gave.
    pub expected: Outcome,
    /// What the generated code gave.
    pub actual: Outcome,
}

impl Report {
    /// Adds what another comparison gave.
    pub fn add(&mut self, other: Self) {
        self.programs += other.programs;
        self.runs += other.runs;
        self.unsupported.extend(other.unsupported);
        self.refused.extend(other.refused);
        self.different += other.different;
        self.differences.extend(other.differences);
    }

    /// Adds a program that did not run.
    pub fn refuse(&mut self, program: &str, refusal: Refusal) {
        match refusal {
            Refusal::Unsupported(lacks) => self.unsupported.push((program.to_owned(), lacks)),
            Refusal::Broken(error) => self.refused.push((program.to_owned(), error)),
        }
    }

    /// What came of it in one line.
    pub fn summary(&self) -> String {
        let Self { programs, runs, different, .. } = self;
        format!(
            "{programs} programs, {runs} runs: {} equal, {different} different; {} programs refused, {} unsupported",
            runs - different,
            self.refused.len(),
            self.unsupported.len()
        )
    }

    /// Whether everything was equal and nothing was refused.
    pub fn is_clean(&self) -> bool {
        self.differences.is_empty() && self.refused.is_empty()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (program, reason) in &self.refused {
            writeln!(f, "{program} was refused: {reason}")?;
        }
        let mut last = "";
        for difference in &self.differences {
            if difference.program.name != last {
                writeln!(f, "\n{}", difference.program.text())?;
            }
            last = &difference.program.name;
            writeln!(f, "{difference}")?;
        }
        for (program, lacks) in &self.unsupported {
            writeln!(f, "{program} is not supported: {lacks}")?;
        }
        f.write_str(&self.summary())
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { program, target, overflow, row, expected, actual } = self;
        let parameters = Ty::Tuple(program.parameters.iter().map(|parameter| parameter.ty.clone()).collect());
        let (taken, given) = (values(&parameters, row), |outcome| shown(&program.result, outcome));
        write!(
            f,
            "{}({taken}) on {target:?}, overflow {overflow:?}: expected {}, got {}",
            program.name,
            given(expected),
            given(actual)
        )
    }
}

fn shown(ty: &Ty, outcome: &Outcome) -> String {
    match outcome {
        Outcome::Value(leaves) => values(ty, leaves),
        Outcome::Fault(fault) => format!("{fault:?}"),
    }
}

/// Leaves as numbers of their types.
fn values(ty: &Ty, leaves: &[u64]) -> String {
    use ringkernel_codegen::ir::Scalar;
    let leaf = |scalar: Scalar, bits: u64| match scalar {
        Scalar::I8 => (bits as i8).to_string(),
        Scalar::I16 => (bits as i16).to_string(),
        Scalar::I32 => (bits as i32).to_string(),
        Scalar::I64 => (bits as i64).to_string(),
        Scalar::F32 => format!("{:e} [{bits:#x}]", f32::from_bits(bits as u32)),
        Scalar::F64 => format!("{:e} [{bits:#x}]", f64::from_bits(bits)),
        _ => bits.to_string(),
    };
    let all: Vec<String> =
        ty.leaves().iter().zip(leaves).map(|((scalar, _), bits)| leaf(*scalar, *bits)).collect();
    all.join(", ")
}
