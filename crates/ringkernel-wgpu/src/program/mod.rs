//! What the linker is told of registered kernels.
//!
//! - `source`: a registration as the linker reads it

mod source;

pub use source::kernel_source;
