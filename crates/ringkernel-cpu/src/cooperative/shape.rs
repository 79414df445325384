//! How many blocks of how many lanes, and the numbers of lanes in them.

use std::ops::Range;

use ringkernel_core::cooperative::LanePosition;
use ringkernel_core::registry::KernelRegistration;
use ringkernel_core::runtime::LaunchOptions;

/// Most lanes that run one message. Each has a stack, which takes address space and two entries in the system's table of
/// mappings.
pub(crate) const MAX_LANES: u32 = 16_384;

/// Lanes of a warp.
pub(super) const WARP: u32 = 32;

/// A grid. Lanes have numbers, those of block 0 first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shape {
    pub(crate) blocks: u32,
    /// Lanes of a block.
    pub(crate) lanes: u32,
}

impl Shape {
    /// The grid of a cooperative kernel that is launched with these options.
    pub(crate) fn of(kernel: &KernelRegistration, options: &LaunchOptions) -> Self {
        Self {
            blocks: options.grid_size.or(kernel.grid_size).unwrap_or(1),
            lanes: options.block_size.or(kernel.block_size).unwrap_or(LaunchOptions::DEFAULT_BLOCK_SIZE),
        }
    }

    /// Lanes of all blocks.
    pub(super) const fn total(self) -> u32 {
        self.blocks * self.lanes
    }

    pub(super) fn block_of(self, lane: u32) -> u32 {
        lane / self.lanes
    }

    pub(super) fn thread_of(self, lane: u32) -> u32 {
        lane % self.lanes
    }

    pub(super) fn position(self, lane: u32) -> LanePosition {
        LanePosition {
            thread: self.thread_of(lane),
            block: self.block_of(lane),
            block_dim: self.lanes,
            grid_dim: self.blocks,
        }
    }

    pub(super) fn lanes_of_block(self, block: u32) -> Range<u32> {
        block * self.lanes..(block + 1) * self.lanes
    }

    /// The number of the first lane in this lane's warp.
    pub(super) fn warp_start(self, lane: u32) -> u32 {
        lane - self.thread_of(lane) % WARP
    }

    /// The lane's place in its warp.
    pub(super) fn lane_of_warp(self, lane: u32) -> u32 {
        self.thread_of(lane) % WARP
    }

    /// The lane as users count it.
    pub(super) fn name(self, lane: u32) -> String {
        format!("lane {} of block {}", self.thread_of(lane), self.block_of(lane))
    }
}

/// The lanes of a mask over the warp that starts at `start`.
pub(super) fn lanes_of_mask(start: u32, mask: u32) -> impl Iterator<Item = u32> {
    (0..WARP).filter(move |lane| mask >> lane & 1 != 0).map(move |lane| start + lane)
}
