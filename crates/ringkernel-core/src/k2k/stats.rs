//! Figures of a broker.

use ringkernel_abi::TenantId;

/// Figures of a broker, all tenants together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct K2KStats {
    /// Names that are registered at present.
    pub registered_endpoints: usize,
    /// Messages that reached their destination, since the broker was made.
    pub messages_delivered: u64,
    /// Routes at present.
    pub routes_configured: usize,
    /// Tenants that have a part of the broker, see [`K2KBroker::sub_broker`](super::K2KBroker::sub_broker); at least 1, for the unspecified
    /// tenant.
    pub tenant_count: usize,
    /// Messages that were refused because their destination belongs to another tenant.
    pub cross_tenant_rejections: u64,
}

/// Figures of one tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TenantStats {
    /// The tenant.
    pub tenant_id: TenantId,
    /// Its names at present.
    pub registered_endpoints: usize,
    /// Its routes at present.
    pub routes_configured: usize,
    /// Messages of its kernels that reached their destination.
    pub messages_delivered: u64,
}
