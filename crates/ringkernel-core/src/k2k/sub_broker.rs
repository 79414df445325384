//! The part of a broker that belongs to one tenant.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use ringkernel_abi::{AuditTag, TenantId};

use super::attempt::Outgoing;
use super::broker::K2KBroker;
use super::endpoint::K2KEndpoint;
use super::lately::Lately;
use super::receipt::DeliveryReceipt;
use crate::error::{Result, RingKernelError};
use crate::message::MessageEnvelope;
use crate::runtime::KernelId;
use crate::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

/// The part of a [`K2KBroker`] that belongs to one tenant: the same names and methods, for that tenant's kernels alone.
/// It does not keep its broker; without that it has no kernels.
#[derive(Debug)]
pub struct K2KSubBroker {
    tenant: TenantId,
    /// Messages delivered by senders that have left.
    delivered_by_gone: AtomicU64,
    /// Names at present. Changed under the broker's lock for changes alone.
    names: AtomicUsize,
    given_up: Mutex<Lately<KernelId>>,
    broker: Weak<K2KBroker>,
}

impl K2KSubBroker {
    pub(super) fn new(tenant: TenantId, broker: Weak<K2KBroker>) -> Self {
        Self {
            tenant,
            delivered_by_gone: AtomicU64::new(0),
            names: AtomicUsize::new(0),
            given_up: Mutex::default(),
            broker,
        }
    }

    /// The tenant.
    pub fn tenant_id(&self) -> TenantId {
        self.tenant
    }

    /// How many names it has registered at present.
    pub fn endpoint_count(&self) -> usize {
        self.stats(|stats| stats.registered_endpoints)
    }

    /// Messages of its kernels that reached their destination.
    pub fn messages_delivered(&self) -> u64 {
        self.stats(|stats| stats.messages_delivered)
    }

    /// Whether it has registered this name.
    pub fn knows(&self, kernel: &KernelId) -> bool {
        self.broker.upgrade().is_some_and(|broker| broker.names.get(self.tenant, kernel.as_str()).is_some())
    }

    /// On whose account a kernel's messages are; unspecified for a name that it has not registered.
    pub fn audit_tag_for(&self, kernel: &KernelId) -> AuditTag {
        let member = self.broker.upgrade().and_then(|broker| broker.names.get(self.tenant, kernel.as_str()));
        member.map_or(AuditTag::unspecified(), |member| member.audit_tag)
    }

    /// [`K2KBroker::register_tenant`] under this tenant.
    ///
    /// # Errors
    /// [`RingKernelError::RuntimeShutDown`] when the broker is gone.
    pub fn register(&self, audit_tag: AuditTag, kernel: KernelId) -> Result<K2KEndpoint> {
        Ok(self.broker()?.register_tenant(self.tenant, audit_tag, kernel))
    }

    /// Takes away a kernel's name; false when there is none. Its endpoint gives out what it has, and then no more.
    pub fn unregister(&self, kernel: &KernelId) -> bool {
        let Some(broker) = self.broker.upgrade() else { return false };
        broker.names.get(self.tenant, kernel.as_str()).is_some_and(|member| broker.remove(&member))
    }

    /// [`K2KBroker::send`] from a kernel of this tenant.
    ///
    /// # Errors
    /// As [`K2KEndpoint::send`], and [`RingKernelError::KernelNotFound`] when the tenant has not registered `source` (the unspecified tenant
    /// may send under any name), [`RingKernelError::RuntimeShutDown`] when the broker is gone.
    pub async fn send(
        &self,
        source: KernelId,
        destination: KernelId,
        envelope: MessageEnvelope,
    ) -> Result<DeliveryReceipt> {
        self.broker()?.send_within(self.tenant, source, destination, Outgoing::new(envelope)).await
    }

    /// Counts a name that is about to be registered.
    pub(super) fn count_come(&self) {
        self.names.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a name that has been taken away.
    pub(super) fn count_left(&self) {
        self.names.fetch_sub(1, Ordering::Relaxed);
    }

    /// Whether the tenant has names at present.
    pub(super) fn has_names(&self) -> bool {
        self.names.load(Ordering::Relaxed) > 0
    }

    /// Remembers a name that is about to be taken away.
    pub(super) fn remember_name(&self, name: &KernelId) {
        self.given_up().remember(name.clone(), self.names.load(Ordering::Relaxed));
    }

    /// Forgets a name that has become another tenant's.
    pub(super) fn forget_name(&self, name: &KernelId) {
        self.given_up().forget(name);
    }

    /// Whether the tenant has lately had a name.
    pub(super) fn has_given_up(&self, name: &KernelId) -> bool {
        self.given_up().has(name)
    }

    fn given_up(&self) -> MutexGuard<'_, Lately<KernelId>> {
        // No code that can panic runs under the lock, so a poisoned one is whole.
        self.given_up.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn delivered_by_gone(&self) -> u64 {
        self.delivered_by_gone.load(Ordering::Relaxed)
    }

    pub(super) fn add_delivered_by_gone(&self, messages: u64) {
        self.delivered_by_gone.fetch_add(messages, Ordering::Relaxed);
    }

    fn stats<R: Default>(&self, figure: impl FnOnce(super::TenantStats) -> R) -> R {
        let stats = self.broker.upgrade().and_then(|broker| broker.tenant_stats(self.tenant));
        stats.map(figure).unwrap_or_default()
    }

    fn broker(&self) -> Result<Arc<K2KBroker>> {
        self.broker.upgrade().ok_or(RingKernelError::RuntimeShutDown)
    }
}
