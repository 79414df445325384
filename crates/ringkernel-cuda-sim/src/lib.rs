//! A CUDA driver and an NVRTC for machines without a GPU.
//!
//! [`Libraries::build`] makes two shared libraries with the C++ compiler of this machine, `libcuda.so.1` and
//! `libnvrtc.so.12`. A program that is told to use them (`RINGKERNEL_CUDA_LIBRARIES=<folder>`) runs the code that it would
//! run on a device: real host code, real generated text, on the CPU. README.md beside this file says what is simulated, what
//! ends the process, and how.
//!
//! ```sh
//! RINGKERNEL_CUDA_LIBRARIES=$(cargo run -q -p ringkernel-cuda-sim) cargo run --example ...
//! cargo run -p ringkernel-cuda-sim -- target/debug/examples/quickstart --backend cuda
//! ```
//!
//! - `libraries`: building and loading
//! - `sources`: the C++ that is built
//! - `engine/`: lanes, blocks and grids on threads
//! - `driver/`, `nvrtc/`: the interfaces of the two libraries
//! - `device/`: what stands in front of a program's text

mod libraries;
mod sources;

pub use libraries::{BuildError, Libraries, is_watched};

/// What the driver calls its device.
pub const DEVICE_NAME: &str = "RingKernel CUDA simulator";
