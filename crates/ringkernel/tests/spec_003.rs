//! The example and the builder blocks of the documentation of the `runtime` module.

use std::time::Duration;

use ringkernel::prelude::{RingContext, RingMessage, ring_kernel};
use ringkernel_core::runtime::{KernelState, LaunchOptions, RingKernelRuntime};
use ringkernel_cpu::CpuRuntime;

#[derive(RingMessage, Clone, Copy, Debug, PartialEq)]
struct MyMessage {
    value: u32,
}

#[ring_kernel(id = "my_processor")]
fn my_processor(_ctx: &mut RingContext, message: MyMessage) -> MyMessage {
    MyMessage { value: message.value + 1 }
}

#[tokio::test]
async fn the_example_runs() -> std::result::Result<(), Box<dyn std::error::Error>> {
    // Create a runtime
    let runtime = CpuRuntime::new().await?;

    // Launch a kernel with custom options
    let options = LaunchOptions::single_block(256).with_queue_capacity(2048).with_k2k(true); // Enable kernel-to-kernel messaging

    let kernel = runtime.launch("my_processor", options).await?;

    // Kernel auto-activates by default
    assert!(kernel.is_active());

    // Send messages to the kernel
    kernel.send(MyMessage { value: 42 }).await?;

    // Receive responses
    let response = kernel.receive_timeout(Duration::from_secs(1)).await?;
    assert_eq!(response.decode::<MyMessage>()?, MyMessage { value: 43 });

    // Terminate when done
    kernel.terminate().await?;

    assert_eq!(kernel.state(), KernelState::Terminated);
    Ok(())
}

#[test]
fn the_builder_blocks_set_what_they_say() {
    use ringkernel_core::runtime::{Backend, RuntimeBuilder};

    // Auto-select: CUDA → Metal → WebGPU → CPU
    let builder = RuntimeBuilder::new().backend(Backend::Auto);
    assert!(format!("{builder:?}").contains("Auto"));
    assert_eq!(Backend::AUTO_ORDER, [Backend::Cuda, Backend::Metal, Backend::Wgpu, Backend::Cpu]);

    // Force CPU for testing
    let builder = RuntimeBuilder::new().backend(Backend::Cpu);
    assert!(format!("{builder:?}").contains("Cpu"));

    // Use CUDA with specific device
    let builder = RuntimeBuilder::new()
        .backend(Backend::Cuda)
        .device(1) // Second GPU
        .profiling(true);
    assert_eq!((builder.config().device, builder.config().profiling), (1, true));
}

/// The states and the arrows of the printed life cycle, and the failure that was added.
#[test]
fn the_life_cycle_has_the_printed_arrows() {
    use KernelState::{Active, Created, Deactivated, Failed, Launched, Terminated, Terminating};
    let all = [Created, Launched, Active, Deactivated, Terminating, Terminated, Failed];
    let which = |allowed: fn(KernelState) -> bool| all.into_iter().filter(|state| allowed(*state)).collect();
    let activate: Vec<_> = which(KernelState::can_activate);
    let deactivate: Vec<_> = which(KernelState::can_deactivate);
    let terminate: Vec<_> = which(KernelState::can_terminate);
    assert_eq!(activate, [Launched, Active, Deactivated]);
    assert_eq!(deactivate, [Active, Deactivated]);
    assert_eq!(terminate, [Launched, Active, Deactivated, Failed]);
}

/// Everything that the page lists.
#[expect(unused_imports, reason = "the imports themselves are what is tested")]
mod paths {
    use ringkernel_core::runtime::{
        Backend, BoxFuture, KernelHandle, KernelHandleInner, KernelId, KernelState, KernelStatus,
        LaunchOptions, RingKernelRuntime, RuntimeBuilder, RuntimeMetrics,
    };
}

#[tokio::test]
async fn the_listed_types_work_together() -> ringkernel::Result<()> {
    use ringkernel_core::runtime::{
        Backend, BoxFuture, KernelHandle, KernelId, KernelStatus, RuntimeMetrics,
    };

    let runtime = CpuRuntime::new().await?;
    let launched: BoxFuture<'_, ringkernel::Result<KernelHandle>> =
        runtime.launch("mine", LaunchOptions::default().with_handler("my_processor"));
    let kernel = launched.await?;
    assert_eq!(runtime.backend(), Backend::Cpu);
    assert_eq!(runtime.list_kernels(), [KernelId::new("mine")]);
    let again = runtime.get_kernel(&"mine".into()).expect("it runs");
    assert_eq!(again.id(), kernel.id());

    let answer: MyMessage = kernel.call(MyMessage { value: 1 }, Duration::from_secs(10)).await?;
    assert_eq!(answer.value, 2);
    let status: KernelStatus = kernel.status();
    assert_eq!((status.id.as_str(), status.handler), ("mine", "my_processor"));
    let metrics: RuntimeMetrics = runtime.metrics();
    assert_eq!((metrics.active_kernels, metrics.total_launched), (1, 1));
    runtime.shutdown().await
}
