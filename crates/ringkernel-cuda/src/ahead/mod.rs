//! Programs compiled ahead of time, for machines without NVRTC and for starting quickly.
//!
//! A runtime compiles its grid's program when a kernel is launched for the first time. Where [`PROGRAMS_VARIABLE`] names a folder
//! that has the program of all kernels of the executable for the device, it takes that instead, and needs no compiler:
//!
//! 1. Run the executable with [`TEXTS_VARIABLE`] set, on any machine with a driver, a simulated one included. When a runtime starts,
//!    the text of that program is written into the folder; runtimes with `debug` have another one.
//! 2. `ringkernel-cuda-compile TEXTS PROGRAMS sm_80 sm_90 compute_80`, a program of this crate, compiles them with NVRTC, which
//!    needs no GPU; or [`Programs::compile`] does.
//! 3. Ship the folder with the same build of the executable, and run it with [`PROGRAMS_VARIABLE`] set.
//!
//! A device takes code for its very architecture, else for an older one of the same generation, else PTX for any older
//! one, which its driver compiles when it is loaded. A program is found by its text, so that of another build is no danger:
//! it is not found, and the compiler is asked.
//!
//! - `target`: what an image is for, and which a device takes
//! - `programs`: [`Programs`], the folder
//! - `load`: from a text to what a device runs, by either way

mod load;
mod programs;
mod target;

pub(crate) use load::first_that_loads;
pub use load::{ProgramError, TEXTS_VARIABLE, load, note};
pub use programs::{Image, PROGRAMS_VARIABLE, Programs};
pub use target::{NoTarget, Target};
