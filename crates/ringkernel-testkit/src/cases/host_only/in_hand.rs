//! What happens to the message in hand while it is in hand.

use std::time::Duration;

use ringkernel::dead_letter::DeadLetterReason;
use ringkernel::prelude::*;

use crate::kernels::host_only::{Gate, Passed, SendAndEnter};
use crate::kernels::hostile::SleepOnTokio;
use crate::kernels::plain::Number;
use crate::rig::{Factory, Rig, processed, reachable, receive_all};
use crate::wait::{LIMIT, eventually};

/// `deactivate` returns when the handler has, and not before.
pub async fn deactivate_returns_after_the_message_in_hand(factory: Factory) {
    let rig = Rig::start(factory).await;
    for waiting in [false, true] {
        let name = if waiting { "testkit.waiter" } else { "testkit.blocker" };
        let kernel = rig.launch_default(name).await;
        let gate = Gate::new();
        if waiting {
            kernel.send(gate.enter_async()).await.unwrap();
        } else {
            kernel.send(gate.enter()).await.unwrap();
        }
        gate.reached(1).await;
        let deactivating = tokio::spawn({
            let kernel = kernel.clone();
            async move { kernel.deactivate().await }
        });
        eventually("the state changes at once", || kernel.state() == KernelState::Deactivated).await;
        tokio::time::sleep(Duration::from_millis(20)).await;
        assert!(!deactivating.is_finished());
        gate.open();
        deactivating.await.unwrap().unwrap();
        assert_eq!(kernel.status().messages_processed, 1);
        receive_all::<Passed>(&kernel, 1).await;
    }
    rig.finish().await;
}

/// Termination finishes the message in hand and answers it; what is queued is accounted for.
pub async fn terminate_finishes_the_message_in_hand(factory: Factory) {
    let rig = Rig::start(factory).await;
    let kernel = rig.launch_default("testkit.blocker").await;
    let gate = Gate::new();
    let caller = tokio::spawn({
        let (kernel, message) = (kernel.clone(), gate.enter());
        async move { kernel.call::<_, Passed>(message, LIMIT).await }
    });
    gate.reached(1).await;
    kernel.send(Number::of(1)).await.unwrap();
    let terminating = tokio::spawn({
        let kernel = kernel.clone();
        async move { kernel.terminate().await }
    });
    eventually("termination begins", || kernel.state() == KernelState::Terminating).await;
    assert!(
        matches!(kernel.activate().await, Err(RingKernelError::InvalidStateTransition { .. })),
        "there is no way back"
    );
    gate.open();
    terminating.await.unwrap().unwrap();
    assert!(caller.await.unwrap().unwrap().ending, "the handler can see that it is to end");
    rig.dead_letters_of(1, &kernel, DeadLetterReason::KernelTerminated).await;
    rig.finish().await;
}

/// An answer that comes when its caller has given up is a dead letter.
pub async fn an_answer_after_the_callers_timeout_is_dead_lettered(factory: Factory) {
    let rig = Rig::start(factory).await;
    let kernel = rig.launch_default("testkit.blocker").await;
    let gate = Gate::new();
    let caller = tokio::spawn({
        let (kernel, message) = (kernel.clone(), gate.enter());
        async move { kernel.call::<_, Passed>(message, Duration::from_secs(2)).await }
    });
    gate.reached(1).await;
    let heard = caller.await.unwrap();
    assert!(matches!(heard, Err(RingKernelError::Timeout { .. })), "{heard:?}");
    gate.open();
    let letters = rig.dead_letters_of(1, &kernel, DeadLetterReason::LateReply).await;
    assert!(letters[0].envelope.is::<Passed>());
    rig.finish().await;
}

/// A caller that goes away is no trouble.
pub async fn a_call_that_is_dropped_leaves_a_late_answer(factory: Factory) {
    let rig = Rig::start(factory).await;
    let kernel = rig.launch_default("testkit.blocker").await;
    let gate = Gate::new();
    let caller = tokio::spawn({
        let (kernel, message) = (kernel.clone(), gate.enter());
        async move { kernel.call::<_, Passed>(message, LIMIT).await }
    });
    gate.reached(1).await;
    caller.abort();
    assert!(caller.await.is_err());
    gate.open();
    rig.dead_letters_of(1, &kernel, DeadLetterReason::LateReply).await;
    processed(&kernel, 1).await;
    rig.finish().await;
}

/// The target ends between the sender's call and the delivery: a dead letter at that target.
pub async fn a_target_that_ends_before_delivery_accounts_for_the_message(factory: Factory) {
    let rig = Rig::start(factory).await;
    let target = rig.launch_as("target", "testkit.silent", reachable()).await;
    let sender = rig.launch_with("testkit.blocker", reachable()).await;
    let gate = Gate::new();
    sender.send(SendAndEnter { target: target.actor_ref(), gate: gate.enter().gate }).await.unwrap();
    gate.reached(1).await;
    target.terminate().await.unwrap();
    let successor = rig.launch_as("target", "testkit.silent", reachable()).await;
    gate.open();
    let letters = rig.dead_letters_of(1, &target, DeadLetterReason::KernelTerminated).await;
    assert_eq!(letters[0].envelope.decode::<Number>().unwrap().value, 7);
    assert_eq!(successor.status().input_queue_depth, 0);
    assert_eq!(successor.status().messages_processed, 0);
    rig.finish().await;
}

/// An async handler that waits leaves its worker to others.
pub async fn waiting_handlers_take_no_worker(factory: Factory) {
    let rig = Rig::start_with(factory, |config| config.workers = 1).await;
    let gate = Gate::new();
    let mut waiters = Vec::new();
    for index in 0..50 {
        let kernel =
            rig.launch_as(&format!("waiter-{index}"), "testkit.waiter", LaunchOptions::default()).await;
        kernel.send(gate.enter_async()).await.unwrap();
        waiters.push(kernel);
    }
    gate.reached(50).await;
    assert_eq!(rig.metrics().stuck_handlers, 0);
    gate.open();
    for waiter in &waiters {
        receive_all::<Passed>(waiter, 1).await;
    }
    rig.finish().await;
}

/// An activation overrules a deactivation that still waits for the message in hand.
pub async fn an_activation_overrules_a_waiting_deactivation(factory: Factory) {
    let rig = Rig::start(factory).await;
    let kernel = rig.launch_default("testkit.blocker").await;
    let gate = Gate::new();
    kernel.send(gate.enter()).await.unwrap();
    gate.reached(1).await;
    let deactivating = tokio::spawn({
        let kernel = kernel.clone();
        async move { kernel.deactivate().await }
    });
    eventually("the state changes at once", || kernel.state() == KernelState::Deactivated).await;
    kernel.activate().await.unwrap();
    deactivating.await.unwrap().unwrap();
    assert_eq!(kernel.state(), KernelState::Active);
    gate.open();
    receive_all::<Passed>(&kernel, 1).await;
    rig.finish().await;
}

/// A runtime that was started inside tokio polls its async handlers there.
pub async fn an_async_handler_can_use_the_timers_of_tokio(factory: Factory) {
    let rig = Rig::start(factory).await;
    let kernel = rig.launch_default("testkit.hostile").await;
    let answer: Passed = kernel.call(SleepOnTokio { milliseconds: 5 }, LIMIT).await.unwrap();
    assert!(!answer.ending);
    rig.finish().await;
}
