//! Meetings without stacks: who goes on when, and that nobody waits unnoticed.

use std::panic::Location;

use ringkernel_core::cooperative::WarpOperation;

use super::{At, Group, Meetings, Place, Shape, Wait};

#[track_caller]
fn here() -> At {
    Location::caller()
}

#[test]
fn a_block_goes_on_when_its_last_lane_arrives() {
    let mut meetings = Meetings::new(Shape { blocks: 2, lanes: 3 });
    let at = here();
    for round in 0..2 {
        assert_eq!(meetings.arrive(5, Wait::Block, at, 0), None);
        assert_eq!(meetings.arrive(3, Wait::Block, at, 0), None, "round {round}");
        assert_eq!(meetings.arrive(4, Wait::Block, at, 0), Some(Group::Block(1)));
    }
    assert!(!meetings.has_diverged());
    (0..6).for_each(|lane| meetings.finish(lane));
    assert!(meetings.all_finished() && !meetings.has_diverged());
}

#[test]
fn the_first_lane_of_each_warp_gives_the_blocks_values() {
    let shape = Shape { blocks: 1, lanes: 70 };
    let (mut meetings, at) = (Meetings::new(shape), here());
    let group = (0..70).rev().filter_map(|lane| meetings.arrive(lane, Wait::Gather, at, lane.into())).last();
    assert_eq!(group, Some(Group::Block(0)));
    let taken = meetings.take(69);
    assert_eq!((taken[0], taken[1], taken[2], taken[3]), (0, 32, 64, 0));
    assert_eq!(meetings.take(69), [0; 32], "once");
}

#[test]
fn masks_without_a_lane_in_common_meet_apart_and_others_one_after_the_other() {
    let (mut meetings, at) = (Meetings::new(Shape { blocks: 1, lanes: 8 }), here());
    let wait = |mask| Wait::Warp(WarpOperation::Sync, mask);
    assert_eq!(meetings.arrive(0, wait(0b11), at, 7), None);
    // Lane 1 first meets lane 2, and comes to lane 0 afterwards.
    assert_eq!(meetings.arrive(1, wait(0b110), at, 8), None);
    assert!(!meetings.has_diverged());
    assert_eq!(meetings.arrive(4, wait(0b10000), at, 9), Some(Group::Warp { start: 0, mask: 0b10000 }));
    assert_eq!(meetings.arrive(2, wait(0b110), at, 9), Some(Group::Warp { start: 0, mask: 0b110 }));
    assert_eq!(meetings.take(2)[1..3], [8, 9]);
    assert_eq!(meetings.arrive(1, wait(0b11), at, 1), Some(Group::Warp { start: 0, mask: 0b11 }));
    assert_eq!(meetings.take(0)[..2], [7, 1]);
    assert!(!meetings.has_diverged());
}

