//! GPU-native persistent actors.
//!
//! Write a handler once, in Rust; launch it as a kernel that stays alive, keeps its state, takes messages from
//! lock-free rings, answers the host and talks to other kernels. Kernels run on the CPU (feature `cpu`, which is on), on NVIDIA
//! GPUs (feature `cuda`), on any GPU that WebGPU reaches (feature `wgpu`) and on Apple GPUs (feature `metal`). A backend that cannot be
//! used here says why.
//!
//! ```
//! use ringkernel::prelude::*;
//!
//! #[derive(RingMessage)]
//! struct AddRequest {
//!     #[message(id)]
//!     id: MessageId,
//!     a: f32,
//!     b: f32,
//! }
//!
//! #[derive(RingMessage)]
//! struct AddResponse {
//!     sum: f32,
//! }
//!
//! #[ring_kernel(id = "adder")]
//! fn adder(_ctx: &mut RingContext, request: AddRequest) -> AddResponse {
//!     AddResponse { sum: request.a + request.b }
//! }
//!
//! #[tokio::main]
//! async fn main() -> Result<()> {
//!     let runtime = RingKernel::builder().backend(Backend::Auto).build().await?;
//!     let kernel = runtime.launch("adder", LaunchOptions::default()).await?;
//!     kernel.send(AddRequest { id: MessageId::generate(), a: 1.0, b: 2.0 }).await?;
//!     let response = kernel.receive().await?;
//!     assert_eq!(response.decode::<AddResponse>()?.sum, 3.0);
//!     kernel.terminate().await
//! }
//! ```
//!
//! # Many lanes
//!
//! With a `block_size`, a kernel is cooperative: all lanes of its blocks run a handler together, for one message, as the
//! threads of a GPU do. The state is made of cells, barriers order what lanes put into them, and what lane 0 returns is
//! the answer. The CPU runs the lanes one at a time, each on a stack of its own (256 KiB; a lane that needs more ends the
//! process, as any thread does), and is stricter than a GPU: lanes that wait for each other in vain, and accesses that no
//! barrier orders, are faults that name the lanes and the lines.
//!
//! ```
//! use std::time::Duration;
//! use ringkernel::prelude::*;
//!
//! #[derive(RingMessage)]
//! struct Numbers {
//!     values: Vec<u32>,
//! }
//!
//! #[derive(RingMessage, Debug, PartialEq)]
//! struct Sum {
//!     sum: u32,
//! }
//!
//! #[derive(DeviceState, Default)]
//! struct Total {
//!     all_messages: AtomicCell<u32>,
//! }
//!
//! #[ring_kernel(id = "sum", block_size = 64)]
//! fn sum(ctx: &mut RingContext, total: &Shared<Total>, numbers: &Numbers) -> Sum {
//!     let mut of_lane = 0;
//!     let mut index = ctx.thread_id() as usize;
//!     while index < numbers.values.len() {
//!         of_lane += numbers.values[index];
//!         index += ctx.block_dim() as usize;
//!     }
//!     let sum = ctx.block_reduce_sum(of_lane);
//!     if ctx.thread_id() == 0 {
//!         total.all_messages.fetch_add(sum);
//!     }
//!     Sum { sum: total.all_messages.load() }
//! }
//!
//! // Lanes without a number return, and the others wait for them at the barrier.
//! #[ring_kernel(id = "careless", block_size = 64)]
//! fn careless(ctx: &mut RingContext, numbers: &Numbers) -> Sum {
//!     let lane = ctx.thread_id() as usize;
//!     if lane >= numbers.values.len() {
//!         return Sum { sum: 0 };
//!     }
//!     let values = ctx.shared_array::<u32>(64);
//!     values.set(lane, numbers.values[lane]);
//!     ctx.sync_threads();
//!     Sum { sum: values.get(0) }
//! }
//!
//! # #[tokio::main]
//! # async fn main() -> Result<()> {
//! let runtime = RingKernel::new().await?;
//! let kernel = runtime.launch("sum", LaunchOptions::default()).await?;
//! let numbers = || Numbers { values: (1..=40).collect() };
//! let answer: Sum = kernel.call(numbers(), Duration::from_secs(5)).await?;
//! assert_eq!(answer.sum, 820);
//!
//! let kernel = runtime.launch("careless", LaunchOptions::default()).await?;
//! let error = kernel.call::<_, Sum>(numbers(), Duration::from_secs(5)).await.unwrap_err().to_string();
//! assert!(error.contains("lanes 0-39 of block 0 wait in sync_threads at "), "{error}");
//! assert!(error.contains("lanes 40-63 of block 0 have finished"), "{error}");
//! # Ok(())
//! # }
//! ```
//!
//! A handler whose result depends on the order in which its lanes run is found by launching it
//! [with several lane schedules](LaunchOptions::with_lane_schedule); the same schedule is the same order again.
//!
//! # Contents
//!
//! - [`RingKernel`]: the runtime; [`availability`]: which backends can run here
//! - [`prelude`]: what most programs import
//! - `codegen` (feature `codegen`): whether every kernel can run on a device, in one line of a test
//! - [`testing`]: testing kernels and systems of them, deterministically
//! - everything else is the host model, module by module

pub mod availability;
#[cfg(feature = "codegen")]
pub mod codegen;
pub mod prelude;
mod ring_kernel;
#[cfg(feature = "cpu")]
pub mod testing;

pub use ring_kernel::{RingKernel, RingKernelBuilder};
pub use ringkernel_core::cooperative::{
    AtomicArray, AtomicCell, BlockArray, Shared, SharedArray, SharedCell,
};
pub use ringkernel_core::pubsub::{
    PubSubBroker, PubSubBuilder, PubSubConfig, PubSubError, Publication, QoS, Subscription, Topic,
};
pub use ringkernel_core::{
    ActorRef, Backend, BlockId, ControlBlock, CorrelationId, DeviceMemory, DeviceState, Domain,
    DomainMessage, GlobalThreadId, GpuBuffer, GpuType, HandlerId, HlcTimestamp, KernelHandle, KernelId,
    KernelState, KernelStatus, LaunchOptions, MemoryPool, MessageEnvelope, MessageHeader, MessageId,
    MessageQueue, PersistentMessage, PinnedMemory, Priority, QueueStats, RestartPolicy, Result, RingContext,
    RingKernelError, RingKernelRuntime, RingMessage, TelemetryBuffer, ThreadId, WarpId, priority,
    registered_kernels,
};
pub use ringkernel_core::{
    clock, context, control, cooperative, dead_letter, device, dispatcher, domain, error, hlc, k2k, memory,
    message, persistent_message, pubsub, queue, registry, runtime, runtime_ext, telemetry, timer, types,
};
#[cfg(feature = "cpu")]
pub use ringkernel_cpu::CpuRuntime;
#[cfg(feature = "cuda")]
pub use ringkernel_cuda::CudaRuntime;
pub use ringkernel_derive::{DeviceState, GpuType, PersistentMessage, RingMessage, device_fn, ring_kernel};
#[cfg(any(feature = "wgpu", feature = "metal"))]
pub use ringkernel_wgpu::WgpuRuntime;
pub use uuid::Uuid;

#[doc(hidden)]
pub use ringkernel_core::__private;
