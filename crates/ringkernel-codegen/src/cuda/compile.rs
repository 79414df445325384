//! From text to what a device runs, with NVRTC: the library of NVIDIA that compiles CUDA C++. Needs no driver and no GPU.

use std::ffi::{CString, c_char, c_int};

use super::nvrtc::{Functions, library, nvrtcProgram};

/// How texts are compiled: nothing is contracted to a fused operation, and division, square root and subnormal numbers are
/// those of IEEE 754. What Rust does not do by itself, the compiler must not do.
pub(super) const OPTIONS: [&str; 5] =
    ["--std=c++20", "--fmad=false", "--prec-div=true", "--prec-sqrt=true", "--ftz=false"];

/// NVRTC, loaded.
#[derive(Clone, Copy)]
pub struct Compiler {
    library: &'static Functions,
}

/// Code for one architecture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cubin {
    /// The file that a driver loads.
    pub bytes: Vec<u8>,
    /// What the compiler has to say: empty where it warns of nothing.
    pub log: String,
}

/// Code for a virtual architecture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ptx {
    /// The text that a driver compiles and loads, with the zero that ends it.
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
        "neither libnvrtc.so.12 nor libnvrtc.so.13 is in {searched} or where the system looks; install NVIDIA's NVRTC 12 or 13"
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
    /// The compiler of this machine: in the folder that [`LIBRARIES_VARIABLE`](super::LIBRARIES_VARIABLE) names, else one that
    /// this process has loaded, else below a folder that this program lies in, else where the system looks, else in a toolkit below
    /// `/usr/local`. In each place version 12 is taken before 13.
    ///
    /// # Errors
    /// [`CompileError::NoCompiler`].
    pub fn find() -> Result<Self, CompileError> {
        library().map(|library| Self { library })
    }

    /// What tells it from other compilers: its version and its file. Nothing where the system does not tell the file.
    pub fn identity(&self) -> Option<String> {
        self.library.identity()
    }

    /// How it compiles for an architecture such as `sm_90`.
    pub fn options(architecture: &str) -> Vec<String> {
        let target = format!("--gpu-architecture={architecture}");
        OPTIONS.into_iter().map(str::to_owned).chain([target]).collect()
    }

    /// Compiles a source text for an architecture such as `sm_90`.
    ///
    /// # Errors
    /// [`CompileError::Refused`] with the compiler's words.
    pub fn cubin(&self, source: &str, architecture: &str) -> Result<Cubin, CompileError> {
        let (unit, log) = self.compile(source, architecture, &Self::options(architecture))?;
        Ok(Cubin { bytes: unit.cubin()?, log })
    }

    /// Compiles a source text for a virtual architecture such as `compute_80`: to PTX, which drivers compile for their devices of
    /// at least this capability when they load it. The bytes are a text that ends with a zero.
    ///
    /// # Errors
    /// As [`cubin`](Self::cubin).
    pub fn ptx(&self, source: &str, architecture: &str) -> Result<Ptx, CompileError> {
        let (unit, log) = self.compile(source, architecture, &Self::options(architecture))?;
        Ok(Ptx { bytes: unit.ptx()?, log })
    }

    /// As [`cubin`](Self::cubin), and the log says what the program takes of the hardware besides: registers, stack, spills.
    ///
    /// # Errors
    /// As there.
    pub fn cubin_with_resources(&self, source: &str, architecture: &str) -> Result<Cubin, CompileError> {
        let mut options = Self::options(architecture);
        options.push("--ptxas-options=-v".to_owned());
        let (unit, log) = self.compile(source, architecture, &options)?;
        Ok(Cubin { bytes: unit.cubin()?, log })
    }

    fn compile(
        &self,
        source: &str,
        architecture: &str,
        options: &[String],
    ) -> Result<(Unit, String), CompileError> {
        let unit = Unit::new(self.library, &text(source)?)?;
        let options = options.iter().map(|option| text(option)).collect::<Result<Vec<_>, _>>()?;
        let outcome = unit.compile(&options);
        let log = unit.log()?;
        match outcome {
            Ok(()) => Ok((unit, log)),
            Err(_) => Err(CompileError::Refused { architecture: architecture.to_owned(), log }),
        }
    }
}

