//! The library of NVRTC: finding it, and the functions of it that are called.
//!
//! Declarations are compared with cudarc's, which are generated from NVIDIA's headers. The functions are those of the very library
//! that was chosen, also where several are installed, and a status is a number, which a newer library cannot break.

use std::ffi::{CStr, OsString, c_char, c_int};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use cudarc::nvrtc::sys;
pub(super) use cudarc::nvrtc::sys::nvrtcProgram;
use libloading::Library;

use super::CompileError;

/// The environment variable with a folder in which `libcuda.so.1` and NVRTC (`libnvrtc.so.12`, else `libnvrtc.so.13`) are looked
/// for before everywhere else. What is not in it is looked for as if the variable were not set.
pub const LIBRARIES_VARIABLE: &str = "RINGKERNEL_CUDA_LIBRARIES";

/// Where `cargo xtask setup` puts the library, in the folder of build outputs.
const IN_TARGET: &str = "nvrtc/nvidia/cuda_nvrtc/lib/libnvrtc.so.12";
/// As the system's loader knows the library. The older comes first: a driver takes what an older compiler has made, and refuses
/// what is made by one that is newer than itself.
pub(super) const NAMES: [&str; 2] = ["libnvrtc.so.12", "libnvrtc.so.13"];
/// Where NVIDIA's toolkits are installed, which the system's loader does not always know.
const TOOLKITS: &str = "/usr/local";
/// Below the folder of a toolkit.
const IN_TOOLKIT: [&str; 2] = ["lib64", "targets/x86_64-linux/lib"];

/// What a function of NVRTC answers; 0 when it has done what it should.
type Status = c_int;

/// Declares [`Functions`], and compares every declaration of the first list with cudarc's.
macro_rules! functions {
    ({ $($name:ident($($kind:ty),*);)* } $text:ident) => {
        /// NVRTC: what was looked up in its library, which stays loaded.
        #[allow(non_snake_case, reason = "the names are the library's")]
        pub(super) struct Functions {
            $(pub(super) $name: unsafe extern "C" fn($($kind),*) -> Status,)*
            $text: unsafe extern "C" fn(Status) -> *const c_char,
        }

        $(const _: unsafe fn($($kind),*) -> sys::nvrtcResult = sys::$name;)*

        impl Functions {
            /// Looks all of them up; gives the name of the first that is missing.
            ///
            /// # Safety
            /// The library is NVRTC: what it calls by these names are these functions. It is never unloaded.
            unsafe fn find(library: &Library) -> Result<Self, &'static str> {
                Ok(Self {
                    $($name: {
                        // SAFETY: The caller says that the function of this name has the declared type, and cudarc declares
                        // the same.
                        *unsafe { library.get(stringify!($name)) }.map_err(|_| stringify!($name))?
                    },)*
                    $text: {
                        // SAFETY: As above; NVIDIA declares an enum of the size of `int` where this has the number.
                        *unsafe { library.get(stringify!($text)) }.map_err(|_| stringify!($text))?
                    },
                })
            }
        }
    };
}

functions! {
    {
        nvrtcVersion(*mut c_int, *mut c_int);
        nvrtcCreateProgram(
            *mut nvrtcProgram, *const c_char, *const c_char, c_int, *const *const c_char, *const *const c_char
        );
        nvrtcCompileProgram(nvrtcProgram, c_int, *const *const c_char);
        nvrtcDestroyProgram(*mut nvrtcProgram);
        nvrtcGetCUBINSize(nvrtcProgram, *mut usize);
        nvrtcGetCUBIN(nvrtcProgram, *mut c_char);
        nvrtcGetPTXSize(nvrtcProgram, *mut usize);
        nvrtcGetPTX(nvrtcProgram, *mut c_char);
        nvrtcGetProgramLogSize(nvrtcProgram, *mut usize);
        nvrtcGetProgramLog(nvrtcProgram, *mut c_char);
    }
    nvrtcGetErrorString
}

/// The library of this process.
pub(super) fn library() -> Result<&'static Functions, CompileError> {
    static FOUND: OnceLock<Result<Functions, CompileError>> = OnceLock::new();
    FOUND.get_or_init(load).as_ref().map_err(Clone::clone)
}

