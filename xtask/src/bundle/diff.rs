//! The differential programs: native Rust and images, which the comparison on a device needs.

use std::fs;
use std::num::NonZero;
use std::path::Path;
use std::process::Command;

use super::build::{DIFFERENTIAL, Executables};
use super::{Result, at, call, write};

/// Says which of all programs are in a folder: each one that is so many further on.
const EVERY: &str = "EVERY";

/// Makes what comparing each `every`-th program needs on these targets, with the command that runs the comparison's executable.
pub(super) fn make(
    mut run: Command,
    executables: &Executables,
    folder: &Path,
    targets: &str,
    every: NonZero<usize>,
) -> Result<()> {
    fs::create_dir_all(folder).map_err(at(folder))?;
    run.arg(executables.path(DIFFERENTIAL)?).arg("--compile-to").arg(folder).arg("--for").arg(targets);
    call(run.arg("--every").arg(every.to_string()))?;
    write(&folder.join(EVERY), &format!("{every}\n"))
}

/// As [`make`], in a folder that is kept for as long as the executable is the same.
pub(super) fn make_kept(
    executables: &Executables,
    folder: &Path,
    targets: &[String],
    every: NonZero<usize>,
) -> Result<()> {
    let executable = executables.path(DIFFERENTIAL)?;
    let about = executable.metadata().map_err(at(executable))?;
    let made = about.modified().map_err(at(executable))?;
    let mark = format!("{} bytes of {made:?}, {targets:?}, {every}", about.len());
    let kept = folder.with_extension("mark");
    if fs::read_to_string(&kept).unwrap_or_default() != mark {
        // It need not be there.
        let _ = fs::remove_dir_all(folder);
        make(Command::new("env"), executables, folder, &targets.join(","), every)?;
        write(&kept, &mark)?;
    }
    Ok(())
}

/// Copies what a machine needs: not the texts, and executables without what only debuggers need.
pub(super) fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to).map_err(at(to))?;
    for file in fs::read_dir(from).map_err(at(from))? {
        let path = file.map_err(at(from))?.path();
        let name = path.file_name().ok_or("a file has a name")?;
        match path.extension().and_then(|ending| ending.to_str()) {
            Some("rs") => {}
            None if name != EVERY => call(Command::new("strip").arg("-o").arg(to.join(name)).arg(&path))?,
            _ => fs::copy(&path, to.join(name)).map(drop).map_err(at(&path))?,
        }
    }
    Ok(())
}
