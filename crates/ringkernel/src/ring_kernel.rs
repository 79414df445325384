//! The runtime as an application holds it.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use ringkernel_core::Result;
use ringkernel_core::dead_letter::DeadLetter;
use ringkernel_core::k2k::K2KBroker;
use ringkernel_core::k2k::tenant::TenantRegistry;
use ringkernel_core::memory::DeviceMemory;
use ringkernel_core::pubsub::PubSubBroker;
use ringkernel_core::runtime::{
    AuditTag, Backend, BoxFuture, KernelHandle, KernelId, Kernels, LaunchOptions, RingKernelRuntime,
    RuntimeBuilder, RuntimeMetrics, Selection, TenantId, TenantRuntime, TenantScope,
};

use crate::availability;

/// Main RingKernel runtime facade: a runtime on the backend that was chosen.
///
/// Dropping it terminates all kernels and frees everything. That waits for the handlers in progress, at most
/// [`shutdown_timeout`](RingKernelBuilder::shutdown_timeout); where a thread must not wait, call
/// [`shutdown`](Self::shutdown) before.
pub struct RingKernel {
    runtime: Arc<dyn RingKernelRuntime>,
    selection: Selection,
}

impl RingKernel {
    /// Configures a runtime.
    pub fn builder() -> RingKernelBuilder {
        RingKernelBuilder::default()
    }

    /// A runtime on the first backend that is available.
    ///
    /// # Errors
    /// As [`RingKernelBuilder::build`].
    pub async fn new() -> Result<Self> {
        Self::builder().build().await
    }

    /// A runtime on this backend.
    ///
    /// # Errors
    /// As [`RingKernelBuilder::build`].
    pub async fn with_backend(backend: Backend) -> Result<Self> {
        Self::builder().backend(backend).build().await
    }

    /// The backend that runs the kernels.
    pub fn backend(&self) -> Backend {
        self.runtime.backend()
    }

    /// Which backend was chosen, and why not another.
    pub fn selection(&self) -> &Selection {
        &self.selection
    }

    /// Whether kernels can run on `backend` here. See [`availability::check`] for the reason.
    pub fn is_backend_available(&self, backend: Backend) -> bool {
        availability::check(backend).is_ok()
    }

    /// Starts a kernel. See [`RingKernelRuntime::launch`].
    ///
    /// # Errors
    /// As there.
    pub async fn launch(&self, kernel_id: &str, options: LaunchOptions) -> Result<KernelHandle> {
        let launched = self.runtime.launch(kernel_id, options).await;
        launched.map_err(|error| self.selection.explain(error))
    }

    /// The handle of a running kernel that belongs to no tenant in particular.
    pub fn get_kernel(&self, kernel_id: &KernelId) -> Option<KernelHandle> {
        self.runtime.get_kernel(kernel_id)
    }

    /// The running kernels that belong to no tenant in particular, sorted by id.
    pub fn list_kernels(&self) -> Vec<KernelId> {
        self.runtime.list_kernels()
    }

