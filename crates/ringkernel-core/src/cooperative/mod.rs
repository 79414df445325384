//! Cooperative handlers: what their lanes share, and what a backend does for them.
//!
//! - `cells`: the parts of a shared state, [`Shared`], [`SharedCell`], [`SharedArray`]; `atomics`: [`AtomicCell`],
//!   [`AtomicArray`]
//! - `block_array`: memory of a block, [`BlockArray`]
//! - `lane`: [`LaneBackend`] and [`LaneGrid`], what a backend implements
//! - `value`: [`LaneValue`] and [`LaneNumber`], what lanes of a warp exchange
//! - `watch`: how a backend hears of accesses to cells

mod atomics;
mod block_array;
mod cells;
mod lane;
mod value;
mod watch;

pub use atomics::{AtomicArray, AtomicCell, AtomicInteger, AtomicScalar};
pub use block_array::{BlockArray, BlockMemory};
pub use cells::{Shared, SharedArray, SharedCell};
pub use lane::{
    Barrier, LaneBackend, LaneFailure, LaneGrid, LanePosition, SharedMemoryExhausted, WarpOperation,
};
pub use value::{LaneNumber, LaneValue};
pub use watch::{AccessKind, CellAccess, Watch, WatchGuard, Watched, watch};

#[cfg(test)]
mod tests;
