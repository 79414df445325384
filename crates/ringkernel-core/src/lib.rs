//! The host model of RingKernel.
//!
//! Everything that is the same on every backend: messages and their encoding, queues, clocks, the context that
//! handlers see, the handles and the runtime trait that users see. It knows no GPU API and runs no kernel; the
//! backends do. Users depend on `ringkernel`, which re-exports this crate.

#[cfg(not(loom))]
mod apart;
#[cfg(not(loom))]
pub mod backend;
pub mod clock;
pub mod context;
pub mod control;
pub mod cooperative;
pub mod dead_letter;
pub mod device;
#[cfg(not(loom))]
pub mod dispatcher;
pub mod domain;
pub mod error;
pub mod hlc;
pub mod k2k;
pub mod memory;
pub mod message;
pub mod persistent_message;
#[cfg(not(loom))]
pub mod pubsub;
pub mod queue;
pub mod registry;
pub mod runtime;
pub mod runtime_ext;
pub mod sync;
pub mod telemetry;
pub mod timer;
pub mod types;

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;

pub use context::RingContext;
pub use control::ControlBlock;
pub use device::DeviceState;
pub use domain::{Domain, DomainMessage};
pub use error::{Result, RingKernelError};
pub use hlc::HlcTimestamp;
pub use memory::{DeviceMemory, GpuBuffer, MemoryPool, PinnedMemory};
pub use message::{
    CorrelationId, GpuType, MessageEnvelope, MessageHeader, MessageId, Priority, RingMessage, priority,
};
pub use persistent_message::{HandlerId, PersistentMessage};
pub use queue::{MessageQueue, QueueStats};
pub use registry::registered_kernels;
pub use runtime::{
    ActorRef, Backend, KernelHandle, KernelId, KernelState, KernelStatus, LaunchOptions, RestartPolicy,
    RingKernelRuntime,
};
pub use telemetry::TelemetryBuffer;
pub use types::{BlockId, GlobalThreadId, ThreadId, WarpId};