    /// This runtime as a tenant sees it: what it launches belongs to the tenant and is accounted to `audit`, and nobody else's
    /// kernels can be reached.
    pub fn as_tenant(&self, tenant: TenantId, audit: AuditTag) -> TenantRuntime<'_> {
        TenantScope::as_tenant(self, tenant, audit)
    }

    /// The topics by which kernels and hosts publish and subscribe. See [`RingKernelRuntime::pubsub`].
    ///
    /// ```
    /// use ringkernel::prelude::*;
    ///
    /// #[derive(RingMessage)]
    /// struct Order {
    ///     amount: u32,
    /// }
    ///
    /// #[derive(Debug, Clone, Copy, PartialEq, RingMessage)]
    /// struct Accepted {
    ///     amount: u32,
    /// }
    ///
    /// #[ring_kernel(id = "shop")]
    /// fn shop(ctx: &mut RingContext, order: Order) {
    ///     ctx.publish("orders/accepted", Accepted { amount: order.amount });
    /// }
    ///
    /// #[derive(Default, DeviceState)]
    /// struct Revenue {
    ///     sum: u32,
    /// }
    ///
    /// #[derive(Debug, PartialEq, RingMessage)]
    /// struct Sum {
    ///     sum: u32,
    /// }
    ///
    /// #[ring_kernel(id = "accounting", subscribes = "orders/*")]
    /// fn accounting(_ctx: &mut RingContext, revenue: &mut Revenue, order: Accepted) -> Sum {
    ///     revenue.sum += order.amount;
    ///     Sum { sum: revenue.sum }
    /// }
    ///
    /// # fn main() -> Result<()> {
    /// # let executor = tokio::runtime::Builder::new_current_thread().build().expect("an executor");
    /// # executor.block_on(async {
    /// let runtime = RingKernel::builder().backend(Backend::Cpu).build().await?;
    /// let mut orders = runtime.pubsub().subscribe("monitor", "orders/#")?;
    /// let accounting = runtime.launch("accounting", LaunchOptions::default()).await?;
    /// let shop = runtime.launch("shop", LaunchOptions::default()).await?;
    ///
    /// shop.send(Order { amount: 5 }).await?;
    /// shop.send(Order { amount: 7 }).await?;
    ///
    /// for (amount, sum) in [(5, 5), (7, 12)] {
    ///     let delivery = orders.receive().await?;
    ///     assert_eq!((delivery.topic.name(), delivery.publisher.as_str()), ("orders/accepted", "shop"));
    ///     assert_eq!(delivery.envelope.decode::<Accepted>()?, Accepted { amount });
    ///     assert_eq!(accounting.receive().await?.decode::<Sum>()?, Sum { sum });
    /// }
    /// runtime.shutdown().await
    /// # })
    /// # }
    /// ```
    pub fn pubsub(&self) -> Arc<PubSubBroker> {
        self.runtime.pubsub()
    }

    /// Figures of the runtime.
    pub fn metrics(&self) -> RuntimeMetrics {
        self.runtime.metrics()
    }

    /// The memory of the device that runs the kernels, for buffers of one's own. See [`RingKernelRuntime::memory`].
    ///
    /// # Errors
    /// As there.
    pub fn memory(&self) -> Result<Arc<dyn DeviceMemory>> {
        self.runtime.memory()
    }

    /// Takes the messages that could not be delivered or handled since the last call, oldest first.
    pub fn take_dead_letters(&self) -> Vec<DeadLetter> {
        self.runtime.take_dead_letters()
    }

    /// Terminates all kernels and frees everything.
    ///
    /// # Errors
    /// As [`RingKernelRuntime::shutdown`].
    pub async fn shutdown(self) -> Result<()> {
        self.runtime.shutdown().await
    }
}

impl RingKernelRuntime for RingKernel {
    fn backend(&self) -> Backend {
        self.runtime.backend()
    }

    fn is_backend_available(&self, backend: Backend) -> bool {
        availability::check(backend).is_ok()
    }

    fn launch<'a>(
        &'a self,
        kernel_id: &'a str,
        options: LaunchOptions,
    ) -> BoxFuture<'a, Result<KernelHandle>> {
        Box::pin(self.launch(kernel_id, options))
    }

    fn kernels(&self) -> &dyn Kernels {
        self.runtime.kernels()
    }

    fn metrics(&self) -> RuntimeMetrics {
        self.runtime.metrics()
    }

    fn memory(&self) -> Result<Arc<dyn DeviceMemory>> {
        self.runtime.memory()
    }

    fn take_dead_letters(&self) -> Vec<DeadLetter> {
        self.runtime.take_dead_letters()
    }

    fn shutdown(&self) -> BoxFuture<'_, Result<()>> {
        self.runtime.shutdown()
    }
}

impl fmt::Debug for RingKernel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RingKernel")
            .field("backend", &self.backend())
            .field("kernels", &self.list_kernels())
            .finish()
    }
}

/// Builder for RingKernel runtime.
#[derive(Debug, Clone, Default)]
pub struct RingKernelBuilder {
    builder: RuntimeBuilder,
}

