//! The programs as device code.
//!
//! - `linked`: one kernel whose handlers run programs
//! - `rows`: inputs and results as device memory
//! - `wgsl`: running it as WGSL on an adapter
//! - `cuda`: running it as CUDA C++ on the host

mod cuda;
mod linked;
mod rows;
mod wgsl;

pub use cuda::{CudaError, CudaMachine, text as cuda_text};
pub use linked::{Linked, depends_on_overflow, link, methods_of};
pub use rows::Rows;
pub use wgsl::{WgslError, WgslMachine, text as wgsl_text};
