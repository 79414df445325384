//! Prelude module for convenient imports.

pub use crate::{
    ActorRef, Backend, CorrelationId, Domain, DomainMessage, GpuType, HlcTimestamp, KernelHandle, KernelId,
    KernelState, LaunchOptions, MessageEnvelope, MessageId, Priority, RestartPolicy, Result, RingContext,
    RingKernel, RingKernelError, RingKernelRuntime, RingMessage, Uuid, priority, ring_kernel,
};
pub use ringkernel_core::context::ReplyTo;
