//! The part of a broker that belongs to one tenant.

use std::sync::{Arc, Weak};

use ringkernel_abi::{AuditTag, TenantId};

use super::attempt::Outgoing;
use super::broker::K2KBroker;
use super::endpoint::K2KEndpoint;
use super::receipt::DeliveryReceipt;
use crate::error::{Result, RingKernelError};
use crate::message::MessageEnvelope;
use crate::runtime::KernelId;
use crate::sync::atomic::{AtomicU64, Ordering};

/// The part of a [`K2KBroker`] that belongs to one tenant: the same names and methods, for that tenant's kernels alone.
/// It does not keep its broker; without that it has no kernels.
#[derive(Debug)]
pub struct K2KSubBroker {
    tenant: TenantId,
    /// Messages delivered by senders that have left.
    delivered_by_gone: AtomicU64,
    broker: Weak<K2KBroker>,
}

impl K2KSubBroker {
    pub(super) fn new(tenant: TenantId, broker: Weak<K2KBroker>) -> Self {
        Self { tenant, delivered_by_gone: AtomicU64::new(0), broker }
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
