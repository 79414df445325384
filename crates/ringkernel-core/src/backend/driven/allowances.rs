//! What tenants may still send from a device: it counts there, out of what the host has taken from their quotas.
//!
//! A device cannot ask the host for each message. So the host takes some messages from a tenant's quota ahead, and the device
//! counts them down; what it has used comes back with the message whose handler has used it. Ahead are at most as many as
//! the quota lets come at once, so that a runtime adds no more than that to any stretch of time. The first of them are not taken from
//! the quota: otherwise nothing would be left for hosts when a kernel has been launched.
//!
//! A row is its tenant's for as long as kernels of it count there. A kernel gives it up when it ends, and then the device has said all that
//! it has used. Afterwards another tenant may have the row, if there are no others: its first messages are taken from its quota, for nobody
//! could tell whether it has had some for nothing before.

use std::sync::{Arc, Mutex, PoisonError, Weak};

use crate::clock;
use crate::error::{Result, RingKernelError};
use crate::k2k::tenant::TenantInfo;

/// Tenants with a limit that a device counts for at a time.
pub const ROWS: u32 = 1024;

/// How long a row waits for more that has found its quota used up, in nanoseconds. A hundredth of what may come at once flows in meanwhile.
const PAUSE_NS: u64 = 1_000_000;

/// The limited tenants that have launched kernels, one row each.
#[derive(Debug, Default)]
pub struct Allowances {
    rows: Vec<Row>,
    /// The rows that have to be looked at, see [`Row::is_due`], and when the first of them has to be.
    due: Vec<u32>,
    look_at_ns: u64,
}

#[derive(Debug)]
struct Row {
    tenant: Arc<TenantInfo>,
    /// How many messages may come at once.
    burst: u32,
    /// Kernels that count in it.
    kernels: u32,
    /// Messages that the device was ever given, and that it has said are used. They count over.
    given: u32,
    used: u32,
    /// What the device has been told of `given`.
    told: u32,
    /// Whether it is among those to be looked at, and when.
    is_due: bool,
    look_at_ns: u64,
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

/// That a kernel counts in a row, until this is dropped.
#[derive(Debug)]
#[must_use = "the row is given back when this is dropped"]
pub struct RowInUse {
    row: u32,
    allowances: Weak<Mutex<Allowances>>,
}

impl RowInUse {
    /// A row of its tenant, for a kernel; `None` when the tenant has no limit.
    ///
    /// # Errors
    /// [`RingKernelError::ResourceExhausted`] when kernels of [`ROWS`] other tenants run.
    pub fn take(
        allowances: &Arc<Mutex<Allowances>>,
        tenant: Option<&Arc<TenantInfo>>,
    ) -> Result<Option<Self>> {
        let row = allowances.lock().unwrap_or_else(PoisonError::into_inner).take_row(tenant)?;
        Ok(row.map(|row| Self { row, allowances: Arc::downgrade(allowances) }))
    }

    /// The row, counted from 0.
    pub fn row(&self) -> u32 {
        self.row
    }
}

impl Drop for RowInUse {
    fn drop(&mut self) {
        if let Some(allowances) = self.allowances.upgrade() {
            allowances.lock().unwrap_or_else(PoisonError::into_inner).give_back_row(self.row);
        }
    }
}

impl Row {
    fn new(tenant: Arc<TenantInfo>, burst: u32) -> Self {
        let (kernels, used, told, is_due, look_at_ns) = (0, 0, 0, false, 0);
        Self { tenant, burst, kernels, given: burst, used, told, is_due, look_at_ns }
    }

    fn left(&self) -> u32 {
        // Both wrap. Nothing is left, and not nearly everything, where more was used.
        self.given.wrapping_sub(self.used).cast_signed().max(0).cast_unsigned()
    }

    /// Whether half of what it may have is used up.
    fn is_low(&self) -> bool {
        self.burst > 0 && self.left() <= self.burst / 2
    }
}

impl Allowances {
    fn take_row(&mut self, tenant: Option<&Arc<TenantInfo>>) -> Result<Option<u32>> {
        let limited = tenant.and_then(|tenant| Some((tenant, tenant.message_burst()?)));
        let Some((tenant, burst)) = limited else { return Ok(None) };
        let known = self.rows.iter().position(|row| Arc::ptr_eq(&row.tenant, tenant));
        let number = match known {
            Some(number) => number,
            None if self.rows.len() < ROWS as usize => {
                self.rows.push(Row::new(tenant.clone(), burst));
                self.rows.len() - 1
            }
            None => self.pass_on(tenant, burst)?,
        };
        self.rows[number].kernels += 1;
        self.note_due(number as u32);
        Ok(Some(number as u32))
    }