impl std::fmt::Debug for Compiler {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Compiler").field(&self.identity()).finish()
    }
}

fn text(text: &str) -> Result<CString, CompileError> {
    CString::new(text).map_err(|_| CompileError::ZeroByte)
}

type SizeOf = unsafe extern "C" fn(nvrtcProgram, *mut usize) -> c_int;
type Write = unsafe extern "C" fn(nvrtcProgram, *mut c_char) -> c_int;

/// A text that is being compiled.
struct Unit {
    library: &'static Functions,
    program: nvrtcProgram,
}

impl Unit {
    fn new(library: &'static Functions, source: &CString) -> Result<Self, CompileError> {
        let mut program = std::ptr::null_mut();
        let (name, none) = (std::ptr::null(), std::ptr::null());
        // SAFETY: The source is a text that ends; there are neither a name nor headers; the unit is written to a local.
        let status =
            unsafe { (library.nvrtcCreateProgram)(&raw mut program, source.as_ptr(), name, 0, none, none) };
        library.check(status)?;
        Ok(Self { library, program })
    }

    fn compile(&self, options: &[CString]) -> Result<(), CompileError> {
        let options: Vec<*const c_char> = options.iter().map(|option| option.as_ptr()).collect();
        let count = i32::try_from(options.len()).unwrap_or(i32::MAX);
        // SAFETY: The unit is there until this is dropped, and there are as many options, each a text that ends.
        let status = unsafe { (self.library.nvrtcCompileProgram)(self.program, count, options.as_ptr()) };
        self.library.check(status)
    }

    fn log(&self) -> Result<String, CompileError> {
        let mut size = 0;
        // SAFETY: The unit is there until this is dropped, and the size is written to a local.
        let status = unsafe { (self.library.nvrtcGetProgramLogSize)(self.program, &raw mut size) };
        self.library.check(status)?;
        let mut bytes = vec![0u8; size];
        // SAFETY: NVRTC writes as many bytes as it has said, and the vector has them.
        let status = unsafe { (self.library.nvrtcGetProgramLog)(self.program, bytes.as_mut_ptr().cast()) };
        self.library.check(status)?;
        let text: Vec<u8> = bytes.into_iter().take_while(|byte| *byte != 0).collect();
        Ok(String::from_utf8_lossy(&text).trim().to_owned())
    }

    fn cubin(&self) -> Result<Vec<u8>, CompileError> {
        self.image(self.library.nvrtcGetCUBINSize, self.library.nvrtcGetCUBIN)
    }

    fn ptx(&self) -> Result<Vec<u8>, CompileError> {
        self.image(self.library.nvrtcGetPTXSize, self.library.nvrtcGetPTX)
    }

    /// What these two functions, of which one tells the size of what the other writes, have of the unit.
    fn image(&self, size_of: SizeOf, write: Write) -> Result<Vec<u8>, CompileError> {
        let mut size = 0;
        // SAFETY: The unit is there until this is dropped, and the size is written to a local.
        let status = unsafe { size_of(self.program, &raw mut size) };
        self.library.check(status)?;
        let mut bytes = vec![0u8; size];
        // SAFETY: NVRTC writes as many bytes as it has said, and the vector has them.
        let status = unsafe { write(self.program, bytes.as_mut_ptr().cast()) };
        self.library.check(status)?;
        Ok(bytes)
    }
}

impl Drop for Unit {
    fn drop(&mut self) {
        // SAFETY: The unit is one that NVRTC has made, and nothing uses it after this.
        // A unit that cannot be destroyed is a leak and nothing worse.
        let _ = unsafe { (self.library.nvrtcDestroyProgram)(&raw mut self.program) };
    }
}
