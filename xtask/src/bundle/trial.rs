//! The archive in a folder where nothing of the sources is, on the simulated driver.

use std::collections::BTreeSet;
use std::fs;
use std::num::NonZero;
use std::path::Path;
use std::process::{Command, ExitCode};

use super::build::Executables;
use super::{NAME, Result, at, call, diff};

/// What the simulated compiler makes for this target takes the way that PTX takes.
const TARGET: &str = "compute_80";

/// Which differential programs are tried.
const EVERY: NonZero<usize> = NonZero::new(40).unwrap();

/// Unpacks the archive, compiles the texts for the simulated device, and runs the script.
pub(super) fn run(
    executables: &Executables,
    archive: &Path,
    texts: &BTreeSet<String>,
    work: &Path,
    parts: &[String],
) -> Result<ExitCode> {
    println!("==> in simulation: {} programs", texts.len());
    let elsewhere = std::env::temp_dir().join(format!("ringkernel-gpu-{}", std::process::id()));
    fs::create_dir_all(&elsewhere).map_err(at(&elsewhere))?;
    call(Command::new("tar").arg("-xzf").arg(archive).arg("-C").arg(&elsewhere))?;
    // Code for devices is nothing for the simulator, which has a compiler of its own.
    let programs = elsewhere.join("simulated");
    let mut compile = executables.simulator()?;
    call(compile.arg(executables.compiler()?).arg(work.join("texts")).arg(&programs).arg(TARGET))?;
    // Each text takes the simulator's compiler seconds.
    let differential = elsewhere.join("simulated-diff");
    diff::make(executables.simulator()?, executables, &differential, TARGET, EVERY)?;
    let mut script = executables.simulator()?;
    script.arg(elsewhere.join(NAME).join("run.sh")).arg("--out").arg(elsewhere.join("results")).args(parts);
    script.current_dir(&elsewhere).env("RINGKERNEL_CUDA_PROGRAMS", &programs);
    script.env("RINGKERNEL_BUNDLE_DIFF", &differential);
    let outcome = call(&mut script);
    if let Err(error) = outcome {
        return Err(format!("{error}; what was printed is in {}", elsewhere.display()));
    }
    fs::remove_dir_all(&elsewhere).map_err(at(&elsewhere))?;
    Ok(ExitCode::SUCCESS)
}
