//! What a GPU answers with a hang or with garbage is a fault here, which names the lanes and the lines.

use ringkernel::prelude::*;
use ringkernel::runtime::{Fault, FaultKind};

use crate::kernels::divergent::{self, Fine, Go, Lines};
use crate::rig::{Factory, Rig};
use crate::wait::LIMIT;

/// Orders of the lanes: what is wrong is found in each.
const SCHEDULES: [u64; 4] = [0, 1, 7, 1234];

/// The fault of the kernel `name` in one order of its lanes.
async fn fault(rig: &Rig, name: &str, schedule: u64) -> Fault {
    let options = LaunchOptions::default().with_lane_schedule(schedule);
    let kernel = rig.launch_as(&format!("{name}-{schedule}"), name, options).await;
    let heard = kernel.call::<_, Fine>(Go, LIMIT).await;
    let Err(RingKernelError::HandlerFault { fault, .. }) = heard else {
        panic!("{name} in schedule {schedule}: {heard:?}");
    };
    assert_eq!(kernel.state(), KernelState::Failed);
    assert!(fault.file.ends_with("divergent.rs"), "{fault}");
    assert!(fault.message.ends_with(&format!("(lane schedule {schedule})")), "{fault}");
    *fault
}

/// That the mistake is reported, at the first of its lines and with these parts, where `@1` and `@2` are its lines.
async fn diverges(factory: Factory, name: &str, lines: &Lines, parts: &[&str]) {
    let rig = Rig::start(factory).await;
    for schedule in SCHEDULES {
        let fault = fault(&rig, &format!("testkit.divergent.{name}"), schedule).await;
        assert_eq!((fault.kind, fault.line), (FaultKind::Divergence, lines.first()), "{fault}");
        contains_all(&fault, lines, parts);
    }
    rig.finish().await;
}

fn contains_all(fault: &Fault, lines: &Lines, parts: &[&str]) {
    for part in parts {
        let place = |line: u32| format!("at {}:{line}", fault.file);
        let part = part.replace("@1", &place(lines.first())).replace("@2", &place(lines.second()));
        assert!(fault.message.contains(&part), "{part:?} in {fault}");
    }
}

/// That the race is reported, at one of its lines and with the other.
async fn races(factory: Factory, name: &str, lines: &Lines) {
    let rig = Rig::start_with(factory, |config| config.debug = true).await;
    for schedule in SCHEDULES {
        let fault = fault(&rig, &format!("testkit.divergent.{name}"), schedule).await;
        assert_eq!(fault.kind, FaultKind::DataRace, "{fault}");
        assert!([lines.first(), lines.second()].contains(&fault.line), "{fault}");
        let file = &fault.file;
        let named = |line: u32| fault.message.contains(&format!("{file}:{line}"));
        assert!(named(fault.line) && (named(lines.first()) || named(lines.second())), "{fault}");
        let first = fault.message.find("lane ").expect("a lane");
        assert!(fault.message[first + 1..].contains("lane "), "both lanes: {fault}");
    }
    rig.finish().await;
}

/// Lanes that return before a barrier.
pub async fn lanes_that_return_early_are_named(factory: Factory) {
    let parts = ["lanes 0-15 of block 0 wait in sync_threads @1", "lanes 16-31 of block 0 have finished"];
    diverges(factory, "early_return", &divergent::EARLY_RETURN, &parts).await;
}

/// One barrier in each of two branches.
pub async fn barriers_on_two_lines_are_two(factory: Factory) {
    let parts =
        ["lanes 0-39 of block 0 wait in sync_threads @1", "lanes 40-63 of block 0 wait in sync_threads @2"];
    diverges(factory, "two_lines", &divergent::TWO_LINES, &parts).await;
}

/// A warp's barrier under a mask that names lanes of another branch.
pub async fn a_full_mask_in_a_branch_is_reported(factory: Factory) {
    let parts = [
        "wait in sync_warp with mask 0xffffffff @1",
        "wait in sync_threads @2",
        "lanes 0, 2, 4, 6,",
        "1, 3, 5,",
    ];
    diverges(factory, "warp_in_branch", &divergent::WARP_IN_BRANCH, &parts).await;
}

