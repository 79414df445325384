//! The WebGPU and Metal backend: actors that live in device memory and run in ticks.
//!
//! - [`device`]: adapters, devices, buffers, programs and submissions, over wgpu

pub mod device;
