//! Audit tags by number: what a message on its way, on a device, too, says of the account that it is on.
//!
//! Messages never cross from one tenant to another, so each tenant has numbers of its own, and how many one names concerns no other.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock, Weak};

use ringkernel_abi::TenantId;

use crate::k2k::tenant::{QuotaExceeded, QuotaLimit};
use crate::runtime::AuditTag;

/// Tags that a runtime tells apart for one tenant.
const TAGS: u32 = 1 << 16;

/// The audit tags of one tenant by number, counted from 1 in the order in which they were first met. Number 0 is for a message that names
/// none: it is on the account of the kernel that handles it.
#[derive(Debug)]
pub struct AuditTags {
    tenant: TenantId,
    // Asked for at launches, and by hosts that name another account than the kernel's.
    known: RwLock<Known>,
}

#[derive(Debug, Default)]
struct Known {
    tags: Vec<AuditTag>,
    numbers: HashMap<AuditTag, u32>,
}

impl AuditTags {
    fn new(tenant: TenantId) -> Self {
        Self { tenant, known: RwLock::default() }
    }

    /// The number of a tag, which it keeps. To be asked only for what is accepted otherwise, because there are not many.
    ///
    /// # Errors
    /// [`QuotaLimit::AuditTags`] for a new tag when there are as many as may be.
    pub fn number_of(&self, tag: AuditTag) -> Result<u32, QuotaExceeded> {
        let read = self.known.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(number) = read.numbers.get(&tag) {
            return Ok(*number);
        }
        drop(read);
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(number) = known.numbers.get(&tag) {
            return Ok(*number);
        }
        if known.tags.len() == TAGS as usize {
            return Err(self.exceeded());
        }
        known.tags.push(tag);
        let number = known.tags.len() as u32;
        known.numbers.insert(tag, number);
        Ok(number)
    }

    /// The number of a tag, if it has one.
    ///
    /// # Errors
    /// As [`number_of`](Self::number_of).
    pub fn find(&self, tag: AuditTag) -> Result<Option<u32>, QuotaExceeded> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        match known.numbers.get(&tag) {
            None if known.tags.len() == TAGS as usize => Err(self.exceeded()),
            number => Ok(number.copied()),
        }
    }

    fn exceeded(&self) -> QuotaExceeded {
        QuotaExceeded { tenant: self.tenant, limit: QuotaLimit::AuditTags { max: TAGS } }
    }

    /// The tag of a number; `None` for 0.
    pub fn tag_of(&self, number: u32) -> Option<AuditTag> {
        let place = number.checked_sub(1)? as usize;
        self.known.read().unwrap_or_else(PoisonError::into_inner).tags.get(place).copied()
    }
}

/// The audit tags of all tenants that have kernels in a runtime.
#[derive(Debug, Default)]
pub struct TagsByTenant {
    tenants: Mutex<HashMap<TenantId, Weak<TagsInUse>>>,
}

/// That a kernel goes by the tags of its tenant. With the last one they are forgotten, because nothing has their numbers any more.
#[derive(Debug)]
pub struct TagsInUse(Arc<AuditTags>);

impl TagsInUse {
    /// The tags.
    pub fn tags(&self) -> &Arc<AuditTags> {
        &self.0
    }
}

impl TagsByTenant {
    /// The tags of a tenant, for one of its kernels.
    pub fn of(&self, tenant: TenantId) -> Arc<TagsInUse> {
        // Nothing panics while it is held.
        let mut tenants = self.tenants.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(in_use) = tenants.get(&tenant).and_then(Weak::upgrade) {
            return in_use;
        }
        tenants.retain(|_, in_use| in_use.strong_count() > 0);
        let in_use = Arc::new(TagsInUse(Arc::new(AuditTags::new(tenant))));
        tenants.insert(tenant, Arc::downgrade(&in_use));
        in_use
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_keeps_its_number_and_is_found_by_it() {
        let tags = AuditTags::new(7);
        let [first, second] = [AuditTag::new(1, 2), AuditTag::unspecified()];
        assert_eq!([first, second, first].map(|tag| tags.number_of(tag)), [1, 2, 1].map(Ok));
        assert_eq!([0, 1, 2, 3].map(|number| tags.tag_of(number)), [None, Some(first), Some(second), None]);
    }

    #[test]
    fn a_tenant_has_so_many_tags_and_others_have_theirs() {
        let tenants = TagsByTenant::default();
        let [greedy, other] = [7, 8].map(|tenant| tenants.of(tenant));
        for engagement in 0..u64::from(TAGS) {
            greedy.tags().number_of(AuditTag::new(9, engagement)).unwrap();
        }
        let limit = QuotaLimit::AuditTags { max: TAGS };
        let another = AuditTag::new(10, 0);
        assert_eq!(greedy.tags().number_of(another), Err(QuotaExceeded { tenant: 7, limit }));
        assert_eq!(greedy.tags().number_of(AuditTag::new(9, 3)), Ok(4), "it is known");
        assert_eq!(other.tags().number_of(another), Ok(1));
    }

    #[test]
    fn tags_are_forgotten_with_the_last_kernel_that_goes_by_them() {
        let tenants = TagsByTenant::default();
        let [tag, another] = [AuditTag::new(1, 1), AuditTag::new(1, 2)];
        let first = tenants.of(7);
        assert_eq!(first.tags().number_of(tag), Ok(1));
        let second = tenants.of(7);
        let kept = first.tags().clone();
        drop(first);
        assert_eq!(second.tags().number_of(another), Ok(2));
        drop(second);
        assert_eq!(tenants.of(7).tags().number_of(another), Ok(1));
        assert_eq!(kept.tag_of(2), Some(another), "who has the old ones still finds them");
        drop(tenants.of(8));
        drop(tenants.of(9));
        assert_eq!(tenants.tenants.lock().unwrap().len(), 1, "who is gone is not kept");
    }
}
