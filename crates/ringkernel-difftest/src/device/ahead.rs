//! Compiling programs for devices ahead of time, for machines that have neither NVRTC nor rustc.

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use ringkernel_abi::device::Overflow;
use ringkernel_codegen::cuda::Compiler;
use ringkernel_codegen::link::LinkError;
use ringkernel_codegen::print::Unsupported;
use ringkernel_cuda::ahead::{ProgramError, Programs, Target};

use super::entries::{self, DEVICE_BATCH};
use super::link;
use crate::native::{Native, NativeError};
use crate::program::Program;
use crate::session::affected;

/// Why programs are not ready.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AheadError {
    /// They do not compile as native Rust.
    #[error(transparent)]
    Native(#[from] NativeError),
    /// The linker refuses one.
    #[error(transparent)]
    Link(#[from] LinkError),
    /// The printer cannot express something.
    #[error("not printed: {0}")]
    Unsupported(#[from] Unsupported),
    /// The compiler for devices is missing or refuses a text, or an image cannot be kept.
    #[error(transparent)]
    Program(#[from] ProgramError),
}

/// What was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Ready {
    /// Programs, each counted for each meaning of overflow.
    pub programs: usize,
    /// Texts that they are in.
    pub texts: usize,
}

/// Puts into a folder what comparing these programs on a device needs: the executables of native Rust, and images for these
/// targets, on so many threads. What is there already stays.
///
/// # Errors
/// [`AheadError`].
pub fn make_ready(
    programs: &[Program],
    targets: &[Target],
    folder: &Path,
    threads: usize,
) -> Result<Ready, AheadError> {
    let mut texts = Vec::new();
    let mut ready = Ready::default();
    for overflow in [Overflow::Faults, Overflow::Wraps] {
        Native::compile(programs, overflow, folder)?;
        let affected = affected(programs, overflow);
        for batch in affected.chunks(DEVICE_BATCH) {
            let batch: Vec<Program> = batch.iter().map(|index| programs[*index].clone()).collect();
            texts.push(entries::text(&link(&batch, overflow)?.module)?);
            ready.programs += batch.len();
        }
    }
    ready.texts = texts.len();
    let (images, compiler) = (Programs::at(folder), Compiler::find().map_err(ProgramError::from)?);
    let texts = Mutex::new(texts.into_iter());
    let next = || texts.lock().unwrap_or_else(PoisonError::into_inner).next();
    let work = || -> Result<(), ProgramError> {
        while let Some(text) = next() {
            images.compile(&compiler, &text, targets)?;
        }
        Ok(())
    };
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        workers.into_iter().try_for_each(|worker| match worker.join() {
            Ok(done) => done,
            Err(panic) => std::panic::resume_unwind(panic),
        })
    })?;
    Ok(ready)
}
