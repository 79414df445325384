//! The WebGPU and Metal backend: actors that live in device memory and run in ticks.
//!
//! - [`device`]: adapters, devices, buffers, programs and submissions, over wgpu
//! - `program`: what is linked of registered kernels

pub mod device;
mod program;

pub use program::kernel_source;
