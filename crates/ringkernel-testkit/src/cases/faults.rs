//! A handler that cannot finish: its kernel fails, with a code and a place, and nobody else notices.

use std::time::Duration;

use ringkernel::dead_letter::DeadLetterReason;
use ringkernel::prelude::*;
use ringkernel::runtime::{Fault, FaultKind};

use crate::kernels::account::{Add, Report, Total};
use crate::kernels::faulty::{DivideBy, Fail, Outcome, Overflow, ReadAt, line_of};
use crate::kernels::plain::{Doubled, Number};
use crate::rig::{Factory, Rig, inactive};
use crate::wait::{LIMIT, eventually};

/// The kernel's fault, which `heard` tells, too.
async fn failed(kernel: &KernelHandle, heard: Result<Outcome>) -> Fault {
    let Err(RingKernelError::HandlerFault { kernel: id, fault }) = heard else {
        panic!("{heard:?}");
    };
    assert_eq!(id, kernel.id().as_str());
    eventually("the kernel fails", || kernel.state() == KernelState::Failed).await;
    assert_eq!(kernel.status().last_fault.as_ref(), Some(&*fault));
    assert!(fault.file.ends_with("faulty.rs"), "{fault}");
    assert_eq!(kernel.telemetry().last_error(), Some(fault.code));
    *fault
}

/// `ctx.fail(code)`: the user's code, the line of the call, at once.
pub async fn an_explicit_failure_has_its_code_and_line(factory: Factory) {
    let rig = Rig::start(factory).await;
    let kernel = rig.launch_default("testkit.faulty").await;
    let heard = kernel.call(Fail { code: 4711 }, LIMIT).await;
    let fault = failed(&kernel, heard).await;
    assert_eq!((fault.kind, fault.code, fault.line), (FaultKind::Failed, 4711, line_of("ctx.fail(")));
    rig.dead_letters_of(1, &kernel, DeadLetterReason::HandlerFault).await;
    rig.finish().await;
}

/// An index out of bounds and a division by zero fault; their neighbours in range do not.
pub async fn an_index_and_a_division_fault_on_their_line(factory: Factory) {
    let rig = Rig::start(factory).await;
    let kernel = rig.launch_default("testkit.faulty").await;
    let read: Outcome = kernel.call(ReadAt { index: 3 }, LIMIT).await.unwrap();
    let divided: Outcome = kernel.call(DivideBy { divisor: 7 }, LIMIT).await.unwrap();
    assert_eq!((read.value, divided.value), (13, 14));
    let fault = failed(&kernel, kernel.call(ReadAt { index: 4 }, LIMIT).await).await;
    assert_eq!(
        (fault.kind, fault.code, fault.line),
        (FaultKind::IndexOutOfBounds, FaultKind::IndexOutOfBounds.code(), line_of("numbers["))
    );
    kernel.terminate().await.unwrap();
    let kernel = rig.launch_default("testkit.faulty").await;
    let fault = failed(&kernel, kernel.call(DivideBy { divisor: 0 }, LIMIT).await).await;
    assert_eq!(
        (fault.kind, fault.code, fault.line),
        (FaultKind::DivisionByZero, FaultKind::DivisionByZero.code(), line_of("100 /"))
    );
    rig.finish().await;
}

/// As in Rust: overflow faults with debug assertions, and wraps without.
pub async fn overflow_means_what_it_means_in_rust(factory: Factory) {
    let rig = Rig::start(factory).await;
    let kernel = rig.launch_default("testkit.faulty").await;
    let heard: Result<Outcome> = kernel.call(Overflow { amount: 3 }, LIMIT).await;
    if cfg!(debug_assertions) {
        assert_eq!(failed(&kernel, heard).await.kind, FaultKind::ArithmeticOverflow);
    } else {
        assert_eq!(heard.unwrap().value, 2);
    }
    rig.finish().await;
}

/// The message in hand and those queued are accounted for; their callers err at once, not at their deadline.
pub async fn a_fault_dead_letters_what_is_queued_and_tells_callers(factory: Factory) {
    let rig = Rig::start(factory).await;
    let kernel = rig.launch_with("testkit.faulty", inactive()).await;
    let fatal = tokio::spawn({
        let kernel = kernel.clone();
        async move { kernel.call::<_, Outcome>(Fail { code: 9 }, Duration::from_secs(3600)).await }
    });
    eventually("the fatal call is queued", || kernel.status().input_queue_depth == 1).await;
    kernel.send(ReadAt { index: 1 }).await.unwrap();
    let queued = tokio::spawn({
        let kernel = kernel.clone();
        async move { kernel.call::<_, Outcome>(ReadAt { index: 2 }, Duration::from_secs(3600)).await }
    });
    eventually("the second call is queued", || kernel.status().input_queue_depth == 3).await;
    kernel.activate().await.unwrap();
    failed(&kernel, fatal.await.unwrap()).await;
    let heard = queued.await.unwrap();
    assert!(
        matches!(&heard, Err(RingKernelError::KernelFailed { kernel, fault })
            if kernel == "testkit.faulty" && fault.code == 9),
        "{heard:?}"
    );
    let letters = rig.dead_letters(3).await;
    let reasons: Vec<_> = letters.iter().map(|letter| letter.reason).collect();
    assert_eq!(
        reasons,
        [DeadLetterReason::HandlerFault, DeadLetterReason::KernelFailed, DeadLetterReason::KernelFailed]
    );
    assert_eq!(kernel.status().messages_processed, 0);
    assert_eq!(kernel.status().input_queue_depth, 0);
    rig.finish().await;
}