#[allow(
    clippy::return_self_not_must_use,
    reason = "dropping the result of a builder step is caught by its use"
)]
impl RingKernelBuilder {
    /// Which backend to use; [`Backend::Auto`] by default.
    pub fn backend(mut self, backend: Backend) -> Self {
        self.builder = self.builder.backend(backend);
        self
    }

    /// Which device of the backend, counted from 0; with [`device_named`](Self::device_named), among those of that name. The
    /// CPU is one device.
    pub fn device(mut self, index: usize) -> Self {
        self.builder = self.builder.device(index);
        self
    }

    /// The device whose name contains this, in upper or lower case; the CPU is called "CPU". [`Backend::Auto`] passes over
    /// backends without one.
    pub fn device_named(mut self, name: &str) -> Self {
        self.builder = self.builder.device_named(name);
        self
    }

    /// Checks more on devices, and logs every fault and dead letter through `tracing`.
    pub fn debug(mut self, enabled: bool) -> Self {
        self.builder = self.builder.debug(enabled);
        self
    }

    /// Opens a `tracing` span around every handler.
    pub fn profiling(mut self, enabled: bool) -> Self {
        self.builder = self.builder.profiling(enabled);
        self
    }

    /// Threads of the CPU backend; 0, the default, means one per core.
    pub fn workers(mut self, count: usize) -> Self {
        self.builder = self.builder.workers(count);
        self
    }

    /// Dead letters that are kept to be read; 1,024 by default.
    pub fn dead_letter_capacity(mut self, count: usize) -> Self {
        self.builder = self.builder.dead_letter_capacity(count);
        self
    }

    /// A handler that runs for longer is reported as stuck; 1 s by default.
    pub fn watchdog(mut self, limit: Duration) -> Self {
        self.builder = self.builder.watchdog(limit);
        self
    }

    /// How long `terminate`, `deactivate` and `shutdown` wait for a handler to return; 5 s by default.
    pub fn shutdown_timeout(mut self, limit: Duration) -> Self {
        self.builder = self.builder.shutdown_timeout(limit);
        self
    }

    /// How long a kernel-to-kernel message waits for room at its target; 5 s by default.
    pub fn k2k_timeout(mut self, limit: Duration) -> Self {
        self.builder = self.builder.k2k_timeout(limit);
        self
    }

    /// The broker by which kernels that are launched `with_k2k(true)` and what is outside of the runtime reach each other, by name and
    /// one-way: endpoints, and kernels of other runtimes that have the same broker.
    pub fn k2k_broker(mut self, broker: Arc<K2KBroker>) -> Self {
        self.builder = self.builder.k2k_broker(broker);
        self
    }

    /// The topics by which kernels and hosts publish and subscribe; runtimes can share them. Without, the runtime has topics of its own.
    pub fn pubsub(mut self, broker: Arc<PubSubBroker>) -> Self {
        self.builder = self.builder.pubsub(broker);
        self
    }

    /// The tenants that kernels can be launched for, with their quotas and accounts; runtimes can share it. Without, any tenant
    /// can be launched for, and has no limits.
    pub fn tenants(mut self, tenants: Arc<TenantRegistry>) -> Self {
        self.builder = self.builder.tenants(tenants);
        self
    }

    /// Starts the runtime.
    ///
    /// # Errors
    /// [`BackendUnavailable`](crate::RingKernelError::BackendUnavailable) with the reason;
    /// [`DeviceNotAvailable`](crate::RingKernelError::DeviceNotAvailable);
    /// [`InvalidConfig`](crate::RingKernelError::InvalidConfig) for an option that cannot work;
    /// [`Registry`](crate::RingKernelError::Registry) when two kernels have one id or two message types one number;
    /// [`ResourceExhausted`](crate::RingKernelError::ResourceExhausted) when no thread can be started.
    pub async fn build(self) -> Result<RingKernel> {
        let (runtime, selection) = self.builder.build_from(&availability::factories()).await?;
        Ok(RingKernel { runtime, selection })
    }
}
