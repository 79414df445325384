//! Shows that the differential tests notice when the code generator is wrong: applies one wrong change at a time to a copy
//! of the sources, and expects the comparison of the programs that matter to fail.
//!
//! - `list`: the changes, as data
//! - `copy`: the copy of the sources

mod copy;
mod list;

use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::Instant;

use copy::{Applied, Copy};
use list::{MUTANTS, Mutant};

/// What became of a mutant.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Verdict {
    /// The comparison failed, as it has to.
    Killed,
    /// The comparison succeeded: the tests do not see the change.
    Survived,
    /// Nothing was shown, for this reason.
    Unclear(String),
}

/// Runs the mutants whose names contain `name`, or all, after the sources without a change. Fails unless all are killed.
pub(crate) fn run(root: &Path, name: &str) -> ExitCode {
    let folder = root.join("target/mutants");
    let copy = match Copy::of(root, &folder.join("tree")) {
        Ok(copy) => copy,
        Err(error) => {
            eprintln!("cannot copy the sources: {error}");
            return ExitCode::FAILURE;
        }
    };
    let chosen: Vec<&Mutant> = MUTANTS.iter().filter(|mutant| mutant.name.contains(name)).collect();
    let every: Vec<&str> = chosen.iter().map(|mutant| mutant.programs).collect();
    match compare(&copy, &folder, &every.join(",")) {
        Verdict::Survived => println!("sources without a change: equal, as they have to be"),
        verdict => {
            eprintln!("sources without a change: {verdict:?}");
            return ExitCode::FAILURE;
        }
    }
    let mut alive = 0;
    for mutant in &chosen {
        let start = Instant::now();
        let verdict = match copy.apply(mutant.file, mutant.from, mutant.to) {
            Ok(applied) => judge(&copy, &folder, mutant, applied),
            Err(error) => Verdict::Unclear(error),
        };
        println!("{}: {verdict:?} ({:.0} s)", mutant.name, start.elapsed().as_secs_f64());
        alive += usize::from(verdict != Verdict::Killed);
    }
    println!("{} of {} mutants killed", chosen.len() - alive, chosen.len());
    if alive == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn judge(copy: &Copy, folder: &Path, mutant: &Mutant, applied: Applied) -> Verdict {
    let verdict = compare(copy, folder, mutant.programs);
    match applied.undo() {
        Ok(()) => verdict,
        Err(error) => Verdict::Unclear(format!("the change could not be undone: {error}")),
    }
}

/// Builds the comparison from the copy and runs it for programs whose names start like these.
fn compare(copy: &Copy, folder: &Path, programs: &str) -> Verdict {
    let build = folder.join("build");
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let built = Command::new(cargo)
        .current_dir(copy.root())
        .args([
            "build",
            "--quiet",
            "--locked",
            "--package",
            "ringkernel-difftest",
            "--bin",
            "ringkernel-difftest",
        ])
        .arg("--target-dir")
        .arg(&build)
        .status();
    match built {
        Ok(status) if status.success() => {}
        Ok(_) => return Verdict::Unclear("it does not compile".into()),
        Err(error) => return Verdict::Unclear(format!("cargo does not start: {error}")),
    }
    let output = Command::new(build.join("debug/ringkernel-difftest"))
        .current_dir(copy.root())
        .args(["--only", programs, "--folder"])
        .arg(folder.join("native"))
        .output();
    match output {
        Ok(output) => match output.status.code() {
            Some(0) => Verdict::Survived,
            Some(1) => Verdict::Killed,
            _ => Verdict::Unclear(String::from_utf8_lossy(&output.stdout).into_owned()),
        },
        Err(error) => Verdict::Unclear(format!("the comparison does not start: {error}")),
    }
}
