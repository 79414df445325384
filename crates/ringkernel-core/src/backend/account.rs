//! What one kernel uses on its tenant's account.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::error::{Result, RingKernelError};
use crate::k2k::tenant::{Admission, Engagement, KernelSlot, QuotaExceeded, TenantRegistry};
use crate::runtime::{AuditTag, Tenancy};

/// The account of a kernel: its place in the tenant's quota, what admits the messages that it is sent and sends, and where the time
/// of its handlers goes. A runtime without a registry of tenants keeps none.
#[derive(Debug)]
pub struct Account {
    admission: Admission,
    engagement: Option<Arc<Engagement>>,
    /// Where refusals are put on record, and on whose account.
    registry: Option<(Arc<TenantRegistry>, AuditTag)>,
    /// Given back when the kernel ends, whoever still holds its handle.
    slot: Mutex<Option<KernelSlot>>,
}

impl Account {
    /// Opens the account of a kernel that is about to be launched, which takes a kernel's place in the quota.
    ///
    /// # Errors
    /// [`RingKernelError::InvalidConfig`] for a tenant that the registry does not know, [`RingKernelError::QuotaExceeded`] when as
    /// many kernels run as may. Both are put on record.
    pub fn open(registry: Option<&Arc<TenantRegistry>>, tenancy: Tenancy) -> Result<Self> {
        let Some(registry) = registry else {
            let (admission, slot) = (Admission::unlimited(), Mutex::default());
            return Ok(Self { admission, engagement: None, registry: None, slot });
        };
        let Tenancy { tenant, audit } = tenancy;
        let refused = |error| {
            registry.audit_refusal(error, audit);
            RingKernelError::from(error)
        };
        let admission = registry.admission(tenant, audit).map_err(refused)?;
        let info = registry.get(tenant);
        let slot = info.as_ref().map(|info| info.take_kernel_slot()).transpose();
        Ok(Self {
            admission,
            slot: Mutex::new(slot.map_err(|exceeded| refused(exceeded.into()))?),
            registry: Some((registry.clone(), audit)),
            engagement: info.map(|info| info.engagement(audit.engagement_id)),
        })
    }

    /// Admits one message that the kernel is sent by a host, or sends.
    ///
    /// # Errors
    /// [`QuotaExceeded`], which is put on record.
    #[inline]
    pub fn admit(&self) -> Result<(), QuotaExceeded> {
        self.admission.admit().inspect_err(|exceeded| self.put_on_record(*exceeded))
    }

    #[cold]
    fn put_on_record(&self, exceeded: QuotaExceeded) {
        if let Some((registry, audit)) = &self.registry {
            registry.audit_refusal(exceeded.into(), *audit);
        }
    }

    /// Gives back the kernel's place, because it has ended.
    pub(super) fn close(&self) {
        self.slot.lock().unwrap_or_else(PoisonError::into_inner).take();
    }

    /// Adds the time that a handler took.
    #[inline]
    pub fn charge_ns(&self, taken_ns: u64) {
        if let Some(engagement) = &self.engagement {
            engagement.add(Duration::from_nanos(taken_ns));
        }
    }
}
