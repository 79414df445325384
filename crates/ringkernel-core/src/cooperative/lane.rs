//! What a backend does for the lanes of a cooperative handler.

use std::fmt;
use std::panic::{Location, resume_unwind};

use super::BlockMemory;
use crate::context::{Reply, RingContext};
use crate::runtime::FaultKind;

/// Where a lane stands in its block and its grid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LanePosition {
    /// Lane within the block.
    pub thread: u32,
    /// Block within the grid.
    pub block: u32,
    /// Lanes of a block.
    pub block_dim: u32,
    /// Blocks of the grid.
    pub grid_dim: u32,
}

impl LanePosition {
    /// The one lane of a scalar handler.
    pub const SCALAR: Self = Self { thread: 0, block: 0, block_dim: 1, grid_dim: 1 };

    /// Lanes of this lane's warp, as a mask. The last warp of a block may have fewer than 32.
    pub fn warp_lanes(&self) -> u32 {
        let lanes = self.block_dim - self.thread / 32 * 32;
        if lanes >= 32 { u32::MAX } else { (1 << lanes) - 1 }
    }
}

/// Where lanes wait for each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Barrier<'name> {
    /// All lanes of a block.
    Block,
    /// All lanes of the grid.
    Grid,
    /// All lanes of a block, from whichever line they come.
    Named(&'name str),
}

/// What the lanes of a warp do together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum WarpOperation {
    /// `sync_warp`
    Sync,
    /// `warp_shuffle`
    Shuffle,
    /// `warp_shuffle_up`
    ShuffleUp,
    /// `warp_shuffle_down`
    ShuffleDown,
    /// `warp_shuffle_xor`
    ShuffleXor,
    /// `warp_ballot`
    Ballot,
    /// `warp_all`
    All,
    /// `warp_any`
    Any,
    /// `warp_reduce_*`, also as the first part of `block_reduce_*`
    Reduce,
}

impl fmt::Display for WarpOperation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sync => "sync_warp",
            Self::Shuffle => "warp_shuffle",
            Self::ShuffleUp => "warp_shuffle_up",
            Self::ShuffleDown => "warp_shuffle_down",
            Self::ShuffleXor => "warp_shuffle_xor",
            Self::Ballot => "warp_ballot",
            Self::All => "warp_all",
            Self::Any => "warp_any",
            Self::Reduce => "warp_reduce",
        })
    }
}

/// What stands behind the barriers and warp operations of one lane.
pub trait LaneBackend: Send + fmt::Debug {
    /// Waits for the other lanes. Does not return when they do not come: the lane is then unwound.
    fn meet(&self, barrier: Barrier<'_>, at: &'static Location<'static>);

    /// Waits for the lanes of `mask`, gives them `bits` and returns what each of them gives; 0 for the lanes outside of
    /// the mask. The caller has checked that the mask names lanes of this warp, this one among them. Does not return
    /// when they do not come: the lane is then unwound.
    fn exchange(
        &self,
        operation: WarpOperation,
        mask: u32,
        bits: u64,
        at: &'static Location<'static>,
    ) -> [u64; 32];

    /// Waits for all lanes of the block and returns what the first lane of each of its warps gives; 0 for warps that the
    /// block does not have. Does not return when they do not come: the lane is then unwound.
    fn gather_warps(&self, bits: u64, at: &'static Location<'static>) -> [u64; 32];

    /// The block's array that belongs to this place in the source. The first lane that asks makes it, from `make`.
    ///
    /// # Errors
    /// Where the block has less than `bytes` left.
    fn block_memory(
        &self,
        at: &'static Location<'static>,
        bytes: usize,
        make: &dyn Fn() -> BlockMemory,
    ) -> Result<BlockMemory, SharedMemoryExhausted>;
}

/// A block asked for more shared memory than it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the block asks for {asked} bytes of shared memory, has taken {taken} before, and was launched with {limit}; raise that with `LaunchOptions::with_shared_memory`"
)]
pub struct SharedMemoryExhausted {
    /// What it asked for, in bytes.
    pub asked: usize,
    /// What it has taken before, in bytes.
    pub taken: usize,
    /// What it was launched with, in bytes.
    pub limit: usize,
}

/// The lanes that a backend runs a cooperative handler on.
pub trait LaneGrid {
    /// Runs `lane` on every lane of every block until all are done. Returns the reply of lane 0 of block 0.
    fn run(&mut self, lane: &dyn Fn(&mut RingContext<'_>) -> Reply) -> Reply;
}

/// What a lane unwinds with that broke a rule of cooperative handlers. Backends catch it; it never leaves a runtime.
#[derive(Debug, Clone)]
pub struct LaneFailure {
    /// Which rule.
    pub kind: FaultKind,
    /// What happened.
    pub message: String,
    /// Where.
    pub at: &'static Location<'static>,
}

impl LaneFailure {
    /// Unwinds the lane.
    pub fn raise(self) -> ! {
        resume_unwind(Box::new(self))
    }
}
