//! Messages between kernels by name, tenant by tenant.
//!
//! - [`tenant`]: quotas and accounts of those who share a process; [`audit_tag`]: on whose account a message travels
//! - `broker`: [`K2KBroker`], who is registered and by which routes names are reached; `config`: its options
//! - `sub_broker`: [`K2KSubBroker`], the part of it that belongs to one tenant
//! - `endpoint`: the ends of a registered name; `port`: destinations that are no endpoints
//! - `message`, `receipt`, `stats`: what travels, what a sender learns of it, and figures; `ledger`: where that is written down
//! - `attempt`: the path of every message; `sending`: waiting for room, passing on, reporting
//! - `leaving`: what waits for room without a thread
//! - `names`, `routes`, `way`: from a name to whom a message is given; `member`: what is registered
//! - `lately`: names that somebody has lately had; `parts`: who has a part of the broker
//! - `types`: [`K2KTypeRegistry`], which message types are for this
//! - `inbox`: where messages wait

pub mod audit_tag;
pub mod tenant;
mod types;

#[cfg(not(loom))]
mod attempt;
#[cfg(not(loom))]
mod broker;
#[cfg(not(loom))]
mod config;
#[cfg(not(loom))]
mod endpoint;
#[cfg(not(loom))]
mod inbox;
#[cfg(not(loom))]
pub(crate) mod lately;
#[cfg(not(loom))]
mod leaving;
#[cfg(not(loom))]
mod ledger;
#[cfg(not(loom))]
mod member;
#[cfg(not(loom))]
mod message;
#[cfg(not(loom))]
mod names;
#[cfg(not(loom))]
mod parts;
#[cfg(not(loom))]
mod port;
#[cfg(not(loom))]
mod receipt;
#[cfg(not(loom))]
mod routes;
#[cfg(not(loom))]
mod sending;
#[cfg(not(loom))]
mod stats;
#[cfg(not(loom))]
mod sub_broker;
#[cfg(not(loom))]
mod way;

pub use audit_tag::AuditTag;
pub use tenant::{TenantId, TenantInfo, TenantQuota, TenantRegistry, UNSPECIFIED_TENANT};
pub use types::{K2KMessageRegistration, K2KTypeRegistry};

#[cfg(not(loom))]
pub(crate) use attempt::Counted;
#[cfg(not(loom))]
pub use {
    broker::K2KBroker,
    config::{K2KBuilder, K2KConfig},
    endpoint::{K2KAttachment, K2KEndpoint, K2KSender, Receiving},
    message::{K2KMessage, TooManyHops},
    port::K2KPort,
    receipt::{DeliveryReceipt, DeliveryStatus, K2KRefused, RefusalReason},
    routes::RouteLoop,
    sending::Sending,
    stats::{K2KStats, TenantStats},
    sub_broker::K2KSubBroker,
};

#[cfg(not(loom))]
pub(crate) use leaving::{Departing, Leaving};

#[cfg(all(test, not(loom)))]
mod tests;
