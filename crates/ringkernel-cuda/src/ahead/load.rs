//! From a text to what a device runs: an image that is ready, or the compiler.

use std::path::{Path, PathBuf};

use ringkernel_codegen::cuda::{CompileError, Compiler};

use super::programs::{stem, write_whole};
use super::{Image, Programs, Target};
use crate::cache::ProgramCache;
use crate::driver::{Context, DriverError, Module};

/// The environment variable with a folder into which the texts of programs are written, to be compiled ahead of time: of all kernels
/// when a runtime starts, and of whatever is [loaded](load). Not set, or empty, nothing is written.
pub const TEXTS_VARIABLE: &str = "RINGKERNEL_CUDA_PROGRAM_TEXTS";

/// Why a text does not become a program on a device.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProgramError {
    /// No image is ready, and the compiler is missing or refuses the text.
    #[error(transparent)]
    Compile(#[from] CompileError),
    /// The driver loads no image.
    #[error("no program could be loaded: {}", list(.0))]
    Load(
        /// What was tried, in this order, and what the driver says.
        Vec<(Target, DriverError)>,
    ),
    /// A file cannot be written.
    #[error("{path}: {reason}", path = path.display())]
    File {
        /// Which one.
        path: PathBuf,
        /// What the system says.
        reason: String,
    },
}

fn list(tried: &[(Target, DriverError)]) -> String {
    let texts: Vec<_> = tried.iter().map(|(target, error)| format!("{target}: {error}")).collect();
    texts.join("; ")
}

/// The program of a text on a device: ready in the folder that the environment names, or else compiled, through the user's cache.
///
/// # Errors
/// [`ProgramError`]; that of a missing compiler where no image is ready.
pub fn load(context: &Context, text: &str) -> Result<Module, ProgramError> {
    note(text)?;
    let ready = Programs::of_environment().map(|programs| programs.images(text, capability(context)));
    let images = match ready {
        Some(images) if !images.is_empty() => images,
        _ => vec![compiled(context, text)?],
    };
    first_that_loads(context, &images)
}

fn capability(context: &Context) -> (i32, i32) {
    context.description().compute_capability
}

fn compiled(context: &Context, text: &str) -> Result<Image, CompileError> {
    let made = ProgramCache::of_user().cubin(&Compiler::find()?, text, &context.compile_target())?;
    let (major, minor) = capability(context);
    Ok(Image { target: Target::Cubin { major, minor }, bytes: made.bytes })
}

/// The first of some images that the driver takes.
///
/// # Errors
/// [`ProgramError::Load`] when it takes none.
pub(crate) fn first_that_loads(context: &Context, images: &[Image]) -> Result<Module, ProgramError> {
    let mut tried = Vec::new();
    for image in images {
        // SAFETY: The image was compiled a moment ago, or is whole and from where this crate keeps what it has compiled.
        match unsafe { context.load(&image.bytes) } {
            Ok(module) => return Ok(module),
            Err(error) => tried.push((image.target, error)),
        }
    }
    Err(ProgramError::Load(tried))
}

/// Writes a text where [`TEXTS_VARIABLE`] asks for it, to be compiled ahead of time. What is [loaded](load) does so by itself.
///
/// # Errors
/// [`ProgramError::File`].
pub fn note(text: &str) -> Result<(), ProgramError> {
    match std::env::var_os(TEXTS_VARIABLE) {
        Some(folder) if !folder.is_empty() => write_text(Path::new(&folder), text),
        _ => Ok(()),
    }
}

fn write_text(folder: &Path, text: &str) -> Result<(), ProgramError> {
    let path = folder.join(format!("{}.cu", stem(text)));
    let written = write_whole(&path, text.as_bytes());
    written.map_err(|reason| ProgramError::File { path, reason: reason.to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::Temporary;

    #[test]
    fn a_text_is_written_once_under_its_own_name() {
        let temporary = Temporary::new("ahead-texts");
        for text in ["one", "two", "one"] {
            write_text(&temporary.0, text).unwrap();
        }
        let mut texts: Vec<_> = std::fs::read_dir(&temporary.0)
            .unwrap()
            .map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap())
            .collect();
        texts.sort();
        assert_eq!(texts, ["one", "two"]);
    }

    #[test]
    fn what_cannot_be_written_is_named() {
        let temporary = Temporary::new("ahead-file");
        std::fs::write(&temporary.0, b"a file where a folder should be").unwrap();
        let error = write_text(&temporary.0, "text").unwrap_err();
        assert!(
            matches!(&error, ProgramError::File { path, .. } if path.starts_with(&temporary.0)),
            "{error}"
        );
        std::fs::remove_file(&temporary.0).unwrap();
    }
}
