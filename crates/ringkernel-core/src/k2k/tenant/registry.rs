//! The tenants of a process.

use std::collections::HashMap;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use ringkernel_abi::{AuditTag, TenantId, UNSPECIFIED_TENANT};

use super::ahead::Ahead;
use super::audit::{AuditEvent, AuditSink, CrossTenantAttempt};
use super::engagement::Engagement;
use super::info::TenantInfo;
use super::quota::{QuotaExceeded, TenantQuota};
use crate::error::{Result, RingKernelError};
use crate::sync::atomic::{AtomicU64, Ordering};

/// The tenants of a process, with their quotas and accounts.
///
/// Lookups take a read lock for a moment; who sends keeps an [`Admission`] and looks again only when
/// [`generation`](Self::generation) has changed. [`UNSPECIFIED_TENANT`] needs no registration and then has no limits;
/// registered, it has those that it was given.
#[derive(Default)]
pub struct TenantRegistry {
    tenants: RwLock<HashMap<TenantId, Arc<TenantInfo>>>,
    audit_sink: Option<Arc<dyn AuditSink>>,
    generation: AtomicU64,
    cross_tenant_attempts: AtomicU64,
    refusals: AtomicU64,
}

impl TenantRegistry {
    /// A registry without tenants. What has to be on record becomes a warning in the log.
    pub fn new() -> Self {
        Self::default()
    }

    /// A registry without tenants that puts on record what has to be.
    pub fn with_audit_sink(sink: Arc<dyn AuditSink>) -> Self {
        Self { audit_sink: Some(sink), ..Self::default() }
    }

    /// Puts on record there from now on.
    pub fn set_audit_sink(&mut self, sink: Arc<dyn AuditSink>) {
        self.audit_sink = Some(sink);
    }

    /// Adds a tenant.
    ///
    /// # Errors
    /// [`RingKernelError::InvalidConfig`] when it is registered already.
    pub fn register(&self, tenant: TenantId, quota: TenantQuota) -> Result<()> {
        let mut tenants = self.tenants.write().unwrap_or_else(PoisonError::into_inner);
        if tenants.contains_key(&tenant) {
            return Err(RingKernelError::InvalidConfig(format!(
                "tenant {tenant} is registered already; deregister it first, or use another number"
            )));
        }
        tenants.insert(tenant, Arc::new(TenantInfo::new(tenant, quota)));
        self.changed();
        Ok(())
    }

    /// Removes a tenant with its accounts; false when there is none of this number. What it holds stays valid and is
    /// given back as usual.
    ///
    /// Its kernels run on, with the limits that they were launched with and on the same accounts. No figure of this registry shows
    /// these any longer, also if the number is registered again, for which new accounts are opened; whoever has taken
    /// [`get`](Self::get) or [`TenantInfo::engagement`] before reads there what is added. Endpoints and brokers go by what is
    /// registered when they send.
    ///
    /// Its topics, with what they retain, are not those of whoever is registered under the number later, and their memory is given
    /// back: a [`PubSubBroker`](crate::pubsub::PubSubBroker) of them is refused then. But a quota is changed by registering again, so they go on
    /// as the next registration's where a subscription or a kernel of the tenant is still there. So before a number is given to
    /// somebody else, end those.
    pub fn deregister(&self, tenant: TenantId) -> bool {
        let mut tenants = self.tenants.write().unwrap_or_else(PoisonError::into_inner);
        let Some(removed) = tenants.remove(&tenant) else { return false };
        removed.end_registration();
        drop(tenants);
        self.changed();
        true
    }

    /// Whether the tenant is registered.
    pub fn is_registered(&self, tenant: TenantId) -> bool {
        self.read(|tenants| tenants.contains_key(&tenant))
    }

    /// A registered tenant.
    pub fn get(&self, tenant: TenantId) -> Option<Arc<TenantInfo>> {
        self.read(|tenants| tenants.get(&tenant).cloned())
    }

    /// How many tenants are registered.
    pub fn tenant_count(&self) -> usize {
        self.read(HashMap::len)
    }

    /// The registered tenants, in ascending order.
    pub fn tenant_ids(&self) -> Vec<TenantId> {
        let mut ids: Vec<_> = self.read(|tenants| tenants.keys().copied().collect());
        ids.sort_unstable();
        ids
    }

    /// A number that changes with every registration, for those who keep an [`Admission`].
    #[inline]
    pub fn generation(&self) -> u64 {
        // Pairs with the Release in `changed`; the table itself is behind its lock.
        self.generation.load(Ordering::Acquire)
    }

