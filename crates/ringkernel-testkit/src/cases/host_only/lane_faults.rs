//! Lanes that fault: which one, where, and what becomes of the others. And the order in which lanes run.

use std::sync::atomic::Ordering;
use std::time::Duration;

use ringkernel::prelude::*;
use ringkernel::runtime::{Fault, FaultKind};

use crate::kernels::divergent::Fine;
use crate::kernels::misuse::{self, Ask, HELD, Misuse, Order, PASSED, Race};
use crate::rig::{Factory, Rig, receive_all};
use crate::wait::LIMIT;

/// The fault that `heard` tells.
fn fault<M: std::fmt::Debug>(heard: Result<M>) -> Fault {
    match heard {
        Err(RingKernelError::HandlerFault { fault, .. }) => *fault,
        other => panic!("{other:?}"),
    }
}

/// One lane of forty faults while the others wait: it is named, the others are unwound, and the kernel can go on.
pub async fn a_lane_that_faults_is_named_and_the_others_unwind(factory: Factory) {
    let rig = Rig::start(factory).await;
    let cases = [
        (misuse::PANIC, FaultKind::Panic, "panic!(", "of its own accord"),
        (misuse::FAIL, FaultKind::Failed, "ctx.fail(", "the handler called `ctx.fail`"),
        (
            misuse::STATE_INDEX,
            FaultKind::IndexOutOfBounds,
            "numbers.get(4)",
            "the len is 4 but the index is 4",
        ),
        (misuse::BLOCK_INDEX, FaultKind::IndexOutOfBounds, "block.set(4", "the len is 4 but the index is 4"),
        (misuse::OTHER_LENGTH, FaultKind::Divergence, "ctx.shared_array", "a block array of"),
        (
            misuse::LEAVE_ITSELF_OUT,
            FaultKind::Divergence,
            "warp_shuffle(1u32",
            "leaves out the calling lane 5",
        ),
        (misuse::NAME_NOBODY, FaultKind::Divergence, "sync_warp(0x1ff)", "names lanes that are not active"),
    ];
    for schedule in [0, 5] {
        let policy = RestartPolicy::limited(100, Duration::from_secs(3600));
        let options = LaunchOptions::default().with_restart(policy).with_lane_schedule(schedule);
        let kernel = rig.launch_as(&format!("misuse-{schedule}"), "testkit.misuse", options).await;
        for (what, kind, code, text) in cases {
            // Lane 37 is lane 5 of the second warp, which has eight lanes.
            let fault = fault(kernel.call::<_, Fine>(Misuse { what, lane: 37 }, LIMIT).await);
            assert_eq!((fault.kind, fault.line), (kind, misuse::line_of(code)), "{fault}");
            let of_37 = fault.message.starts_with("lane 37 of block 0: ");
            // Of lanes that disagree, the one that comes second is told.
            assert!(of_37 || what == misuse::OTHER_LENGTH, "{fault}");
            assert!(fault.message.contains(text), "{fault}");
            assert!(fault.message.ends_with(&format!("(lane schedule {schedule})")), "{fault}");
            assert_eq!(fault.code, if what == misuse::FAIL { 77 } else { kind.code() });
            assert_eq!(HELD.load(Ordering::Relaxed), 0, "every lane has dropped what it held: {fault}");
            assert_eq!(PASSED.swap(0, Ordering::Relaxed), 0, "no lane goes on behind the barrier: {fault}");
            let nothing = Misuse { what: misuse::NOTHING, lane: 0 };
            kernel.call::<_, Fine>(nothing, LIMIT).await.expect("it goes on after a restart");
            assert_eq!(PASSED.swap(0, Ordering::Relaxed), 3 * 40);
        }
    }
    rig.finish().await;
}

/// A context works on the thread of its lane: on another one it is refused, and nothing is lost.
pub async fn a_context_that_leaves_its_thread_is_refused(factory: Factory) {
    let rig = Rig::start(factory).await;
    let kernel = rig.launch_default("testkit.leaving").await;
    let fault = fault(kernel.call::<_, Fine>(Misuse { what: misuse::NOTHING, lane: 2 }, LIMIT).await);
    assert!(fault.message.starts_with("lane 2 of block 0: "), "{fault}");
    rig.finish().await;
}

