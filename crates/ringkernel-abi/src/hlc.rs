//! The hybrid logical timestamp: physical time, a logical counter and the node that issued it.
//!
//! This is the value only. The clock that issues timestamps on the host is `HlcClock` in `ringkernel-core`.

use core::cmp::Ordering;
use core::fmt;

use crate::layout::shared_struct;

shared_struct! {
    /// A point in causal time, ordered by physical time, then logical counter, then node.
    ///
    /// Arithmetic on a timestamp never makes it smaller: a logical counter that is used up carries into the
    /// physical part, and at the largest representable time the value stays where it is.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
    pub struct HlcTimestamp: 16 bytes, align 8 {
        0 => physical: u64,
        8 => logical: u32,
        12 => node_id: u32,
    }
}

impl HlcTimestamp {
    /// A timestamp from its parts: nanoseconds since the Unix epoch, logical counter, node.
    #[inline]
    pub const fn new(physical: u64, logical: u32, node_id: u32) -> Self {
        Self { physical, logical, node_id }
    }

    /// The earliest timestamp of node 0, which stands for "no timestamp".
    #[inline]
    pub const fn zero() -> Self {
        Self::new(0, 0, 0)
    }

    /// True when physical time and logical counter are both zero, on whatever node.
    #[inline]
    pub const fn is_zero(&self) -> bool {
        self.physical == 0 && self.logical == 0
    }

    /// Physical time in nanoseconds since the Unix epoch.
    #[inline]
    pub const fn physical(&self) -> u64 {
        self.physical
    }

    /// Counter that orders events of the same physical time.
    #[inline]
    pub const fn logical(&self) -> u32 {
        self.logical
    }

    /// The node, that is the clock, that issued the timestamp. It breaks ties.
    #[inline]
    pub const fn node_id(&self) -> u32 {
        self.node_id
    }

    /// Moves to the next moment, for a local event.
    pub const fn tick(&mut self) {
        if self.logical < u32::MAX {
            self.logical += 1;
        } else if self.physical < u64::MAX {
            self.physical += 1;
            self.logical = 0;
        }
        // Else this is the last representable moment: staying is the only way not to go back.
    }

    /// Moves past both this timestamp and `other`, for the receipt of a message. The node stays.
    pub const fn merge(&mut self, other: &HlcTimestamp) {
        let behind =
            self.physical < other.physical || self.physical == other.physical && self.logical < other.logical;
        if behind {
            self.physical = other.physical;
            self.logical = other.logical;
        }
        self.tick();
    }

    /// Moves to `wall_clock` (nanoseconds since the Unix epoch) with a logical counter of 0, if that is later.
    pub const fn update_physical(&mut self, wall_clock: u64) {
        if wall_clock > self.physical {
            self.physical = wall_clock;
            self.logical = 0;
        }
    }
}

impl Ord for HlcTimestamp {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.physical, self.logical, self.node_id).cmp(&(other.physical, other.logical, other.node_id))
    }
}

impl PartialOrd for HlcTimestamp {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for HlcTimestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HLC({}.{}.{})", self.physical, self.logical, self.node_id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::string::ToString;

    const LAST: HlcTimestamp = HlcTimestamp::new(u64::MAX, u32::MAX, 1);

    fn any_timestamp() -> impl Strategy<Value = HlcTimestamp> {
        let physical = prop_oneof![any::<u64>(), 0..3u64, u64::MAX - 2..=u64::MAX];
        let logical = prop_oneof![any::<u32>(), 0..3u32, u32::MAX - 2..=u32::MAX];
        (physical, logical, 0..4u32).prop_map(|(p, l, n)| HlcTimestamp::new(p, l, n))
    }

    #[test]
    fn a_used_up_counter_carries_into_physical_time() {
        let mut stamp = HlcTimestamp::new(7, u32::MAX, 3);
        stamp.tick();
        assert_eq!(stamp, HlcTimestamp::new(8, 0, 3));
    }

    #[test]
    fn the_end_of_time_saturates() {
        let mut stamp = LAST;
        stamp.tick();
        stamp.merge(&LAST);
        assert_eq!(stamp, LAST);
    }

    #[test]
    fn merging_takes_the_later_side_plus_one() {
        let check = |mine: (u64, u32), other: (u64, u32), expected: (u64, u32)| {
            let mut stamp = HlcTimestamp::new(mine.0, mine.1, 1);
            stamp.merge(&HlcTimestamp::new(other.0, other.1, 2));
            assert_eq!(stamp, HlcTimestamp::new(expected.0, expected.1, 1));
        };
        check((5, 1), (9, 4), (9, 5));
        check((9, 4), (5, 1), (9, 5));
        check((5, 1), (5, 8), (5, 9));
        check((5, 1), (5, u32::MAX), (6, 0));
    }

    #[test]
    fn the_wall_clock_only_moves_forward() {
        let mut stamp = HlcTimestamp::new(10, 4, 0);
        stamp.update_physical(10);
        stamp.update_physical(9);
        assert_eq!(stamp, HlcTimestamp::new(10, 4, 0));
        stamp.update_physical(11);
        assert_eq!(stamp, HlcTimestamp::new(11, 0, 0));
    }

    #[test]
    fn a_timestamp_prints_its_parts() {
        assert_eq!(HlcTimestamp::new(5, 2, 1).to_string(), "HLC(5.2.1)");
        assert!(HlcTimestamp::new(0, 0, 9).is_zero());
        assert!(!HlcTimestamp::new(0, 1, 0).is_zero());
    }

    proptest! {
        #[test]
        fn arithmetic_goes_forward_except_at_the_very_end(a in any_timestamp(), b in any_timestamp()) {
            let position = |t: &HlcTimestamp| (t.physical, t.logical);
            let end = position(&LAST);

            let mut ticked = a;
            ticked.tick();
            prop_assert!(position(&ticked) > position(&a) || position(&a) == end);

            let mut merged = a;
            merged.merge(&b);
            let later = position(&a).max(position(&b));
            prop_assert!(position(&merged) > later || later == end);
            prop_assert_eq!(merged.node_id, a.node_id);
        }
    }
}
