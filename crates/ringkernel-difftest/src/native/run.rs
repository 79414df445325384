//! Compiles the native programs and runs them.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use ringkernel_abi::device::Overflow;
use ringkernel_core::runtime::FaultKind;

use super::source::{self, Source};
use crate::inputs::Inputs;
use crate::outcome::{Fault, Outcome};
use crate::program::Program;

/// The programs, ready to run as native Rust.
pub struct Native {
    source: Source,
    executable: PathBuf,
}

/// Why the programs did not run as native Rust.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NativeError {
    /// A file could not be read or written, or a program could not be started.
    #[error("{what}: {error}")]
    Io {
        /// What was tried.
        what: String,
        /// What the system said.
        error: io::Error,
    },
    /// rustc found an error in the programs: a defect of their generator.
    #[error("the programs in {path} do not compile:\n{output}")]
    Compile {
        /// The text of the programs.
        path: PathBuf,
        /// What rustc said.
        output: String,
    },
    /// The executable did not end as it should.
    #[error("the programs ended with {status}:\n{output}")]
    Run {
        /// How it ended.
        status: std::process::ExitStatus,
        /// What it wrote.
        output: String,
    },
    /// A panic lies outside of every program: a defect of these tests.
    #[error("a fault at line {line} of the programs, outside of every function: {message}")]
    Stray {
        /// The line.
        line: u32,
        /// What the panic said.
        message: String,
    },
}

fn tried<T>(what: impl Into<String>, result: io::Result<T>) -> Result<T, NativeError> {
    result.map_err(|error| NativeError::Io { what: what.into(), error })
}

impl Native {
    /// Compiles the programs, unless the same text lies compiled in this folder.
    ///
    /// # Errors
    /// When there is no rustc, or it refuses the programs.
    pub fn compile(programs: &[Program], overflow: Overflow, folder: &Path) -> Result<Self, NativeError> {
        let source = source::write(programs);
        let checks = match overflow {
            Overflow::Faults => "on",
            Overflow::Wraps => "off",
        };
        let name = format!("native-{:016x}-{checks}", crate::fingerprint(source.text.as_bytes()));
        let (path, executable) = (folder.join(format!("{name}.rs")), folder.join(&name));
        if !executable.exists() {
            tried(format!("making {}", folder.display()), fs::create_dir_all(folder))?;
            tried(format!("writing {}", path.display()), fs::write(&path, &source.text))?;
            // Two tests may compile the same text at the same time: each has a file of its own until it is whole.
            let unfinished = folder.join(format!("{name}-{}", std::process::id()));
            let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
            let compiled = Command::new(rustc)
                .args([
                    "--edition",
                    "2024",
                    "-C",
                    "opt-level=0",
                    "-C",
                    "debuginfo=0",
                    "-C",
                    "strip=symbols",
                    "-o",
                ])
                .arg(&unfinished)
                .args([
                    "-C",
                    &format!("overflow-checks={checks}"),
                    "-C",
                    &format!("debug-assertions={checks}"),
                ])
                .arg(&path)
                .output();
            let starting = format!("starting rustc, because {} does not lie in {}", name, folder.display());
            let compiled = tried(starting, compiled)?;
            if !compiled.status.success() {
                let output = String::from_utf8_lossy(&compiled.stderr).into_owned();
                return Err(NativeError::Compile { path, output });
            }
            tried("keeping the executable", fs::rename(&unfinished, &executable))?;
        }
        Ok(Self { source, executable })
    }

    /// Runs every program with its inputs: for each program, the outcomes in the order of the inputs.
    ///
    /// # Errors
    /// When the executable cannot be run, or ends badly.
    pub fn run(&self, programs: &[Program], inputs: &[Inputs]) -> Result<Vec<Vec<Outcome>>, NativeError> {
        let mut words = Vec::new();
        for (program, inputs) in programs.iter().zip(inputs) {
            let given = program.result.leaves().len() as u64;
            words.extend([inputs.rows.len() as u64, inputs.width() as u64, given]);
            inputs.rows.iter().for_each(|row| words.extend(row));
        }
        let path = self.executable.with_extension(format!("{}.in", std::process::id()));
        tried(
            format!("writing {}", path.display()),
            fs::write(&path, bytemuck::cast_slice::<u64, u8>(&words)),
        )?;
        let ended = tried("starting the programs", Command::new(&self.executable).arg(&path).output())?;
        if !ended.status.success() {
            let output = String::from_utf8_lossy(&ended.stderr).into_owned();
            return Err(NativeError::Run { status: ended.status, output });
        }
        let answer = PathBuf::from(format!("{}.out", path.display()));
        let bytes = tried(format!("reading {}", answer.display()), fs::read(&answer))?;
        for used in [&path, &answer] {
            tried(format!("removing {}", used.display()), fs::remove_file(used))?;
        }
        self.outcomes(programs, inputs, &bytes)
    }

    fn outcomes(
        &self,
        programs: &[Program],
        inputs: &[Inputs],
        bytes: &[u8],
    ) -> Result<Vec<Vec<Outcome>>, NativeError> {
        let widths: Vec<usize> = programs.iter().map(|program| 2 + program.result.leaves().len()).collect();
        let words: usize = widths.iter().zip(inputs).map(|(width, inputs)| width * inputs.rows.len()).sum();
        let (words, messages) = bytes.split_at(words * 8);
        let messages = String::from_utf8_lossy(messages);
        let messages: Vec<&str> = messages.split('\n').collect();
        let mut words =
            words.chunks_exact(8).map(|word| u64::from_le_bytes(word.try_into().expect("8 bytes")));
        let mut all = Vec::new();
        for (width, inputs) in widths.iter().zip(inputs) {
            let mut outcomes = Vec::new();
            for _ in &inputs.rows {
                let row: Vec<u64> = words.by_ref().take(*width).collect();
                outcomes.push(match row[0] as u32 {
                    0 => Outcome::Value(row[2..].to_vec()),
                    line => self.fault(line, messages[row[1] as usize])?,
                });
            }
            all.push(outcomes);
        }
        Ok(all)
    }

    fn fault(&self, line: u32, message: &str) -> Result<Outcome, NativeError> {
        let kind = fault_number(FaultKind::of_panic_message(message));
        if line == u32::MAX {
            return Ok(Outcome::Fault(Fault { kind, place: None }));
        }
        match self.source.place(line) {
            Some(place) => Ok(Outcome::Fault(Fault { kind, place: Some(place) })),
            None => Err(NativeError::Stray { line, message: message.to_owned() }),
        }
    }
}

/// The number by which generated code names a kind of fault.
fn fault_number(kind: FaultKind) -> u32 {
    use ringkernel_codegen::ir::FaultKind as Generated;
    match kind {
        FaultKind::IndexOutOfBounds => Generated::IndexOutOfBounds,
        FaultKind::DivisionByZero => Generated::DivisionByZero,
        FaultKind::ArithmeticOverflow => Generated::ArithmeticOverflow,
        _ => Generated::Panic,
    }
    .number()
}
