//! What a program is printed for, and what is known of it when it is printed.

use crate::print::{HandlerEntry, KernelFacts};

/// What a program is printed for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// What the adapter has.
    pub capabilities: Capabilities,
    /// Who reads the text.
    pub dialect: Dialect,
    /// Which kernels are printed.
    pub kernels: Kernels,
}

/// What an adapter has beyond WebGPU's core.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Capabilities {
    /// `i64` and `u64`: wgpu's `SHADER_INT64`.
    pub int64: bool,
    /// `f64`: wgpu's `SHADER_F64`. It is of use together with [`int64`](Self::int64) only.
    pub float64: bool,
}

impl Capabilities {
    /// Everything that a printer can make use of.
    pub const ALL: Self = Self { int64: true, float64: true };
}

/// Who reads the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Dialect {
    /// naga, which extends the language by `i64`, `u64` and `f64`.
    #[default]
    Naga,
    /// Browsers: the language as it is published, without them, whatever the capabilities say.
    Standard,
}

/// Which kernels are printed. All kernels of one text share its entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kernels {
    /// All that are not cooperative.
    Scalar,
    /// One cooperative kernel.
    Cooperative {
        /// Its index in `Module::kernels`.
        kernel: usize,
        /// Lanes of a block, 1 to 1024. The entry point has this workgroup size, in one dimension.
        block_size: u32,
        /// Blocks of the grid.
        grid_size: u32,
        /// Bytes of block memory for its arrays.
        shared_memory: u32,
    },
}

/// A printed program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    /// The text, without bindings and entry point: see README.md beside the printer.
    pub text: String,
    /// The functions `rk_handler_of` and `rk_handler_id`, for runtimes that go by the ids of handlers: see README.md.
    pub dispatch: String,
    /// What the adapter has to offer.
    pub requirements: Requirements,
    /// The handlers; `rk_run_handler` takes an index into this list.
    pub handlers: Vec<HandlerEntry>,
    /// The printed kernels, in the order of the module.
    pub kernels: Vec<KernelFacts>,
}

/// What a program needs of the adapter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Requirements {
    /// It computes with 64-bit integers.
    pub int64: bool,
    /// It computes with `f64`.
    pub float64: bool,
    /// Bytes of workgroup memory that it declares.
    pub workgroup_bytes: u32,
}
