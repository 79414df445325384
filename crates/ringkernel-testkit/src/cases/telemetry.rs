//! True figures, from running kernels and from the runtime.

use ringkernel::prelude::*;

use crate::kernels::account::{Add, AddSilently, FailAfterAdding, Total};
use crate::kernels::plain::{Doubled, Number};
use crate::rig::{Factory, Rig, inactive, processed, receive_all};
use crate::wait::LIMIT;

/// Counts and latencies of a kernel agree with each other and with what happened.
pub async fn figures_of_a_kernel_agree_with_what_happened(factory: Factory) {
    let rig = Rig::start(factory).await;
    let kernel = rig.launch_default("testkit.account").await;
    let fresh = kernel.telemetry();
    assert_eq!((fresh.processed(), fresh.dropped(), fresh.last_error()), (0, 0, None));
    assert_eq!(fresh.latency_ns_min(), None);
    for amount in 0..200 {
        let _: Total = kernel.call(Add { amount }, LIMIT).await.unwrap();
    }
    let telemetry = kernel.telemetry();
    let (min, mean, max) = (
        telemetry.latency_ns_min().unwrap(),
        telemetry.latency_ns_mean().unwrap(),
        telemetry.latency_ns_max().unwrap(),
    );
    assert!(min as f64 <= mean && mean <= max as f64, "{telemetry}");
    assert!(telemetry.latency_ns_p50() <= telemetry.latency_ns_p99());
    assert_eq!(telemetry.histogram.total(), telemetry.processed());
    assert_eq!(telemetry.processed(), 200);
    let metrics = kernel.metrics();
    assert_eq!((metrics.messages_received, metrics.messages_sent), (200, 200));
    assert_eq!(metrics.state, KernelState::Active);
    assert!(!metrics.uptime.is_zero());
    rig.finish().await;
}

/// Depths are those of the queues.
pub async fn depths_are_those_of_the_queues(factory: Factory) {
    let rig = Rig::start(factory).await;
    let kernel = rig.launch_with("testkit.doubler", inactive()).await;
    for value in 0..7 {
        kernel.send(Number::of(value)).await.unwrap();
    }
    assert_eq!(kernel.telemetry().buffer.input_queue_depth, 7);
    assert_eq!(kernel.metrics().messages_received, 7);
    kernel.activate().await.unwrap();
    processed(&kernel, 7).await;
    receive_all::<Doubled>(&kernel, 3).await;
    let buffer = kernel.telemetry().buffer;
    assert_eq!((buffer.input_queue_depth, buffer.output_queue_depth), (0, 4));
    assert_eq!(kernel.status().output_queue_depth, 4);
    rig.finish().await;
}

/// The latency of a message is the time from its acceptance to the end of its handler.
pub async fn latency_includes_the_time_in_the_mailbox(factory: Factory) {
    let rig = Rig::start(factory).await;
    let kernel = rig.launch_with("testkit.doubler", inactive()).await;
    kernel.send(Number::of(1)).await.unwrap();
    crate::wait::clock_passes(crate::wait::in_millis(20)).await;
    kernel.activate().await.unwrap();
    processed(&kernel, 1).await;
    assert!(kernel.telemetry().latency_ns_min() >= Some(20_000_000));
    rig.finish().await;
}

/// What was received was processed, is a dead letter, or is still queued; nothing else.
pub async fn the_runtimes_figures_conserve_messages(factory: Factory) {
    let rig = Rig::start(factory).await;
    let busy = rig.launch_default("testkit.account").await;
    let failing = rig.launch_as("failing", "testkit.account", LaunchOptions::default()).await;
    let waiting = rig.launch_as("waiting", "testkit.account", inactive()).await;
    let gone = rig.launch_as("gone", "testkit.account", inactive()).await;
    for amount in 0..100 {
        busy.send(AddSilently { amount }).await.unwrap();
        waiting.send(AddSilently { amount }).await.unwrap();
        gone.send(AddSilently { amount }).await.unwrap();
    }
    failing.send(FailAfterAdding { code: 2, amount: 1 }).await.unwrap();
    assert!(failing.wait().await.is_err());
    processed(&busy, 100).await;
    gone.terminate().await.unwrap();
    let metrics = rig.metrics();
    assert_eq!(metrics.messages_received, 301);
    assert_eq!(metrics.messages_processed, 100);
    assert_eq!(metrics.dead_letters, 101);
    let queued = waiting.status().input_queue_depth as u64;
    assert_eq!(metrics.messages_received, metrics.messages_processed + metrics.dead_letters + queued);
    assert_eq!((metrics.total_launched, metrics.active_kernels), (4, 1));
    assert_eq!(metrics.faults, 1);
    assert_eq!(rig.kernel_metrics(gone.id()).map(|_| ()), None);
    assert_eq!(rig.kernel_metrics(waiting.id()).map(|metrics| metrics.messages_received), Some(100));
    rig.finish().await;
}

/// A reading of a running kernel never misses a message that it counts, and never goes back.
pub async fn readings_of_a_running_kernel_are_consistent(factory: Factory) {
    let rig = Rig::start(factory).await;
    let kernel = rig.launch_default("testkit.account").await;
    let sender = tokio::spawn({
        let kernel = kernel.clone();
        async move {
            for amount in 0..20_000 {
                kernel.send(AddSilently { amount }).await.unwrap();
            }
        }
    });
    let mut last = 0;
    while last < 20_000 {
        let telemetry = kernel.telemetry();
        assert!(telemetry.processed() >= last);
        assert!(telemetry.histogram.total() >= telemetry.processed());
        let runtime = rig.metrics();
        assert!(runtime.messages_processed >= telemetry.processed());
        last = telemetry.processed();
        tokio::task::yield_now().await;
    }
    sender.await.unwrap();
    rig.finish().await;
}

/// Memory of the queues is counted while a kernel runs, and given back.
pub async fn memory_of_queues_is_counted_and_given_back(factory: Factory) {
    let rig = Rig::start(factory).await;
    let memory = || {
        let metrics = rig.metrics();
        (metrics.host_memory_used, metrics.gpu_memory_used)
    };
    let (host_before, device_before) = memory();
    assert_eq!(host_before, 0);
    let options = LaunchOptions::default().with_queue_capacity(4096);
    let kernel = rig.launch_with("testkit.doubler", options).await;
    let _: Doubled = kernel.call(Number::of(1), LIMIT).await.unwrap();
    kernel.send(Number::of(1)).await.unwrap();
    receive_all::<Doubled>(&kernel, 1).await;
    let (host, device) = memory();
    assert!(host + device - device_before > 4096, "{host} and {device} bytes");
    kernel.terminate().await.unwrap();
    assert_eq!(memory(), (0, device_before));
    rig.finish().await;
}
