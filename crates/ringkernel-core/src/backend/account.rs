//! What one kernel uses on its tenant's account.

use std::any::Any;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::{AuditTags, TagsByTenant};
use crate::error::{Result, RingKernelError};
use crate::k2k::tenant::{Admission, AdmissionError, Engagement, QuotaExceeded, TenantInfo, TenantRegistry};
use crate::runtime::{AuditTag, Tenancy};

/// What becomes of tenants that a registry does not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strangers {
    /// They launch nothing: the registry was given, so it lists everybody.
    Refused,
    /// They have no limits and no accounts: nobody has said who there is.
    Unlimited,
}

/// The account of a kernel: its place in the tenant's quota, what admits the messages that it is sent and sends, and where the time
/// of its handlers goes. A tenant that is not registered has none.
#[derive(Debug)]
pub struct Account {
    admission: Admission,
    tenant: Option<Arc<TenantInfo>>,
    engagement: Option<Arc<Engagement>>,
    /// Where refusals are put on record.
    registry: Arc<TenantRegistry>,
    /// On whose account.
    audit: AuditTag,
    /// The number of that.
    number: u32,
    tags: Arc<AuditTags>,
    /// What is given back when the kernel ends, whoever still holds its handle: its place, its memory, its use of the tags, and what
    /// backends have added.
    held: Mutex<Vec<Box<dyn Any + Send>>>,
}

impl Account {
    /// Opens the account of a kernel that is about to be launched, which takes a kernel's place in the quota.
    ///
    /// # Errors
    /// [`RingKernelError::InvalidConfig`] for a tenant that the registry does not know, where strangers are refused;
    /// [`RingKernelError::QuotaExceeded`] when as many kernels run as may, or the tenant has named as many audit tags. All are put on
    /// record.
    pub fn open(
        registry: &Arc<TenantRegistry>,
        strangers: Strangers,
        tags: &TagsByTenant,
        tenancy: Tenancy,
    ) -> Result<Self> {
        let Tenancy { tenant, audit } = tenancy;
        let refused = |error| {
            registry.audit_refusal(error, audit);
            RingKernelError::from(error)
        };
        let admission = match registry.admission(tenant, audit) {
            Err(AdmissionError::UnknownTenant(_)) if strangers == Strangers::Unlimited => {
                Admission::unlimited()
            }
            admission => admission.map_err(refused)?,
        };
        let info = registry.get(tenant);
        let slot = info.as_ref().map(|info| info.take_kernel_slot()).transpose();
        let slot = slot.map_err(|exceeded| refused(exceeded.into()))?;
        let in_use = tags.of(tenant);
        let number = in_use.tags().number_of(audit).map_err(|exceeded| refused(exceeded.into()))?;
        Ok(Self {
            admission,
            tags: in_use.tags().clone(),
            held: Mutex::new(vec![Box::new(slot), Box::new(in_use)]),
            registry: registry.clone(),
            audit,
            number,
            engagement: info.as_ref().map(|info| info.engagement(audit.engagement_id)),
            tenant: info,
        })
    }

    /// Admits one message that the kernel is sent by a host, or sends.
    ///
    /// # Errors
    /// [`QuotaExceeded`], which is put on record.
    #[inline]
    pub fn admit(&self) -> Result<(), QuotaExceeded> {
        self.admission.admit().inspect_err(|exceeded| self.put_on_record(*exceeded, self.audit))
    }

    /// Admits one message that a host sends on the account of this tag, or on the kernel's own when it names none. Gives the number
    /// of that account, or 0.
    ///
    /// # Errors
    /// [`QuotaExceeded`], which is put on record. Only what is admitted otherwise can use up the tenant's tags.
    #[inline]
    pub fn admit_on(&self, audit: AuditTag) -> Result<u32, QuotaExceeded> {
        if audit.is_unspecified() {
            return self.admit().map(|()| 0);
        }
        // A message on an account that cannot be told apart counts nowhere.
        let on_record = |exceeded: &QuotaExceeded| self.put_on_record(*exceeded, audit);
        let known = self.tags.find(audit).inspect_err(on_record)?;
        self.admission_of(audit).admit().inspect_err(on_record)?;
        known.map_or_else(|| self.number_of(audit), Ok)
    }

    /// The number of the account of this tag, which somebody else has admitted a message on.
    ///
    /// # Errors
    /// [`QuotaExceeded`], which is put on record.
    pub(super) fn number_of(&self, audit: AuditTag) -> Result<u32, QuotaExceeded> {
        self.tags.number_of(audit).inspect_err(|exceeded| self.put_on_record(*exceeded, audit))
    }

