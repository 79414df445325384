//! The executables of the archive.

use std::collections::BTreeMap;
use std::fs;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use cargo_metadata::Message;

use super::{Result, at, call};

/// What both builds have in common, so that they share what they are made of.
const SHARED: &str = "--release --locked --message-format=json-render-diagnostics -p ringkernel-cuda -p ringkernel -p ringkernel-cuda-sim \
     -p ringkernel-bench -p ringkernel-difftest --features ringkernel/cuda";

const TESTS: [&str; 10] =
    ["conformance", "driver", "facade", "scale", "room", "turns", "beside", "stuck", "stress", "soak"];
const EXAMPLES: [&str; 3] = ["quickstart", "histogram", "airports"];
const BENCHMARKS: &str = "table";
pub(super) const DIFFERENTIAL: &str = "ringkernel-difftest";
const DEVICES: &str = "ringkernel-cuda-devices";
const COMPILE: &str = "ringkernel-cuda-compile";
const SIMULATOR: &str = "ringkernel-cuda-sim";

/// Executables by name. Those that only make the archive stay behind.
pub(super) struct Executables {
    built: BTreeMap<String, PathBuf>,
}

impl Executables {
    /// Builds all of them, for speed.
    pub(super) fn build() -> Result<Self> {
        let named = |kind: &str, names: &[&str]| -> String {
            names.iter().map(|name| format!(" --{kind} {name}")).collect()
        };
        let mut built = BTreeMap::new();
        let tests = format!("test --no-run {SHARED}{} --bench {BENCHMARKS}", named("test", &TESTS));
        cargo(&tests, &mut built)?;
        let bins = named("bin", &[DEVICES, DIFFERENTIAL, COMPILE, SIMULATOR]);
        cargo(&format!("build {SHARED}{bins}{}", named("example", &EXAMPLES)), &mut built)?;
        let executables = Self { built };
        // So that a missing one is noticed now.
        for name in executables.shipped().chain([COMPILE, SIMULATOR]) {
            executables.path(name)?;
        }
        Ok(executables)
    }

    pub(super) fn path(&self, name: &str) -> Result<&Path> {
        let path = self.built.get(name).ok_or_else(|| format!("cargo has built no `{name}`"))?;
        Ok(path)
    }

    /// What compiles texts for devices.
    pub(super) fn compiler(&self) -> Result<&Path> {
        self.path(COMPILE)
    }

    /// A call of the simulator, which runs the program that its arguments name.
    pub(super) fn simulator(&self) -> Result<Command> {
        Ok(Command::new(self.path(SIMULATOR)?))
    }

    fn shipped(&self) -> impl Iterator<Item = &'static str> {
        TESTS.into_iter().chain(EXAMPLES).chain([DEVICES, DIFFERENTIAL, BENCHMARKS])
    }

    /// Copies what goes into the archive, without what only debuggers need.
    pub(super) fn copy_stripped(&self, folder: &Path) -> Result<()> {
        fs::create_dir_all(folder).map_err(at(folder))?;
        for name in self.shipped() {
            call(Command::new("strip").arg("-o").arg(folder.join(name)).arg(self.path(name)?))?;
        }
        Ok(())
    }
}

fn cargo(words: &str, built: &mut BTreeMap<String, PathBuf>) -> Result<()> {
    println!("==> cargo {words}");
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut child = Command::new(cargo)
        .args(words.split_whitespace())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| format!("cargo cannot be started: {error}"))?;
    let stdout = child.stdout.take().ok_or("cargo has no output")?;
    for message in Message::parse_stream(BufReader::new(stdout)) {
        let message = message.map_err(|error| format!("what cargo says cannot be read: {error}"))?;
        if let Message::CompilerArtifact(artifact) = message
            && let Some(executable) = artifact.executable
        {
            built.insert(artifact.target.name, executable.into_std_path_buf());
        }
    }
    match child.wait() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("cargo: {status}")),
        Err(error) => Err(format!("cargo: {error}")),
    }
}

/// The newest version of glibc whose symbols the executables in a folder ask for.
pub(super) fn glibc(folder: &Path) -> Result<String> {
    let mut newest = (0, 0);
    for file in fs::read_dir(folder).map_err(at(folder))? {
        let path = file.map_err(at(folder))?.path();
        newest = newest.max(newest_glibc(&fs::read(&path).map_err(at(&path))?));
    }
    Ok(format!("{}.{}", newest.0, newest.1))
}

/// The newest version that an executable names. Versions stand in its table of texts as `GLIBC_2.34`.
fn newest_glibc(executable: &[u8]) -> (u32, u32) {
    const MARK: &[u8] = b"GLIBC_";
    let version = |rest: &[u8]| {
        let digits = |byte: &u8| byte.is_ascii_digit() || *byte == b'.';
        let text: Vec<u8> = rest.iter().copied().take_while(digits).collect();
        let (major, rest) = str::from_utf8(&text).ok()?.split_once('.')?;
        Some((major.parse().ok()?, rest.split('.').next()?.parse().ok()?))
    };
    let places = executable.windows(MARK.len()).enumerate().filter(|(_, window)| *window == MARK);
    places.filter_map(|(place, _)| version(&executable[place + MARK.len()..])).max().unwrap_or((0, 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_glibc_that_is_asked_for_is_found() {
        let texts = b"\0GLIBC_2.4\0memcpy\0GLIBC_2.34\0GLIBC_PRIVATE\0GLIBC_2.2.5\0GLIBC_";
        assert_eq!(newest_glibc(texts), (2, 34));
        assert_eq!(newest_glibc(b"nothing"), (0, 0));
    }
}
