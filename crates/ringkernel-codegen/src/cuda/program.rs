//! What is printed, and for what.

use crate::print::{HandlerEntry, KernelFacts};

/// The C++ that every program has: types of fixed width, the lane, Rust's arithmetic, vectors, what lanes do together.
pub const PRELUDE: &str = concat!(
    include_str!("prelude/lane.cuh"),
    "\n",
    include_str!("prelude/integers.cuh"),
    "\n",
    include_str!("prelude/floats.cuh"),
    "\n",
    include_str!("prelude/vectors.cuh"),
    "\n",
    include_str!("prelude/contract.cuh"),
    "\n",
    include_str!("prelude/messages.cuh"),
    "\n",
    include_str!("prelude/lanes.cuh"),
    "\n",
    include_str!("prelude/warps.cuh"),
    "\n",
    include_str!("prelude/atomics.cuh"),
);

/// What stands in for the hardware when a program runs on the CPU: goes in front of its whole source text.
pub const HOST_LANES: &str = include_str!("host/lanes.hpp");

/// What a program is printed for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Options {
    /// Who uses an actor's atomic cells.
    pub scope: Scope,
    /// What lanes check.
    pub checks: Checks,
}

/// Who uses an actor's atomic cells at the same time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Scope {
    /// The lanes of one block: right where a grid has one block.
    Block,
    /// The lanes of all blocks.
    #[default]
    Device,
}

/// What lanes check when they meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Checks {
    /// That all lanes of the block are at some barrier.
    #[default]
    Presence,
    /// That they are at the same barrier, which costs a second one.
    Sites,
}

/// A printed program.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Program {
    /// The printed text: types, functions, and the entry `rk_run_handler`.
    pub text: String,
    /// The functions `rk_handler_of` and `rk_handler_id`, for runtimes that go by the ids of handlers: see README.md.
    pub dispatch: String,
    /// The handlers of all kernels in order; `rk_run_handler` takes an index into this list.
    pub handlers: Vec<HandlerEntry>,
    /// The kernels, in the order of the module.
    pub kernels: Vec<KernelFacts>,
    /// What the runtime has to offer.
    pub requirements: Requirements,
    /// What it was printed for.
    pub options: Options,
}

/// What a program needs of the runtime.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Requirements {
    /// Bytes of block memory that `rk_lane::shared` points to, which are zero before each cooperative handler; 0 where no
    /// kernel is cooperative.
    pub shared_bytes: u32,
    /// Bytes that `rk_lane::block_memory` has beyond what `rk_lane::block_memory_bytes` says, because arrays are aligned.
    pub alignment_bytes: u32,
    /// Whether handlers meet all blocks of a grid, so that the grid has to be resident as a whole.
    pub meets_grid: bool,
}

impl Program {
    /// The whole source text, with the runtime's text where it belongs.
    pub fn source(&self, runtime: &str) -> String {
        let checks = match self.options.checks {
            Checks::Presence => "",
            Checks::Sites => "#define RK_CHECK_SITES\n",
        };
        format!("{checks}{PRELUDE}\n{runtime}\n{}", self.text)
    }
}
