//! The WebGPU and Metal backend: actors that live in device memory and run in ticks.
