//! What a broker is told when it is made.

use std::sync::Arc;
use std::time::Duration;

use super::broker::K2KBroker;
use super::tenant::TenantRegistry;

/// Options of a [`K2KBroker`]. Any value is legal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct K2KConfig {
    /// How many messages may wait in one endpoint's inbox, of all priorities together; at most 1,048,576. With 0, no endpoint takes
    /// any.
    pub max_pending_messages: usize,
    /// How long a send waits for room in the inbox of its destination, in milliseconds. With 0 it does not wait: a full inbox
    /// is then [`DeliveryStatus::QueueFull`](super::DeliveryStatus::QueueFull) instead of
    /// [`DeliveryStatus::Timeout`](super::DeliveryStatus::Timeout).
    pub delivery_timeout_ms: u64,
    /// Whether every message is logged when it is accepted or refused: an event of level `DEBUG` and of target `ringkernel::k2k`,
    /// with its id, its ends, its tenant, its hops and its status.
    pub enable_tracing: bool,
    /// How many hops a message may take: routes that are followed, and kernels that pass it on. More than
    /// [`K2KMessage::MAX_HOPS`](super::K2KMessage::MAX_HOPS) mean as many.
    pub max_hops: u8,
    /// How many receipts are kept of each sender, for [`K2KBroker::get_receipt`].
    pub receipts_kept: usize,
}

impl Default for K2KConfig {
    fn default() -> Self {
        Self {
            max_pending_messages: 1024,
            delivery_timeout_ms: 5000,
            enable_tracing: false,
            max_hops: 8,
            receipts_kept: 256,
        }
    }
}

impl K2KConfig {
    /// [`delivery_timeout_ms`](Self::delivery_timeout_ms) as a duration.
    pub fn delivery_timeout(&self) -> Duration {
        Duration::from_millis(self.delivery_timeout_ms)
    }
}

/// Builds a [`K2KBroker`].
#[derive(Debug, Clone, Default)]
#[must_use = "a builder does nothing until `build`"]
pub struct K2KBuilder {
    config: K2KConfig,
    registry: Option<Arc<TenantRegistry>>,
}

impl K2KBuilder {
    /// A builder with the default options.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets [`K2KConfig::max_pending_messages`].
    pub fn max_pending_messages(mut self, messages: usize) -> Self {
        self.config.max_pending_messages = messages;
        self
    }

    /// Sets [`K2KConfig::delivery_timeout_ms`].
    pub fn delivery_timeout_ms(mut self, milliseconds: u64) -> Self {
        self.config.delivery_timeout_ms = milliseconds;
        self
    }

    /// Sets [`K2KConfig::enable_tracing`].
    pub fn enable_tracing(mut self, enabled: bool) -> Self {
        self.config.enable_tracing = enabled;
        self
    }

    /// Sets [`K2KConfig::max_hops`].
    pub fn max_hops(mut self, hops: u8) -> Self {
        self.config.max_hops = hops;
        self
    }

    /// Sets [`K2KConfig::receipts_kept`].
    pub fn receipts_kept(mut self, receipts: usize) -> Self {
        self.config.receipts_kept = receipts;
        self
    }

    /// Takes quotas from this registry, and nothing from tenants that it does not know.
    pub fn with_registry(mut self, registry: Arc<TenantRegistry>) -> Self {
        self.registry = Some(registry);
        self
    }

    /// Makes the broker.
    pub fn build(self) -> Arc<K2KBroker> {
        match self.registry {
            Some(registry) => K2KBroker::with_registry(self.config, registry),
            None => K2KBroker::new(self.config),
        }
    }
}
