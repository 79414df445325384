//! What a backend implements.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ringkernel_abi::UNSPECIFIED_TENANT;

use super::{
    ActorRef, Backend, KernelHandle, KernelId, KernelMetrics, KernelState, KernelStatus, Kernels,
    LaunchOptions, Refused, RuntimeMetrics, Submission,
};
use crate::clock::TimeSource;
use crate::dead_letter::DeadLetter;
use crate::error::{Result, RingKernelError};
use crate::hlc::HlcTimestamp;
use crate::memory::DeviceMemory;
use crate::message::MessageEnvelope;
#[cfg(not(loom))]
use crate::pubsub::PubSubBroker;
use crate::telemetry::TelemetrySnapshot;

/// Type-erased future for async operations.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Backend-agnostic runtime trait for kernel management.
pub trait RingKernelRuntime: Send + Sync {
    /// The backend that runs the kernels.
    fn backend(&self) -> Backend;

    /// Whether this runtime can run kernels on `backend`.
    fn is_backend_available(&self, backend: Backend) -> bool {
        backend == self.backend() || backend == Backend::Auto
    }

    /// Starts the instance `kernel_id` of the registered kernel of that name, or of the one that the options name. Dropping the future
    /// gives the launch up, and the instance ends.
    ///
    /// On a device, the first instance of a kernel has its program compiled, unless that was done before. Launches that wait for theirs at
    /// the same time share one, so begin them together. The other kernels go on meanwhile, and stop for a moment when the program is
    /// there: on CUDA for as long as the driver takes to load it, on WebGPU for its first run, in which some drivers compile. With those,
    /// launch kernels before there is work for them.
    ///
    /// # Errors
    /// When no such kernel is registered, the id is taken, an option has an impossible value, the backend lacks
    /// something that the kernel needs, or the runtime has been shut down.
    /// [`ResourceExhausted`](crate::RingKernelError::ResourceExhausted) when the device has no room for it, or 65,536 launches of the
    /// runtime wait for programs already.
    fn launch<'a>(
        &'a self,
        kernel_id: &'a str,
        options: LaunchOptions,
    ) -> BoxFuture<'a, Result<KernelHandle>>;

    /// The running kernels of all tenants.
    fn kernels(&self) -> &dyn Kernels;

    /// The handle of a running kernel that belongs to no tenant in particular. Those of a tenant has
    /// [`as_tenant`](super::TenantScope::as_tenant).
    fn get_kernel(&self, kernel_id: &KernelId) -> Option<KernelHandle> {
        self.kernels().find(UNSPECIFIED_TENANT, kernel_id).ok()
    }

    /// The running kernels that belong to no tenant in particular, sorted by id.
    fn list_kernels(&self) -> Vec<KernelId> {
        self.kernels().list(UNSPECIFIED_TENANT)
    }

    /// The topics by which kernels and hosts publish and subscribe: those of nobody in particular, and of every tenant through
    /// [`for_tenant`](PubSubBroker::for_tenant). For whoever acts for one tenant,
    /// [`as_tenant`](super::TenantScope::as_tenant) has them.
    #[cfg(not(loom))]
    fn pubsub(&self) -> Arc<PubSubBroker> {
        self.kernels().pubsub().clone()
    }

    /// Figures of the runtime.
    fn metrics(&self) -> RuntimeMetrics;

    /// Figures of one running kernel.
    fn kernel_metrics(&self, kernel_id: &KernelId) -> Option<KernelMetrics> {
        self.get_kernel(kernel_id).map(|kernel| kernel.metrics())
    }

    /// The memory of the device that runs the kernels, for buffers of one's own. What they use counts in
    /// [`RuntimeMetrics`].
    ///
    /// # Errors
    /// [`Unsupported`](RingKernelError::Unsupported) where the backend has no such memory to give; when the runtime has been
    /// shut down, or its device is lost.
    fn memory(&self) -> Result<Arc<dyn DeviceMemory>> {
        Err(RingKernelError::Unsupported {
            backend: self.backend(),
            feature: "memory for buffers of one's own".into(),
        })
    }

    /// Takes the messages that could not be delivered or handled since the last call, oldest first. The runtime
    /// keeps a bounded number; older ones give way and are counted in [`RuntimeMetrics::dead_letters_evicted`].
    fn take_dead_letters(&self) -> Vec<DeadLetter>;

    /// Terminates all kernels and frees everything. Bounded in time, whatever handlers do.
    ///
    /// # Errors
    /// [`ShutdownTimeout`](crate::error::RingKernelError::ShutdownTimeout) naming kernels whose handler does not
    /// return.
    fn shutdown(&self) -> BoxFuture<'_, Result<()>>;
}

/// What stands behind a [`KernelHandle`]. Implemented by backends; users call the handle.
pub trait KernelHandleInner: Send + Sync {
    /// The instance's id.
    fn id(&self) -> &KernelId;

    /// The address by which messages and states name the instance.
    fn actor_ref(&self) -> ActorRef;

    /// Begins, or resumes, processing.
    ///
    /// # Errors
    /// When the kernel has terminated or failed.
    fn activate(&self) -> BoxFuture<'_, Result<()>>;

    /// Pauses; returns after the message in hand.
    ///
    /// # Errors
    /// When the kernel is not active.
    fn deactivate(&self) -> BoxFuture<'_, Result<()>>;

    /// Ends the kernel; returns when it has terminated.
    ///
    /// # Errors
    /// When its handler does not return in time.
    fn terminate(&self) -> BoxFuture<'_, Result<()>>;

    /// Puts a message into the mailbox, without waiting.
    ///
    /// # Errors
    /// Gives the submission back with the reason.
    fn submit(&self, submission: Submission) -> Result<(), Refused>;

    /// Puts a message into the mailbox, waiting for room until `until`, an instant of [`time`](Self::time).
    ///
    /// # Errors
    /// Gives the submission back with the reason.
    fn submit_until(&self, submission: Submission, until: Instant) -> BoxFuture<'_, Result<(), Refused>>;

    /// Merges the timestamp of an answer into the host's clock, so that what the host sends next is later.
    fn observe(&self, received: HlcTimestamp);

    /// The next output, without waiting.
    ///
    /// # Errors
    /// When there is none, or the kernel is gone and its output drained.
    fn try_receive(&self) -> Result<MessageEnvelope>;

    /// The next output, waiting up to `timeout`, or without end when `None`.
    ///
    /// # Errors
    /// When the time is over, or the kernel is gone and its output drained.
    fn receive(&self, timeout: Option<Duration>) -> BoxFuture<'_, Result<MessageEnvelope>>;

    /// The time by which the runtime goes, and so every deadline and wait of the handle. The machine's by default.
    fn time(&self) -> &TimeSource {
        &TimeSource::System
    }

    /// The state.
    fn state(&self) -> KernelState;

    /// The status.
    fn status(&self) -> KernelStatus;

    /// The figures.
    fn metrics(&self) -> KernelMetrics;

    /// Counters and latencies; takes under a microsecond and does not disturb the kernel.
    fn telemetry(&self) -> TelemetrySnapshot;

    /// Waits until the kernel has terminated.
    ///
    /// # Errors
    /// When it terminated after a failure, with the fault.
    fn wait(&self) -> BoxFuture<'_, Result<()>>;
}
