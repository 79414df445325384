//! For whom kernels run, and a runtime as one tenant sees it.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use ringkernel_abi::{AuditTag, TenantId, UNSPECIFIED_TENANT};

use super::{
    BoxFuture, KernelHandle, KernelId, KernelMetrics, LaunchOptions, RingKernelRuntime, TenantMetrics,
};
use crate::dead_letter::DeadLetter;
use crate::error::Result;
#[cfg(doc)]
use crate::error::RingKernelError;
use crate::k2k::tenant::{Purse, TenantInfo};
use crate::memory::DeviceMemory;
#[cfg(not(loom))]
use crate::pubsub::PubSubBroker;

/// For whom a kernel runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Tenancy {
    /// The tenant: kernels of two tenants never exchange messages, and each tenant has names of its own.
    pub tenant: TenantId,
    /// What its work is accounted to.
    pub audit: AuditTag,
}

impl Default for Tenancy {
    /// Of nobody in particular.
    fn default() -> Self {
        Self { tenant: UNSPECIFIED_TENANT, audit: AuditTag::unspecified() }
    }
}

/// The kernels of a runtime, by tenant and name. Backends have it from their [`Host`](crate::backend::Host).
pub trait Kernels: Send + Sync {
    /// The handle of a running kernel of this tenant.
    ///
    /// # Errors
    /// [`RingKernelError::TenantMismatch`] when only another tenant has a kernel of this name, which is counted;
    /// [`RingKernelError::KernelNotFound`] when nobody has, or when this tenant has lately had one.
    fn find(&self, tenant: TenantId, kernel_id: &KernelId) -> Result<KernelHandle>;

    /// The topics of all tenants.
    #[cfg(not(loom))]
    fn pubsub(&self) -> &Arc<PubSubBroker>;

    /// The topics of a tenant, for those whose work is accounted like this.
    ///
    /// # Errors
    /// [`RingKernelError::InvalidConfig`] for a tenant that the runtime's registry does not know.
    #[cfg(not(loom))]
    fn pubsub_of(&self, tenancy: Tenancy) -> Result<Arc<PubSubBroker>>;

    /// The running kernels of this tenant, sorted by id.
    fn list(&self, tenant: TenantId) -> Vec<KernelId>;

    /// The figures of each running kernel of this tenant.
    fn figures(&self, tenant: TenantId) -> Vec<KernelMetrics>;

    /// A tenant, if it is registered.
    fn tenant(&self, tenant: TenantId) -> Option<Arc<TenantInfo>>;

    /// What pays for what is done for a tenant.
    ///
    /// # Errors
    /// [`RingKernelError::InvalidConfig`] for a tenant that the registry of the runtime does not know.
    fn purse(&self, tenancy: Tenancy) -> Result<Purse>;

    /// Takes the dead letters of this tenant, as [`RingKernelRuntime::take_dead_letters`] takes those of all.
    fn take_dead_letters(&self, tenant: TenantId) -> Vec<DeadLetter>;
}

/// A runtime as one tenant sees it: what is launched belongs to the tenant, and nobody else's kernels can be reached. Made by
/// [`as_tenant`](TenantScope::as_tenant).
#[derive(Clone, Copy)]
pub struct TenantRuntime<'a> {
    runtime: &'a dyn RingKernelRuntime,
    tenancy: Tenancy,
}