/// A failed kernel says so to everybody, until it is terminated.
pub async fn a_failed_kernel_refuses_everything_but_termination(factory: Factory) {
    let rig = Rig::start(factory).await;
    let kernel = rig.launch_default("testkit.faulty").await;
    let failed_with = |error: &RingKernelError| matches!(error, RingKernelError::KernelFailed { fault, .. } if fault.code == 3);
    let waiter = tokio::spawn({
        let kernel = kernel.clone();
        async move { kernel.wait().await }
    });
    kernel.send(Fail { code: 3 }).await.unwrap();
    assert!(failed_with(&waiter.await.unwrap().unwrap_err()));
    assert!(failed_with(&kernel.try_send(Fail { code: 1 }).unwrap_err().error));
    assert!(failed_with(&kernel.send(Fail { code: 1 }).await.unwrap_err().error));
    assert!(failed_with(&kernel.call::<_, Outcome>(Fail { code: 1 }, LIMIT).await.unwrap_err()));
    assert!(failed_with(&kernel.receive().await.unwrap_err()));
    for refused in [kernel.activate().await, kernel.deactivate().await] {
        assert!(
            matches!(refused, Err(RingKernelError::InvalidStateTransition { from: KernelState::Failed, .. })),
            "{refused:?}"
        );
    }
    assert!(rig.launch("testkit.faulty", LaunchOptions::default()).await.is_err());
    kernel.terminate().await.unwrap();
    assert_eq!(kernel.state(), KernelState::Terminated);
    assert!(failed_with(&kernel.wait().await.unwrap_err()), "a fault ended it, whoever terminated it then");
    let again = rig.launch_default("testkit.faulty").await;
    let read: Outcome = again.call(ReadAt { index: 0 }, LIMIT).await.unwrap();
    assert_eq!(read.value, 10);
    rig.finish().await;
}

/// Neighbours go on while kernels fail, one after the other.
pub async fn the_neighbours_of_a_failing_kernel_go_on(factory: Factory) {
    let rig = Rig::start(factory).await;
    let neighbour = rig.launch_default("testkit.doubler").await;
    for round in 0..20 {
        let kernel =
            rig.launch_as(&format!("faulty-{round}"), "testkit.faulty", LaunchOptions::default()).await;
        kernel.send(ReadAt { index: 99 }).await.unwrap();
        let answer: Doubled = neighbour.call(Number::of(round), LIMIT).await.unwrap();
        assert_eq!(answer.value, 2 * round);
        assert!(kernel.wait().await.is_err());
    }
    assert_eq!(rig.metrics().faults, 20);
    assert_eq!(neighbour.metrics().faults, 0);
    rig.finish().await;
}

/// `report_error` counts and does nothing else.
pub async fn reporting_an_error_only_counts(factory: Factory) {
    let rig = Rig::start(factory).await;
    let kernel = rig.launch_default("testkit.account").await;
    let _: Total = kernel.call(Add { amount: 2 }, LIMIT).await.unwrap();
    let total: Total = kernel.call(Report { errors: 3 }, LIMIT).await.unwrap();
    assert_eq!(total.sum, 2);
    let metrics = kernel.metrics();
    assert_eq!((metrics.errors_reported, metrics.faults), (3, 0));
    assert_eq!(kernel.state(), KernelState::Active);
    assert_eq!(kernel.status().last_fault, None);
    assert_eq!(rig.metrics().dead_letters, 0);
    rig.finish().await;
}

/// Whoever hears of a fault finds the kernel's state and the dead letter in place.
pub async fn a_caller_hears_of_a_fault_last(factory: Factory) {
    let rig = Rig::start(factory).await;
    for _ in 0..300 {
        let kernel = rig.launch_default("testkit.faulty").await;
        let heard = kernel.call::<_, Outcome>(Fail { code: 1 }, LIMIT).await;
        assert!(matches!(heard, Err(RingKernelError::HandlerFault { .. })), "{heard:?}");
        assert_eq!(kernel.state(), KernelState::Failed);
        assert_eq!(rig.take_dead_letters().len(), 1);
        kernel.terminate().await.unwrap();
    }
    rig.finish().await;
}
