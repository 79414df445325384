//! Who pays for a message that is on another account than its kernel.

use std::sync::Arc;
use std::time::Duration;

use super::Account;
use crate::k2k::tenant::{Admission, Engagement, QuotaExceeded};
use crate::runtime::AuditTag;

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
    pub fn admit(&mut self, account: &Account, number: u32) -> Result<(), QuotaExceeded> {
        match self.other(account, number) {
            None => account.admit(),
            Some(payer) => {
                payer.admission.admit().inspect_err(|exceeded| account.put_on_record(*exceeded, payer.tag))
            }
        }
    }

    /// Adds the time that the handler of a message on the account of this number took.
    #[inline]
    pub fn charge_ns(&mut self, account: &Account, number: u32, taken_ns: u64) {
        match self.other(account, number) {
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
    fn other(&mut self, account: &Account, number: u32) -> Option<&Payer> {
        if number == 0 || number == account.number() {
            return None;
        }
        self.look_up(account, number)
    }

    #[cold]
    fn look_up(&mut self, account: &Account, number: u32) -> Option<&Payer> {
        if self.last.as_ref().is_none_or(|last| last.number != number) {
            let tag = account.tags().tag_of(number)?;
            let admission = account.admission_of(tag);
            let engagement = account.tenant().map(|tenant| tenant.engagement(tag.engagement_id));
            self.last = Some(Payer { number, tag, admission, engagement });
        }
        self.last.as_ref()
    }
}
