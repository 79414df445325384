//! Everything that WGSL, or the adapter at hand, does not offer. One list of reasons.

use std::fmt;

use crate::print::Unsupported;

/// A reason for which a program cannot be printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reason<'a> {
    Int64,
    Float64,
    Float64Function(&'a str),
    LargeUsize(i128),
    GridSync,
    DeviceFence,
    SystemFence,
    NamedBarrier(&'a str),
    AtomicWidth(&'a str),
    NestedVectors,
    LargeBlock(u32),
    NoSuchKernel(usize),
}

impl fmt::Display for Reason<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Int64 => f.write_str("64-bit integers, which the adapter does not offer"),
            Self::Float64 => f.write_str("f64, which the adapter does not offer; f32 is there everywhere"),
            Self::Float64Function(name) => write!(f, "f64::{name}, which no shading language has"),
            Self::LargeUsize(value) => write!(f, "the usize {value}: usize has 32 bits on WebGPU"),
            Self::GridSync => f.write_str("sync_grid over more than one block, which WebGPU does not have"),
            Self::DeviceFence => f.write_str(
                "thread_fence, because WebGPU orders memory within a block only; see thread_fence_block",
            ),
            Self::SystemFence => {
                f.write_str("thread_fence_system, because WebGPU has no memory that the host sees")
            }
            Self::NamedBarrier(name) => {
                write!(
                    f,
                    "the named barrier \"{name}\", because WebGPU has one barrier per block; see sync_threads"
                )
            }
            Self::AtomicWidth(ty) => {
                write!(f, "atomic cells of {ty}, because atomics of WebGPU have 32 bits")
            }
            Self::NestedVectors => f.write_str("vectors whose elements hold vectors"),
            Self::LargeBlock(size) => write!(f, "blocks of {size} lanes: WebGPU has 1 to 1024"),
            Self::NoSuchKernel(index) => {
                write!(f, "a cooperative kernel number {index}, which the module does not have")
            }
        }
    }
}

impl From<Reason<'_>> for Unsupported {
    fn from(reason: Reason<'_>) -> Self {
        Self { feature: reason.to_string() }
    }
}