/// A shuffle with a lane that waits elsewhere.
pub async fn a_shuffle_with_a_lane_elsewhere_is_reported(factory: Factory) {
    let parts = [
        "lanes 0-3 of block 0 wait in warp_shuffle with mask 0x2f @1",
        "lanes 4-7 of block 0 wait in sync_threads @2",
    ];
    diverges(factory, "shuffle_elsewhere", &divergent::SHUFFLE_ELSEWHERE, &parts).await;
}

/// A ballot with a lane that has returned.
pub async fn a_ballot_with_a_finished_lane_is_reported(factory: Factory) {
    let parts = [
        "lanes 32-34, 36-47 of block 0 wait in warp_ballot with mask 0xffff @1",
        // The other warp is done.
        "lanes 0-31, 35 of block 0 have finished",
    ];
    diverges(factory, "ballot_finished", &divergent::BALLOT_FINISHED, &parts).await;
}

/// One operation under two masks.
pub async fn masks_that_disagree_are_reported(factory: Factory) {
    let parts = [
        "lanes 0-7 of block 0 wait in warp_reduce with mask 0xffff @1",
        "lanes 8-31 of block 0 wait in warp_reduce with mask 0xffffffff @1",
    ];
    diverges(factory, "other_masks", &divergent::OTHER_MASKS, &parts).await;
}

/// A block that does not come to the barrier of the grid.
pub async fn a_block_that_misses_the_grid_is_named(factory: Factory) {
    let parts = [
        "lanes 0-3 of block 0 wait in sync_grid @1",
        "lanes 0-3 of block 1 have finished",
        "lanes 0-3 of block 2 wait in sync_grid @1",
    ];
    diverges(factory, "grid", &divergent::GRID, &parts).await;
}

/// Two names are two barriers.
pub async fn barriers_of_two_names_are_two(factory: Factory) {
    let parts = [
        "lanes 0-4 of block 0 wait in named_barrier `in` @1",
        "lane 5 of block 0 waits in named_barrier `out` @1",
    ];
    diverges(factory, "names", &divergent::NAMES, &parts).await;
}

/// A lane that goes through a loop once more.
pub async fn loops_of_different_length_are_reported(factory: Factory) {
    let parts = ["lane 3 of block 0 waits in sync_threads @1", "lanes 0-2, 4-15 of block 0 have finished"];
    diverges(factory, "loops", &divergent::LOOPS, &parts).await;
}

/// Masks that name each other in a circle.
pub async fn lanes_that_wait_in_a_circle_are_named(factory: Factory) {
    let parts = ["lane 0 of block 0 waits in sync_warp with mask 0x3 @1", "mask 0x6 @1", "mask 0x5 @1"];
    diverges(factory, "circle", &divergent::CIRCLE, &parts).await;
}

/// A neighbour's element without a barrier.
pub async fn getting_what_a_neighbour_sets_is_a_race(factory: Factory) {
    races(factory, "neighbour", &divergent::NEIGHBOUR).await;
}

/// A plain total that all lanes add to.
pub async fn a_total_without_atomics_is_a_race(factory: Factory) {
    races(factory, "total", &divergent::TOTAL).await;
}

/// The barrier of a block orders no other block.
pub async fn a_barrier_of_the_block_does_not_order_blocks(factory: Factory) {
    races(factory, "blocks", &divergent::BLOCKS).await;
}

/// Block memory is not zero: a lane sets it first.
pub async fn getting_block_memory_that_is_not_set_is_a_fault(factory: Factory) {
    let rig = Rig::start_with(factory, |config| config.debug = true).await;
    for schedule in SCHEDULES {
        let fault = fault(&rig, "testkit.divergent.unset", schedule).await;
        assert_eq!((fault.kind, fault.line), (FaultKind::SharedMemory, divergent::UNSET.first()), "{fault}");
        contains_all(&fault, &divergent::UNSET, &["lane 0 of block 0: gets an element of block memory"]);
    }
    rig.finish().await;
}
