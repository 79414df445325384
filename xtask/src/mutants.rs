//! Shows that the differential tests notice when the code generator is wrong: applies one wrong change at a time to a copy
//! of the sources, and expects the comparison of programs with their generated code to fail.
//!
//! - `list`: what a mutant is; `wgsl`, `cuda`: the mutants of each printer
//! - `copy`: the copy of the sources

mod copy;
mod cuda;
mod list;
mod wgsl;

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Instant;

use copy::{Applied, Copy};
use list::Mutant;

/// What runs the code that a printer makes, as the comparison names it, and the mutants of the printer.
const PRINTERS: [(&str, &[Mutant]); 2] = [("wgsl", &wgsl::MUTANTS), ("cuda", &cuda::MUTANTS)];

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

/// The copy, and where what is made of it lies.
struct Bench {
    copy: Copy,
    folder: PathBuf,
}

/// Runs the mutants whose names, such as "cuda: the wrong branch", contain `name`, after the sources without a change.
/// Fails unless all are killed.
pub(crate) fn run(root: &Path, name: &str) -> ExitCode {
    let folder = crate::plan::target_folder("mutants");
    let folder = root.join(folder);
    let bench = match Copy::of(root, &folder.join("tree")) {
        Ok(copy) => Bench { copy, folder },
        Err(error) => {
            eprintln!("cannot copy the sources: {error}");
            return ExitCode::FAILURE;
        }
    };
    let (mut killed, mut all) = (0, 0);
    for (target, mutants) in PRINTERS {
        let full_name = |mutant: &Mutant| format!("{target}: {}", mutant.name);
        let chosen: Vec<&Mutant> = mutants.iter().filter(|mutant| full_name(mutant).contains(name)).collect();
        if chosen.is_empty() {
            continue;
        }
        let start = Instant::now();
        match bench.build().map_or_else(Verdict::Unclear, |()| bench.compare(target, &[])) {
            Verdict::Survived => {
                println!("{target}, without a change: equal ({:.0} s)", start.elapsed().as_secs_f64());
            }
            verdict => {
                eprintln!("{target}, without a change: {verdict:?}");
                return ExitCode::FAILURE;
            }
        }
        for mutant in chosen {
            let start = Instant::now();
            let verdict = bench.judge(target, mutant);
            println!("{}: {verdict:?} ({:.0} s)", full_name(mutant), start.elapsed().as_secs_f64());
            all += 1;
            killed += usize::from(verdict == Verdict::Killed);
        }
    }
    println!("{killed} of {all} mutants killed");
    if killed == all && all > 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

impl Bench {
    /// Makes the change, tries the programs that it concerns and then, if they do not see it, all; undoes the change.
    fn judge(&self, target: &str, mutant: &Mutant) -> Verdict {
        let applied: Applied = match self.copy.apply(mutant.file, mutant.from, mutant.to) {
            Ok(applied) => applied,
            Err(error) => return Verdict::Unclear(error),
        };
        let verdict = match self.build() {
            Err(error) => Verdict::Unclear(error),
            Ok(()) => match self.compare(target, &["--only", mutant.programs]) {
                Verdict::Survived => self.compare(target, &[]),
                verdict => verdict,
            },
        };
        match applied.undo() {
            Ok(()) => verdict,
            Err(error) => Verdict::Unclear(format!("the change could not be undone: {error}")),
        }
    }

    /// Builds the comparison from the copy: only that, in a folder of its own, and what has not changed is kept.
    fn build(&self) -> Result<(), String> {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let built = Command::new(cargo)
            .current_dir(self.copy.root())
            .args(["build", "--quiet", "--locked", "--package", "ringkernel-difftest"])
            .args(["--bin", "ringkernel-difftest", "--target-dir"])
            .arg(self.folder.join("build"))
            .env("CARGO_INCREMENTAL", "1")
            .status();
        match built {
            Ok(status) if status.success() => Ok(()),
            Ok(_) => Err("it does not compile".into()),
            Err(error) => Err(format!("cargo does not start: {error}")),
        }
    }

    /// Runs the comparison, up to the first difference.
    fn compare(&self, target: &str, choice: &[&str]) -> Verdict {
        let output = Command::new(self.folder.join("build/debug/ringkernel-difftest"))
            .current_dir(self.copy.root())
            .args(["--fail-fast", "--target", target, "--folder"])
            .arg(self.folder.join("native"))
            .args(choice)
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
}

#[cfg(test)]
mod tests {
    use super::*;

    /// So that a change of the printers cannot make the list useless unseen.
    #[test]
    fn every_mutant_changes_one_place_of_the_sources() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the repository");
        for mutant in PRINTERS.iter().flat_map(|(_, mutants)| *mutants) {
            let text = std::fs::read_to_string(root.join(mutant.file)).expect("the file is there");
            assert_eq!(text.matches(mutant.from).count(), 1, "{}: `{}`", mutant.name, mutant.from);
            assert_ne!(mutant.from, mutant.to, "{}", mutant.name);
        }
    }
}
