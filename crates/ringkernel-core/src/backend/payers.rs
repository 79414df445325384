//! On whose account messages travel: numbers for audit tags, and who pays for a message that is on another account than its kernel.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use super::Account;
use crate::k2k::tenant::{Admission, Engagement, QuotaExceeded};
use crate::runtime::AuditTag;

/// Tags that a runtime tells apart. What is on further ones is on the account of the kernel that handles it.
const TAGS: usize = 1 << 16;

/// Audit tags by number, counted from 1 in the order in which they were first met. Number 0 is for a message that names none: it is on the
/// account of the kernel that handles it.
#[derive(Debug, Default)]
pub struct AuditTags {
    // Asked for at launches, and by hosts that name another account than the kernel's.
    known: RwLock<Known>,
}

#[derive(Debug, Default)]
struct Known {
    tags: Vec<AuditTag>,
    numbers: HashMap<AuditTag, u32>,
}

impl AuditTags {
    /// The number of a tag, which it keeps; 0 when there are too many.
    pub fn number_of(&self, tag: AuditTag) -> u32 {
        let read = self.known.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(number) = read.numbers.get(&tag) {
            return *number;
        }
        drop(read);
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(number) = known.numbers.get(&tag) {
            return *number;
        }
        if known.tags.len() == TAGS {
            return 0;
        }
        known.tags.push(tag);
        let number = known.tags.len() as u32;
        known.numbers.insert(tag, number);
        number
    }

    /// The tag of a number; `None` for 0.
    pub fn tag_of(&self, number: u32) -> Option<AuditTag> {
        let place = number.checked_sub(1)? as usize;
        self.known.read().unwrap_or_else(PoisonError::into_inner).tags.get(place).copied()
    }
}

/// Who pays for messages on other accounts than a kernel's own. The last one is remembered, so that many in a row cost one look-up.
#[derive(Debug, Default)]
pub struct Payers {
    last: Option<Payer>,
}

#[derive(Debug)]
struct Payer {
    number: u32,
    tag: AuditTag,
    admission: Admission,
    engagement: Option<Arc<Engagement>>,
}

impl Payers {
    /// Admits one message on the account of this number.
    ///
    /// # Errors
    /// [`QuotaExceeded`], which is put on record.
    #[inline]
    pub fn admit(&mut self, account: &Account, tags: &AuditTags, number: u32) -> Result<(), QuotaExceeded> {
        match self.other(account, tags, number) {
            None => account.admit(),
            Some(payer) => {
                payer.admission.admit().inspect_err(|exceeded| account.put_on_record(*exceeded, payer.tag))
            }
        }
    }

    /// Adds the time that the handler of a message on the account of this number took.
    #[inline]
    pub fn charge_ns(&mut self, account: &Account, tags: &AuditTags, number: u32, taken_ns: u64) {
        match self.other(account, tags, number) {
            None => account.charge_ns(taken_ns),
            Some(Payer { engagement: Some(engagement), .. }) => {
                engagement.add(Duration::from_nanos(taken_ns))
            }
            // A tenant that is not registered has no accounts.
            Some(_) => {}
        }
    }

    /// Who pays, if that is not the kernel itself.
    #[inline]
    fn other(&mut self, account: &Account, tags: &AuditTags, number: u32) -> Option<&Payer> {
        if number == 0 || number == account.number() {
            return None;
        }
        self.look_up(account, tags, number)
    }

    #[cold]
    fn look_up(&mut self, account: &Account, tags: &AuditTags, number: u32) -> Option<&Payer> {
        if self.last.as_ref().is_none_or(|last| last.number != number) {
            let tag = tags.tag_of(number)?;
            let tenant = account.tenant();
            let admission =
                tenant.map_or(Admission::unlimited(), |tenant| Admission::by(tenant.clone(), tag));
            let engagement = tenant.map(|tenant| tenant.engagement(tag.engagement_id));
            self.last = Some(Payer { number, tag, admission, engagement });
        }
        self.last.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_keeps_its_number_and_is_found_by_it() {
        let tags = AuditTags::default();
        let [first, second] = [AuditTag::new(1, 2), AuditTag::unspecified()];
        assert_eq!([first, second, first].map(|tag| tags.number_of(tag)), [1, 2, 1]);
        assert_eq!([0, 1, 2, 3].map(|number| tags.tag_of(number)), [None, Some(first), Some(second), None]);
        for engagement in 0..TAGS as u64 {
            tags.number_of(AuditTag::new(9, engagement));
        }
        assert_eq!([tags.number_of(AuditTag::new(10, 0)), tags.number_of(second)], [0, 2]);
    }
}
