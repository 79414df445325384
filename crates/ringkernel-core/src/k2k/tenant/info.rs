//! One tenant: its quota, and what it uses at present.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use ringkernel_abi::TenantId;

use super::ahead::Ahead;
use super::allowance::{Allowance, burst};
use super::engagement::Engagement;
use super::quota::{QuotaExceeded, QuotaLimit, TenantQuota};
use crate::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// A registered tenant. The counters are relaxed: each limit is kept by the one word that counts towards it.
#[derive(Debug)]
pub struct TenantInfo {
    tenant_id: TenantId,
    quota: TenantQuota,
    registered_at: Instant,
    is_registered: AtomicBool,
    kernels: AtomicU64,
    memory_bytes: AtomicU64,
    pub(super) allowance: Allowance,
    engagements: RwLock<HashMap<u64, Arc<Engagement>>>,
}

impl TenantInfo {
    pub(super) fn new(tenant_id: TenantId, quota: TenantQuota) -> Self {
        Self {
            tenant_id,
            registered_at: Instant::now(),
            is_registered: AtomicBool::new(true),
            kernels: AtomicU64::new(0),
            memory_bytes: AtomicU64::new(0),
            allowance: Allowance::per_second(quota.max_messages_per_sec),
            engagements: RwLock::default(),
            quota,
        }
    }

    /// Its number.
    pub fn tenant_id(&self) -> TenantId {
        self.tenant_id
    }

    /// What it may use.
    pub fn quota(&self) -> &TenantQuota {
        &self.quota
    }

    /// When it was registered.
    pub fn registered_at(&self) -> Instant {
        self.registered_at
    }

    /// Whether this registration stands.
    pub(crate) fn is_registered(&self) -> bool {
        // Relaxed: whoever knows of the next registration has it from the registry's table, whose lock orders both.
        self.is_registered.load(Ordering::Relaxed)
    }

    pub(super) fn end_registration(&self) {
        self.is_registered.store(false, Ordering::Relaxed);
    }

    /// Kernels that run at present.
    pub fn current_kernels(&self) -> u64 {
        self.kernels.load(Ordering::Relaxed)
    }

    /// Device memory held at present, in bytes.
    pub fn current_memory_bytes(&self) -> u64 {
        self.memory_bytes.load(Ordering::Relaxed)
    }

    /// Takes the place of one kernel, until the slot is dropped.
    ///
    /// # Errors
    /// [`QuotaLimit::Kernels`].
    pub fn take_kernel_slot(self: &Arc<Self>) -> Result<KernelSlot, QuotaExceeded> {
        self.add_kernel()?;
        Ok(KernelSlot { tenant: self.clone() })
    }

    /// Takes device memory, until the share is dropped.
    ///
    /// # Errors
    /// [`QuotaLimit::Memory`].
    pub fn take_memory(self: &Arc<Self>, bytes: u64) -> Result<MemoryShare, QuotaExceeded> {
        let max = self.quota.max_gpu_memory_bytes;
        let added = self.memory_bytes.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |in_use| {
            in_use.checked_add(bytes).filter(|total| *total <= max)
        });
        match added {
            Ok(_) => Ok(MemoryShare { tenant: self.clone(), bytes }),
            Err(in_use) => Err(self.exceeded(QuotaLimit::Memory { requested: bytes, in_use, max })),
        }
    }

    /// Takes one message from the allowance, which fills up evenly.
    ///
    /// # Errors
    /// [`QuotaLimit::MessageRate`].
    #[inline]
    pub fn take_message(&self) -> Result<(), QuotaExceeded> {
        if self.allowance.take() { Ok(()) } else { Err(self.rate_exceeded()) }
    }

    /// [`take_message`](Self::take_message), for a sender that takes ahead.
    #[inline]
    pub(super) fn take_message_ahead(self: &Arc<Self>, ahead: &mut Ahead) -> Result<(), QuotaExceeded> {
        if ahead.take(self) { Ok(()) } else { Err(self.rate_exceeded()) }
    }

    /// That it has sent as much as it may.
    pub(crate) fn rate_exceeded(&self) -> QuotaExceeded {
        self.exceeded(QuotaLimit::MessageRate { per_second: self.quota.max_messages_per_sec })
    }

    /// Takes as many messages from the allowance as there are, at most `wanted`, for somebody who counts them one by one. Gives how
    /// many.
    pub fn take_messages(&self, wanted: u32) -> u32 {
        self.allowance.take_up_to(wanted)
    }

    /// How many messages may come all at once; `None` when there is no limit.
    pub fn message_burst(&self) -> Option<u32> {
        match u32::try_from(self.quota.max_messages_per_sec) {
            Err(_) | Ok(u32::MAX) => None,
            Ok(per_second) => Some(NonZeroU32::new(per_second).map_or(0, |limit| burst(limit).get())),
        }
    }

    /// Checks that there is budget left.
    ///
    /// # Errors
    /// [`QuotaLimit::EngagementBudget`].
    #[inline]
    pub fn check_budget(&self, engagement: &Engagement) -> Result<(), QuotaExceeded> {
        if !engagement.is_used_up() {
            return Ok(());
        }
        Err(self.exceeded(QuotaLimit::EngagementBudget {
            engagement: engagement.id(),
            budget: engagement.budget().unwrap_or(Duration::MAX),
            used: engagement.used(),
        }))
    }

    /// The account of an engagement, which is opened when it is first asked for and stays.
    pub fn engagement(&self, id: u64) -> Arc<Engagement> {
        if let Some(known) = self.known_engagement(id) {
            return known;
        }
        let mut engagements = self.engagements.write().unwrap_or_else(PoisonError::into_inner);
        let opened = || Arc::new(Engagement::new(id, self.quota.per_engagement_budget.get(&id).copied()));
        engagements.entry(id).or_insert_with(opened).clone()
    }

    /// The account of an engagement, if it was opened.
    pub fn known_engagement(&self, id: u64) -> Option<Arc<Engagement>> {
        self.engagements.read().unwrap_or_else(PoisonError::into_inner).get(&id).cloned()
    }

    pub(super) fn add_kernel(&self) -> Result<(), QuotaExceeded> {
        let max = self.quota.max_concurrent_kernels;
        let added = self.kernels.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |running| {
            (running < u64::from(max) || max == u32::MAX).then_some(running + 1)
        });
        added.map(drop).map_err(|_| self.exceeded(QuotaLimit::Kernels { max }))
    }

    /// Gives a kernel's place back; nothing happens when none is taken.
    pub(super) fn remove_kernel(&self) {
        // An error means that none is taken.
        let _ =
            self.kernels.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |running| running.checked_sub(1));
    }

    fn exceeded(&self, limit: QuotaLimit) -> QuotaExceeded {
        QuotaExceeded { tenant: self.tenant_id, limit }
    }
}

/// The place of one kernel in its tenant's quota, given back when dropped.
#[derive(Debug)]
#[must_use = "the place is given back when this is dropped"]
pub struct KernelSlot {
    tenant: Arc<TenantInfo>,
}

impl Drop for KernelSlot {
    fn drop(&mut self) {
        self.tenant.remove_kernel();
    }
}

/// Device memory on its tenant's account, given back when dropped.
#[derive(Debug)]
#[must_use = "the memory is given back when this is dropped"]
pub struct MemoryShare {
    tenant: Arc<TenantInfo>,
    bytes: u64,
}

impl MemoryShare {
    /// How much it is.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }
}

impl Drop for MemoryShare {
    fn drop(&mut self) {
        self.tenant.memory_bytes.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}
