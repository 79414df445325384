//! Tint, with which Chromium reads WGSL.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The program `tint`, and a folder for what it reads.
#[derive(Debug, Clone)]
pub struct Tint {
    folder: PathBuf,
}

impl Tint {
    /// Looks for the program.
    ///
    /// # Errors
    /// When it cannot be started, or the folder cannot be made.
    pub fn find(folder: &Path) -> io::Result<Self> {
        Command::new("tint").arg("--help").output()?;
        fs::create_dir_all(folder)?;
        Ok(Self { folder: folder.to_owned() })
    }

    /// Reads a text.
    ///
    /// # Errors
    /// What it says.
    pub fn read(&self, text: &str) -> Result<(), String> {
        let name = format!("tint-{:016x}.wgsl", crate::fingerprint(text.as_bytes()));
        let (path, out) = (self.folder.join(&name), self.folder.join(format!("{name}.out")));
        let run = || {
            fs::write(&path, text)?;
            let mut tint = Command::new("tint");
            let ended = tint.args(["--format", "wgsl", "-o"]).arg(&out).arg(&path).output()?;
            fs::remove_file(&path)?;
            if ended.status.success() {
                fs::remove_file(&out)?;
            }
            io::Result::Ok(ended)
        };
        let ended = run().map_err(|error| format!("tint: {error}"))?;
        if ended.status.success() {
            return Ok(());
        }
        Err(String::from_utf8_lossy(&ended.stderr).into_owned())
    }
}
