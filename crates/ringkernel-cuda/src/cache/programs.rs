//! The compiler with a memory: what it has compiled before, on this machine and by this user, is read from disk.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use ringkernel_codegen::cuda::{CompileError, Compiler, Cubin};

use super::folder::Folder;

/// The environment variable with the folder of the cache. An empty value turns the cache off. Where it is not set, the cache is
/// `ringkernel/cuda` in the user's folder for such things.
pub const CACHE_VARIABLE: &str = "RINGKERNEL_CUDA_CACHE";

/// How much the cache keeps at most, in bytes.
const LIMIT_BYTES: u64 = 256 << 20;

/// Compiled programs by source, options, target and compiler. Nothing depends on it: what it cannot read or write is compiled.
#[derive(Debug)]
pub struct ProgramCache {
    folder: Option<Folder>,
}

impl ProgramCache {
    /// The cache of this user, of at most 256 MiB; none where [`CACHE_VARIABLE`] is empty or the system tells no folder.
    pub fn of_user() -> Self {
        Self { folder: folder(|name| std::env::var_os(name)).map(|path| Folder::new(path, LIMIT_BYTES)) }
    }

    /// A cache in a folder of one's own, of at most so many bytes.
    pub fn at(folder: impl Into<PathBuf>, limit_bytes: u64) -> Self {
        Self { folder: Some(Folder::new(folder.into(), limit_bytes)) }
    }

    /// Where its files are, if it has any.
    pub fn folder(&self) -> Option<&Path> {
        self.folder.as_ref().map(Folder::path)
    }

    /// The program of a text for an architecture such as `sm_90`: from disk, or compiled and then kept. What comes from disk has
    /// an empty log.
    ///
    /// # Errors
    /// Those of the compiler. A cache that cannot be read or written is none, which is logged.
    pub fn cubin(
        &self,
        compiler: &Compiler,
        source: &str,
        architecture: &str,
    ) -> Result<Cubin, CompileError> {
        // A compiler that cannot be told from others could make something else of the same text.
        match (&self.folder, compiler.identity()) {
            (Some(folder), Some(identity)) => {
                let key = key(&identity, &Compiler::options(architecture), source);
                get_or_make(folder, &key, || compiler.cubin(source, architecture))
            }
            _ => compiler.cubin(source, architecture),
        }
    }
}

/// All that a program depends on. Nothing in front of the text has a zero byte.
fn key(identity: &str, options: &[String], source: &str) -> Vec<u8> {
    format!("{identity}\0{}\0{source}", options.join("\0")).into_bytes()
}

fn get_or_make<E>(folder: &Folder, key: &[u8], make: impl FnOnce() -> Result<Cubin, E>) -> Result<Cubin, E> {
    if let Some(bytes) = folder.get(key) {
        return Ok(Cubin { bytes, log: String::new() });
    }
    let made = make()?;
    if let Err(error) = folder.put(key, &made.bytes) {
        let path = folder.path().display();
        tracing::warn!(%error, %path, "a compiled program could not be kept; it is compiled again next time");
    }
    Ok(made)
}

/// The folder of the cache, by the environment.
fn folder(variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    if let Some(chosen) = variable(CACHE_VARIABLE) {
        return (!chosen.is_empty()).then(|| chosen.into());
    }
    let absolute = |name: &str| variable(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let of_user = if cfg!(windows) {
        absolute("LOCALAPPDATA")
    } else if cfg!(target_vendor = "apple") {
        absolute("HOME").map(|home| home.join("Library/Caches"))
    } else {
        absolute("XDG_CACHE_HOME").or_else(|| absolute("HOME").map(|home| home.join(".cache")))
    };
    of_user.map(|folder| folder.join("ringkernel").join("cuda"))
}

#[cfg(test)]
mod tests {
    use super::super::folder::tests::Temporary;
    use super::*;

    fn cubin(bytes: &[u8]) -> Cubin {
        Cubin { bytes: bytes.into(), log: "a warning".into() }
    }

    #[test]
    fn what_was_made_once_is_not_made_again() {
        let temporary = Temporary::new("programs");
        let folder = Folder::new(temporary.0.clone(), 1 << 20);
        let first = get_or_make(&folder, b"key", || Ok::<_, ()>(cubin(b"code")));
        assert_eq!(first, Ok(cubin(b"code")));
        let again = get_or_make(&folder, b"key", || Err("it is there"));
        assert_eq!(again, Ok(Cubin { bytes: b"code".into(), log: String::new() }));
        assert_eq!(get_or_make(&folder, b"other", || Err("refused")), Err("refused"));
        assert_eq!(get_or_make(&folder, b"other", || Err("again")), Err("again"), "errors are not kept");
    }

    #[test]
    fn a_folder_that_cannot_be_written_to_costs_nothing_but_time() {
        let temporary = Temporary::new("file");
        std::fs::write(&temporary.0, b"a file where a folder should be").unwrap();
        let folder = Folder::new(temporary.0.clone(), 1 << 20);
        for _ in 0..2 {
            assert_eq!(get_or_make(&folder, b"key", || Ok::<_, ()>(cubin(b"code"))), Ok(cubin(b"code")));
        }
        std::fs::remove_file(&temporary.0).unwrap();
    }

    #[test]
    fn everything_that_a_program_depends_on_is_in_its_key() {
        let options = |architecture: &str| Compiler::options(architecture);
        let same = key("NVRTC 12.4", &options("sm_90"), "text");
        assert_eq!(key("NVRTC 12.4", &options("sm_90"), "text"), same);
        assert_ne!(key("NVRTC 12.6", &options("sm_90"), "text"), same);
        assert_ne!(key("NVRTC 12.4", &options("sm_80"), "text"), same);
        assert_ne!(key("NVRTC 12.4", &options("sm_90"), "texts"), same);
        assert_ne!(key("NVRTC 12.4", &[], "text"), same);
    }

    #[test]
    fn the_environment_says_where_the_cache_is() {
        let check = |variables: &[(&str, &str)], expected: Option<&str>| {
            let found = folder(|name| {
                let set = variables.iter().find(|(other, _)| *other == name);
                set.map(|(_, value)| OsString::from(value))
            });
            assert_eq!(found.as_deref(), expected.map(Path::new), "{variables:?}");
        };
        check(&[(CACHE_VARIABLE, "/mine"), ("HOME", "/home/me")], Some("/mine"));
        check(&[(CACHE_VARIABLE, ""), ("HOME", "/home/me")], None);
        check(&[], None);
        if cfg!(target_os = "linux") {
            check(&[("HOME", "/home/me")], Some("/home/me/.cache/ringkernel/cuda"));
            check(&[("HOME", "/home/me"), ("XDG_CACHE_HOME", "/cache")], Some("/cache/ringkernel/cuda"));
            check(
                &[("HOME", "/home/me"), ("XDG_CACHE_HOME", "here")],
                Some("/home/me/.cache/ringkernel/cuda"),
            );
        }
    }

    #[test]
    fn a_cache_says_where_it_is() {
        assert_eq!(ProgramCache::at("/mine", 1).folder(), Some(Path::new("/mine")));
    }
}
