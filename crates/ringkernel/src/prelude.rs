//! Prelude module for convenient imports.

pub use crate::{
    ActorRef, AtomicArray, AtomicCell, Backend, BlockArray, CorrelationId, DeviceMemory, DeviceState, Domain,
    DomainMessage, GpuBuffer, GpuType, HandlerId, HlcTimestamp, KernelHandle, KernelId, KernelState,
    LaunchOptions, MessageEnvelope, MessageId, PersistentMessage, Priority, PubSubBroker, PubSubBuilder,
    Publication, QoS, RestartPolicy, Result, RingContext, RingKernel, RingKernelError, RingKernelRuntime,
    RingMessage, Shared, SharedArray, SharedCell, Subscription, Topic, Uuid, device_fn, priority,
    ring_kernel,
};
pub use ringkernel_core::context::ReplyTo;
pub use ringkernel_core::dispatcher::{DispatcherBuilder, DispatcherConfig, KernelDispatcher};
pub use ringkernel_core::k2k::{
    AuditTag, DeliveryReceipt, DeliveryStatus, K2KBroker, K2KBuilder, K2KConfig, K2KEndpoint, K2KMessage,
    TenantId, TenantQuota, TenantRegistry,
};
