//! Compares programs with their generated code, many at a time.

use std::path::Path;

use ringkernel_abi::device::Overflow;
use ringkernel_codegen::ir::Module;

use crate::compare::{Expected, Target, agrees};
use crate::device::{depends_on_overflow, link};
use crate::inputs::Inputs;
use crate::native::{Native, NativeError};
use crate::outcome::Outcome;
use crate::program::Program;
use crate::report::{Difference, Report};

/// Runs of one program that are reported when their outcomes differ.
const SHOWN: usize = 3;

/// Something that runs generated code.
pub trait Machine {
    /// What it runs.
    fn target(&self) -> Target;

    /// Programs that go into one text.
    fn batch(&self) -> usize;

    /// Runs programs with their inputs: for each program, the outcomes in the order of the inputs.
    ///
    /// # Errors
    /// See [`Refusal`].
    fn run(
        &self,
        module: &Module,
        programs: &[Program],
        inputs: &[Inputs],
    ) -> Result<Vec<Vec<Outcome>>, Refusal>;
}

/// Why programs do not run on a machine.
#[derive(Debug)]
pub enum Refusal {
    /// The target lacks something that one of them needs.
    Unsupported(String),
    /// A compiler or the device refused them: a defect of the code generator.
    Broken(String),
}

/// How long a comparison goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Patience {
    /// Up to the batch with the first difference.
    FirstDifference,
    /// Whatever it finds.
    AllPrograms,
}

/// Programs, their inputs, and what native Rust makes of them.
pub struct Session {
    programs: Vec<Program>,
    inputs: Vec<Inputs>,
    checked: Vec<Vec<Outcome>>,
    wrapping: Vec<Vec<Outcome>>,
    /// As above, for inputs whose subnormal numbers are zero.
    flushed_checked: Vec<Vec<Outcome>>,
    flushed_wrapping: Vec<Vec<Outcome>>,
}

impl Session {
    /// Compiles the programs natively and runs them. Executables are kept in a folder.
    ///
    /// # Errors
    /// When rustc is missing, or the programs are wrong.
    pub fn new(programs: Vec<Program>, folder: &Path) -> Result<Self, NativeError> {
        let inputs: Vec<Inputs> = programs.iter().map(Inputs::of).collect();
        let flushed: Vec<Inputs> =
            programs.iter().zip(&inputs).map(|(program, inputs)| inputs.flushed(program)).collect();
        let checked = Native::compile(&programs, Overflow::Faults, folder)?;
        let wrapping = Native::compile(&programs, Overflow::Wraps, folder)?;
        Ok(Self {
            checked: checked.run(&programs, &inputs)?,
            wrapping: wrapping.run(&programs, &inputs)?,
            flushed_checked: checked.run(&programs, &flushed)?,
            flushed_wrapping: wrapping.run(&programs, &flushed)?,
            programs,
            inputs,
        })
    }

    /// Runs the generated code of all programs on a machine and compares.
    ///
    /// Where overflow wraps, programs are left out from which the linker makes the same as where it faults.
    pub fn compare(&self, machine: &dyn Machine, overflow: Overflow) -> Report {
        self.compare_with(machine, overflow, Patience::AllPrograms)
    }

    /// As [`compare`](Self::compare), for as long as somebody wants to know.
    pub fn compare_with(&self, machine: &dyn Machine, overflow: Overflow, patience: Patience) -> Report {
        let mut report = Report::default();
        let all: Vec<usize> = match overflow {
            Overflow::Faults => (0..self.programs.len()).collect(),
            Overflow::Wraps => {
                (0..self.programs.len()).filter(|index| depends_on_overflow(&self.programs[*index])).collect()
            }
        };
        for batch in all.chunks(machine.batch()) {
            self.compare_batch(machine, overflow, batch, &mut report);
            if patience == Patience::FirstDifference && !report.is_clean() {
                break;
            }
        }
        report
    }

    /// Compares some programs; fewer at a time, if they do not run together.
    fn compare_batch(&self, machine: &dyn Machine, overflow: Overflow, batch: &[usize], report: &mut Report) {
        let programs: Vec<Program> = batch.iter().map(|index| self.programs[*index].clone()).collect();
        let inputs: Vec<Inputs> = batch.iter().map(|index| self.inputs[*index].clone()).collect();
        let ran = link(&programs, overflow)
            .map_err(|error| Refusal::Broken(error.to_string()))
            .and_then(|linked| machine.run(&linked.module, &programs, &inputs));
        match ran {
            Ok(outcomes) => {
                for (index, actual) in batch.iter().zip(&outcomes) {
                    self.compare_program(machine.target(), overflow, *index, actual, report);
                }
            }
            Err(_) if batch.len() > 1 => {
                let (first, second) = batch.split_at(batch.len() / 2);
                self.compare_batch(machine, overflow, first, report);
                self.compare_batch(machine, overflow, second, report);
            }
            Err(Refusal::Unsupported(feature)) => {
                report.unsupported.push((programs[0].name.clone(), feature))
            }
            Err(Refusal::Broken(error)) => report.refused.push((programs[0].name.clone(), error)),
        }
    }

    fn compare_program(
        &self,
        target: Target,
        overflow: Overflow,
        index: usize,
        actual: &[Outcome],
        report: &mut Report,
    ) {
        let (plain, flushed) = match overflow {
            Overflow::Faults => (&self.checked[index], &self.flushed_checked[index]),
            Overflow::Wraps => (&self.wrapping[index], &self.flushed_wrapping[index]),
        };
        let program = &self.programs[index];
        let differences = (0..actual.len()).filter_map(|run| {
            let expected =
                Expected { plain: &plain[run], flushed: &flushed[run], checked: &self.checked[index][run] };
            let difference = || Difference {
                program: program.clone(),
                target,
                overflow,
                row: self.inputs[index].rows[run].clone(),
                expected: plain[run].clone(),
                actual: actual[run].clone(),
            };
            (!agrees(program, target, expected, &actual[run])).then(difference)
        });
        report.differences.extend(differences.take(SHOWN));
        report.programs += 1;
        report.runs += actual.len();
    }
}
