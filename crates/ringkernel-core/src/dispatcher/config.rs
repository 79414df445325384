//! Options of a dispatcher, and its builder.

use std::sync::Arc;
use std::time::Duration;

use ringkernel_abi::{AuditTag, TenantId, UNSPECIFIED_TENANT};

use super::kernel_dispatcher::KernelDispatcher;
use super::retry::RetryPolicy;
use super::routing::{Balance, Route, Routes};
use crate::k2k::K2KBroker;
use crate::message::{Priority, RingMessage};
use crate::persistent_message::{DispatchTable, DispatchTableError, HandlerRegistration, PersistentMessage};
use crate::runtime::KernelId;

/// Options of a [`KernelDispatcher`]. Any value is legal.
#[derive(Debug, Clone, PartialEq)]
pub struct DispatcherConfig {
    /// The priority of messages whose type has no priority field.
    pub default_priority: Priority,
    /// How long a dispatch may take with all its attempts; and how long an answer may take after that.
    pub timeout: Duration,
    /// When to try again.
    pub retry_policy: RetryPolicy,
    /// For which tenant it sends.
    pub tenant: TenantId,
    /// On whose account it sends.
    pub audit_tag: AuditTag,
    /// Whether each dispatch is told as an event of `tracing`, target `ringkernel::dispatcher`, level debug.
    pub enable_logging: bool,
    /// The name under which it sends and is answered; `None` for one that no other dispatcher has.
    pub name: Option<KernelId>,
}

impl Default for DispatcherConfig {
    fn default() -> Self {
        Self {
            default_priority: Priority::Normal,
            timeout: Duration::from_secs(5),
            retry_policy: RetryPolicy::default(),
            tenant: UNSPECIFIED_TENANT,
            audit_tag: AuditTag::unspecified(),
            enable_logging: false,
            name: None,
        }
    }
}

/// Builds a [`KernelDispatcher`].
#[derive(Debug, Clone)]
#[must_use = "a builder does nothing until `build`"]
pub struct DispatcherBuilder {
    broker: Arc<K2KBroker>,
    config: DispatcherConfig,
    routes: Routes,
    handlers: DispatchTable,
}

impl DispatcherBuilder {
    /// A builder with the default options and no routes.
    pub fn new(broker: Arc<K2KBroker>) -> Self {
        Self {
            broker,
            config: DispatcherConfig::default(),
            routes: Routes::default(),
            handlers: DispatchTable::new(),
        }
    }

    /// Sets all options.
    pub fn with_config(mut self, config: DispatcherConfig) -> Self {
        self.config = config;
        self
    }

    /// Sets [`DispatcherConfig::default_priority`].
    pub fn with_default_priority(mut self, priority: Priority) -> Self {
        self.config.default_priority = priority;
        self
    }

    /// Sets [`DispatcherConfig::default_priority`] by a number, of which the band counts.
    pub fn with_priority(self, priority: u8) -> Self {
        self.with_default_priority(Priority::from_u8(priority))
    }

    /// Sets [`DispatcherConfig::enable_logging`].
    pub fn with_logging(mut self, enable: bool) -> Self {
        self.config.enable_logging = enable;
        self
    }

    /// Sets [`DispatcherConfig::timeout`].
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.config.timeout = timeout;
        self
    }

    /// Sets [`DispatcherConfig::retry_policy`].
    pub fn with_retry_policy(mut self, policy: RetryPolicy) -> Self {
        self.config.retry_policy = policy;
        self
    }

    /// Sets [`DispatcherConfig::tenant`] and [`DispatcherConfig::audit_tag`].
    pub fn with_tenant(mut self, tenant: TenantId, audit_tag: AuditTag) -> Self {
        (self.config.tenant, self.config.audit_tag) = (tenant, audit_tag);
        self
    }

    /// Sets [`DispatcherConfig::name`].
    pub fn with_name(mut self, name: impl Into<KernelId>) -> Self {
        self.config.name = Some(name.into());
        self
    }

    /// Sends messages of type `M` to this kernel.
    pub fn route<M: RingMessage>(self, kernel: impl Into<KernelId>) -> Self {
        self.route_raw(M::TYPE_ID, kernel)
    }

    /// Sends messages of type `M` to this kernel, where they are for the handler of this name.
    ///
    /// # Errors
    /// [`DispatchTableError::DuplicateHandler`] when another handler has the id of the type.
    pub fn route_named<M: PersistentMessage>(
        mut self,
        kernel: impl Into<KernelId>,
        name: impl Into<String>,
    ) -> Result<Self, DispatchTableError> {
        let kernel = kernel.into();
        self.handlers.register(HandlerRegistration::in_kernel::<M>(kernel.clone(), name))?;
        Ok(self.route::<M>(kernel))
    }

    /// Sends messages of this type to this kernel.
    pub fn route_raw(mut self, message_type: u64, kernel: impl Into<KernelId>) -> Self {
        self.routes.insert(message_type, Arc::new(Route::new(vec![kernel.into()], Balance::RoundRobin)));
        self
    }

    /// Sends messages of type `M` to these kernels, one of them for each message. With no kernel, the type has none.
    pub fn route_to_several<M: RingMessage>(
        mut self,
        kernels: impl IntoIterator<Item = impl Into<KernelId>>,
        balance: Balance,
    ) -> Self {
        let kernels: Vec<KernelId> = kernels.into_iter().map(Into::into).collect();
        match kernels.is_empty() {
            true => self.routes.remove(&M::TYPE_ID),
            false => self.routes.insert(M::TYPE_ID, Arc::new(Route::new(kernels, balance))),
        };
        self
    }

    /// Makes the dispatcher and registers it with the broker.
    pub fn build(self) -> KernelDispatcher {
        KernelDispatcher::start(self.broker, self.config, self.routes, self.handlers)
    }

    /// Makes the dispatcher and registers it with another broker than the one that the builder was made with.
    pub fn build_with_broker(self, broker: Arc<K2KBroker>) -> KernelDispatcher {
        Self { broker, ..self }.build()
    }
}
