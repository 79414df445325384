//! Compiles texts of programs for devices, which need not be there: see `ringkernel_cuda::ahead`.
//!
//! ```sh
//! ringkernel-cuda-compile TEXTS PROGRAMS sm_80 sm_90 compute_80
//! ```
//!
//! `TEXTS` is a folder of `.cu` files, `PROGRAMS` the folder for the images, and the rest says for which devices. What is there
//! already is not compiled again. A text with the line `// needs sm_90` is not compiled for older devices.

use std::error::Error;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Mutex, PoisonError};

use ringkernel_codegen::cuda::Compiler;
use ringkernel_cuda::ahead::{Programs, Target};

/// What a line begins with that names the oldest devices for which a text can be compiled.
const NEEDS: &str = "// needs ";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let outcome = match arguments.as_slice() {
        [texts, programs, targets @ ..] if !targets.is_empty() => {
            compile(Path::new(texts), Path::new(programs), targets)
        }
        _ => Err("usage: ringkernel-cuda-compile TEXTS PROGRAMS TARGET..., with targets such as sm_90 and compute_80".into()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nobody may be reading.
            let _ = writeln!(std::io::stderr(), "{error}");
            ExitCode::FAILURE
        }
    }
}

fn compile(texts: &Path, programs: &Path, targets: &[String]) -> Result<(), Box<dyn Error>> {
    let targets = targets.iter().map(|target| target.parse()).collect::<Result<Vec<Target>, _>>()?;
    let compiler = Compiler::find()?;
    let programs = Programs::at(programs);
    let mut files = Vec::new();
    for entry in std::fs::read_dir(texts).map_err(|error| format!("{}: {error}", texts.display()))? {
        let path = entry?.path();
        if path.extension().is_some_and(|ending| ending == "cu") {
            files.push(path);
        }
    }
    if files.is_empty() {
        return Err(format!("{} has no .cu file", texts.display()).into());
    }
    // Each takes the compiler long enough to be worth a thread, as far as there are processors. Long texts take longest, and first.
    let length = |file: &PathBuf| file.metadata().map_or(0, |about| about.len());
    files.sort_by_key(|file| std::cmp::Reverse(length(file)));
    let jobs = files.iter().flat_map(|file| targets.iter().map(move |target| (file, *target)));
    let jobs = Mutex::new(jobs);
    let next = || jobs.lock().unwrap_or_else(PoisonError::into_inner).next();
    let work = || {
        let mine = std::iter::from_fn(next);
        mine.filter_map(|(file, target)| one(&compiler, &programs, file, target).err()).collect::<Vec<_>>()
    };
    let count = std::thread::available_parallelism().map_or(1, usize::from);
    let failures: Vec<String> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..count).map(|_| scope.spawn(work)).collect();
        workers
            .into_iter()
            .flat_map(|worker| worker.join().unwrap_or_else(|_| vec!["a thread panicked".to_owned()]))
            .collect()
    });
    if failures.is_empty() { Ok(()) } else { Err(failures.join("\n").into()) }
}

fn capability(target: Target) -> (i32, i32) {
    match target {
        Target::Cubin { major, minor } | Target::Ptx { major, minor } => (major, minor),
    }
}

fn one(compiler: &Compiler, programs: &Programs, file: &Path, target: Target) -> Result<(), String> {
    let of_file = |error: &dyn std::fmt::Display| format!("{} for {target}: {error}", file.display());
    let text = std::fs::read_to_string(file).map_err(|error| of_file(&error))?;
    if let Some(oldest) = text.lines().find_map(|line| line.strip_prefix(NEEDS)) {
        let oldest: Target = oldest.trim().parse().map_err(|error| of_file(&error))?;
        if capability(target) < capability(oldest) {
            return Ok(());
        }
    }
    let said = programs.compile(compiler, &text, &[target]).map_err(|error| of_file(&error))?;
    if !said.is_empty() {
        let _ = writeln!(std::io::stderr(), "{}", of_file(&said));
    }
    Ok(())
}