    /// What messages on the account of this tag are admitted by.
    pub(super) fn admission_of(&self, audit: AuditTag) -> Admission {
        self.tenant.as_ref().map_or(Admission::unlimited(), |tenant| Admission::by(tenant.clone(), audit))
    }

    /// The accounts that messages of its tenant travel on, by number.
    pub fn tags(&self) -> &AuditTags {
        &self.tags
    }

    /// Asks the budget of the account of this number, for a message that has been counted on a device, which knows no budgets.
    ///
    /// # Errors
    /// [`QuotaExceeded`], which is put on record.
    pub(super) fn within_budget(&self, number: u32) -> Result<(), QuotaExceeded> {
        let audit = self.tags.tag_of(number).unwrap_or(self.audit);
        let asked = self.admission_of(audit).within_budget();
        asked.inspect_err(|exceeded| self.put_on_record(*exceeded, audit))
    }

    /// The number of the account that it was launched on, see [`AuditTags`].
    #[inline]
    pub fn number(&self) -> u32 {
        self.number
    }

    /// The tenant, if it is registered.
    pub fn tenant(&self) -> Option<&Arc<TenantInfo>> {
        self.tenant.as_ref()
    }

    /// Takes the device memory that the kernel is about to be given, until it ends. Called once.
    ///
    /// # Errors
    /// [`QuotaExceeded`], which is put on record.
    pub fn take_memory(&self, bytes: u64) -> Result<(), QuotaExceeded> {
        if let Some(tenant) = &self.tenant {
            let share = tenant.take_memory(bytes);
            let share = share.inspect_err(|exceeded| self.put_on_record(*exceeded, self.audit))?;
            self.hold(share);
        }
        Ok(())
    }

    /// Notes that the kernel has sent messages where they were counted ahead, and these would have been too many. At most `recorded`
    /// of them are put on record one by one; all are counted.
    pub(super) fn note_overdrawn(&self, messages: u32, recorded: u32) {
        if let Some(tenant) = self.tenant.as_ref().filter(|_| messages > 0) {
            let exceeded = tenant.rate_exceeded();
            (0..messages.min(recorded)).for_each(|_| self.put_on_record(exceeded, self.audit));
            self.registry.count_refusals(u64::from(messages.saturating_sub(recorded)));
        }
    }

    #[cold]
    pub(super) fn put_on_record(&self, exceeded: QuotaExceeded, audit: AuditTag) {
        self.registry.audit_refusal(exceeded.into(), audit);
    }

    /// Keeps something that the kernel has taken, until it ends.
    pub(super) fn hold(&self, held: impl Any + Send) {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).push(Box::new(held));
    }

    /// Gives back what the kernel has taken, because it has ended.
    pub(super) fn close(&self) {
        let held = std::mem::take(&mut *self.held.lock().unwrap_or_else(PoisonError::into_inner));
        // Without the lock, because some of it has locks of its own.
        drop(held);
    }

    /// Adds the time that a handler took.
    #[inline]
    pub fn charge_ns(&self, taken_ns: u64) {
        if let Some(engagement) = &self.engagement {
            engagement.add(Duration::from_nanos(taken_ns));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{ManualClock, TimeSource};
    use crate::k2k::tenant::{QuotaLimit, TenantQuota};

    #[test]
    fn a_message_on_an_account_too_many_takes_none_of_the_rate() {
        TimeSource::Manual(ManualClock::new()).scope(|| {
            let quota = TenantQuota { max_messages_per_sec: 20, ..TenantQuota::unlimited() };
            let registry = Arc::new(TenantRegistry::new());
            registry.register(7, quota).expect("it is new");
            let tags = TagsByTenant::default();
            let tenancy = Tenancy { tenant: 7, audit: AuditTag::new(1, 0) };
            let account = Account::open(&registry, Strangers::Refused, &tags, tenancy).expect("it opens");
            let mut named = 1;
            while account.number_of(AuditTag::new(1, named)).is_ok() {
                named += 1;
            }
            for _ in 0..100 {
                let refused = account.admit_on(AuditTag::new(1, named)).expect_err("it is one too many");
                assert!(matches!(refused.limit, QuotaLimit::AuditTags { .. }), "{refused}");
            }
            assert_eq!(account.admit_on(AuditTag::new(1, 1)), Ok(2), "there is one message, at least");
        });
    }
}
