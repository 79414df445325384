//! Lane identity, barriers, fences and block memory.
//!
//! A scalar handler is a block of one lane: its lane is 0, and every barrier is met at once. The lanes of a cooperative
//! handler meet through their backend.

use std::panic::Location;

use super::RingContext;
use crate::cooperative::{
    AtomicInteger, AtomicScalar, Barrier, BlockArray, BlockMemory, LaneFailure, WarpOperation,
};
use crate::message::GpuType;
use crate::runtime::FaultKind;
use crate::sync::atomic::{Ordering, fence};

impl RingContext<'_> {
    /// Lane within the block; 0 in a scalar handler.
    pub fn thread_id(&self) -> u32 {
        self.position.thread
    }

    /// Block within the grid; 0 in a scalar handler.
    pub fn block_id(&self) -> u32 {
        self.position.block
    }

    /// Warp within the block: `thread_id / 32`.
    pub fn warp_id(&self) -> u32 {
        self.thread_id() / 32
    }

    /// Lane within the warp: `thread_id % 32`.
    pub fn lane_id(&self) -> u32 {
        self.thread_id() % 32
    }

    /// Lane within the grid: `block_id * block_dim + thread_id`.
    pub fn global_thread_id(&self) -> u32 {
        self.position.block * self.position.block_dim + self.position.thread
    }

    /// Lanes of the block that run this handler; 1 in a scalar handler.
    pub fn block_dim(&self) -> u32 {
        self.position.block_dim
    }

    /// Blocks of the grid that run this handler; 1 in a scalar handler.
    pub fn grid_dim(&self) -> u32 {
        self.position.grid_dim
    }

    /// Waits until all lanes of the block are here: at once in a scalar handler. What a lane has put into cells before,
    /// the others get after.
    ///
    /// A lane that does not come to the same line is divergence, which the CPU reports as a fault.
    #[track_caller]
    pub fn sync_threads(&self) {
        self.meet(Barrier::Block);
    }

    /// Waits until all lanes of all blocks are here: at once in a scalar handler. Otherwise as
    /// [`sync_threads`](Self::sync_threads).
    #[track_caller]
    pub fn sync_grid(&self) {
        self.meet(Barrier::Grid);
    }

    /// Waits until all lanes of the block are at the barrier of this name, each at whichever line: at once in a scalar
    /// handler. Otherwise as [`sync_threads`](Self::sync_threads).
    #[track_caller]
    pub fn named_barrier(&self, name: &str) {
        self.meet(Barrier::Named(name));
    }

    /// Waits until the lanes of the warp in `mask` are here. `u32::MAX` is all lanes that the warp has. Faults when the
    /// mask leaves out the calling lane or names one that does not exist.
    #[track_caller]
    pub fn sync_warp(&self, mask: u32) {
        self.exchange(WarpOperation::Sync, mask, 0);
    }

    #[track_caller]
    fn meet(&self, barrier: Barrier<'_>) {
        match &self.lane {
            Some(lane) => lane.meet(barrier, Location::caller()),
            None => fence(Ordering::SeqCst),
        }
    }

    /// An array of `len` elements in the memory of the block: every lane of the block that asks at this place in the
    /// source gets the same one, each time, until the message is done. What it holds before a lane sets it is left open.
    ///
    /// Faults when the block's arrays take more than the launch option `with_shared_memory`, when lanes disagree about
    /// the array, and in a scalar handler, which has no block to share with.
    #[track_caller]
    pub fn shared_array<T: GpuType + Default>(&mut self, len: usize) -> BlockArray<T> {
        let at = Location::caller();
        let fault = |kind, message| LaneFailure { kind, message, at }.raise();
        let Some(lane) = &self.lane else {
            fault(
                FaultKind::SharedMemory,
                "a scalar handler has no block memory; register its kernel with a `block_size`".into(),
            )
        };
        let bytes = len.saturating_mul(size_of::<T>());
        let memory = match lane.block_memory(at, bytes, &|| BlockMemory::new::<T>(len)) {
            Ok(memory) => memory,
            Err(exhausted) => fault(FaultKind::SharedMemory, exhausted.to_string()),
        };
        match memory.array() {
            Some(array) if array.len() == len => array,
            _ => fault(
                FaultKind::Divergence,
                format!(
                    "a lane asks for a block array of {len} `{}`, which is one of {} `{}` to the lanes before it",
                    std::any::type_name::<T>(),
                    memory.len(),
                    memory.type_name()
                ),
            ),
        }
    }

    /// Device-scope fence.
    pub fn thread_fence(&self) {
        fence(Ordering::SeqCst);
    }

    /// Block-scope fence.
    pub fn thread_fence_block(&self) {
        fence(Ordering::SeqCst);
    }

    /// System-scope fence.
    pub fn thread_fence_system(&self) {
        fence(Ordering::SeqCst);
    }

    /// Adds, wrapping, and returns the old value. The exclusive borrow makes it atomic: what lanes share is in an
    /// [`AtomicCell`](crate::cooperative::AtomicCell), which has operations of its own.
    pub fn atomic_add<T: AtomicScalar>(&self, target: &mut T, value: T) -> T {
        let old = *target;
        *target = old.wrapping_sum(value);
        old
    }

    /// Stores `value` if the target equals `compare`, and returns the old value either way.
    pub fn atomic_cas<T: AtomicInteger>(&self, target: &mut T, compare: T, value: T) -> T {
        let old = *target;
        if old == compare {
            *target = value;
        }
        old
    }

    /// Stores `value` and returns the old one.
    pub fn atomic_exch<T: AtomicScalar>(&self, target: &mut T, value: T) -> T {
        std::mem::replace(target, value)
    }
}
