//! The end: of a kernel by its own request, of the runtime, and of everything that was under way.

use std::time::Duration;

use ringkernel::dead_letter::DeadLetterReason;
use ringkernel::prelude::*;

use crate::kernels::later::{Hold, Late};
use crate::kernels::plain::{Doubled, Number, Quit};
use crate::rig::{Factory, Rig, inactive};
use crate::wait::{LIMIT, eventually};

const HOUR: Duration = Duration::from_secs(3600);

/// `ctx.request_termination`: the message in hand is answered, the rest is accounted for.
pub async fn a_kernel_can_end_itself(factory: Factory) {
    let rig = Rig::start(factory).await;
    let kernel = rig.launch_with("testkit.doubler", inactive()).await;
    kernel.send(Quit).await.unwrap();
    for value in 0..3 {
        kernel.send(Number::of(value)).await.unwrap();
    }
    kernel.activate().await.unwrap();
    kernel.wait().await.unwrap();
    assert_eq!(kernel.state(), KernelState::Terminated);
    let answer: Doubled = kernel.receive_as().await.unwrap();
    assert_eq!(answer.value, 1, "the handler sees that it has been asked");
    assert!(kernel.receive().await.is_err());
    rig.dead_letters_of(3, &kernel, DeadLetterReason::KernelTerminated).await;
    assert!(rig.list_kernels().is_empty());
    rig.finish().await;
}

/// Shutdown with calls queued, in hand and deferred: every caller hears.
pub async fn every_caller_hears_of_a_shutdown(factory: Factory) {
    let rig = Rig::start(factory).await;
    let keeper = rig.launch_default("testkit.keeper").await;
    let paused = rig.launch_with("testkit.doubler", inactive()).await;
    let mut callers = Vec::new();
    for slot in 0..8 {
        let (keeper, paused) = (keeper.clone(), paused.clone());
        callers
            .push(tokio::spawn(async move { keeper.call::<_, Late>(Hold { slot }, HOUR).await.map(drop) }));
        callers.push(tokio::spawn(
            async move { paused.call::<_, Doubled>(Number::of(1), HOUR).await.map(drop) },
        ));
    }
    eventually("all calls are under way", || {
        keeper.status().messages_processed == 8 && paused.status().input_queue_depth == 8
    })
    .await;
    let runtime = rig.runtime();
    rig.finish().await;
    for caller in callers {
        let heard = caller.await.unwrap();
        assert!(matches!(&heard, Err(RingKernelError::KernelTerminated { .. })), "{heard:?}");
    }
    assert_eq!(runtime.metrics().dead_letters, 8, "those that were not taken");
}

/// Senders that are in the middle of sending hear, and every message that was accepted is accounted for.
pub async fn messages_sent_during_shutdown_are_refused_or_accounted_for(factory: Factory) {
    for _ in 0..10 {
        let rig = Rig::start(factory).await;
        let options = LaunchOptions::default().with_input_queue_capacity(16);
        let kernel = rig.launch_with("testkit.silent", options).await;
        let senders: Vec<_> = (0..4)
            .map(|_| {
                let kernel = kernel.clone();
                tokio::spawn(async move {
                    let mut accepted = 0u64;
                    loop {
                        match kernel.send_timeout(Number::of(accepted), LIMIT).await {
                            Ok(()) => accepted += 1,
                            Err(refused) => return (accepted, refused.error),
                        }
                    }
                })
            })
            .collect();
        eventually("messages flow", || kernel.status().messages_processed > 100).await;
        let runtime = rig.runtime();
        rig.finish().await;
        let mut accepted = 0;
        for sender in senders {
            let (count, error) = sender.await.unwrap();
            assert!(matches!(error, RingKernelError::KernelTerminated { .. }), "{error}");
            accepted += count;
        }
        let metrics = runtime.metrics();
        assert_eq!(metrics.messages_received, accepted);
        assert_eq!(metrics.messages_processed + metrics.dead_letters, accepted);
    }
}

/// After shutdown, everything answers with a typed error.
pub async fn handles_of_a_runtime_that_was_shut_down_give_errors(factory: Factory) {
    let rig = Rig::start(factory).await;
    let kernel = rig.launch_default("testkit.doubler").await;
    let runtime = rig.runtime();
    rig.finish().await;
    let terminated = |error: RingKernelError| {
        assert!(matches!(error, RingKernelError::KernelTerminated { .. }), "{error}");
    };
    terminated(kernel.send(Number::of(1)).await.unwrap_err().error);
    terminated(kernel.try_send(Number::of(1)).unwrap_err().error);
    terminated(kernel.call::<_, Doubled>(Number::of(1), LIMIT).await.unwrap_err());
    terminated(kernel.receive().await.unwrap_err());
    terminated(kernel.try_receive().unwrap_err());
    kernel.wait().await.unwrap();
    assert_eq!(kernel.state(), KernelState::Terminated);
    assert!(kernel.activate().await.is_err() && kernel.terminate().await.is_err());
    assert_eq!(kernel.status().state, KernelState::Terminated);
    let launched = runtime.launch("testkit.doubler", LaunchOptions::default()).await;
    assert!(matches!(launched, Err(RingKernelError::RuntimeShutDown)), "{launched:?}");
    assert!(runtime.get_kernel(kernel.id()).is_none());
    runtime.shutdown().await.unwrap();
}

/// Launching while shutting down gives a kernel that ends, or an error; never one that is left behind.
pub async fn launching_during_shutdown_leaves_no_kernel_behind(factory: Factory) {
    for round in 0..10u32 {
        let rig = Rig::start(factory).await;
        let runtime = rig.runtime();
        let launcher = tokio::spawn(async move {
            let mut kernels = Vec::new();
            loop {
                let id = format!("kernel-{}", kernels.len());
                let options = LaunchOptions::default().with_handler("testkit.doubler");
                match runtime.launch(&id, options).await {
                    Ok(kernel) => kernels.push(kernel),
                    Err(error) => return (kernels, error),
                }
                tokio::task::yield_now().await;
            }
        });
        eventually("kernels are launched", || rig.metrics().total_launched > u64::from(round)).await;
        rig.shutdown().await.unwrap();
        let (kernels, error) = launcher.await.unwrap();
        assert!(matches!(error, RingKernelError::RuntimeShutDown), "{error}");
        for kernel in kernels {
            tokio::time::timeout(LIMIT, kernel.wait()).await.unwrap().unwrap();
        }
        rig.finish().await;
    }
}

/// Two shutdowns at once both end.
pub async fn concurrent_shutdowns_agree(factory: Factory) {
    let rig = Rig::start(factory).await;
    rig.launch_default("testkit.doubler").await;
    let (first, second) = (rig.runtime(), rig.runtime());
    let (first, second) = tokio::join!(first.shutdown(), second.shutdown());
    first.unwrap();
    second.unwrap();
    rig.finish().await;
}

/// Many kernels, much under way, then the runtime is dropped.
pub async fn dropping_the_runtime_ends_everything(factory: Factory) {
    let rig = Rig::start(factory).await;
    let mut kernels = Vec::new();
    for index in 0..100 {
        let kernel =
            rig.launch_as(&format!("kernel-{index}"), "testkit.silent", LaunchOptions::default()).await;
        for value in 0..20 {
            kernel.send(Number::of(value)).await.unwrap();
        }
        kernels.push(kernel);
    }
    drop(rig);
    for kernel in kernels {
        tokio::time::timeout(LIMIT, kernel.wait()).await.unwrap().unwrap();
        assert_eq!(kernel.status().input_queue_depth, 0);
    }
}
