//! From text to a loaded program.

use std::path::PathBuf;
use std::process::Command;
use std::sync::{Mutex, PoisonError};

use libloading::Library;

use super::super::program::Checks;
use super::super::{PRELUDE, Program};
use super::run::Call;

/// The entry of a loaded program.
pub(super) type Entry = unsafe extern "C" fn(*mut Call) -> i32;

/// A program that has been compiled for this machine's CPU, and loaded.
#[derive(Debug)]
pub struct HostProgram {
    pub(super) entry: Entry,
    pub(super) program: Program,
    // Keeps `entry` where it is.
    _library: Library,
}

/// Why a program cannot run on the CPU.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// There is no C++ compiler.
    #[error("{compiler} cannot be started ({reason}); install g++, or name a compiler in CXX")]
    NoCompiler {
        /// The compiler that was looked for.
        compiler: String,
        /// What the system says.
        reason: std::io::Error,
    },
    /// The compiler refuses the text.
    #[error("the C++ compiler refuses the program:\n{log}")]
    Refused {
        /// What it says.
        log: String,
    },
    /// A file cannot be written, or the library not be loaded.
    #[error("{what}: {reason}")]
    System {
        /// What was being done.
        what: &'static str,
        /// What the system says.
        reason: String,
    },
}

/// Undefined behaviour ends the process, so that no test passes by luck. Nothing is contracted, as on the device.
const OPTIONS: [&str; 10] = [
    "-std=c++20",
    "-O1",
    "-shared",
    "-fPIC",
    "-ffp-contract=off",
    "-fno-strict-aliasing",
    "-fsanitize=undefined,float-cast-overflow",
    "-fsanitize-undefined-trap-on-error",
    "-w",
    "-o",
];

impl HostProgram {
    /// Compiles and loads a program with the compiler that `CXX` names, or g++.
    ///
    /// # Errors
    /// [`BuildError`].
    pub fn build(program: &Program) -> Result<Self, BuildError> {
        let system =
            |what| move |reason: std::io::Error| BuildError::System { what, reason: reason.to_string() };
        let folder = Folder::new().map_err(system("a folder for the program"))?;
        let (text, library) = (folder.0.join("program.cpp"), folder.0.join("program.so"));
        std::fs::write(&text, source(program)).map_err(system("writing the program"))?;
        let compiler = std::env::var("CXX").unwrap_or_else(|_| "g++".to_owned());
        let output = Command::new(&compiler).args(OPTIONS).arg(&library).arg(&text).output();
        let output = output.map_err(|reason| BuildError::NoCompiler { compiler, reason })?;
        if !output.status.success() {
            return Err(BuildError::Refused { log: String::from_utf8_lossy(&output.stderr).into_owned() });
        }
        let load = |reason: libloading::Error| BuildError::System {
            what: "loading the program",
            reason: reason.to_string(),
        };
        // SAFETY: The library has been made a moment ago from text that has no initializers but those of empty variables.
        let library = unsafe { Library::new(&library) }.map_err(load)?;
        // SAFETY: `runtime.hpp` defines the function with this signature; `Call` is the twin of what it takes.
        let entry = *unsafe { library.get::<Entry>(b"rk_host_run\0") }.map_err(load)?;
        Ok(Self { entry, program: program.clone(), _library: library })
    }
}

fn source(program: &Program) -> String {
    let checks = if program.options.checks == Checks::Sites { "#define RK_CHECK_SITES\n" } else { "" };
    let (lanes, runtime) = (include_str!("lanes.hpp"), include_str!("runtime.hpp"));
    format!(
        "{checks}{lanes}\n{PRELUDE}\n{runtime}\n{}",
        program.text.replace("RK_FN void rk_run_handler(", "static void rk_run_handler(")
    )
}

/// A folder that is there for as long as the value.
struct Folder(PathBuf);

impl Folder {
    /// Its name is new to this process: the system's loader takes a library of a known name for the one that it knows.
    fn new() -> std::io::Result<Self> {
        static NEXT: Mutex<u64> = Mutex::new(0);
        let mut next = NEXT.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            *next += 1;
            let path = std::env::temp_dir().join(format!("ringkernel-{}-{next}", std::process::id()));
            match std::fs::create_dir(&path) {
                Err(taken) if taken.kind() == std::io::ErrorKind::AlreadyExists => {}
                made => return made.map(|()| Self(path)),
            }
        }
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What cannot be removed stays in the system's folder for such files.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
