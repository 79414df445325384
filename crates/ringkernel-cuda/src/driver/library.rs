//! Finding the driver's library and loading it, once per process.

use std::ffi::OsString;
use std::path::Path;
use std::sync::OnceLock;

use libloading::Library;
use ringkernel_codegen::cuda::LIBRARIES_VARIABLE;

use super::DriverError;
use super::sys::Functions;

/// As the system's loader knows it.
const NAME: &str = if cfg!(windows) { "nvcuda.dll" } else { "libcuda.so.1" };

/// The driver of this process.
///
/// # Errors
/// [`DriverError::NoLibrary`] and [`DriverError::MissingFunction`]; the same ones each time, because a program that starts
/// without a driver does not get one later.
pub(super) fn driver() -> Result<&'static Functions, DriverError> {
    static DRIVER: OnceLock<Result<Functions, DriverError>> = OnceLock::new();
    DRIVER.get_or_init(load).as_ref().map_err(Clone::clone)
}

fn load() -> Result<Functions, DriverError> {
    let (library, path) = first_of(candidates(std::env::var_os(LIBRARIES_VARIABLE)))?;
    // Functions of the library are used until the process ends.
    let library = Box::leak(Box::new(library));
    // SAFETY: By this name, systems and users keep a CUDA driver; it stays loaded.
    unsafe { Functions::find(library, &path) }
}

/// What the library is looked for as, best first.
fn candidates(folder: Option<OsString>) -> Vec<OsString> {
    let in_folder = folder.filter(|folder| !folder.is_empty()).map(|folder| Path::new(&folder).join(NAME));
    in_folder.map(OsString::from).into_iter().chain([OsString::from(NAME)]).collect()
}

/// The first that can be loaded, and as what.
fn first_of(candidates: Vec<OsString>) -> Result<(Library, String), DriverError> {
    let mut reason = String::new();
    for candidate in &candidates {
        // SAFETY: Loading a CUDA driver runs initializers that NVIDIA has written for being loaded into any process.
        match unsafe { Library::new(candidate) } {
            Ok(library) => return Ok((library, candidate.to_string_lossy().into_owned())),
            Err(error) => reason = error.to_string(),
        }
    }
    let searched = candidates.iter().map(|candidate| candidate.to_string_lossy().into_owned()).collect();
    Err(DriverError::NoLibrary { searched, reason })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_of_ones_own_is_searched_before_the_system() {
        let folder = std::env::temp_dir();
        let with_folder = candidates(Some(folder.clone().into()));
        assert_eq!(with_folder, [folder.join(NAME).into_os_string(), NAME.into()]);
        assert_eq!(candidates(None), [OsString::from(NAME)]);
        assert_eq!(candidates(Some(OsString::new())), [OsString::from(NAME)], "an empty variable is none");
    }

    #[test]
    fn an_absent_library_says_what_was_looked_for() {
        let names = ["/nowhere/libcuda.so.1", "libringkernel-has-no-such-driver.so.1"];
        let Err(error) = first_of(names.map(OsString::from).into()) else {
            panic!("there is no such library")
        };
        let text = error.to_string();
        assert!(names.iter().all(|name| text.contains(name)), "{text}");
        assert!(text.contains("install the driver"), "{text}");
    }

    #[test]
    fn a_library_that_is_no_driver_says_what_it_lacks() {
        // The C library is on every Linux system.
        if !cfg!(target_os = "linux") {
            return;
        }
        let (library, path) = first_of(vec!["libc.so.6".into()]).unwrap_or_else(|error| panic!("{error}"));
        // SAFETY: It has none of these functions, so that none can be called.
        let Err(error) = (unsafe { Functions::find(&library, &path) }) else { panic!("it is no driver") };
        assert_eq!(error, DriverError::MissingFunction { function: "cuInit", library: path });
    }
}
