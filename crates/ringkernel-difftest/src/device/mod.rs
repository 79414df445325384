//! The programs as device code.
//!
//! - `linked`: one kernel whose handlers run programs
//! - `rows`: inputs and results as device memory
//! - `wgsl`: running it as WGSL on an adapter
//! - `cuda`: running it as CUDA C++ on the host
//! - `cuda_device`: running it on a device of CUDA
//! - `ahead`: compiling it ahead of time for a device elsewhere
//! - `entries`: the text for devices, with an entry for each program

mod ahead;
mod cuda;
mod cuda_device;
mod entries;
mod linked;
mod rows;
mod wgsl;

pub use ahead::{AheadError, Ready, make_ready};
pub use cuda::{CudaError, CudaMachine};
pub use cuda_device::{CudaDevice, DeviceError};
pub use entries::{DEVICE_BATCH, handler_of, text as device_text};
pub use linked::{Linked, depends_on_overflow, link, methods_of};
pub use rows::Rows;
pub use wgsl::{WgslError, WgslMachine, text as wgsl_text};
