//! Lane identity, barriers, warp operations, atomics and fences of a scalar handler.
//!
//! A scalar handler is a block of one lane: its lane is 0, every barrier is met at once, and only lane 0 takes part
//! in warp operations. Asking for another lane faults, where on a GPU it would read an undefined value.

use super::RingContext;
use crate::sync::atomic::{Ordering, fence};

/// Integers on which `ctx.atomic_*` work: `i32`, `u32`, `i64`, `u64`.
pub trait AtomicScalar: Copy + PartialEq {
    /// Sum, wrapping.
    #[must_use]
    fn wrapping_sum(self, other: Self) -> Self;
}

macro_rules! atomic_scalars {
    ($($type:ty),*) => {$(
        impl AtomicScalar for $type {
            fn wrapping_sum(self, other: Self) -> Self {
                self.wrapping_add(other)
            }
        }
    )*};
}

atomic_scalars!(i32, u32, i64, u64);

/// The one lane of a scalar handler, as a mask.
const LANE_0: u32 = 1;

impl RingContext<'_> {
    /// Lane within the block; 0 in a scalar handler.
    pub fn thread_id(&self) -> u32 {
        0
    }

    /// Block within the grid; 0 in a scalar handler.
    pub fn block_id(&self) -> u32 {
        0
    }

    /// Warp within the block: `thread_id / 32`.
    pub fn warp_id(&self) -> u32 {
        self.thread_id() / 32
    }

    /// Lane within the warp: `thread_id % 32`.
    pub fn lane_id(&self) -> u32 {
        self.thread_id() % 32
    }

    /// Lane within the grid.
    pub fn global_thread_id(&self) -> u32 {
        0
    }

    /// Lanes of the block that run this handler; 1 in a scalar handler.
    pub fn block_dim(&self) -> u32 {
        1
    }

    /// Blocks of the grid that run this handler; 1 in a scalar handler.
    pub fn grid_dim(&self) -> u32 {
        1
    }

    /// Waits for the lanes of the block: at once in a scalar handler.
    pub fn sync_threads(&self) {
        self.thread_fence_block();
    }

    /// Waits for the blocks of the grid: at once in a scalar handler.
    pub fn sync_grid(&self) {
        self.thread_fence();
    }

    /// Waits for the lanes in `mask`. Faults when the mask leaves out the calling lane or names one that does not
    /// exist.
    #[track_caller]
    pub fn sync_warp(&self, mask: u32) {
        self.check_mask("sync_warp", mask);
        self.thread_fence_block();
    }

    /// The value that lane `src_lane` gives. Faults on a lane or mask without such a lane.
    #[track_caller]
    pub fn warp_shuffle<T: Copy>(&self, value: T, src_lane: u32, mask: u32) -> T {
        self.check_mask("warp_shuffle", mask);
        assert!(
            src_lane == self.lane_id(),
            "warp_shuffle from lane {src_lane}, which is not active; a scalar handler has lane 0"
        );
        value
    }

    /// A bit for every lane in `mask` whose predicate holds. Faults as [`sync_warp`](Self::sync_warp).
    #[track_caller]
    pub fn warp_ballot(&self, predicate: bool, mask: u32) -> u32 {
        self.check_mask("warp_ballot", mask);
        if predicate { LANE_0 } else { 0 }
    }

    #[track_caller]
    fn check_mask(&self, operation: &str, mask: u32) {
        assert!(mask & LANE_0 != 0, "{operation} with mask {mask:#x}, which leaves out the calling lane 0");
        // `u32::MAX` is the customary "all lanes that there are".
        assert!(
            mask == LANE_0 || mask == u32::MAX,
            "{operation} with mask {mask:#x} names lanes that are not active; a scalar handler has lane 0"
        );
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

    /// Adds, wrapping, and returns the old value. The exclusive borrow makes it atomic for one lane.
    pub fn atomic_add<T: AtomicScalar>(&self, target: &mut T, value: T) -> T {
        let old = *target;
        *target = old.wrapping_sum(value);
        old
    }

    /// Stores `value` if the target equals `compare`, and returns the old value either way.
    pub fn atomic_cas<T: AtomicScalar>(&self, target: &mut T, compare: T, value: T) -> T {
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
