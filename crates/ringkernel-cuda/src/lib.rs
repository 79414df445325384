//! The CUDA backend: actors that live in device memory, in one persistent grid.
//!
//! - [`CudaRuntime`]: the backend
//! - [`driver`]: devices, contexts, programs, streams and memory, over the driver library of NVIDIA
//! - [`memory`]: memory for users
//! - [`cache`]: compiled programs on disk
//! - [`ahead`]: programs compiled ahead of time
//! - `factory`: how a builder starts it, and when the automatic choice does
//!
//! The driver is loaded when it is first asked for. Where there is none, everything compiles, and
//! [`Devices::find`](driver::Devices::find) says what was looked for and where.

pub mod ahead;
pub mod cache;
mod device;
pub mod driver;
mod engine;
mod factory;
pub mod memory;

pub use driver::CudaMappedBuffer;
pub use engine::{CudaRuntime, Turns};
pub use factory::CudaFactory;
