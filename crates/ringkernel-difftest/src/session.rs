//! Compares programs with their generated code, many at a time.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

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
pub trait Machine: Sync {
    /// What it runs.
    fn target(&self) -> Target;

    /// Programs that go into one text.
    fn batch(&self) -> usize;

    /// Texts that are worth being worked on at the same time.
    fn threads(&self) -> usize {
        1
    }

    /// Runs programs with their inputs: for each program, what came of it.
    ///
    /// # Errors
    /// See [`Refusal`]; the programs are run again, fewer of them together.
    fn run(&self, module: &Module, programs: &[Program], inputs: &[Inputs]) -> Result<Vec<Ran>, Refusal>;
}

/// The outcomes of one program in the order of its inputs, or why there are none.
pub type Ran = Result<Vec<Outcome>, Refusal>;

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

/// The programs that are compared, by their places: where overflow wraps, those that it makes something else of.
pub fn affected(programs: &[Program], overflow: Overflow) -> Vec<usize> {
    let all = 0..programs.len();
    match overflow {
        Overflow::Faults => all.collect(),
        Overflow::Wraps => all.filter(|index| depends_on_overflow(&programs[*index])).collect(),
    }
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
        let all = affected(&self.programs, overflow);
        let batches = Mutex::new(Some(all.chunks(machine.batch()).enumerate()));
        let open = || batches.lock().unwrap_or_else(PoisonError::into_inner);
        let done = Mutex::new(BTreeMap::new());
        let work = || loop {
            let Some((number, batch)) = open().as_mut().and_then(Iterator::next) else { return };
            let mut report = Report::default();
            self.compare_batch(machine, overflow, batch, &mut report);
            if patience == Patience::FirstDifference && !report.is_clean() {
                *open() = None;
            }
            done.lock().unwrap_or_else(PoisonError::into_inner).insert(number, report);
        };
        std::thread::scope(|scope| (0..machine.threads()).for_each(|_| drop(scope.spawn(work))));
        let mut whole = Report::default();
        let parts = done.into_inner().unwrap_or_else(PoisonError::into_inner);
        parts.into_values().for_each(|report| whole.add(report));
        whole
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
                for (index, ran) in batch.iter().zip(outcomes) {
                    match ran {
                        Ok(actual) => {
                            self.compare_program(machine.target(), overflow, *index, &actual, report)
                        }
                        Err(refusal) => report.refuse(&self.programs[*index].name, refusal),
                    }
                }
            }
            Err(_) if batch.len() > 1 => {
                let (first, second) = batch.split_at(batch.len() / 2);
                self.compare_batch(machine, overflow, first, report);
                self.compare_batch(machine, overflow, second, report);
            }
            Err(refusal) => report.refuse(&programs[0].name, refusal),
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
        let mut differences = (0..actual.len()).filter_map(|run| {
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
        let before = report.differences.len();
        report.differences.extend(differences.by_ref().take(SHOWN));
        report.different += report.differences.len() - before + differences.count();
        report.programs += 1;
        report.runs += actual.len();
    }
}
