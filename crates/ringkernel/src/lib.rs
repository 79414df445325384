//! GPU-native persistent actors.
//!
//! Write a handler once, in Rust; launch it as a kernel that stays alive, keeps its state, takes messages from
//! lock-free rings, answers the host and talks to other kernels. This release runs kernels on the CPU; the other
//! backends of [`Backend`] answer with a typed error until they are here.
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
//! - [`RingKernel`]: the runtime; [`availability`]: which backends can run here
//! - [`prelude`]: what most programs import
//! - everything else is the host model, module by module

pub mod availability;
pub mod prelude;
mod ring_kernel;

pub use ring_kernel::{RingKernel, RingKernelBuilder};
pub use ringkernel_core::cooperative::{
    AtomicArray, AtomicCell, BlockArray, Shared, SharedArray, SharedCell,
};
pub use ringkernel_core::{
    ActorRef, Backend, BlockId, ControlBlock, CorrelationId, Domain, DomainMessage, GlobalThreadId, GpuType,
    HlcTimestamp, KernelHandle, KernelId, KernelState, KernelStatus, LaunchOptions, MessageEnvelope,
    MessageHeader, MessageId, MessageQueue, Priority, QueueStats, RestartPolicy, Result, RingContext,
    RingKernelError, RingKernelRuntime, RingMessage, TelemetryBuffer, ThreadId, WarpId, priority,
    registered_kernels,
};
pub use ringkernel_core::{
    clock, context, control, cooperative, dead_letter, domain, error, hlc, message, queue, registry, runtime,
    runtime_ext, telemetry, timer, types,
};
#[cfg(feature = "cpu")]
pub use ringkernel_cpu::CpuRuntime;
pub use ringkernel_derive::{GpuType, RingMessage, ring_kernel};
pub use uuid::Uuid;

#[doc(hidden)]
pub use ringkernel_core::__private;
