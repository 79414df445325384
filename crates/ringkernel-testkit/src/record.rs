//! What tenants were refused, kept to be counted.

use std::sync::{Mutex, PoisonError};

use ringkernel::k2k::tenant::{AuditEvent, AuditSink};

/// Keeps what it is told.
#[derive(Debug, Default)]
pub struct Record(Mutex<Vec<AuditEvent>>);

impl AuditSink for Record {
    fn record(&self, event: &AuditEvent) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(event.clone());
    }
}

impl Record {
    /// Everything so far.
    pub fn events(&self) -> Vec<AuditEvent> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How often a tenant wanted more than its quota.
    pub fn quotas(&self, tenant: u64) -> usize {
        let is_its = |event: &&AuditEvent| matches!(event, AuditEvent::QuotaExceeded { exceeded, .. } if exceeded.tenant == tenant);
        self.events().iter().filter(is_its).count()
    }

    /// How often somebody wanted to cross from one tenant to another.
    pub fn crossings(&self) -> usize {
        self.events().iter().filter(|event| matches!(event, AuditEvent::CrossTenant(_))).count()
    }
}
