//! From text to what a device runs, with NVRTC: the library of NVIDIA that compiles CUDA C++. Needs no driver and no GPU.

use std::ffi::{CString, OsString, c_char};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use cudarc::nvrtc::{result, sys};
use libloading::Library;

/// The environment variable with a folder in which `libcuda.so.1` and `libnvrtc.so.12` are looked for before everywhere else.
/// What is not in it is looked for as if the variable were not set.
pub const LIBRARIES_VARIABLE: &str = "RINGKERNEL_CUDA_LIBRARIES";

/// Where `cargo xtask setup` puts the library, in the folder of build outputs.
const IN_TARGET: &str = "nvrtc/nvidia/cuda_nvrtc/lib/libnvrtc.so.12";
/// As the system's loader knows it.
const BY_NAME: &str = "libnvrtc.so.12";

/// How texts are compiled: nothing is contracted to a fused operation, and division, square root and subnormal numbers are
/// those of IEEE 754. What Rust does not do by itself, the compiler must not do.
pub(super) const OPTIONS: [&str; 5] =
    ["--std=c++20", "--fmad=false", "--prec-div=true", "--prec-sqrt=true", "--ftz=false"];

/// NVRTC, loaded.
#[derive(Debug, Clone, Copy)]
pub struct Compiler {
    _loaded: (),
}

/// Code for one architecture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cubin {
    /// The file that a driver loads.
    pub bytes: Vec<u8>,
    /// What the compiler has to say: empty where it warns of nothing.
    pub log: String,
}

/// Why a text is not compiled.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CompileError {
    /// NVRTC is not on this machine.
    #[error(
        "libnvrtc.so.12 is neither in {searched} nor where the system looks; `cargo xtask setup` installs it"
    )]
    NoCompiler {
        /// Where it was looked for.
        searched: String,
    },
    /// NVRTC refuses the text.
    #[error("NVRTC refuses the program for {architecture}:\n{log}")]
    Refused {
        /// What it was compiled for.
        architecture: String,
        /// What the compiler says.
        log: String,
    },
    /// The text has a byte that no text has.
    #[error("the program has a zero byte")]
    ZeroByte,
    /// NVRTC fails at something else.
    #[error("NVRTC fails: {0}")]
    Failed(String),
}

impl Compiler {
    /// The compiler of this machine: in the folder that [`LIBRARIES_VARIABLE`] names, else below a folder that this program lies
    /// in, else where the system looks.
    ///
    /// # Errors
    /// [`CompileError::NoCompiler`].
    pub fn find() -> Result<Self, CompileError> {
        static FOUND: OnceLock<Result<(), CompileError>> = OnceLock::new();
        FOUND.get_or_init(load).clone().map(|()| Self { _loaded: () })
    }

    /// Compiles a source text for an architecture such as `sm_90`.
    ///
    /// # Errors
    /// [`CompileError::Refused`] with the compiler's words.
    pub fn cubin(&self, source: &str, architecture: &str) -> Result<Cubin, CompileError> {
        let source = CString::new(source).map_err(|_| CompileError::ZeroByte)?;
        let program = Unit(result::create_program(&source, None).map_err(failed)?);
        let mut options: Vec<String> = OPTIONS.map(str::to_owned).into();
        options.push(format!("--gpu-architecture={architecture}"));
        // SAFETY: The unit is one that NVRTC has made and that has not been destroyed.
        let outcome = unsafe { result::compile_program(program.0, &options) };
        let log = program.log()?;
        match outcome {
            Ok(()) => Ok(Cubin { bytes: program.cubin()?, log }),
            Err(_) => Err(CompileError::Refused { architecture: architecture.to_owned(), log }),
        }
    }
}

/// Loads the library. It stays loaded, and the binding then finds it by its name.
fn load() -> Result<(), CompileError> {
    let program = std::env::current_exe().unwrap_or_default();
    let candidates = candidates(std::env::var_os(LIBRARIES_VARIABLE), &program);
    for candidate in &candidates {
        // SAFETY: Loading NVRTC runs initializers that NVIDIA has written for being loaded into any process.
        if let Ok(library) = unsafe { Library::new(candidate) } {
            std::mem::forget(library);
            return Ok(());
        }
    }
    let folders = candidates.iter().filter_map(|candidate| candidate.parent());
    let folders: Vec<_> = folders.filter(|folder| !folder.as_os_str().is_empty()).collect();
    let searched: Vec<_> = folders.iter().map(|folder| folder.display().to_string()).collect();
    Err(CompileError::NoCompiler { searched: searched.join(", ") })
}

/// What the library is looked for as, best first.
fn candidates(folder: Option<OsString>, program: &Path) -> Vec<PathBuf> {
    let own = folder.filter(|folder| !folder.is_empty()).map(|folder| Path::new(&folder).join(BY_NAME));
    let installed = program.ancestors().skip(1).map(|folder| folder.join(IN_TARGET));
    own.into_iter().chain(installed).chain([PathBuf::from(BY_NAME)]).collect()
}

fn failed(error: result::NvrtcError) -> CompileError {
    CompileError::Failed(error.to_string())
}

/// A text that is being compiled.
struct Unit(sys::nvrtcProgram);

impl Unit {
    fn log(&self) -> Result<String, CompileError> {
        // SAFETY: The unit is one that NVRTC has made and that has not been destroyed.
        let bytes = unsafe { result::get_program_log(self.0) }.map_err(failed)?;
        let text: Vec<u8> =
            bytes.into_iter().map(c_char::cast_unsigned).take_while(|byte| *byte != 0).collect();
        Ok(String::from_utf8_lossy(&text).trim().to_owned())
    }

    fn cubin(&self) -> Result<Vec<u8>, CompileError> {
        let mut size = 0;
        // SAFETY: The unit is one that NVRTC has made, and the size is written to a local.
        unsafe { sys::nvrtcGetCUBINSize(self.0, &raw mut size) }.result().map_err(failed)?;
        let mut bytes = vec![0u8; size];
        // SAFETY: NVRTC writes as many bytes as it has said, and the vector has them.
        unsafe { sys::nvrtcGetCUBIN(self.0, bytes.as_mut_ptr().cast()) }.result().map_err(failed)?;
        Ok(bytes)
    }
}

impl Drop for Unit {
    fn drop(&mut self) {
        // SAFETY: The unit is one that NVRTC has made, and nothing uses it after this.
        // A unit that cannot be destroyed is a leak and nothing worse.
        let _ = unsafe { result::destroy_program(self.0) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_of_ones_own_is_searched_before_those_of_the_build_and_the_system() {
        let own = candidates(Some("/own".into()), Path::new("/build/debug/program"));
        let own: Vec<_> = own.iter().map(|path| path.to_string_lossy()).collect();
        let installed = |folder: &str| format!("{folder}/{IN_TARGET}");
        assert_eq!(own[0], "/own/libnvrtc.so.12");
        assert_eq!(own[1..4], [installed("/build/debug"), installed("/build"), installed("")]);
        assert_eq!(own[4..], [BY_NAME]);
        let without = candidates(Some(OsString::new()), Path::new("/build/debug/program"));
        assert_eq!(without.len(), 4, "an empty variable is none");
    }
}