    /// Gives a row whose kernels have ended to another tenant.
    fn pass_on(&mut self, tenant: &Arc<TenantInfo>, burst: u32) -> Result<usize> {
        let number = self.rows.iter().position(|row| row.kernels == 0).ok_or_else(|| {
            let what = "counting the messages of another limited tenant on the device".into();
            let reason = format!("it counts for {ROWS} tenants at a time, whose kernels run");
            RingKernelError::ResourceExhausted { what, reason }
        })?;
        let row = &mut self.rows[number];
        // The device goes on from what it has used.
        *row = Row {
            given: row.used,
            used: row.used,
            told: row.told,
            is_due: row.is_due,
            ..Row::new(tenant.clone(), burst)
        };
        Ok(number)
    }

    fn give_back_row(&mut self, row: u32) {
        self.rows[row as usize].kernels -= 1;
    }

    /// The device has used this many messages of a row.
    pub fn note_used(&mut self, row: u32, messages: u32) {
        if let Some(known) = self.rows.get_mut(row as usize) {
            known.used = known.used.wrapping_add(messages);
            if known.is_low() {
                self.note_due(row);
            }
        }
    }

    fn note_due(&mut self, number: u32) {
        let row = &mut self.rows[number as usize];
        if !row.is_due {
            (row.is_due, row.look_at_ns, self.look_at_ns) = (true, 0, 0);
            self.due.push(number);
        }
    }

