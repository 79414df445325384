//! From sources to libraries, once for each content.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use libloading::Library;

use crate::sources::{DEVICE, DRIVER, NVRTC, Source};

/// The two libraries, built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Libraries {
    folder: PathBuf,
}

/// Why there are no libraries.
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
    /// The compiler refuses the sources.
    #[error("the C++ compiler refuses {library}:\n{log}")]
    Refused {
        /// The library that it was to make.
        library: &'static str,
        /// What it says.
        log: String,
    },
    /// A file or a folder cannot be used.
    #[error("{path}: {reason}", path = path.display())]
    File {
        /// Which one.
        path: PathBuf,
        /// What the system says.
        reason: std::io::Error,
    },
    /// A library cannot be loaded.
    #[error("{path} cannot be loaded: {reason}", path = path.display())]
    Load {
        /// Which one.
        path: PathBuf,
        /// What the system says.
        reason: libloading::Error,
    },
}

const DRIVER_LIBRARY: &str = "libcuda.so.1";
const COMPILER_LIBRARY: &str = "libnvrtc.so.12";
/// Other libraries are in other folders, also when the sources are the same.
const OPTIONS: [&str; 9] = [
    "-std=c++20",
    "-O2",
    "-g1",
    "-fPIC",
    "-shared",
    "-pthread",
    "-fvisibility=hidden",
    "-Wl,-z,defs",
    "-Wl,-Bsymbolic",
];

impl Libraries {
    /// Builds the libraries in the folder of build outputs that this program lies in, or in that for temporary files. What
    /// has been built before from the same sources is taken as it is; several processes may do so at once.
    ///
    /// # Errors
    /// [`BuildError`], if there is no compiler, or no place for files.
    pub fn build() -> Result<Self, BuildError> {
        let compiler = std::env::var("CXX").unwrap_or_else(|_| "g++".to_owned());
        let all = outputs();
        let folder = all.join(format!("{:016x}", content(&compiler)));
        if folder.join(COMPILER_LIBRARY).is_file() {
            return Ok(Self { folder });
        }
        let work = all.join(format!("{}-{:016x}", std::process::id(), content(&compiler)));
        let built = build_in(&work, &compiler);
        let finished = built.and_then(|()| match std::fs::rename(&work, &folder) {
            // Another process was faster.
            Err(_) if folder.join(COMPILER_LIBRARY).is_file() => Ok(()),
            moved => moved.map_err(file_error(&folder)),
        });
        // What is left of an attempt is of no use; a folder that cannot be removed is taken by the next one.
        let _ = std::fs::remove_dir_all(&work);
        finished.map(|()| Self { folder })
    }

    /// The folder with both libraries: the value for `RINGKERNEL_CUDA_LIBRARIES`.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Loads both libraries into this process for as long as it runs. Whoever then asks for them by name gets these.
    ///
    /// # Errors
    /// [`BuildError::Load`].
    pub fn load(&self) -> Result<(), BuildError> {
        for name in [DRIVER_LIBRARY, COMPILER_LIBRARY] {
            let path = self.folder.join(name);
            // SAFETY: The library is made from the sources of this crate, whose initializers only fill variables.
            let library =
                unsafe { Library::new(&path) }.map_err(|reason| BuildError::Load { path, reason })?;
            std::mem::forget(library);
        }
        Ok(())
    }
}

/// Whether ThreadSanitizer watches this process, and with it the lanes that the libraries run in it: it does so by what it has
/// put into the program.
pub fn is_watched() -> bool {
    // SAFETY: The function is looked up to see whether it is there, and is not called.
    unsafe { libloading::os::unix::Library::this().get::<extern "C" fn()>(b"__tsan_create_fiber\0") }.is_ok()
}

/// The folder that Cargo builds in, by the mark that it leaves there.
fn outputs() -> PathBuf {
    let program = std::env::current_exe().unwrap_or_default();
    let target = program.ancestors().find(|folder| folder.join("CACHEDIR.TAG").is_file());
    target.map_or_else(std::env::temp_dir, Path::to_path_buf).join("cuda-sim")
}

/// What the libraries are made of, as a number.
fn content(compiler: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    (compiler, OPTIONS, DEVICE, DRIVER, NVRTC).hash(&mut hasher);
    hasher.finish()
}

fn file_error(path: &Path) -> impl FnOnce(std::io::Error) -> BuildError + use<> {
    let path = path.to_path_buf();
    move |reason| BuildError::File { path, reason }
}

fn build_in(work: &Path, compiler: &str) -> Result<(), BuildError> {
    for (path, text) in [DEVICE, DRIVER, NVRTC].into_iter().flatten() {
        let path = work.join(path);
        let folder = path.parent().unwrap_or(work);
        std::fs::create_dir_all(folder).map_err(file_error(folder))?;
        std::fs::write(&path, text).map_err(file_error(&path))?;
    }
    // Both at once: each takes seconds.
    let driver = start(work, compiler, DRIVER_LIBRARY, DRIVER)?;
    let nvrtc = start(work, compiler, COMPILER_LIBRARY, NVRTC)?;
    finish(driver, DRIVER_LIBRARY, compiler)?;
    finish(nvrtc, COMPILER_LIBRARY, compiler)
}

fn start(
    work: &Path,
    compiler: &str,
    library: &'static str,
    sources: &[Source],
) -> Result<Child, BuildError> {
    let units = sources.iter().map(|(path, _)| path).filter(|path| path.ends_with(".cpp"));
    Command::new(compiler)
        .args(OPTIONS)
        .arg(format!("-Wl,-soname,{library}"))
        .arg("-o")
        .arg(library)
        .args(units)
        .arg("-ldl")
        .current_dir(work)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|reason| BuildError::NoCompiler { compiler: compiler.to_owned(), reason })
}

fn finish(child: Child, library: &'static str, compiler: &str) -> Result<(), BuildError> {
    let output = child
        .wait_with_output()
        .map_err(|reason| BuildError::NoCompiler { compiler: compiler.to_owned(), reason })?;
    if output.status.success() {
        return Ok(());
    }
    Err(BuildError::Refused { library, log: String::from_utf8_lossy(&output.stderr).into_owned() })
}
