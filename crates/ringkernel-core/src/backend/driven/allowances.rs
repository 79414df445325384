//! What tenants may still send from a device: it counts there, out of what the host has taken from their quotas.
//!
//! A device cannot ask the host for each message. So the host takes some messages from a tenant's quota ahead, and the device
//! counts them down; what it has used comes back with the message whose handler has used it. Ahead are at most as many as
//! the quota lets come at once, so that a runtime adds no more than that to any stretch of time. The first of them are not taken from
//! the quota: otherwise nothing would be left for hosts when a kernel has been launched.

use std::sync::Arc;

use crate::error::{Result, RingKernelError};
use crate::k2k::tenant::TenantInfo;

/// Tenants with a limit that a device counts for.
pub const ROWS: u32 = 1024;

/// The limited tenants that have launched kernels, one row each.
#[derive(Debug, Default)]
pub struct Allowances {
    rows: Vec<Row>,
}

#[derive(Debug)]
struct Row {
    tenant: Arc<TenantInfo>,
    /// How many messages may come at once.
    burst: u32,
    /// Messages that the device was ever given, and that it has said are used. They count over.
    given: u32,
    used: u32,
    /// What the device has been told of `given`.
    told: u32,
}

/// What a device is to be told of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grant {
    /// The row, counted from 0.
    pub row: u32,
    /// Messages that it was ever given. The count goes over.
    pub given: u32,
    /// How many of them it has left, as far as it has said.
    pub left: u32,
}

impl Row {
    fn left(&self) -> u32 {
        // Both wrap. Nothing is left, and not nearly everything, where more was used.
        self.given.wrapping_sub(self.used).cast_signed().max(0).cast_unsigned()
    }
}

impl Allowances {
    /// The row of a tenant, counted from 0; `None` when it has no limit.
    ///
    /// # Errors
    /// [`RingKernelError::ResourceExhausted`] beyond [`ROWS`] tenants.
    pub fn row_of(&mut self, tenant: Option<&Arc<TenantInfo>>) -> Result<Option<u32>> {
        let limited = tenant.and_then(|tenant| Some((tenant, tenant.message_burst()?)));
        let Some((tenant, burst)) = limited else { return Ok(None) };
        let known = self.rows.iter().position(|row| Arc::ptr_eq(&row.tenant, tenant));
        let row = known.unwrap_or(self.rows.len()) as u32;
        if row == ROWS {
            return Err(RingKernelError::ResourceExhausted {
                what: "counting the messages of another limited tenant on the device".into(),
                reason: format!("it counts for {ROWS} tenants of a runtime"),
            });
        }
        if known.is_none() {
            self.rows.push(Row { tenant: tenant.clone(), burst, given: burst, used: 0, told: 0 });
        }
        Ok(Some(row))
    }

    /// The device has used this many messages of a row.
    pub fn note_used(&mut self, row: u32, messages: u32) {
        if let Some(row) = self.rows.get_mut(row as usize) {
            row.used = row.used.wrapping_add(messages);
        }
    }

    /// Takes more from the quotas for rows that have used up half of what they may have. Gives those of which the device does not
    /// know yet.
    pub fn refill(&mut self) -> Vec<Grant> {
        let mut grants = Vec::new();
        for (row, number) in self.rows.iter_mut().zip(0..) {
            if row.left() <= row.burst / 2 {
                let taken = row.tenant.take_messages(row.burst - row.left());
                row.given = row.given.wrapping_add(taken);
            }
            if row.told != row.given {
                row.told = row.given;
                grants.push(Grant { row: number, given: row.given, left: row.left() });
            }
        }
        grants
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::clock::{ManualClock, TimeSource};
    use crate::k2k::tenant::{TenantQuota, TenantRegistry};

    fn tenant(max_messages_per_sec: u64) -> Arc<TenantInfo> {
        let registry = TenantRegistry::new();
        let quota = TenantQuota { max_messages_per_sec, ..TenantQuota::unlimited() };
        registry.register(1, quota).expect("it is new");
        registry.get(1).expect("it is registered")
    }

    #[test]
    fn a_limited_tenant_has_a_row_and_others_have_none() {
        let mut allowances = Allowances::default();
        let (first, second) = (tenant(10), tenant(0));
        let rows = [Some(&first), None, Some(&tenant(u64::MAX)), Some(&second), Some(&first)];
        let rows = rows.map(|tenant| allowances.row_of(tenant).unwrap());
        assert_eq!(rows, [Some(0), None, None, Some(1), Some(0)]);
        for _ in 2..ROWS {
            allowances.row_of(Some(&tenant(10))).unwrap();
        }
        let refused = allowances.row_of(Some(&tenant(10)));
        assert!(matches!(refused, Err(RingKernelError::ResourceExhausted { .. })), "{refused:?}");
        assert_eq!(allowances.row_of(Some(&second)).unwrap(), Some(1));
    }

    /// Whatever a device does, it has no more than the quota of the time that has passed and two bursts: the quota's, and what is ahead.
    #[test]
    fn a_device_that_sends_what_it_can_keeps_to_the_quota() {
        let clock = ManualClock::new();
        TimeSource::Manual(clock.clone()).scope(|| {
            let mut allowances = Allowances::default();
            allowances.row_of(Some(&tenant(1_000))).unwrap();
            let mut used = 0;
            for _ in 0..10_000 {
                for grant in allowances.refill() {
                    assert!(grant.left <= 100 && grant.given.wrapping_sub(used) == grant.left);
                    used += grant.left;
                    allowances.note_used(0, grant.left);
                }
                clock.advance(Duration::from_millis(1));
            }
            assert!((10_000..=10_200).contains(&used), "{used}");
        });
    }

    #[test]
    fn one_that_sends_nothing_is_given_a_burst_and_no_more() {
        let clock = ManualClock::new();
        TimeSource::Manual(clock.clone()).scope(|| {
            let mut allowances = Allowances::default();
            let tenant = tenant(40);
            allowances.row_of(Some(&tenant)).unwrap();
            assert_eq!(allowances.refill(), [Grant { row: 0, given: 4, left: 4 }]);
            assert_eq!(tenant.take_messages(4), 4, "the first ones are not the host's");
            clock.advance(Duration::from_secs(10));
            assert_eq!(allowances.refill(), []);
            allowances.note_used(0, 1);
            assert_eq!(allowances.refill(), [], "only when it has used half of them");
            allowances.note_used(0, 1);
            assert_eq!(allowances.refill(), [Grant { row: 0, given: 6, left: 4 }]);
            assert_eq!(tenant.take_messages(10), 2, "what the device has taken, the host has not");
        });
    }
}