    /// What a tenant's messages are admitted by, for those who send often.
    ///
    /// # Errors
    /// [`AdmissionError::UnknownTenant`] unless it is registered or [`UNSPECIFIED_TENANT`].
    pub fn admission(&self, tenant: TenantId, audit_tag: AuditTag) -> Result<Admission, AdmissionError> {
        match self.get(tenant) {
            Some(info) => Ok(Admission::by(info, audit_tag)),
            None if tenant == UNSPECIFIED_TENANT => Ok(Admission::unlimited()),
            None => Err(AdmissionError::UnknownTenant(tenant)),
        }
    }

    /// Admits one message, which counts against the messages of this second.
    ///
    /// # Errors
    /// [`RingKernelError::InvalidConfig`] for a tenant that is not registered,
    /// [`RingKernelError::QuotaExceeded`] when its messages of this second or the budget of the engagement are used up.
    pub fn check_quota(&self, tenant: TenantId, audit_tag: AuditTag) -> Result<()> {
        let admitted = self.admission(tenant, audit_tag).and_then(|by| Ok(by.admit()?));
        admitted.map_err(|error| {
            self.audit_refusal(error, audit_tag);
            error.into()
        })
    }

    /// Adds handler time to the account of a tenant's engagement. Nothing happens for a tenant that is not registered,
    /// because it has no account.
    pub fn track_usage(&self, tenant: TenantId, audit_tag: AuditTag, time: Duration) {
        if let Some(info) = self.get(tenant) {
            info.engagement(audit_tag.engagement_id).add(time);
        }
    }

    /// The handler time that all tenants together have used for an engagement.
    pub fn get_engagement_cost(&self, audit_tag: AuditTag) -> Duration {
        let tenants: Vec<_> = self.read(|tenants| tenants.values().cloned().collect());
        tenants.iter().map(|info| used(info, audit_tag)).sum()
    }

    /// The handler time that a tenant has used for an engagement.
    pub fn get_engagement_cost_for(&self, tenant: TenantId, audit_tag: AuditTag) -> Duration {
        self.get(tenant).map_or(Duration::ZERO, |info| used(&info, audit_tag))
    }

    /// Whether a message between these would cross from one tenant to another.
    pub fn is_cross_tenant(&self, from: TenantId, to: TenantId) -> bool {
        from != to
    }

    /// Counts a message that was refused because it would have crossed, and puts it on record.
    pub fn audit_cross_tenant(&self, attempt: CrossTenantAttempt) {
        self.cross_tenant_attempts.fetch_add(1, Ordering::Relaxed);
        self.audit(&AuditEvent::CrossTenant(attempt));
    }

    /// Counts that a tenant was refused, and puts it on record.
    pub fn audit_refusal(&self, error: AdmissionError, audit_tag: AuditTag) {
        self.count_refusals(1);
        self.audit(&match error {
            AdmissionError::UnknownTenant(tenant) => AuditEvent::UnknownTenant { tenant, audit_tag },
            AdmissionError::QuotaExceeded(exceeded) => AuditEvent::QuotaExceeded { exceeded, audit_tag },
        });
    }

    /// Counts refusals that are not put on record.
    pub(crate) fn count_refusals(&self, count: u64) {
        self.refusals.fetch_add(count, Ordering::Relaxed);
    }

    /// How often a tenant was refused because it wanted more than its quota, or is not registered: messages, kernels, memory.
    pub fn refusals(&self) -> u64 {
        self.refusals.load(Ordering::Relaxed)
    }

    /// How many messages were refused because they would have crossed.
    pub fn cross_tenant_attempts(&self) -> u64 {
        self.cross_tenant_attempts.load(Ordering::Relaxed)
    }

    /// Takes the place of one kernel, until [`release_kernel_slot`](Self::release_kernel_slot).
    /// [`TenantInfo::take_kernel_slot`] gives it back by itself.
    ///
    /// # Errors
    /// [`RingKernelError::QuotaExceeded`] when as many run as may, [`RingKernelError::InvalidConfig`] for a tenant that is not
    /// registered.
    pub fn acquire_kernel_slot(&self, tenant: TenantId) -> Result<()> {
        match self.get(tenant) {
            Some(info) => Ok(info.add_kernel()?),
            None if tenant == UNSPECIFIED_TENANT => Ok(()),
            None => Err(AdmissionError::UnknownTenant(tenant).into()),
        }
    }

