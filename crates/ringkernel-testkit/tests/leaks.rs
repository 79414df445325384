//! A runtime that is gone leaves nothing: no thread, and no memory that grows from one to the next.
//!
//! One test in a binary of its own, so that nothing else starts threads meanwhile.

use std::time::{Duration, Instant};

use ringkernel::prelude::*;
use ringkernel_cpu::CpuFactory;
use ringkernel_testkit::allocations::CountingAllocator;
use ringkernel_testkit::kernels::host_only::{Gate, Passed};
use ringkernel_testkit::kernels::later::{Hold, Late};
use ringkernel_testkit::kernels::peers::{Connect, Forward};
use ringkernel_testkit::kernels::plain::{Doubled, Number};
use ringkernel_testkit::process;
use ringkernel_testkit::rig::{Rig, inactive, reachable};
use ringkernel_testkit::wait::LIMIT;

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator::new();

/// What may be alive after a hundred more runtimes: room for a table of the process that grew by a step, far less than
/// one mailbox for each of them.
const SPARE_BYTES: u64 = 16 * 1024;

static FACTORY: CpuFactory = CpuFactory;

/// A runtime with everything under way: messages queued, answers deferred, outputs waiting, a fault, a full outbox, a
/// handler that the watchdog found stuck. Ends by shutdown or by being dropped.
async fn live_and_die(shut_down: bool) {
    let rig = Rig::start_with(&FACTORY, |config| config.watchdog = Duration::from_millis(5)).await;
    let target = rig.launch_as("target", "testkit.silent", reachable().without_auto_activate()).await;
    let peer = rig.launch_with("testkit.peer", reachable()).await;
    peer.send(Connect { target: target.actor_ref() }).await.expect("it is running");
    peer.send(Forward { first: 0, count: 2000 }).await.expect("it is running");
    let queued = rig.launch_with("testkit.doubler", inactive()).await;
    for value in 0..500 {
        queued.send(Number::of(value)).await.expect("there is room");
    }
    let keeper = rig.launch_default("testkit.keeper").await;
    let late = keeper.call::<_, Late>(Hold { slot: 0 }, Duration::from_millis(1)).await;
    assert!(late.is_err());
    let gate = Gate::new();
    let blocker = rig.launch_default("testkit.blocker").await;
    blocker.send(gate.enter()).await.expect("it is running");
    gate.reached(1).await;
    ringkernel_testkit::wait::eventually("the watchdog has noticed", || rig.metrics().stuck_handlers == 1)
        .await;
    gate.open();
    assert!(blocker.receive_timeout(LIMIT).await.expect("the gate is open").is::<Passed>());
    for index in 0..50 {
        let kernel =
            rig.launch_as(&format!("kernel-{index}"), "testkit.doubler", LaunchOptions::default()).await;
        let answer: Doubled = kernel.call(Number::of(index), LIMIT).await.expect("an answer");
        assert_eq!(answer.value, 2 * index);
    }
    if shut_down {
        rig.finish().await;
    }
}

/// Waits until this process has no more than `expected` threads: the one that ran a shutdown tells the result just
/// before it ends.
async fn settle(expected: usize) {
    let started = Instant::now();
    while process::threads() > Some(expected) {
        assert!(started.elapsed() < LIMIT, "{:?} threads, not {expected}", process::threads());
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

#[test]
fn a_runtime_that_is_gone_leaves_no_thread_and_no_memory() {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a tokio runtime");
    runtime.block_on(async {
        let Some(threads) = process::threads() else {
            return process::skipped("the leak test");
        };
        // What is started once per process is there after the first rounds: the timer's thread.
        let threads = threads + 1;
        for round in 0..4 {
            live_and_die(round % 2 == 0).await;
        }
        settle(threads).await;
        let live = ALLOCATOR.live_bytes();
        for round in 0..100 {
            live_and_die(round % 2 == 0).await;
        }
        settle(threads).await;
        let now = ALLOCATOR.live_bytes();
        assert!(now <= live + SPARE_BYTES, "{} bytes are left of 100 runtimes", now - live);
    });
}
