//! The WGSL printer: what it prints, that naga accepts it for every target, and that it computes what Rust computes.

mod build;
mod device;
mod runtime;

mod scalar;