#[test]
fn a_lane_that_can_not_come_any_more_is_noticed_at_once() {
    let shape = Shape { blocks: 2, lanes: 4 };
    let (one, other) = (here(), here());
    let warp = |mask| Wait::Warp(WarpOperation::Ballot, mask);
    let check = |name: &str, steps: &dyn Fn(&mut Meetings)| {
        let mut meetings = Meetings::new(shape);
        meetings.arrive(0, Wait::Block, one, 0);
        assert!(!meetings.has_diverged());
        let mut meetings = Meetings::new(shape);
        steps(&mut meetings);
        assert!(meetings.has_diverged(), "{name}");
    };
    check("two lines", &|meetings| {
        meetings.arrive(0, Wait::Block, one, 0);
        meetings.arrive(1, Wait::Block, other, 0);
    });
    check("block and grid", &|meetings| {
        meetings.arrive(0, Wait::Block, one, 0);
        meetings.arrive(1, Wait::Grid, one, 0);
    });
    check("two names", &|meetings| {
        meetings.arrive(0, Wait::Named("a".into()), one, 0);
        meetings.arrive(1, Wait::Named("b".into()), one, 0);
    });
    check("finished before", &|meetings| {
        meetings.finish(1);
        meetings.arrive(0, Wait::Block, one, 0);
    });
    check("finished after", &|meetings| {
        meetings.arrive(0, Wait::Block, one, 0);
        meetings.finish(1);
    });
    check("another block misses the grid", &|meetings| {
        meetings.arrive(0, Wait::Grid, one, 0);
        meetings.finish(5);
    });
    check("another block waits for the grid elsewhere", &|meetings| {
        (0..4).for_each(|lane| assert_eq!(meetings.arrive(lane, Wait::Grid, one, 0), None));
        meetings.arrive(4, Wait::Grid, other, 0);
    });
    check("a named lane waits for its block", &|meetings| {
        meetings.arrive(1, Wait::Block, one, 0);
        meetings.arrive(0, warp(0b11), one, 0);
    });
    check("a named lane goes to its block", &|meetings| {
        meetings.arrive(0, warp(0b11), one, 0);
        meetings.arrive(1, Wait::Block, one, 0);
    });
    check("a named lane finishes", &|meetings| {
        meetings.arrive(0, warp(0b11), one, 0);
        meetings.finish(1);
    });
    check("masks disagree", &|meetings| {
        meetings.arrive(0, warp(0b11), one, 0);
        meetings.arrive(1, warp(0b111), one, 0);
    });
    check("operations disagree", &|meetings| {
        meetings.arrive(0, warp(0b11), one, 0);
        meetings.arrive(1, Wait::Warp(WarpOperation::All, 0b11), one, 0);
    });
}

/// Random programs: each lane follows a random script. When nobody can go on and not all have finished, it has been
/// noticed; where all lanes of a block follow one script, nothing is wrong and all finish.
#[test]
fn nobody_waits_unnoticed() {
    let places = [here(), here()];
    let mut state = 7u64;
    let mut below = |bound: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % bound
    };
    let (mut diverged, mut finished) = (0, 0);
    for round in 0..if cfg!(miri) { 30 } else { 4000 } {
        let shape = Shape { blocks: 1 + below(2) as u32, lanes: 1 + below(5) as u32 };
        let all = (1 << shape.lanes) - 1;
        let mut step = |kinds: u64| {
            let at = places[below(2) as usize];
            match below(kinds) {
                0 => (Wait::Block, at),
                1 => (Wait::Gather, at),
                2 => (Wait::Grid, at),
                3 => (Wait::Named(["a", "b"][below(2) as usize].into()), at),
                4 => (Wait::Warp(WarpOperation::Sync, all), at),
                _ => (Wait::Warp(WarpOperation::Any, below(u64::from(all) + 1) as u32), at),
            }
        };
        let uniform = round % 2 == 0;
        let common: Vec<_> = (0..3).map(|_| step(5)).collect();
        let mut scripts: Vec<Vec<(Wait, At)>> = Vec::new();
        for lane in 0..shape.total() {
            let mut script: Vec<_> = common.iter().rev().cloned().collect();
            if !uniform {
                script = (0..script.len()).map(|_| step(6)).collect();
                for (wait, _) in &mut script {
                    if let Wait::Warp(_, mask) = wait {
                        *mask |= 1 << shape.thread_of(lane);
                    }
                }
            }
            scripts.push(script);
        }
        let mut meetings = Meetings::new(shape);
        let mut ready: Vec<u32> = (0..shape.total()).collect();
        while !ready.is_empty() {
            let lane = ready.swap_remove(0);
            match scripts[lane as usize].pop() {
                Some((wait, at)) => {
                    let group = meetings.arrive(lane, wait, at, 0);
                    ready.extend(group.into_iter().flat_map(|group| group.lanes(shape)));
                }
                None => meetings.finish(lane),
            }
        }
        let waiting = meetings.places().iter().any(|place| matches!(place, Place::Waiting(..)));
        assert_eq!(meetings.has_diverged(), waiting, "round {round}: {meetings:?}");
        assert_eq!(meetings.all_finished(), !waiting);
        assert!(!uniform || !waiting, "round {round}: {meetings:?}");
        if waiting { diverged += 1 } else { finished += 1 }
    }
    assert!(diverged > 1 && finished > 1, "{diverged} and {finished}");
}