impl Functions {
    pub(super) fn check(&self, status: Status) -> Result<(), CompileError> {
        if status == 0 {
            return Ok(());
        }
        // SAFETY: Any number may be asked for.
        let text = unsafe { (self.nvrtcGetErrorString)(status) };
        if text.is_null() {
            return Err(CompileError::Failed(format!("error {status}")));
        }
        // SAFETY: It is a text of the library, which stays loaded.
        let text = unsafe { CStr::from_ptr(text) };
        Err(CompileError::Failed(format!("{} ({status})", text.to_string_lossy())))
    }

    /// The library's version and file, with the file's size and time: other compilers have another one. Nothing where the system
    /// does not tell which file it is.
    pub(super) fn identity(&self) -> Option<String> {
        let (mut major, mut minor) = (0, 0);
        // SAFETY: Both numbers are written to locals.
        let status = unsafe { (self.nvrtcVersion)(&raw mut major, &raw mut minor) };
        self.check(status).ok()?;
        let maps = std::fs::read_to_string("/proc/self/maps").ok()?;
        let path = file_of((self.nvrtcVersion as *const ()).addr(), &maps)?;
        let file = std::fs::metadata(path).ok()?;
        let modified = file.modified().ok()?.duration_since(std::time::UNIX_EPOCH).ok()?;
        Some(format!("NVRTC {major}.{minor} in {path}, {} bytes of {}", file.len(), modified.as_nanos()))
    }
}

/// The file that is mapped to an address, by the table of a process's memory.
fn file_of(address: usize, maps: &str) -> Option<&str> {
    let line = maps.lines().find(|line| {
        let ends = line.split(' ').next().and_then(|range| range.split_once('-'));
        let number = |text| usize::from_str_radix(text, 16).unwrap_or(0);
        ends.is_some_and(|(begin, end)| (number(begin)..number(end)).contains(&address))
    })?;
    line.find('/').map(|begin| &line[begin..])
}

/// Loads the library. It stays loaded.
fn load() -> Result<Functions, CompileError> {
    let program = std::env::current_exe().unwrap_or_default();
    let mut candidates = candidates(std::env::var_os(LIBRARIES_VARIABLE), &program);
    candidates.extend(in_toolkits(Path::new(TOOLKITS)));
    let Some(library) = candidates.iter().find_map(Candidate::open) else {
        let searched: Vec<_> = candidates.iter().filter_map(Candidate::folder).collect();
        return Err(CompileError::NoCompiler { searched: searched.join(", ") });
    };
    // Functions of the library are used until the process ends.
    let library = Box::leak(Box::new(library));
    // SAFETY: By this name, systems and users keep NVRTC; it stays loaded.
    unsafe { Functions::find(library) }.map_err(|name| {
        CompileError::Failed(format!("the library has no function `{name}`; install NVRTC 12 or 13"))
    })
}

