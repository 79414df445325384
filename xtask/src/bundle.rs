//! `cargo xtask gpu-bundle`: one archive with all that runs the CUDA backend's tests, examples and benchmarks on a machine with an
//! NVIDIA driver and nothing else of ours: executables, programs compiled ahead of time, and a script.
//!
//! - `build`: the executables; `programs`: the texts of their programs, compiled for devices; `diff`: the differential programs
//! - `trial`: the archive unpacked elsewhere, and run on the simulated driver
//! - `script`, `README.txt`: what goes into the archive as it is

mod build;
mod diff;
mod programs;
mod trial;

use std::fs;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use build::Executables;

/// The folder in the archive.
const NAME: &str = "ringkernel-gpu";

/// Larger ones are hard to hand on.
const LIMIT_BYTES: u64 = 64 << 20;

/// What programs are compiled for when nothing else is asked for: code for data centre GPUs, and PTX for all others.
pub(crate) const TARGETS: [&str; 3] = ["sm_80", "sm_90", "compute_80"];

/// What goes wrong, in words for the user.
type Result<T> = std::result::Result<T, String>;

/// What to make.
pub(crate) struct Wanted {
    /// The archive.
    pub(crate) out: Option<PathBuf>,
    /// What programs are compiled for.
    pub(crate) targets: Vec<String>,
    /// Which differential programs: each one that is so many further on.
    pub(crate) every: NonZero<usize>,
    /// The parts to try in simulation afterwards, all if there are none.
    pub(crate) try_it: Option<Vec<String>>,
}

/// Makes the archive, and tries it if asked to.
pub(crate) fn run(wanted: Wanted) -> ExitCode {
    match make(wanted) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("gpu-bundle: {error}");
            ExitCode::FAILURE
        }
    }
}

fn make(Wanted { out, targets, every, try_it }: Wanted) -> Result<ExitCode> {
    let targets = targets.as_slice();
    let work = PathBuf::from(crate::plan::target_folder("gpu-bundle"));
    let out = out.unwrap_or_else(|| work.join(format!("{NAME}.tar.gz")));
    let stage = work.join(NAME);
    // What an earlier call has left would go into the archive.
    let _ = fs::remove_dir_all(&stage);
    let executables = Executables::build()?;
    println!("==> programs for {}", targets.join(", "));
    let texts = programs::record(&executables, &work.join("texts"))?;
    programs::compile(&executables, &texts, &work.join("programs"), targets)?;
    programs::copy(&texts, &work.join("programs"), &stage.join("programs"), targets)?;
    println!("==> differential programs");
    diff::make_kept(&executables, &work.join("diff"), targets, every)?;
    diff::copy(&work.join("diff"), &stage.join("diff"))?;
    executables.copy_stripped(&stage.join("bin"))?;
    let glibc = build::glibc(&stage.join("bin"))?;
    let readme = include_str!("bundle/README.txt");
    let readme = readme.replace("GLIBC_VERSION", &glibc).replace("TARGETS", &targets.join(", "));
    write(&stage.join("README.md"), &readme)?;
    write(&stage.join("run.sh"), include_str!("bundle/script/run.sh"))?;
    let script = stage.join("script");
    fs::create_dir_all(&script).map_err(at(&script))?;
    write(&script.join("limits.sh"), include_str!("bundle/script/limits.sh"))?;
    write(&script.join("sanitizer.sh"), include_str!("bundle/script/sanitizer.sh"))?;
    write(&stage.join("BUILD"), &origin(&glibc))?;
    call(Command::new("chmod").arg("+x").arg(stage.join("run.sh")))?;
    if let Some(folder) = out.parent() {
        fs::create_dir_all(folder).map_err(at(folder))?;
    }
    call(Command::new("tar").arg("-czf").arg(&out).arg("-C").arg(&work).arg(NAME))?;
    let bytes = fs::metadata(&out).map_err(at(&out))?.len();
    if bytes > LIMIT_BYTES {
        return Err(format!("{} has {bytes} bytes, and may have {LIMIT_BYTES}", out.display()));
    }
    println!("{}: {:.1} MiB, needs glibc {glibc}", out.display(), bytes as f64 / f64::from(1 << 20));
    try_it.map_or(Ok(ExitCode::SUCCESS), |parts| trial::run(&executables, &out, &texts, &work, &parts))
}

/// What the archive was made of.
fn origin(glibc: &str) -> String {
    let commit = Command::new("git").args(["describe", "--always", "--dirty"]).output();
    let commit = commit.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    format!("built from {}, for glibc {glibc}\n", commit.unwrap_or_else(|_| "unknown sources".into()))
}

fn write(path: &Path, text: &str) -> Result<()> {
    fs::write(path, text).map_err(at(path))
}

/// Puts the path in front of what the system says.
fn at(path: &Path) -> impl FnOnce(std::io::Error) -> String + use<> {
    let path = path.display().to_string();
    move |error| format!("{path}: {error}")
}

/// Runs a program to its end; what it says goes to the user.
fn call(command: &mut Command) -> Result<()> {
    let program = command.get_program().to_string_lossy().into_owned();
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("{program}: {status}")),
        Err(error) => Err(format!("{program} cannot be started: {error}")),
    }
}
