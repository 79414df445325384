//! Section 5: the arithmetic of the hybrid logical timestamp, at its edges as decided: it never goes back.

use std::cmp::Ordering;

use ringkernel_core::hlc::HlcTimestamp;

#[test]
fn a_timestamp_is_sixteen_plain_bytes() {
    assert_eq!(size_of::<HlcTimestamp>(), 16);
    let stamp = HlcTimestamp::new(5, 6, 7);
    assert_eq!((stamp.physical(), stamp.logical(), stamp.node_id()), (5, 6, 7));
    assert_eq!(stamp, stamp.clone());
    assert_eq!(HlcTimestamp::default(), HlcTimestamp::zero());
}

#[test]
fn tick_advances_the_logical_counter() {
    let mut stamp = HlcTimestamp::new(100, 0, 1);
    stamp.tick();
    stamp.tick();
    assert_eq!(stamp, HlcTimestamp::new(100, 2, 1));

    let mut last = HlcTimestamp::new(100, u32::MAX, 1);
    let before = last;
    last.tick();
    assert!(last > before, "a used-up counter carries instead of wrapping");
}

#[test]
fn merge_is_the_maximum_plus_one() {
    let merged = |mine: (u64, u32), other: (u64, u32)| {
        let mut stamp = HlcTimestamp::new(mine.0, mine.1, 1);
        stamp.merge(&HlcTimestamp::new(other.0, other.1, 2));
        (stamp.physical(), stamp.logical(), stamp.node_id())
    };
    assert_eq!(merged((10, 5), (20, 7)), (20, 8, 1), "the other is ahead");
    assert_eq!(merged((10, 5), (10, 7)), (10, 8, 1), "same physical time");
    assert_eq!(merged((10, 9), (10, 7)), (10, 10, 1), "same physical time, the counter ahead");
    assert_eq!(merged((20, 5), (10, 7)), (20, 6, 1), "the other is behind");
    assert_eq!(merged((10, 5), (20, u32::MAX)), (21, 0, 1), "no overflow");
}

#[test]
fn update_physical_follows_the_wall_clock_forward() {
    let mut stamp = HlcTimestamp::new(100, 9, 1);
    stamp.update_physical(99);
    assert_eq!(stamp, HlcTimestamp::new(100, 9, 1));
    stamp.update_physical(101);
    assert_eq!(stamp, HlcTimestamp::new(101, 0, 1));
}

#[test]
fn order_is_physical_then_logical_then_node() {
    let ascending = [(1, 9, 9), (2, 0, 9), (2, 1, 0), (2, 1, 1)].map(|(p, l, n)| HlcTimestamp::new(p, l, n));
    assert!(ascending.is_sorted());
    assert_eq!(ascending[0].cmp(&ascending[1]), Ordering::Less);
    assert_eq!(ascending[3].partial_cmp(&ascending[2]), Some(Ordering::Greater));
}
