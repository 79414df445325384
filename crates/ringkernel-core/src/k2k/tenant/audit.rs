//! Who is told of what a tenant was refused.

use ringkernel_abi::{AuditTag, TenantId};

use super::quota::QuotaExceeded;
use crate::runtime::KernelId;

/// Takes what has to be on record. Called on the thread of whoever was refused, so it should be quick; it must not send
/// through the broker that calls it.
pub trait AuditSink: Send + Sync {
    /// Puts an event on record.
    fn record(&self, event: &AuditEvent);
}

/// Something to be put on record.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum AuditEvent {
    /// A message would have crossed from one tenant to another, and was refused.
    CrossTenant(CrossTenantAttempt),
    /// A tenant wanted more than it may have.
    QuotaExceeded {
        /// The tenant, and its limit.
        exceeded: QuotaExceeded,
        /// On whose account.
        audit_tag: AuditTag,
    },
    /// A tenant that the registry does not know wanted to send.
    UnknownTenant {
        /// The tenant.
        tenant: TenantId,
        /// On whose account.
        audit_tag: AuditTag,
    },
}

/// A message that was refused because its destination exists only under another tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CrossTenantAttempt {
    /// The sender's tenant.
    pub from: TenantId,
    /// A tenant that has a kernel of the destination's name.
    pub to: TenantId,
    /// The sender.
    pub source: KernelId,
    /// The name that it wanted to send to.
    pub destination: KernelId,
    /// On whose account.
    pub audit_tag: AuditTag,
    /// When, in nanoseconds since the epoch.
    pub at_ns: u64,
}
