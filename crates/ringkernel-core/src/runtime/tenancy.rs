//! For whom kernels run, and a runtime as one tenant sees it.

use std::fmt;

use ringkernel_abi::{AuditTag, TenantId, UNSPECIFIED_TENANT};

use super::{BoxFuture, KernelHandle, KernelId, LaunchOptions, RingKernelRuntime};
use crate::error::Result;
#[cfg(doc)]
use crate::error::RingKernelError;

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
    /// [`RingKernelError::KernelNotFound`] when nobody has.
    fn find(&self, tenant: TenantId, kernel_id: &KernelId) -> Result<KernelHandle>;

    /// The running kernels of this tenant, sorted by id.
    fn list(&self, tenant: TenantId) -> Vec<KernelId>;
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

    /// The handle of a running kernel of the tenant, or why there is none.
    ///
    /// # Errors
    /// [`RingKernelError::TenantMismatch`] when only another tenant has a kernel of this name;
    /// [`RingKernelError::KernelNotFound`] when nobody has.
    pub fn kernel(&self, kernel_id: &KernelId) -> Result<KernelHandle> {
        self.runtime.kernels().find(self.tenancy.tenant, kernel_id)
    }

    /// The running kernels of the tenant, sorted by id.
    pub fn list_kernels(&self) -> Vec<KernelId> {
        self.runtime.kernels().list(self.tenancy.tenant)
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
