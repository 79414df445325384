//! What a sender takes ahead of its tenant's messages per second, so that most of its messages cost no look at what all share.

use std::sync::Arc;

use super::info::TenantInfo;

/// Messages of a tenant that a sender has taken ahead. It takes twice as many as the last time, up to what the quota allows: who sends
/// little keeps little from others. What is left when it is dropped is the tenant's again.
#[derive(Debug, Default)]
pub(in crate::k2k) struct Ahead {
    messages: u32,
    /// How many it took the last time.
    slice: u32,
    /// Whose they are; `None` before it has taken any.
    tenant: Option<Arc<TenantInfo>>,
}

impl Ahead {
    /// Takes one message of a tenant's, which is the same one each time; false when there is none left.
    #[inline]
    pub(super) fn take(&mut self, tenant: &Arc<TenantInfo>) -> bool {
        let Some(largest) = tenant.allowance.largest_slice() else { return tenant.allowance.take() };
        if self.messages == 0 {
            self.take_slice(tenant, largest);
        }
        let is_there = self.messages > 0;
        self.messages -= u32::from(is_there);
        is_there
    }

    /// How many it has.
    #[cfg(test)]
    pub(super) fn messages(&self) -> u32 {
        self.messages
    }

    #[cold]
    fn take_slice(&mut self, tenant: &Arc<TenantInfo>, largest: u32) {
        let slice = (2 * self.slice).clamp(1, largest);
        self.messages = tenant.allowance.take_up_to(slice);
        if self.messages > 0 {
            self.slice = slice;
        }
        if self.tenant.as_ref().is_none_or(|known| !Arc::ptr_eq(known, tenant)) {
            self.tenant = Some(tenant.clone());
        }
    }
}

impl Drop for Ahead {
    fn drop(&mut self) {
        if let Some(tenant) = self.tenant.as_ref().filter(|_| self.messages > 0) {
            tenant.allowance.give_back(self.messages);
        }
    }
}