/// A block has the memory that it was launched with; one place in the source is one array.
pub async fn block_memory_has_a_size(factory: Factory) {
    let rig = Rig::start(factory).await;
    let kernel = rig.launch_default("testkit.memory").await;
    kernel.call::<_, Fine>(Ask { first: 16_000, second: 384 }, LIMIT).await.expect("16,384 bytes");
    let fault = fault(kernel.call::<_, Fine>(Ask { first: 16_000, second: 385 }, LIMIT).await);
    assert_eq!(fault.kind, FaultKind::SharedMemory);
    for part in ["asks for 385 bytes", "has taken 16000", "launched with 16384", "with_shared_memory"] {
        assert!(fault.message.contains(part), "{fault}");
    }
    let more = LaunchOptions::default().with_shared_memory(100_000);
    let kernel = rig.launch_as("more", "testkit.memory", more).await;
    kernel.call::<_, Fine>(Ask { first: 60_000, second: 40_000 }, LIMIT).await.expect("100,000 bytes");
    let too_much = LaunchOptions::default().with_shared_memory(1 << 20);
    let refused = rig.launch("testkit.memory", too_much.with_handler("testkit.memory")).await;
    assert!(
        matches!(&refused, Err(RingKernelError::InvalidConfig(text)) if text.contains("shared_memory is 1048576")),
        "{refused:?}"
    );
    let scalar = rig.launch_default("testkit.scalar_memory").await;
    let heard = scalar.call::<_, Fine>(Ask { first: 1, second: 1 }, LIMIT).await;
    assert!(self::fault(heard).message.contains("register its kernel with a `block_size`"));
    rig.finish().await;
}

/// A seed is an order of the lanes: the same each time, another for another seed, and 0 is that of their numbers.
pub async fn a_lane_schedule_is_an_order_that_repeats(factory: Factory) {
    let rig = Rig::start(factory).await;
    let mut orders: Vec<Vec<u32>> = Vec::new();
    for schedule in [0, 1, 2, u64::MAX] {
        let options = LaunchOptions::default().with_lane_schedule(schedule);
        let kernel = rig.launch_as(&format!("tickets-{schedule}"), "testkit.tickets", options).await;
        let first: Order = kernel.call(Race, LIMIT).await.expect("an answer");
        for _ in 0..5 {
            let again: Order = kernel.call(Race, LIMIT).await.expect("an answer");
            assert_eq!(again, first, "schedule {schedule}");
        }
        let mut sorted = first.lanes.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, (0..32).collect::<Vec<_>>(), "every lane draws once");
        assert_eq!(first.lanes == sorted, schedule == 0);
        assert!(!orders.contains(&first.lanes), "another seed, another order");
        orders.push(first.lanes);
    }
    rig.finish().await;
}

/// Lanes that wait for each other's atomic cells make progress, whichever lane runs first.
pub async fn lanes_that_wait_for_cells_make_progress(factory: Factory) {
    let rig = Rig::start(factory).await;
    for schedule in [0, 1, 2, 3] {
        let options = LaunchOptions::default().with_lane_schedule(schedule);
        let kernel = rig.launch_as(&format!("spinning-{schedule}"), "testkit.spinning", options).await;
        let done: Order = kernel.call(Race, LIMIT).await.expect("an answer");
        assert_eq!(done.lanes, [32, 32], "schedule {schedule}");
    }
    rig.finish().await;
}

/// What lanes send is sent by each of them; the answer is that of lane 0 of block 0.
pub async fn every_lane_sends_and_one_answers(factory: Factory) {
    let rig = Rig::start(factory).await;
    let kernel = rig.launch_default("testkit.chatty").await;
    let answer: Order = kernel.call(Race, LIMIT).await.expect("an answer");
    assert_eq!(answer.lanes, [1000]);
    let outputs: Vec<Order> = receive_all(&kernel, 66).await;
    assert_eq!(outputs.iter().map(|output| output.lanes[0]).collect::<Vec<_>>(), (0..66).collect::<Vec<_>>());
    assert_eq!(kernel.status().output_queue_depth, 0);
    rig.finish().await;
}

/// Lanes need stacks, so that there is a limit.
pub async fn more_lanes_than_can_run_are_refused(factory: Factory) {
    let rig = Rig::start(factory).await;
    let refused = rig.launch("testkit.chatty", LaunchOptions::multi_block(17, 1024)).await;
    assert!(
        matches!(&refused, Err(RingKernelError::InvalidConfig(text)) if text.contains("at most 16384 lanes")),
        "{refused:?}"
    );
    let most = LaunchOptions::multi_block(16, 1024).with_output_queue_capacity(1 << 15);
    let kernel = rig.launch_with("testkit.chatty", most).await;
    let answer: Order = kernel.call(Race, LIMIT).await.expect("an answer");
    assert_eq!(answer.lanes, [1000]);
    let kernel = rig.launch_as("all", "testkit.lanes.meet", LaunchOptions::multi_block(16, 1024)).await;
    let none = crate::kernels::lanes::Numbers { values: vec![] };
    let checked: crate::kernels::lanes::Numbers = kernel.call(none, LIMIT).await.expect("an answer");
    assert_eq!(checked.values, [0], "all of them have waited at once, and counted each other");
    rig.finish().await;
}
