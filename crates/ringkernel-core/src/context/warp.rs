//! What the lanes of a warp, and of a block, compute together.
//!
//! Every operation is one exchange: each lane of the mask gives 64 bits and gets those of all others. In a scalar
//! handler only lane 0 takes part.

use std::panic::Location;

use super::RingContext;
use crate::cooperative::{LaneFailure, LaneNumber, LaneValue, WarpOperation};
use crate::runtime::FaultKind;

/// What the lanes of a mask gave.
pub(super) struct Gathered {
    /// The lanes that took part.
    lanes: u32,
    bits: [u64; 32],
}

impl Gathered {
    fn values<V: LaneValue>(&self) -> impl Iterator<Item = V> {
        (0..32).filter(|lane| self.lanes >> lane & 1 != 0).map(|lane| V::from_bits64(self.bits[lane]))
    }

    fn reduce<V: LaneValue>(&self, mut combine: impl FnMut(V, V) -> V) -> V {
        let mut values: [Option<V>; 32] = [None; 32];
        self.values().zip(&mut values).for_each(|(value, slot)| *slot = Some(value));
        // In pairs, as a tree of shuffles does it, so that sums of floats round in the same way on every backend.
        let mut distance = 16;
        while distance > 0 {
            for lane in 0..distance {
                values[lane] = match (values[lane], values[lane + distance]) {
                    (Some(value), Some(other)) => Some(combine(value, other)),
                    (value, other) => value.or(other),
                };
            }
            distance /= 2;
        }
        values[0].expect("the calling lane takes part")
    }
}

