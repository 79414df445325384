//! The quick start of the crate documentation, its features, and every import path that it lists.
#![allow(clippy::print_stdout, reason = "the quick start prints")]

mod quick_start {
    use ringkernel::prelude::*;

    #[derive(RingMessage)]
    struct AddRequest {
        #[message(id)]
        id: MessageId,
        a: f32,
        b: f32,
    }

    // What the page leaves out: the handler, and its answer.
    #[derive(RingMessage, Debug, PartialEq)]
    struct AddResponse {
        sum: f32,
    }

    #[ring_kernel(id = "adder")]
    fn adder(_ctx: &mut RingContext, request: AddRequest) -> AddResponse {
        AddResponse { sum: request.a + request.b }
    }

    #[tokio::test]
    async fn the_handlers_own_answer_arrives() -> Result<()> {
        // Create runtime with auto-detected backend
        let runtime = RingKernel::builder().backend(Backend::Auto).build().await?;

        // Launch a kernel
        let kernel = runtime.launch("adder", LaunchOptions::default()).await?;
        kernel.activate().await?;

        // Send a message
        let id = MessageId::generate();
        kernel.send(AddRequest { id, a: 1.0, b: 2.0 }).await?;

        // Receive response
        let response = kernel.receive().await?;
        println!("Result: {:?}", response);

        let text = format!("{response:?}");
        assert!(text.starts_with("AddResponse { sum: 3.0 } ["), "{text}");
        assert!(text.contains(&format!("answers {id}")), "{text}");
        assert_eq!(response.decode::<AddResponse>()?, AddResponse { sum: 3.0 });

        kernel.terminate().await?;
        Ok(())
    }

    #[test]
    fn the_kernel_is_registered() {
        assert!(ringkernel::registered_kernels().contains(&"adder"));
    }
}

/// What the page lists, by its path, as far as this release has it.
#[expect(unused_imports, reason = "the imports themselves are what is tested")]
mod paths {
    // Modules
    use ringkernel::{
        availability, context, control, error, hlc, memory, message, prelude, queue, runtime, telemetry,
        types,
    };

    // Structs
    use ringkernel::{
        BlockId, ControlBlock, CpuRuntime, GlobalThreadId, HlcTimestamp, KernelHandle, KernelId,
        KernelStatus, LaunchOptions, MessageHeader, MessageId, QueueStats, RingContext, RingKernel,
        RingKernelBuilder, TelemetryBuffer, ThreadId, WarpId,
    };

    // Enums
    use ringkernel::{Backend, KernelState, Priority, RingKernelError};

    // Traits, functions, aliases
    use ringkernel::{
        DeviceMemory, GpuBuffer, MessageQueue, Result, RingKernelRuntime, RingMessage, registered_kernels,
    };

    // Macros: attribute and derives
    use ringkernel::{GpuType, RingMessage as _, ring_kernel};

    // Where the modules hold the same items
    use ringkernel::context::RingContext as _;
    use ringkernel::control::ControlBlock as _;
    use ringkernel::error::{Result as _, RingKernelError as _};
    use ringkernel::hlc::{HlcClock, HlcTimestamp as _};
    use ringkernel::memory::{DeviceMemory as _, GpuBuffer as _};
    use ringkernel::message::{MessageEnvelope, MessageHeader as _, MessageId as _, RingMessage as _};
    use ringkernel::queue::{MessageQueue as _, QueueStats as _};
    use ringkernel::runtime::{KernelHandle as _, LaunchOptions as _};
    use ringkernel::telemetry::TelemetryBuffer as _;
    use ringkernel::types::{BlockId as _, Dim3, GlobalThreadId as _, ThreadId as _, WarpId as _};
    use ringkernel_core::{
        BlockId as _, ControlBlock as _, GlobalThreadId as _, HlcTimestamp as _, KernelHandle as _,
    };
    use ringkernel_cpu::CpuRuntime as _;
}

mod listed {
    use ringkernel::*;

    #[derive(GpuType, Clone, Copy, Debug, PartialEq)]
    #[repr(C)]
    struct Particle {
        position: [f32; 3],
        mass: f32,
    }

    #[derive(RingMessage)]
    struct Move {
        particle: Particle,
    }

    #[ring_kernel(id = "spec_002.mover")]
    fn mover(_ctx: &mut RingContext<'_>, mut step: Move) -> Move {
        step.particle.position[0] += step.particle.mass;
        step
    }

    #[test]
    fn sizes_and_alignments_are_those_of_the_page() {
        let layouts = [
            (size_of::<ControlBlock>(), align_of::<ControlBlock>(), 128, 128),
            (size_of::<MessageHeader>(), align_of::<MessageHeader>(), 256, 64),
            (size_of::<TelemetryBuffer>(), align_of::<TelemetryBuffer>(), 64, 64),
        ];
        for (size, align, expected_size, expected_align) in layouts {
            assert_eq!((size, align), (expected_size, expected_align));
        }
    }

    #[test]
    fn positions_count_from_zero() {
        let dim = types::Dim3::linear(64);
        let global = GlobalThreadId::from_block_thread(BlockId::new_1d(2), ThreadId::new_1d(5), dim);
        assert_eq!(global, GlobalThreadId::new_1d(133));
        assert_eq!(WarpId::from_thread_linear(133), WarpId(4));
    }

    #[tokio::test]
    async fn a_gpu_type_travels_in_a_message() -> Result<()> {
        let runtime = CpuRuntime::new().await?;
        let options = LaunchOptions::default();
        let kernel: KernelHandle = runtime.launch("spec_002.mover", options).await?;
        let particle = Particle { position: [1.0, 2.0, 3.0], mass: 0.5 };
        let moved: Move = kernel.call(Move { particle }, std::time::Duration::from_secs(10)).await?;
        assert_eq!(moved.particle.position, [1.5, 2.0, 3.0]);
        let status: KernelStatus = kernel.status();
        assert_eq!(status.state, KernelState::Active);
        Ok(())
    }
}
