//! The WebGPU and Metal backend: actors that live in device memory and run in ticks.
//!
//! - [`device`]: adapters, devices, buffers, programs and submissions, over wgpu
//! - `factory`: how a builder starts it, and when the automatic choice does
//! - `engine`: actors, and the thread that speaks for the device
//! - `shader`: the part of device programs that is the same for all kernels; its README.md explains the protocol

pub mod device;
mod engine;
mod factory;
mod shader;

pub use engine::{DeviceFigures, WgpuRuntime};
pub use factory::{MetalFactory, WgpuFactory};