impl RingContext<'_> {
    /// The value that lane `src_lane` of the warp gives; lanes count modulo 32. Every lane of `mask` calls it. Faults as
    /// [`sync_warp`](Self::sync_warp), and when the mask leaves out the lane that is read, whose value would be undefined
    /// on a GPU.
    #[track_caller]
    pub fn warp_shuffle<T: LaneValue>(&self, value: T, src_lane: u32, mask: u32) -> T {
        self.shuffle(WarpOperation::Shuffle, value, src_lane % 32, mask)
    }

    /// The value of the lane that is `delta` lower; the own one where that would be below lane 0. Otherwise as
    /// [`warp_shuffle`](Self::warp_shuffle).
    #[track_caller]
    pub fn warp_shuffle_up<T: LaneValue>(&self, value: T, delta: u32, mask: u32) -> T {
        let source = self.lane_id().checked_sub(delta).unwrap_or(self.lane_id());
        self.shuffle(WarpOperation::ShuffleUp, value, source, mask)
    }

    /// The value of the lane that is `delta` higher; the own one where that would be above lane 31. Otherwise as
    /// [`warp_shuffle`](Self::warp_shuffle).
    #[track_caller]
    pub fn warp_shuffle_down<T: LaneValue>(&self, value: T, delta: u32, mask: u32) -> T {
        let source = self.lane_id().checked_add(delta).filter(|lane| *lane < 32).unwrap_or(self.lane_id());
        self.shuffle(WarpOperation::ShuffleDown, value, source, mask)
    }

    /// The value of the lane whose number is this one's with the bits of `bits` turned over; lanes count modulo 32.
    /// Otherwise as [`warp_shuffle`](Self::warp_shuffle).
    #[track_caller]
    pub fn warp_shuffle_xor<T: LaneValue>(&self, value: T, bits: u32, mask: u32) -> T {
        self.shuffle(WarpOperation::ShuffleXor, value, (self.lane_id() ^ bits) % 32, mask)
    }

    #[track_caller]
    fn shuffle<T: LaneValue>(&self, operation: WarpOperation, value: T, source: u32, mask: u32) -> T {
        let gathered = self.exchange(operation, mask, value.to_bits64());
        if gathered.lanes >> source & 1 == 0 {
            self.warp_fault(format!(
                "{operation} reads lane {source}, which is not among the lanes {:#x} that take part",
                gathered.lanes
            ));
        }
        T::from_bits64(gathered.bits[source as usize])
    }

    /// A bit for every lane in `mask` whose predicate holds. Faults as [`sync_warp`](Self::sync_warp).
    #[track_caller]
    pub fn warp_ballot(&self, predicate: bool, mask: u32) -> u32 {
        votes(&self.exchange(WarpOperation::Ballot, mask, predicate.into()))
    }

    /// Whether the predicate holds in every lane of `mask`. Faults as [`sync_warp`](Self::sync_warp).
    #[track_caller]
    pub fn warp_all(&self, predicate: bool, mask: u32) -> bool {
        let gathered = self.exchange(WarpOperation::All, mask, predicate.into());
        votes(&gathered) == gathered.lanes
    }

    /// Whether the predicate holds in some lane of `mask`. Faults as [`sync_warp`](Self::sync_warp).
    #[track_caller]
    pub fn warp_any(&self, predicate: bool, mask: u32) -> bool {
        votes(&self.exchange(WarpOperation::Any, mask, predicate.into())) != 0
    }

    /// The sum over the lanes of `mask`, in each of them. Integers wrap; floats are added in pairs, lanes 16 apart first.
    /// Faults as [`sync_warp`](Self::sync_warp).
    #[track_caller]
    pub fn warp_reduce_sum<T: LaneNumber>(&self, value: T, mask: u32) -> T {
        self.exchange(WarpOperation::Reduce, mask, value.to_bits64()).reduce(T::sum)
    }

    /// The smallest value over the lanes of `mask`, in each of them. Otherwise as
    /// [`warp_reduce_sum`](Self::warp_reduce_sum).
    #[track_caller]
    pub fn warp_reduce_min<T: LaneNumber>(&self, value: T, mask: u32) -> T {
        self.exchange(WarpOperation::Reduce, mask, value.to_bits64()).reduce(T::smaller)
    }

    /// The largest value over the lanes of `mask`, in each of them. Otherwise as
    /// [`warp_reduce_sum`](Self::warp_reduce_sum).
    #[track_caller]
    pub fn warp_reduce_max<T: LaneNumber>(&self, value: T, mask: u32) -> T {
        self.exchange(WarpOperation::Reduce, mask, value.to_bits64()).reduce(T::larger)
    }

    /// The sum over all lanes of the block, in each of them: over the warps first, then over their sums. A barrier, as
    /// [`sync_threads`](Self::sync_threads).
    #[track_caller]
    pub fn block_reduce_sum<T: LaneNumber>(&self, value: T) -> T {
        self.block_reduce(value, T::sum)
    }

    /// The smallest value over all lanes of the block, in each of them. Otherwise as
    /// [`block_reduce_sum`](Self::block_reduce_sum).
    #[track_caller]
    pub fn block_reduce_min<T: LaneNumber>(&self, value: T) -> T {
        self.block_reduce(value, T::smaller)
    }

    /// The largest value over all lanes of the block, in each of them. Otherwise as
    /// [`block_reduce_sum`](Self::block_reduce_sum).
    #[track_caller]
    pub fn block_reduce_max<T: LaneNumber>(&self, value: T) -> T {
        self.block_reduce(value, T::larger)
    }

    #[track_caller]
    fn block_reduce<T: LaneNumber>(&self, value: T, combine: fn(T, T) -> T) -> T {
        let at = Location::caller();
        let of_warp = self.exchange(WarpOperation::Reduce, u32::MAX, value.to_bits64()).reduce(combine);
        let Some(lane) = &self.lane else { return of_warp };
        // A block has at most 32 warps, so that one more round reduces their results.
        let of_warps = lane.gather_warps(of_warp.to_bits64(), at);
        let warps = self.block_dim().div_ceil(32);
        let lanes = if warps == 32 { u32::MAX } else { (1 << warps) - 1 };
        Gathered { lanes, bits: of_warps }.reduce(combine)
    }

    /// Gives `bits` to the lanes of `mask` and takes what they give.
    #[track_caller]
    pub(super) fn exchange(&self, operation: WarpOperation, mask: u32, bits: u64) -> Gathered {
        let existing = self.position.warp_lanes();
        // `u32::MAX` is the customary "all lanes that there are".
        let lanes = if mask == u32::MAX { existing } else { mask };
        if lanes >> self.lane_id() & 1 == 0 {
            self.warp_fault(format!(
                "{operation} with mask {mask:#x}, which leaves out the calling lane {} of its warp",
                self.lane_id()
            ));
        }
        if lanes & !existing != 0 {
            self.warp_fault(format!(
                "{operation} with mask {mask:#x} names lanes that are not active; the warp has the lanes {existing:#x}"
            ));
        }
        match &self.lane {
            Some(lane) => Gathered { lanes, bits: lane.exchange(operation, lanes, bits, Location::caller()) },
            None => {
                let mut all = [0; 32];
                all[0] = bits;
                Gathered { lanes, bits: all }
            }
        }
    }

    #[track_caller]
    fn warp_fault(&self, message: String) -> ! {
        LaneFailure { kind: FaultKind::Divergence, message, at: Location::caller() }.raise()
    }
}

fn votes(gathered: &Gathered) -> u32 {
    (0..32).filter(|lane| gathered.bits[*lane as usize] != 0).fold(0, |votes, lane| votes | 1 << lane)
}