/// What the library is looked for as.
#[derive(Debug, PartialEq, Eq)]
enum Candidate {
    File(PathBuf),
    /// One that this process has loaded already, by its name.
    Loaded(&'static str),
    Name(&'static str),
}

impl Candidate {
    fn open(&self) -> Option<Library> {
        let path = match self {
            Self::File(path) => {
                load_builtins(path);
                path.as_path()
            }
            Self::Loaded(name) => return loaded(name),
            Self::Name(name) => Path::new(name),
        };
        // SAFETY: Loading NVRTC runs initializers that NVIDIA has written for being loaded into any process.
        unsafe { Library::new(path) }.ok()
    }

    fn folder(&self) -> Option<String> {
        match self {
            Self::File(path) => path.parent().map(|folder| folder.display().to_string()),
            Self::Loaded(_) | Self::Name(_) => None,
        }
    }
}

/// Loads the library of built-in functions that lies beside one of NVRTC, which some versions ask the system for by its name
/// alone. What cannot be loaded is missed when something is compiled, and NVRTC says so.
fn load_builtins(library: &Path) {
    let entries = library.parent().and_then(|folder| std::fs::read_dir(folder).ok());
    for entry in entries.into_iter().flatten().flatten() {
        if entry.file_name().to_string_lossy().starts_with("libnvrtc-builtins.so") {
            // SAFETY: As of NVRTC itself, whose part it is.
            if let Ok(builtins) = unsafe { Library::new(entry.path()) } {
                std::mem::forget(builtins);
            }
        }
    }
}

/// What has been loaded by somebody else.
#[cfg(target_os = "linux")]
fn loaded(name: &str) -> Option<Library> {
    use libloading::os::unix;
    /// Finds what is there and loads nothing.
    const RTLD_NOLOAD: c_int = 4;
    // SAFETY: The library is there already, so that nothing of it runs now.
    let library = unsafe { unix::Library::open(Some(name), unix::RTLD_NOW | RTLD_NOLOAD) };
    library.ok().map(Library::from)
}

#[cfg(not(target_os = "linux"))]
fn loaded(_name: &str) -> Option<Library> {
    None
}

/// Where the library is looked for, best first.
fn candidates(folder: Option<OsString>, program: &Path) -> Vec<Candidate> {
    let folder = folder.filter(|folder| !folder.is_empty()).map(PathBuf::from);
    let own = NAMES.iter().flat_map(|name| folder.as_ref().map(|folder| folder.join(name)));
    let installed = program.ancestors().skip(1).map(|folder| folder.join(IN_TARGET));
    let installed = installed.filter(|path| path.is_file()).map(Candidate::File);
    own.map(Candidate::File)
        .chain(NAMES.map(Candidate::Loaded))
        .chain(installed)
        .chain(NAMES.map(Candidate::Name))
        .collect()
}

/// The libraries of NVIDIA's toolkits below a folder: of the one that is called `cuda`, then of those with a version, by name.
fn in_toolkits(folder: &Path) -> Vec<Candidate> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let is_toolkit =
        |name: &OsString| name.to_str().is_some_and(|name| name == "cuda" || name.starts_with("cuda-"));
    let mut toolkits: Vec<_> = entries.map(|entry| entry.file_name()).filter(is_toolkit).collect();
    toolkits.sort();
    let folders =
        toolkits.iter().flat_map(|toolkit| IN_TOOLKIT.map(|inner| folder.join(toolkit).join(inner)));
    let files = folders.flat_map(|folder| NAMES.map(|name| folder.join(name)));
    files.filter(|path| path.is_file()).map(Candidate::File).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_of_ones_own_is_searched_before_what_is_loaded_and_the_system() {
        let program = Path::new("/nowhere/program");
        let elsewhere = [
            Candidate::Loaded("libnvrtc.so.12"),
            Candidate::Loaded("libnvrtc.so.13"),
            Candidate::Name("libnvrtc.so.12"),
            Candidate::Name("libnvrtc.so.13"),
        ];
        let found = candidates(Some("/own".into()), program);
        let own = ["/own/libnvrtc.so.12", "/own/libnvrtc.so.13"].map(|path| Candidate::File(path.into()));
        assert_eq!((&found[..2], &found[2..]), (&own[..], &elsewhere[..]));
        assert_eq!(candidates(Some(OsString::new()), program), elsewhere, "an empty variable is none");
    }

    #[test]
    fn toolkits_are_searched_where_they_are_installed() {
        let folder = std::env::temp_dir().join(format!("ringkernel-toolkits-{}", std::process::id()));
        for inner in ["cuda-13.0/targets/x86_64-linux/lib", "cuda-12.8/lib64", "cuda/lib64", "other/lib64"] {
            std::fs::create_dir_all(folder.join(inner)).unwrap();
        }
        let files = [
            "cuda/lib64/libnvrtc.so.13",
            "cuda-12.8/lib64/libnvrtc.so.12",
            "cuda-13.0/targets/x86_64-linux/lib/libnvrtc.so.13",
        ]
        .map(|path| folder.join(path));
        for file in files.iter().chain([&folder.join("other/lib64/libnvrtc.so.12")]) {
            std::fs::write(file, []).unwrap();
        }
        assert_eq!(in_toolkits(&folder), files.map(Candidate::File));
        std::fs::remove_dir_all(&folder).unwrap();
        assert_eq!(in_toolkits(&folder), []);
    }

    #[test]
    fn a_function_is_found_in_its_file() {
        let maps = "10-2f r--p 0 08:01 1  /usr/lib/libc.so.6\n30-4f r-xp 0 08:01 1  /opt/with space/libnvrtc.so.12\n\
                    50-60 rw-p 0 00:00 0\n";
        for (address, file) in [
            (0x30, Some("/opt/with space/libnvrtc.so.12")),
            (0x4e, Some("/opt/with space/libnvrtc.so.12")),
            (0x4f, None),
            (0x55, None),
            (0x20, Some("/usr/lib/libc.so.6")),
        ] {
            assert_eq!(file_of(address, maps), file, "{address:#x}");
        }
    }
}
