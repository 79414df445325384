//! Inputs and results as device memory: a row for each run.

use ringkernel_codegen::ir::Module;

use crate::inputs::Inputs;
use crate::outcome::{Fault, Outcome};
use crate::program::Program;
use crate::types::Ty;

/// Words at the start of a row of results: whether there is an answer, then kind, code, file and line of the fault, and
/// three that are not used, so that what follows is aligned.
const REPORT_WORDS: usize = 8;

/// Scratch memory of a run that makes vectors.
const SCRATCH_WORDS: usize = 256;

/// Where the rows of a program lie in a buffer of words.
#[derive(Debug, Clone)]
pub struct Rows {
    /// Runs.
    pub count: usize,
    /// The first word of the first message, and words of a message. Messages are aligned to 8 bytes.
    pub message: (usize, usize),
    /// The first word of the first result, and words of a result: its report, then the answer.
    pub result: (usize, usize),
    /// The first word of the first run's scratch memory, and words of it. It is aligned to 16 bytes.
    pub scratch: (usize, usize),
    parameters: Ty,
    given: Ty,
}

/// The parameters of a program as one type: its message has the layout of a tuple.
fn parameters(program: &Program) -> Ty {
    Ty::Tuple(program.parameters.iter().map(|parameter| parameter.ty.clone()).collect())
}

impl Rows {
    /// Places the rows of these programs behind each other, from a word on; gives the number of words up to the end.
    pub fn place(programs: &[Program], inputs: &[Inputs], first: usize) -> (Vec<Self>, usize) {
        let mut end = first.next_multiple_of(2);
        let mut all = Vec::new();
        for (program, inputs) in programs.iter().zip(inputs) {
            let (parameters, given) = (parameters(program), Ty::Tuple(vec![program.result.clone()]));
            let words = |ty: &Ty| ty.layout().size().div_ceil(8) * 2;
            let (message, result) = (words(&parameters), REPORT_WORDS + words(&given));
            let scratch = if program.makes_vectors() { SCRATCH_WORDS } else { 0 };
            let count = inputs.rows.len();
            let behind = end + (message + result) * count;
            let rows = Self {
                count,
                message: (end, message),
                result: (end + message * count, result),
                scratch: (behind.next_multiple_of(4), scratch),
                parameters,
                given,
            };
            end = if scratch == 0 { behind } else { behind.next_multiple_of(4) + scratch * count };
            all.push(rows);
        }
        (all, end)
    }

    /// What the runtimes call a job: the handler, then where its rows lie, then the bytes of an answer, then where scratch
    /// memory lies.
    pub fn job(&self, handler: usize) -> [u32; 9] {
        let (message, message_words) = self.message;
        let (result, result_words) = self.result;
        let (scratch, scratch_words) = self.scratch;
        let bytes = self.given.layout().size();
        [handler, self.count, message, message_words, result, result_words, bytes, scratch, scratch_words]
            .map(|word| word as u32)
    }

    /// Writes the messages.
    pub fn write(&self, inputs: &Inputs, words: &mut [u32]) {
        let (first, size) = self.message;
        let bytes: &mut [u8] = bytemuck::cast_slice_mut(&mut words[first..first + size * self.count]);
        for (row, bytes) in inputs.rows.iter().zip(bytes.chunks_exact_mut((size * 4).max(1))) {
            self.parameters.encode(row, bytes);
        }
    }

    /// Reads what came of each run. The files of faults are the functions of the program.
    pub fn read(&self, program: &Program, module: &Module, words: &[u32]) -> Vec<Outcome> {
        let (first, size) = self.result;
        let rows = words[first..first + size * self.count].chunks_exact(size);
        rows.map(|row| {
            let [answered, kind, _, file, line] = row[..5] else { unreachable!("a report has 8 words") };
            if kind != 0 {
                let file = module.files.get(file as usize);
                let function = program.functions.iter().position(|function| Some(&function.name) == file);
                // A file that is none of the program's functions is no place at which Rust can fault.
                return Outcome::Fault(Fault { kind, place: Some((function.unwrap_or(usize::MAX), line)) });
            }
            if answered != 1 {
                return Outcome::Fault(Fault { kind: u32::MAX, place: None });
            }
            Outcome::Value(self.given.decode(bytemuck::cast_slice(&row[REPORT_WORDS..])))
        })
        .collect()
    }
}
