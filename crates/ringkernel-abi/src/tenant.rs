//! Whom a message belongs to: the tenant, which is a boundary, and the audit tag, which is an account.

use core::fmt;

use crate::layout::shared_struct;

/// Number of a tenant. Kernels of different tenants never exchange messages.
pub type TenantId = u64;

/// The tenant of whoever names none. It is separated from the others as they are from each other.
pub const UNSPECIFIED_TENANT: TenantId = 0;

shared_struct! {
    /// Which organisation, and which engagement of it, work is done for. It stands in audit trails, and opens and closes nothing, which
    /// the tenant does. Costs and budgets go by tenant and engagement, whatever the organisation: engagements of a tenant have numbers
    /// of their own.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
    pub struct AuditTag: 16 bytes, align 8 {
        /// The organisation; 0 when unspecified.
        0 => pub org_id: u64,
        /// The engagement; 0 when unspecified.
        8 => pub engagement_id: u64,
    }
}

impl AuditTag {
    /// The tag of an engagement.
    pub const fn new(org_id: u64, engagement_id: u64) -> Self {
        Self { org_id, engagement_id }
    }

    /// Work that is done for nobody in particular.
    pub const fn unspecified() -> Self {
        Self::new(0, 0)
    }

    /// True for [`Self::unspecified`] alone.
    pub const fn is_unspecified(self) -> bool {
        self.org_id == 0 && self.engagement_id == 0
    }

    /// Organisation, then engagement, each in little-endian order.
    pub const fn to_bytes(self) -> [u8; 16] {
        ((self.engagement_id as u128) << 64 | self.org_id as u128).to_le_bytes()
    }

    /// The inverse of [`Self::to_bytes`].
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        let both = u128::from_le_bytes(bytes);
        Self::new(both as u64, (both >> 64) as u64)
    }
}

impl fmt::Display for AuditTag {
    /// Prints `org=1 engagement=2`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "org={} engagement={}", self.org_id, self.engagement_id)
    }
}

#[cfg(test)]
mod tests {
    use std::string::ToString;

    use super::*;

    #[test]
    fn a_tag_is_its_two_numbers_in_little_endian_order() {
        let tag = AuditTag::new(0x0102, u64::MAX - 1);
        let bytes = tag.to_bytes();
        assert_eq!(bytes[..8], 0x0102_u64.to_le_bytes());
        assert_eq!(bytes[8..], (u64::MAX - 1).to_le_bytes());
        assert_eq!(AuditTag::from_bytes(bytes), tag);
    }

    #[test]
    fn only_the_tag_without_numbers_is_unspecified() {
        assert!(AuditTag::unspecified().is_unspecified());
        assert!(!AuditTag::new(1, 0).is_unspecified());
        assert!(!AuditTag::new(0, 1).is_unspecified());
        assert_eq!(AuditTag::new(7, 9).to_string(), "org=7 engagement=9");
    }
}
