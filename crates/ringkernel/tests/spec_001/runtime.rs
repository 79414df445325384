//! Section 3: the runtime trait with calls by kernel id, and grid and block dimensions.

use std::time::Duration;

use ringkernel::{
    Backend, LaunchOptions, RingContext, RingKernel, RingKernelError, RingMessage, ring_kernel,
};
use ringkernel_core::runtime::KernelState;
use ringkernel_core::runtime_ext::RuntimeExt;
use ringkernel_core::types::Dim3;
use ringkernel_cpu::CpuRuntime;

type Result<T = ()> = ringkernel_core::Result<T>;

const SOON: Duration = Duration::from_secs(10);

#[derive(RingMessage)]
struct Number {
    value: u64,
}

#[ring_kernel(id = "spec_001.doubler")]
fn doubler(_ctx: &mut RingContext, number: Number) -> Number {
    Number { value: number.value * 2 }
}

#[test]
fn dimensions_have_the_printed_constructors() {
    let size = Dim3::new(4, 2, 1);
    assert_eq!((size.x, size.y, size.z), (4, 2, 1));
    let line = Dim3::linear(128);
    assert_eq!((line.x, line.y, line.z), (128, 1, 1));
}

#[tokio::test]
async fn every_printed_method_works_by_kernel_id() -> Result {
    let runtime = CpuRuntime::new().await?;
    assert_eq!(runtime.backend_name(), "cpu");

    let id = "spec_001.doubler";
    let kernel = runtime.launch(id, Dim3::linear(1), Dim3::linear(256), LaunchOptions::default()).await?;
    assert_eq!(kernel.state(), KernelState::Launched, "initially inactive");
    assert_eq!(runtime.list_kernels().await?, [id]);

    // What is sent to an inactive kernel waits.
    runtime.send(id, Number { value: 4 }).await?;
    let early = runtime.receive::<Number>(id, Duration::from_millis(20)).await;
    assert!(matches!(early, Err(RingKernelError::Timeout { .. })));

    runtime.activate(id).await?;
    assert_eq!(runtime.receive::<Number>(id, SOON).await?.value, 8);
    runtime.deactivate(id).await?;
    let status = runtime.status(id).await?;
    assert_eq!((status.state, status.messages_processed), (KernelState::Deactivated, 1));
    let metrics = runtime.metrics(id).await?;
    assert_eq!((metrics.messages_received, metrics.messages_sent), (1, 1));
    let telemetry = runtime.telemetry(id).await?;
    assert_eq!((telemetry.processed(), telemetry.dropped()), (1, 0));
    assert!(telemetry.latency_ns_max().is_some_and(|latency| latency > 0));

    runtime.terminate(id).await?;
    assert!(kernel.is_terminated());
    assert!(runtime.list_kernels().await?.is_empty());
    Ok(())
}

#[tokio::test]
async fn an_id_that_is_not_running_is_named_with_those_that_are() -> Result {
    let runtime = CpuRuntime::new().await?;
    runtime.launch("spec_001.doubler", Dim3::linear(1), Dim3::linear(1), LaunchOptions::default()).await?;
    let error = runtime.activate("spec_001.dubler").await.expect_err("nothing runs under it");
    assert_eq!(
        error.to_string(),
        "no kernel is named `spec_001.dubler` (did you mean `spec_001.doubler`?); available: spec_001.doubler"
    );
    let refused = runtime.send("nowhere", Number { value: 7 }).await.expect_err("no such kernel");
    assert_eq!(refused.into_message().value, 7, "the message comes back");
    Ok(())
}

#[tokio::test]
async fn the_calls_can_be_spawned_and_work_on_the_facade_and_on_trait_objects() -> Result {
    let runtime = RingKernel::with_backend(Backend::Cpu).await?;
    // The facade's own `launch` and `metrics` come first in method position, hence the path.
    let launched = RuntimeExt::launch(
        &runtime,
        "spec_001.doubler",
        Dim3::linear(1),
        Dim3::linear(1),
        LaunchOptions::default(),
    );
    launched.await?;
    runtime.activate("spec_001.doubler").await?;
    let task = tokio::spawn(async move { generic(&runtime).await });
    assert_eq!(task.await.expect("the task does not panic")?, 42);
    Ok(())
}

/// A function over any runtime whose future is `Send`, as the printed trait promises: the test spawns it.
async fn generic<R: RuntimeExt + ?Sized>(runtime: &R) -> Result<u64> {
    runtime.send("spec_001.doubler", Number { value: 21 }).await?;
    Ok(runtime.receive::<Number>("spec_001.doubler", SOON).await?.value)
}

#[tokio::test]
async fn a_second_dimension_is_refused_and_not_ignored() -> Result {
    let runtime = CpuRuntime::new().await?;
    let launched = runtime
        .launch("spec_001.doubler", Dim3::linear(1), Dim3::new(8, 8, 1), LaunchOptions::default())
        .await;
    let error = launched.expect_err("kernels are one-dimensional");
    assert!(error.to_string().contains("block_size is 8x8x1"), "{error}");
    Ok(())
}
