//! Runs programs as CUDA C++ on the host: compiled by g++, with one lane in place of a grid.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use ringkernel_codegen::cuda::{self, Options};
use ringkernel_codegen::ir::Module;
use ringkernel_codegen::print::Unsupported;

use super::rows::Rows;
use crate::compare::Target;
use crate::inputs::Inputs;
use crate::outcome::Outcome;
use crate::program::Program;
use crate::session::{Machine, Ran, Refusal};

const RUNTIME: &str = include_str!("runtime.cuh");
const JOB: &str = include_str!("job.cuh");
const HOST: &str = include_str!("host.cpp.txt");

/// Programs in one text.
const BATCH: usize = 96;

/// A host compiler that stands for CUDA.
#[derive(Debug)]
pub struct CudaMachine {
    folder: PathBuf,
}

/// Why programs did not run as CUDA C++.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CudaError {
    /// The printer cannot express something.
    #[error("not printed: {0}")]
    Unsupported(#[from] Unsupported),
    /// A file or a program cannot be used.
    #[error("{what}: {error}")]
    Io {
        /// What was tried.
        what: String,
        /// What the system said.
        error: io::Error,
    },
    /// A compiler or an executable did not succeed.
    #[error("{what} failed:\n{output}")]
    Failed {
        /// What failed.
        what: String,
        /// What it wrote.
        output: String,
    },
}

/// The text of programs with the runtime around them, for a compiler of CUDA.
///
/// # Errors
/// What the printer cannot express.
pub(super) fn text(module: &Module) -> Result<String, Unsupported> {
    let program = cuda::print(module, &Options::default())?;
    Ok(format!("{}\n{JOB}", program.source(RUNTIME)))
}

impl CudaMachine {
    /// Uses g++, and keeps executables in a folder.
    ///
    /// # Errors
    /// When there is no g++, or the folder cannot be made.
    pub fn new(folder: &Path) -> Result<Self, CudaError> {
        succeed("g++", Command::new("g++").arg("--version"))?;
        tried("making the folder", fs::create_dir_all(folder))?;
        Ok(Self { folder: folder.to_owned() })
    }

    /// The executable of a text, which is compiled unless it lies there.
    fn compile(&self, text: &str) -> Result<PathBuf, CudaError> {
        let text = format!("{}\n{text}\n{HOST}", cuda::HOST_LANES);
        let name = format!("cuda-{:016x}", crate::fingerprint(text.as_bytes()));
        let executable = self.folder.join(&name);
        if !executable.exists() {
            let source = self.folder.join(format!("{name}.cpp"));
            tried("writing the text", fs::write(&source, text))?;
            let unfinished = self.folder.join(format!("{name}-{}", std::process::id()));
            let mut compiler = Command::new("g++");
            compiler.args(FLAGS).arg("-o").arg(&unfinished).arg(&source);
            succeed(&format!("g++ of {}", source.display()), &mut compiler)?;
            tried("keeping the executable", fs::rename(&unfinished, &executable))?;
        }
        Ok(executable)
    }

    fn try_run(
        &self,
        module: &Module,
        programs: &[Program],
        inputs: &[Inputs],
    ) -> Result<Vec<Vec<Outcome>>, CudaError> {
        let executable = self.compile(&text(module)?)?;
        let (rows, end) = Rows::place(programs, inputs, 0);
        let mut words = vec![0xa5a5_a5a5; end];
        rows.iter().zip(inputs).for_each(|(rows, inputs)| rows.write(inputs, &mut words));
        let mut file = vec![rows.len() as u32];
        file.extend(rows.iter().enumerate().flat_map(|(handler, rows)| rows.job(handler)));
        file.push(words.len() as u32);
        file.extend(words);
        let path = executable.with_extension(format!("{}.rows", std::process::id()));
        tried("writing the rows", fs::write(&path, bytemuck::cast_slice::<u32, u8>(&file)))?;
        succeed(&executable.display().to_string(), Command::new(&executable).arg(&path))?;
        let words: Vec<u32> = bytemuck::pod_collect_to_vec(&tried("reading the rows", fs::read(&path))?);
        tried("removing the rows", fs::remove_file(&path))?;
        Ok(rows.iter().zip(programs).map(|(rows, program)| rows.read(program, module, &words)).collect())
    }
}

/// Floats are not contracted, as for devices. Nothing is optimised: compiling takes longer than running.
const FLAGS: [&str; 4] = ["-std=c++17", "-O0", "-ffp-contract=off", "-w"];

impl Machine for CudaMachine {
    fn target(&self) -> Target {
        Target::Cuda
    }

    fn batch(&self) -> usize {
        BATCH
    }

    fn run(&self, module: &Module, programs: &[Program], inputs: &[Inputs]) -> Result<Vec<Ran>, Refusal> {
        let ran = self.try_run(module, programs, inputs);
        ran.map(|outcomes| outcomes.into_iter().map(Ok).collect()).map_err(|error| match error {
            CudaError::Unsupported(error) => Refusal::Unsupported(error.to_string()),
            error => Refusal::Broken(error.to_string()),
        })
    }
}

fn tried<T>(what: &str, result: io::Result<T>) -> Result<T, CudaError> {
    result.map_err(|error| CudaError::Io { what: what.to_owned(), error })
}

/// Runs a command that has to succeed.
fn succeed(what: &str, command: &mut Command) -> Result<(), CudaError> {
    let output = tried(what, command.output())?;
    if output.status.success() {
        return Ok(());
    }
    let text = String::from_utf8_lossy(&output.stderr);
    // Compilers write pages; the first lines say what is wrong.
    let first: Vec<&str> = text.lines().take(20).collect();
    Err(CudaError::Failed { what: format!("{what} ({})", output.status), output: first.join("\n") })
}
