//! Messages between kernels by name, tenant by tenant.
//!
//! - [`tenant`]: quotas and accounts of those who share a process
//! - [`audit_tag`]: on whose account a message travels

pub mod audit_tag;
pub mod tenant;

pub use audit_tag::AuditTag;
pub use tenant::{TenantId, TenantInfo, TenantQuota, TenantRegistry, UNSPECIFIED_TENANT};
