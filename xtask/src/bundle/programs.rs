//! The programs of the executables: their texts, which a run on the simulated driver writes, and what devices load.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::build::Executables;
use super::{Result, at, call};

/// Executables that have programs of their own, and with what they start a runtime or load all of their texts. The other tests
/// have the kernels of the conformance suite, and so its program; or they are about programs that change, of which none is ready.
const RECORDED: [(&str, &[&str]); 6] = [
    ("conformance", &["memory::"]),
    ("driver", &[]),
    ("quickstart", &["--backend", "cuda"]),
    ("histogram", &["--backend", "cuda"]),
    ("airports", &["--backend", "cuda"]),
    ("table", &["--bench", "--filter", "cuda-", "--quick"]),
];

/// Has the executables write the texts of their programs into a folder, and gives the names of those files without their endings.
pub(super) fn record(executables: &Executables, folder: &Path) -> Result<BTreeSet<String>> {
    // Of other sources.
    let _ = fs::remove_dir_all(folder);
    fs::create_dir_all(folder).map_err(at(folder))?;
    let absolute = folder.canonicalize().map_err(at(folder))?;
    for (name, arguments) in RECORDED {
        let before = texts(folder)?.len();
        let mut run = executables.simulator()?;
        run.arg(executables.path(name)?).args(arguments);
        run.env("RINGKERNEL_CUDA_PROGRAM_TEXTS", &absolute).env("RINGKERNEL_CUDA_PROGRAMS", "");
        let output = run.env("RINGKERNEL_REQUIRED", "cuda").output();
        let output = output.map_err(|error| format!("the simulator cannot be started: {error}"))?;
        if !output.status.success() {
            let said = [output.stdout, output.stderr].concat();
            return Err(format!("{name} {} fails:\n{}", arguments.join(" "), String::from_utf8_lossy(&said)));
        }
        if texts(folder)?.len() == before {
            return Err(format!("{name} {} writes no text", arguments.join(" ")));
        }
    }
    texts(folder)
}

fn texts(folder: &Path) -> Result<BTreeSet<String>> {
    let mut stems = BTreeSet::new();
    for file in fs::read_dir(folder).map_err(at(folder))? {
        let path = file.map_err(at(folder))?.path();
        if path.extension().is_some_and(|ending| ending == "cu") {
            stems.extend(path.file_stem().map(|stem| stem.to_string_lossy().into_owned()));
        }
    }
    Ok(stems)
}

/// Compiles the recorded texts with the NVRTC that `cargo xtask setup` installs. What is there from before is kept.
pub(super) fn compile(
    executables: &Executables,
    texts: &BTreeSet<String>,
    programs: &Path,
    targets: &[String],
) -> Result<()> {
    let texts_folder = programs.with_file_name("texts");
    call(Command::new(executables.compiler()?).arg(texts_folder).arg(programs).args(targets))?;
    // So that a compiler that does something else is noticed now.
    images(texts, programs, targets).map(drop)
}

/// Copies the images of these texts.
pub(super) fn copy(
    texts: &BTreeSet<String>,
    programs: &Path,
    folder: &Path,
    targets: &[String],
) -> Result<()> {
    fs::create_dir_all(folder).map_err(at(folder))?;
    for image in images(texts, programs, targets)? {
        let name = image.file_name().ok_or("an image has a name")?;
        fs::copy(&image, folder.join(name)).map_err(at(&image))?;
    }
    Ok(())
}

/// The files of the images. A text may need newer devices than some targets are, but not than all.
fn images(texts: &BTreeSet<String>, programs: &Path, targets: &[String]) -> Result<Vec<PathBuf>> {
    let mut all = Vec::new();
    for text in texts {
        let names = targets.iter().map(|target| programs.join(format!("{text}.{target}.image")));
        let there: Vec<_> = names.filter(|path| path.is_file()).collect();
        if there.is_empty() {
            return Err(format!("{text}.cu was compiled for none of {}", targets.join(", ")));
        }
        all.extend(there);
    }
    Ok(all)
}
