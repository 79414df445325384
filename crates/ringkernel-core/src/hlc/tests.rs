//! Properties of the clock: monotonicity, causality, uniqueness, refusal of drift, and the ends of the range.

use std::collections::HashSet;

use proptest::prelude::*;

use super::*;

const MS: u64 = 1_000_000;

/// Physical time and counter, without the node that breaks ties.
fn position(stamp: &HlcTimestamp) -> (u64, u32) {
    (stamp.physical(), stamp.logical())
}

#[derive(Debug, Clone)]
enum Step {
    Tick { wall_offset: i64 },
    Update { wall_offset: i64, remote_offset: i64, logical: u32 },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let offset = || prop_oneof![-600i64..600, -2_000_000_000i64..2_000_000_000];
    let logical = prop_oneof![any::<u32>(), 0..3u32, 253..258u32];
    let step = prop_oneof![
        offset().prop_map(|wall_offset| Step::Tick { wall_offset }),
        (offset(), offset(), logical).prop_map(|(wall_offset, remote_offset, logical)| Step::Update {
            wall_offset,
            remote_offset,
            logical
        }),
    ];
    prop::collection::vec(step, 1..200)
}

proptest! {
    #[test]
    fn every_issued_timestamp_is_later_than_all_before_and_than_what_was_received(steps in steps()) {
        let clock = HlcClock::new(1);
        let start = clock.now().physical();
        for step in steps {
            let before = clock.now();
            match step {
                Step::Tick { wall_offset } => {
                    let wall = start.saturating_add_signed(wall_offset);
                    let issued = clock.tick_at(wall);
                    prop_assert!(issued > before);
                    prop_assert!(issued.physical() >= wall & !0xFF);
                    prop_assert_eq!(clock.now(), issued);
                }
                Step::Update { wall_offset, remote_offset, logical } => {
                    let wall = start.saturating_add_signed(wall_offset);
                    let remote = HlcTimestamp::new(start.saturating_add_signed(remote_offset), logical, 2);
                    match clock.update_at(&remote, wall) {
                        Ok(issued) => {
                            prop_assert!(position(&issued) > position(&before));
                            prop_assert!(position(&issued) > position(&remote));
                            prop_assert!(remote.physical() <= wall.saturating_add(500 * MS));
                            prop_assert_eq!(issued.node_id(), 1);
                        }
                        Err(drift) => {
                            prop_assert!(remote.physical() > wall + 500 * MS);
                            prop_assert_eq!(drift.ahead, Duration::from_nanos(remote.physical() - wall));
                            prop_assert_eq!(clock.now(), before);
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn no_timestamp_and_no_wall_clock_makes_the_clock_panic_or_go_back(
        physical in any::<u64>(), logical in any::<u32>(), wall in any::<u64>(), end in 0..600u64,
    ) {
        let clock = HlcClock::with_max_drift(1, Duration::MAX);
        for physical in [physical, u64::MAX - end] {
            for logical in [logical, 0, u32::MAX] {
                let (before, remote) = (clock.now(), HlcTimestamp::new(physical, logical, u32::MAX));
                let issued = clock.update_at(&remote, wall).unwrap();
                let last = (!0xFF, 0xFF);
                prop_assert!(position(&issued) > position(&before) || position(&issued) == last);
                prop_assert!(position(&issued) > position(&remote) || position(&issued) == last);
            }
        }
    }
}

#[test]
fn an_update_is_the_very_next_moment() {
    let check = |remote: (u64, u32), expected: (u64, u32)| {
        let clock = HlcClock::new(7);
        let start = clock.now().physical();
        let remote = HlcTimestamp::new(start + remote.0, remote.1, 2);
        let issued = clock.update_at(&remote, start).unwrap();
        assert_eq!(issued, HlcTimestamp::new(start + expected.0, expected.1, 7), "after {remote}");
    };
    check((1024, 0), (1024, 1));
    check((1024, 254), (1024, 255));
    check((1024, 255), (1280, 0));
    check((1280, 255), (1536, 0));
    check((1024, u32::MAX), (1280, 0));
    check((1025, 0), (1280, 0));
    check((0, 0), (0, 1));
}

#[test]
fn a_used_up_counter_carries_into_physical_time() {
    let clock = HlcClock::new(1);
    let wall = clock.now().physical();
    for logical in 1..256 {
        assert_eq!(clock.tick_at(wall), HlcTimestamp::new(wall, logical, 1));
    }
    assert_eq!(clock.tick_at(wall), HlcTimestamp::new(wall + 256, 0, 1));
}

#[test]
fn a_clock_starts_at_the_wall_clock_and_follows_it() {
    let before = wall_clock_ns();
    let clock = HlcClock::with_max_drift(9, Duration::ZERO);
    assert!(clock.now().physical() >= before & !0xFF);
    assert_eq!((clock.node_id(), clock.now().node_id()), (9, 9));
    let ahead = clock.now().physical() + 4096;
    assert_eq!(clock.tick_at(ahead + 3), HlcTimestamp::new(ahead, 0, 9));
    assert!(clock.tick() > HlcTimestamp::new(ahead, 0, 9));
}

#[test]
fn the_accepted_drift_is_exact_and_the_error_says_what_to_do() {
    let clock = HlcClock::with_max_drift(1, Duration::from_millis(20));
    let wall = clock.now().physical();
    assert!(clock.update_at(&HlcTimestamp::new(wall + 20 * MS, 0, 2), wall).is_ok());
    let drift = clock.update_at(&HlcTimestamp::new(wall + 20 * MS + 1, 0, 2), wall).unwrap_err();
    assert_eq!(drift.max, Duration::from_millis(20));
    let text = drift.to_string();
    assert!(text.contains("20.000001ms ahead") && text.contains("with_max_drift"), "{text}");

    let defaults = HlcClock::new(1);
    assert!(defaults.update(&HlcTimestamp::new(u64::MAX, u32::MAX, 2)).is_err());
    assert!(defaults.update(&HlcTimestamp::new(wall_clock_ns() + 100 * MS, 0, 2)).is_ok());
}

#[test]
fn threads_never_see_a_timestamp_twice_or_out_of_order() {
    const THREADS: usize = 4;
    const STAMPS: usize = 20_000;
    let clock = HlcClock::new(1);
    let stamps: Vec<Vec<HlcTimestamp>> = std::thread::scope(|scope| {
        let issue = |i: usize| match i % 3 {
            0 => clock.update(&clock.now()).unwrap(),
            _ => clock.tick(),
        };
        let workers: Vec<_> =
            (0..THREADS).map(|_| scope.spawn(move || (0..STAMPS).map(issue).collect())).collect();
        workers.into_iter().map(|worker| worker.join().unwrap()).collect()
    });
    assert!(stamps.iter().all(|of_thread| of_thread.is_sorted_by(|a, b| a < b)));
    let unique: HashSet<_> = stamps.iter().flatten().collect();
    assert_eq!(unique.len(), THREADS * STAMPS);
}