    /// Takes more from the quotas for rows that have used up half of what they may have. Gives those of which the device does not
    /// know yet. Costs nothing while there are none.
    pub fn refill(&mut self) -> Vec<Grant> {
        let mut grants = Vec::new();
        if self.due.is_empty() {
            return grants;
        }
        let now_ns = clock::now_ns();
        if now_ns < self.look_at_ns {
            return grants;
        }
        let mut look_at_ns = u64::MAX;
        let rows = &mut self.rows;
        self.due.retain(|number| {
            let row = &mut rows[*number as usize];
            if row.look_at_ns <= now_ns {
                grants.extend(row.refill(*number));
                row.look_at_ns = now_ns.saturating_add(PAUSE_NS);
                // Who has none that runs is looked at when one comes.
                row.is_due = row.is_low() && row.kernels > 0;
            }
            look_at_ns = if row.is_due { look_at_ns.min(row.look_at_ns) } else { look_at_ns };
            row.is_due
        });
        self.look_at_ns = look_at_ns;
        grants
    }
}

impl Row {
    fn refill(&mut self, number: u32) -> Option<Grant> {
        if self.kernels == 0 {
            return None;
        }
        if self.is_low() {
            let taken = self.tenant.take_messages(self.burst - self.left());
            self.given = self.given.wrapping_add(taken);
        }
        let is_news = std::mem::replace(&mut self.told, self.given) != self.given;
        is_news.then(|| Grant { row: number, given: self.given, left: self.left() })
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

    /// Takes rows and gives them back, as kernels do.
    struct Device(Arc<Mutex<Allowances>>);

    impl Device {
        fn new() -> Self {
            Self(Arc::default())
        }

        fn launch(&self, tenant: &Arc<TenantInfo>) -> Result<Option<RowInUse>> {
            RowInUse::take(&self.0, Some(tenant))
        }

        fn row(&self, tenant: &Arc<TenantInfo>) -> RowInUse {
            self.launch(tenant).expect("there are rows").expect("the tenant has a limit")
        }

        fn refill(&self) -> Vec<Grant> {
            self.0.lock().unwrap().refill()
        }

        fn note_used(&self, row: u32, messages: u32) {
            self.0.lock().unwrap().note_used(row, messages);
        }

        /// Has the rows used up by a device that sends what it can. Gives how much that was.
        fn use_up(&self) -> u32 {
            let grants = self.refill();
            grants.iter().for_each(|grant| self.note_used(grant.row, grant.left));
            grants.iter().map(|grant| grant.left).sum()
        }
    }

    #[test]
    fn a_limited_tenant_has_a_row_and_others_have_none() {
        let device = Device::new();
        let (first, second) = (tenant(10), tenant(0));
        let row = |tenant: &Arc<TenantInfo>| device.launch(tenant).unwrap();
        let rows = [&first, &tenant(u64::MAX), &second, &first].map(row);
        let numbers = rows.each_ref().map(|row| row.as_ref().map(RowInUse::row));
        assert_eq!(numbers, [Some(0), None, Some(1), Some(0)]);
        assert!(RowInUse::take(&device.0, None).unwrap().is_none());
        let others: Vec<_> = (2..ROWS).map(|_| device.row(&tenant(10))).collect();
        let refused = device.launch(&tenant(10)).map(drop);
        assert!(matches!(refused, Err(RingKernelError::ResourceExhausted { .. })), "{refused:?}");
        assert_eq!(device.row(&second).row(), 1);

        // Two kernels count in the first row.
        let [one, .., another] = rows;
        drop(one);
        assert!(device.launch(&tenant(10)).is_err());
        drop(another);
        assert_eq!(device.row(&tenant(10)).row(), 0, "its kernels have ended");
        drop(others);
    }

    /// What it may send comes out of its quota from the start, and the device goes on counting where it was.
    #[test]
    fn a_row_is_passed_on_with_nothing_left_of_it() {
        let clock = ManualClock::new();
        TimeSource::Manual(clock.clone()).scope(|| {
            let device = Device::new();
            let mut rows: Vec<_> = (0..ROWS).map(|_| device.row(&tenant(1_000))).collect();
            assert_eq!(device.refill().len(), ROWS as usize);
            device.note_used(5, 30);
            drop(rows.remove(5));
            clock.advance(Duration::from_secs(1));
            assert_eq!(device.refill(), [], "nobody is there to be given more");

            let next = tenant(40);
            assert_eq!(next.take_messages(1), 1);
            let taken = device.row(&next);
            assert_eq!(taken.row(), 5);
            assert_eq!(device.refill(), [Grant { row: 5, given: 33, left: 3 }]);
            assert_eq!(next.take_messages(1), 0, "it is all with the device");
            drop(taken);
            let same = device.row(&next);
            assert_eq!(device.refill(), [], "it is as it was");
            clock.advance(Duration::from_secs(1));
            drop(same);
            assert_eq!(device.row(&tenant(0)).row(), 5);
        });
    }

    #[test]
    fn a_row_of_nothing_is_told_so() {
        let device = Device::new();
        let mut rows: Vec<_> = (0..ROWS).map(|_| device.row(&tenant(1_000))).collect();
        device.refill();
        drop(rows.remove(9));
        let nothing = device.row(&tenant(0));
        assert_eq!((nothing.row(), device.refill()), (9, vec![Grant { row: 9, given: 0, left: 0 }]));
    }

    /// Whatever a device does, it has no more than the quota of the time that has passed and two bursts: the quota's, and what is ahead.
    #[test]
    fn a_device_that_sends_what_it_can_keeps_to_the_quota() {
        let clock = ManualClock::new();
        TimeSource::Manual(clock.clone()).scope(|| {
            let device = Device::new();
            let _row = device.row(&tenant(1_000));
            let mut used = 0;
            for _ in 0..10_000 {
                used += device.use_up();
                clock.advance(Duration::from_millis(1));
            }
            assert!((10_000..=10_200).contains(&used), "{used}");
        });
    }

    /// Nor when its kernels come and go, or when its counts go over.
    #[test]
    fn launches_and_large_counts_give_nothing_for_nothing() {
        let clock = ManualClock::new();
        TimeSource::Manual(clock.clone()).scope(|| {
            let device = Device::new();
            let tenant = tenant(1_000);
            let mut row = device.row(&tenant);
            let mut used = device.use_up();
            let near = u32::MAX - 500;
            {
                let mut allowances = device.0.lock().unwrap();
                let row = &mut allowances.rows[0];
                (row.given, row.used, row.told) = (near, near, near);
            }
            for _ in 0..1_000 {
                drop(row);
                row = device.row(&tenant);
                used += device.use_up();
                clock.advance(Duration::from_millis(1));
            }
            assert!((1_000..=1_200).contains(&used), "{used}");
            let given = device.0.lock().unwrap().rows[0].given;
            assert!(given < near, "it has gone over: {given}");
        });
    }

    #[test]
    fn one_that_sends_nothing_is_given_a_burst_and_no_more() {
        let clock = ManualClock::new();
        TimeSource::Manual(clock.clone()).scope(|| {
            let device = Device::new();
            let tenant = tenant(40);
            let _row = device.row(&tenant);
            assert_eq!(device.refill(), [Grant { row: 0, given: 4, left: 4 }]);
            assert_eq!(tenant.take_messages(4), 4, "the first ones are not the host's");
            clock.advance(Duration::from_secs(10));
            assert_eq!(device.refill(), []);
            device.note_used(0, 1);
            assert_eq!(device.refill(), [], "only when it has used half of them");
            device.note_used(0, 1);
            assert_eq!(device.refill(), [Grant { row: 0, given: 6, left: 4 }]);
            assert_eq!(tenant.take_messages(10), 2, "what the device has taken, the host has not");
        });
    }

    /// A row that has found nothing waits a while; others do not wait with it.
    #[test]
    fn only_what_is_due_is_looked_at() {
        let clock = ManualClock::new();
        TimeSource::Manual(clock.clone()).scope(|| {
            let device = Device::new();
            let [greedy, other] = [tenant(1_000_000), tenant(1_000_000)];
            let _rows = [&greedy, &other].map(|tenant| device.row(tenant));
            device.refill();
            greedy.take_messages(u32::MAX);
            device.note_used(0, 100_000);
            assert_eq!(device.refill(), []);
            clock.advance(Duration::from_micros(999));
            device.note_used(1, 60_000);
            assert_eq!(device.refill(), [Grant { row: 1, given: 160_000, left: 100_000 }]);
            clock.advance(Duration::from_micros(1));
            assert_eq!(device.refill(), [Grant { row: 0, given: 101_000, left: 1_000 }]);
            assert_eq!(device.0.lock().unwrap().due, [0], "it has less than half, and the other has enough");
        });
    }
}
