//! Tenants: who shares a process, what each may use, and what has been used on whose account.
//!
//! - `quota`: [`TenantQuota`], what a tenant may use; [`QuotaExceeded`], that it wanted more
//! - `info`: [`TenantInfo`], what a tenant uses at present, with the shares that it hands out
//! - `engagement`: [`Engagement`], the account of one engagement
//! - `allowance`: messages per second; `ahead`: what a sender takes of them ahead
//! - `registry`: [`TenantRegistry`], the tenants of a process
//! - `memory`: memory for buffers of a tenant
//! - `audit`: [`AuditSink`], who is told of what a tenant was refused

mod ahead;
mod allowance;
mod audit;
mod engagement;
mod info;
mod memory;
mod quota;
mod registry;

#[cfg(not(loom))]
pub(super) use ahead::Ahead;
pub use audit::{AuditEvent, AuditSink, CrossTenantAttempt};
pub use engagement::Engagement;
pub use info::{KernelSlot, MemoryShare, TenantInfo};
pub use memory::Purse;
pub use quota::{QuotaExceeded, QuotaLimit, TenantQuota};
pub use registry::{Admission, AdmissionError, TenantRegistry};
pub use ringkernel_abi::{TenantId, UNSPECIFIED_TENANT};

// Loom's atomics are for its models alone.
#[cfg(all(test, not(loom)))]
mod tests;