    /// Gives a kernel's place back.
    pub fn release_kernel_slot(&self, tenant: TenantId) {
        if let Some(info) = self.get(tenant) {
            info.remove_kernel();
        }
    }

    fn audit(&self, event: &AuditEvent) {
        match &self.audit_sink {
            // The thread may be one that serves all tenants.
            Some(sink) => {
                if catch_unwind(AssertUnwindSafe(|| sink.record(event))).is_err() {
                    tracing::error!(target: "ringkernel::audit", ?event, "the audit sink panicked");
                }
            }
            None => tracing::warn!(target: "ringkernel::audit", ?event, "a tenant was refused"),
        }
    }

    /// Tells those who keep an admission, after the table has changed.
    fn changed(&self) {
        self.generation.fetch_add(1, Ordering::Release);
    }

    fn read<R>(&self, look: impl FnOnce(&HashMap<TenantId, Arc<TenantInfo>>) -> R) -> R {
        look(&self.tenants.read().unwrap_or_else(PoisonError::into_inner))
    }
}

fn used(info: &TenantInfo, audit_tag: AuditTag) -> Duration {
    info.known_engagement(audit_tag.engagement_id).map_or(Duration::ZERO, |account| account.used())
}

impl fmt::Debug for TenantRegistry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TenantRegistry")
            .field("tenants", &self.tenant_ids())
            .field("cross_tenant_attempts", &self.cross_tenant_attempts())
            .finish_non_exhaustive()
    }
}

/// What the messages of one tenant's engagement are admitted by: kept by whoever sends, so that a message costs no lookup.
#[derive(Debug, Clone)]
pub struct Admission(Option<(Arc<TenantInfo>, Option<Arc<Engagement>>)>);

impl Admission {
    /// Everything is admitted.
    pub fn unlimited() -> Self {
        Self(None)
    }

    pub(crate) fn by(info: Arc<TenantInfo>, audit_tag: AuditTag) -> Self {
        // An engagement without a budget can refuse nothing, so nothing needs to look at it.
        let budgeted = info.quota().per_engagement_budget.contains_key(&audit_tag.engagement_id);
        let engagement = budgeted.then(|| info.engagement(audit_tag.engagement_id));
        Self(Some((info, engagement)))
    }

    /// Admits one message, which counts against the messages of this second.
    ///
    /// # Errors
    /// [`QuotaExceeded`] for the messages of this second or the engagement's budget. A message that the budget refuses does
    /// not count.
    #[inline]
    pub fn admit(&self) -> Result<(), QuotaExceeded> {
        let Some(info) = self.budgeted()? else { return Ok(()) };
        info.take_message()
    }

    /// [`admit`](Self::admit), for a sender that takes messages of its tenant ahead.
    #[inline]
    pub(in crate::k2k) fn admit_ahead(&self, ahead: &mut Ahead) -> Result<(), QuotaExceeded> {
        let Some(info) = self.budgeted()? else { return Ok(()) };
        info.take_message_ahead(ahead)
    }

    /// Asks the engagement's budget alone, for a message that has been counted already.
    ///
    /// # Errors
    /// [`QuotaExceeded`] when the budget is used up.
    pub(crate) fn within_budget(&self) -> Result<(), QuotaExceeded> {
        self.budgeted().map(drop)
    }

    /// The tenant, if it is registered.
    pub(crate) fn tenant(&self) -> Option<&Arc<TenantInfo>> {
        self.0.as_ref().map(|(info, _)| info)
    }

    /// The tenant that has limits, if there is one, and budget left.
    #[inline]
    fn budgeted(&self) -> Result<Option<&Arc<TenantInfo>>, QuotaExceeded> {
        let Some((info, engagement)) = &self.0 else { return Ok(None) };
        if let Some(engagement) = engagement {
            info.check_budget(engagement)?;
        }
        Ok(Some(info))
    }
}

/// Why a message was not admitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AdmissionError {
    /// The registry has no such tenant.
    #[error("tenant {0} is not registered; register it with `TenantRegistry::register`")]
    UnknownTenant(TenantId),
    /// The tenant wanted more than it may have.
    #[error(transparent)]
    QuotaExceeded(#[from] QuotaExceeded),
}

impl From<AdmissionError> for RingKernelError {
    fn from(error: AdmissionError) -> Self {
        match error {
            AdmissionError::UnknownTenant(_) => Self::InvalidConfig(error.to_string()),
            AdmissionError::QuotaExceeded(exceeded) => Self::QuotaExceeded(exceeded),
        }
    }
}
