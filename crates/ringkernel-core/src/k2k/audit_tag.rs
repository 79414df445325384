//! On whose account a message travels.

pub use ringkernel_abi::AuditTag;