impl TenantRuntime<'_> {
    /// For whom it acts.
    pub fn tenancy(&self) -> Tenancy {
        self.tenancy
    }

    /// Launches a kernel of the tenant, whatever the options say about that. See [`RingKernelRuntime::launch`].
    ///
    /// # Errors
    /// As there. Names of other tenants are not taken.
    pub fn launch<'b>(
        &'b self,
        kernel_id: &'b str,
        options: LaunchOptions,
    ) -> BoxFuture<'b, Result<KernelHandle>> {
        self.runtime.launch(kernel_id, LaunchOptions { tenancy: self.tenancy, ..options })
    }

    /// The handle of a running kernel of the tenant.
    pub fn get_kernel(&self, kernel_id: &KernelId) -> Option<KernelHandle> {
        self.kernel(kernel_id).ok()
    }

    /// The handle of a running kernel of the tenant, or why there is none. What is sent through it is on the account of this scope.
    ///
    /// # Errors
    /// [`RingKernelError::TenantMismatch`] when only another tenant has a kernel of this name;
    /// [`RingKernelError::KernelNotFound`] when nobody has, or when this tenant has lately had one, which may be on its way back.
    pub fn kernel(&self, kernel_id: &KernelId) -> Result<KernelHandle> {
        let found = self.runtime.kernels().find(self.tenancy.tenant, kernel_id)?;
        Ok(found.with_audit(self.tenancy.audit))
    }

    /// The tenant's topics, to subscribe to what its kernels publish and to publish to them. What is published is accounted to
    /// [`tenancy`](Self::tenancy), and taken from the tenant's messages of this second.
    ///
    /// # Errors
    /// [`RingKernelError::InvalidConfig`] for a tenant that the runtime's registry does not know.
    #[cfg(not(loom))]
    pub fn pubsub(&self) -> Result<Arc<PubSubBroker>> {
        self.runtime.kernels().pubsub_of(self.tenancy)
    }

    /// The running kernels of the tenant, sorted by id.
    pub fn list_kernels(&self) -> Vec<KernelId> {
        self.runtime.kernels().list(self.tenancy.tenant)
    }

    /// Memory of the device for buffers of the tenant, see [`RingKernelRuntime::memory`]. Their bytes count against
    /// [`TenantQuota::max_gpu_memory_bytes`](crate::k2k::tenant::TenantQuota::max_gpu_memory_bytes), together with what its kernels
    /// have; on the CPU backend, whose memory is the host's, kernels have none of it.
    ///
    /// # Errors
    /// As there, and [`RingKernelError::InvalidConfig`] for a tenant that is not registered where it has to be. Allocating can be
    /// [`RingKernelError::QuotaExceeded`], which is put on record.
    pub fn memory(&self) -> Result<Arc<dyn DeviceMemory>> {
        let memory = self.runtime.memory()?;
        Ok(self.runtime.kernels().purse(self.tenancy)?.memory(memory))
    }

    /// Figures of the tenant: the sums over its running kernels, and what it holds and has used. Looking puts nothing on record.
    pub fn metrics(&self) -> TenantMetrics {
        let kernels = self.runtime.kernels();
        let running = kernels.figures(self.tenancy.tenant).into_iter();
        let sum = running.fold(TenantMetrics::default(), |sum, kernel| TenantMetrics {
            kernels: sum.kernels + 1,
            messages_received: sum.messages_received + kernel.messages_received,
            messages_sent: sum.messages_sent + kernel.messages_sent,
            messages_processed: sum.messages_processed + kernel.telemetry.processed(),
            faults: sum.faults + kernel.faults,
            ..sum
        });
        let tenant = kernels.tenant(self.tenancy.tenant);
        let engagement =
            tenant.as_ref().and_then(|tenant| tenant.known_engagement(self.tenancy.audit.engagement_id));
        TenantMetrics {
            gpu_memory_used: tenant.map_or(0, |tenant| tenant.current_memory_bytes()),
            handler_time: engagement.map_or(Duration::ZERO, |engagement| engagement.used()),
            ..sum
        }
    }

    /// Figures of one running kernel of the tenant.
    pub fn kernel_metrics(&self, kernel_id: &KernelId) -> Option<KernelMetrics> {
        self.get_kernel(kernel_id).map(|kernel| kernel.metrics())
    }

    /// Takes the messages of the tenant that could not be delivered or handled since the last call, oldest first. They share their
    /// number with those of others, see [`RingKernelRuntime::take_dead_letters`].
    pub fn take_dead_letters(&self) -> Vec<DeadLetter> {
        self.runtime.kernels().take_dead_letters(self.tenancy.tenant)
    }
}

impl fmt::Debug for TenantRuntime<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TenantRuntime")
            .field("tenancy", &self.tenancy)
            .field("kernels", &self.list_kernels())
            .finish()
    }
}

/// Every runtime can be looked at with a tenant's eyes.
pub trait TenantScope {
    /// This runtime as a tenant sees it. What it launches is accounted to `audit`.
    fn as_tenant(&self, tenant: TenantId, audit: AuditTag) -> TenantRuntime<'_>;
}

impl<R: RingKernelRuntime> TenantScope for R {
    fn as_tenant(&self, tenant: TenantId, audit: AuditTag) -> TenantRuntime<'_> {
        TenantRuntime { runtime: self, tenancy: Tenancy { tenant, audit } }
    }
}

impl TenantScope for dyn RingKernelRuntime {
    fn as_tenant(&self, tenant: TenantId, audit: AuditTag) -> TenantRuntime<'_> {
        TenantRuntime { runtime: self, tenancy: Tenancy { tenant, audit } }
    }
}
