//! Panics: in a handler, in the second part of an async handler, without text, in a destructor.

use ringkernel::dead_letter::DeadLetterReason;
use ringkernel::prelude::*;
use ringkernel::runtime::FaultKind;
use std::time::Duration;

use crate::kernels::host_only::{Panic, PanicAfterWaiting, PanicAtTheEnd, PanicWithNumber, Passed};
use crate::kernels::hostile::{PanicInAChain, PanicTwice, SleepOnTokio, WaitWithABomb};
use crate::kernels::plain::{Doubled, Number};
use crate::rig::{Factory, Rig, processed};
use crate::wait::{LIMIT, eventually};

async fn panicked<M: RingMessage>(rig: &Rig, name: &str, message: M, text: &str) {
    let kernel = rig.launch_default(name).await;
    let heard = kernel.call::<_, Passed>(message, LIMIT).await;
    let Err(RingKernelError::HandlerFault { fault, .. }) = heard else {
        panic!("{heard:?}");
    };
    assert_eq!((fault.kind, fault.code), (FaultKind::Panic, FaultKind::Panic.code()));
    assert!(fault.message.contains(text), "{fault}");
    assert!(fault.file.ends_with("host_only.rs") && fault.line > 0, "{fault}");
    assert!(kernel.wait().await.is_err());
    assert_eq!(kernel.state(), KernelState::Failed);
    let letters = rig.take_dead_letters();
    assert_eq!(letters.len(), 1);
    assert_eq!(letters[0].reason, DeadLetterReason::HandlerFault);
}

/// The text and the place are those of the panic.
pub async fn a_panic_is_a_fault_with_its_text_and_place(factory: Factory) {
    let rig = Rig::start(factory).await;
    let text = || "on purpose, ünicode".to_owned();
    panicked(&rig, "testkit.panicker", Panic { text: text() }, "on purpose, ünicode").await;
    panicked(&rig, "testkit.waiter", PanicAfterWaiting { text: text() }, "on purpose").await;
    rig.finish().await;
}

/// A panic need not have a text.
pub async fn a_panic_without_text_is_a_fault_all_the_same(factory: Factory) {
    let rig = Rig::start(factory).await;
    panicked(&rig, "testkit.panicker", PanicWithNumber, "").await;
    rig.finish().await;
}

/// A restarted kernel does not remember.
pub async fn a_kernel_restarts_after_a_panic(factory: Factory) {
    let rig = Rig::start(factory).await;
    let policy = RestartPolicy::limited(50, Duration::from_secs(3600));
    let kernel = rig.launch_with("testkit.panicker", LaunchOptions::default().with_restart(policy)).await;
    for round in 0..50 {
        let text = format!("round {round}");
        let heard = kernel.call::<_, Passed>(Panic { text: text.clone() }, LIMIT).await;
        assert!(
            matches!(&heard, Err(RingKernelError::HandlerFault { fault, .. }) if fault.message == text),
            "{heard:?}"
        );
    }
    assert_eq!(kernel.state(), KernelState::Active);
    rig.finish().await;
}

/// A destructor that panics is a fault, too; the kernel is gone, and the runtime goes on.
pub async fn a_panicking_destructor_does_not_stop_the_termination(factory: Factory) {
    let rig = Rig::start(factory).await;
    let kernel = rig.launch_default("testkit.panicker").await;
    let neighbour = rig.launch_default("testkit.doubler").await;
    kernel.send(PanicAtTheEnd).await.unwrap();
    processed(&kernel, 1).await;
    kernel.terminate().await.unwrap();
    assert_eq!(kernel.state(), KernelState::Terminated);
    assert_eq!(kernel.metrics().faults, 1);
    let answer: Doubled = neighbour.call(Number::of(2), LIMIT).await.unwrap();
    assert_eq!(answer.value, 4);
    rig.launch_default("testkit.panicker").await;
    rig.finish().await;
}

/// What a panic carries may panic when it is dropped: no worker is lost, and the caller hears of the fault.
pub async fn a_panic_may_carry_another(factory: Factory) {
    let rig = Rig::start(factory).await;
    let neighbour = rig.launch_default("testkit.doubler").await;
    for round in 0..4 {
        let kernel =
            rig.launch_as(&format!("hostile-{round}"), "testkit.hostile", LaunchOptions::default()).await;
        let heard = kernel.call::<_, Passed>(PanicInAChain { length: round + 1 }, LIMIT).await;
        assert!(matches!(heard, Err(RingKernelError::HandlerFault { .. })), "{heard:?}");
        assert_eq!(kernel.state(), KernelState::Failed);
        let answer: Doubled = neighbour.call(Number::of(3), LIMIT).await.unwrap();
        assert_eq!(answer.value, 6);
    }
    rig.finish().await;
}

/// Dropping a runtime whose handlers wait for ever ends them, whatever they hold.
pub async fn a_waiting_handler_that_panics_when_dropped_is_ended(factory: Factory) {
    let rig = Rig::start_with(factory, |config| config.shutdown_timeout = Duration::from_millis(100)).await;
    let mut waiting = Vec::new();
    for number in 0..3 {
        let id = format!("hostile-{number}");
        let kernel = rig.launch_as(&id, "testkit.hostile", LaunchOptions::default()).await;
        kernel.send(WaitWithABomb).await.unwrap();
        kernel.send(SleepOnTokio { milliseconds: 1 }).await.unwrap();
        eventually("the handler waits", || kernel.status().input_queue_depth == 1).await;
        waiting.push(kernel);
    }
    let ended = tokio::task::spawn_blocking(move || drop(rig));
    tokio::time::timeout(LIMIT, ended).await.expect("bounded").expect("no panic leaves the runtime");
    for kernel in waiting {
        // How it ended does not matter here, only that it did.
        let _ = tokio::time::timeout(LIMIT, kernel.wait()).await.expect("waiting wakes");
        assert_eq!(kernel.state(), KernelState::Terminated);
    }
}

/// The caller hears of its handler's own panic, also when the restart after it faults as well.
pub async fn the_callers_fault_is_that_of_its_handler(factory: Factory) {
    let rig = Rig::start(factory).await;
    let policy = RestartPolicy::limited(1, Duration::from_secs(3600));
    let kernel = rig.launch_with("testkit.hostile", LaunchOptions::default().with_restart(policy)).await;
    let heard = kernel.call::<_, Passed>(PanicTwice, LIMIT).await;
    let Err(RingKernelError::HandlerFault { fault, .. }) = heard else {
        panic!("{heard:?}");
    };
    assert_eq!(fault.message, "the handler itself");
    assert_eq!((kernel.metrics().faults, kernel.state()), (2, KernelState::Active));
    rig.finish().await;
}
