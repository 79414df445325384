//! Handlers that do not return: visible, counted, in nobody's way, and no reason to hang.

use std::time::{Duration, Instant};

use ringkernel::dead_letter::DeadLetterReason;
use ringkernel::prelude::*;

use crate::kernels::host_only::{Gate, Passed};
use crate::kernels::plain::{Doubled, Number};
use crate::rig::{Factory, Rig};
use crate::wait::{LIMIT, eventually};

const WATCHDOG: Duration = Duration::from_millis(20);
const PATIENCE: Duration = Duration::from_millis(200);

/// A runtime that loses patience soon.
async fn impatient(factory: Factory) -> Rig {
    Rig::start_with(factory, |config| {
        config.watchdog = WATCHDOG;
        config.shutdown_timeout = PATIENCE;
    })
    .await
}

/// Launches `count` kernels whose handlers stand before the gate.
async fn blocked(rig: &Rig, gate: &Gate, count: u32) -> Vec<KernelHandle> {
    let mut kernels = Vec::new();
    for index in 0..count {
        let kernel =
            rig.launch_as(&format!("stuck-{index}"), "testkit.blocker", LaunchOptions::default()).await;
        kernel.send(gate.enter()).await.unwrap();
        gate.reached(index + 1).await;
        kernels.push(kernel);
    }
    kernels
}

/// The watchdog shows and counts a handler that does not return, and forgets it when it does.
pub async fn a_stuck_handler_is_visible_and_counted(factory: Factory) {
    let rig = impatient(factory).await;
    let gate = Gate::new();
    let kernels = blocked(&rig, &gate, 1).await;
    eventually("the watchdog counts it", || rig.metrics().stuck_handlers == 1).await;
    assert!(kernels[0].status().stuck_for > Some(WATCHDOG));
    assert_eq!(kernels[0].state(), KernelState::Active, "stuck is no failure");
    gate.open();
    eventually("it is not stuck any longer", || kernels[0].status().stuck_for.is_none()).await;
    let _: Passed = kernels[0].call(gate.enter(), LIMIT).await.unwrap();
    assert_eq!(rig.metrics().stuck_handlers, 1, "counted once");
    rig.finish().await;
}

/// More stuck handlers than workers: other kernels go on.
pub async fn other_kernels_go_on_when_every_worker_is_blocked(factory: Factory) {
    let rig = impatient(factory).await;
    let gate = Gate::new();
    let kernels = blocked(&rig, &gate, 6).await;
    let other = rig.launch_default("testkit.doubler").await;
    for value in 0..100 {
        let answer: Doubled = other.call(Number::of(value), LIMIT).await.unwrap();
        assert_eq!(answer.value, 2 * value);
    }
    eventually("all are counted", || rig.metrics().stuck_handlers == 6).await;
    gate.open();
    for kernel in &kernels {
        let passed = kernel.receive_timeout(LIMIT).await.unwrap();
        assert!(passed.is::<Passed>());
    }
    rig.finish().await;
}

/// Pausing and terminating a stuck kernel give up in time and say why; the kernel ends when its handler does.
pub async fn pausing_or_ending_a_stuck_kernel_gives_up_in_time(factory: Factory) {
    let rig = impatient(factory).await;
    let gate = Gate::new();
    let kernel = blocked(&rig, &gate, 1).await.remove(0);
    for outcome in [kernel.deactivate().await, kernel.terminate().await] {
        assert!(
            matches!(&outcome, Err(RingKernelError::KernelStuck { kernel, running_for })
                if kernel == "stuck-0" && *running_for >= PATIENCE / 2),
            "{outcome:?}"
        );
    }
    assert_eq!(kernel.state(), KernelState::Terminating);
    gate.open();
    kernel.wait().await.unwrap();
    assert_eq!(kernel.state(), KernelState::Terminated);
    rig.finish().await;
}

/// Shutdown is bounded, names the kernels, and everybody who waits for them wakes.
pub async fn shutdown_is_bounded_and_names_stuck_kernels(factory: Factory) {
    let rig = impatient(factory).await;
    let gate = Gate::new();
    let kernels = blocked(&rig, &gate, 2).await;
    let fine = rig.launch_default("testkit.doubler").await;
    let stuck = kernels[0].clone();
    stuck.send(Number::of(1)).await.unwrap();
    let waiter = tokio::spawn({
        let stuck = stuck.clone();
        async move { stuck.wait().await }
    });
    let receiver = tokio::spawn({
        let stuck = stuck.clone();
        async move { stuck.receive().await }
    });
    let started = Instant::now();
    let outcome = rig.shutdown().await;
    assert!(started.elapsed() < LIMIT / 2, "bounded");
    let Err(RingKernelError::ShutdownTimeout { waited, kernels: named }) = outcome else {
        panic!("{outcome:?}");
    };
    assert!(waited >= PATIENCE);
    assert_eq!(named, ["stuck-0", "stuck-1"]);
    assert!(fine.is_terminated());
    let waited = tokio::time::timeout(LIMIT, waiter)
        .await
        .expect("waiting wakes, although the handler has not returned")
        .unwrap();
    assert!(
        matches!(&waited, Err(RingKernelError::KernelStuck { kernel, .. }) if kernel == "stuck-0"),
        "{waited:?}"
    );
    let received = tokio::time::timeout(LIMIT, receiver).await.expect("receiving wakes as well").unwrap();
    assert!(received.is_err(), "{received:?}");
    let sent = tokio::time::timeout(LIMIT, stuck.send_timeout(Number::of(1), Duration::from_secs(3600)))
        .await
        .expect("nobody waits for a kernel that will not run again");
    assert!(sent.is_err());
    gate.open();
    eventually("the kernels end when their handlers do", || kernels.iter().all(KernelHandle::is_terminated))
        .await;
    assert!(stuck.wait().await.is_ok());
    let letters = rig.take_dead_letters();
    assert_eq!(
        letters.len(),
        3,
        "two answers that come too late, and the message behind one of them: {letters:?}"
    );
    assert!(letters.iter().all(|letter| letter.reason == DeadLetterReason::KernelTerminated));
}

/// A handler that waits for ever, without blocking, is ended by the shutdown.
pub async fn a_handler_that_waits_for_ever_is_ended_by_shutdown(factory: Factory) {
    let rig = impatient(factory).await;
    let gate = Gate::new();
    let kernel = rig.launch_default("testkit.waiter").await;
    let caller = tokio::spawn({
        let (kernel, message) = (kernel.clone(), gate.enter_async());
        async move { kernel.call::<_, Passed>(message, Duration::from_secs(3600)).await }
    });
    gate.reached(1).await;
    let outcome = rig.shutdown().await;
    assert!(
        matches!(&outcome, Err(RingKernelError::ShutdownTimeout { kernels, .. })
            if *kernels == ["testkit.waiter"]),
        "{outcome:?}"
    );
    let heard = tokio::time::timeout(LIMIT, caller).await.expect("the caller hears").unwrap();
    assert!(heard.is_err(), "{heard:?}");
    tokio::time::timeout(LIMIT, kernel.wait())
        .await
        .expect("waiting wakes")
        .unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(rig.take_dead_letters().len(), 1);
}
