//! The parts of a broker, one for each tenant, for as long as there is something to know of the tenant.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use ringkernel_abi::TenantId;

use super::sub_broker::K2KSubBroker;

/// Parts that there may be before it is looked for the first time whether some can be forgotten.
const LOOK_FIRST: usize = 64;

/// The parts of a broker. Looked up under a read lock, where nothing that happens for each message asks.
pub(super) struct Parts(RwLock<Table>);

struct Table {
    parts: HashMap<TenantId, Arc<K2KSubBroker>>,
    /// With so many parts it is looked again for some to forget. Twice as many as were left the last time, so that looking costs each
    /// tenant that comes the same.
    look_at: usize,
    /// What the parts that were forgotten had counted.
    delivered_by_forgotten: u64,
}

impl Default for Parts {
    fn default() -> Self {
        Self(RwLock::new(Table { parts: HashMap::new(), look_at: LOOK_FIRST, delivered_by_forgotten: 0 }))
    }
}

impl Parts {
    /// The part of a tenant, if there is one.
    pub(super) fn get(&self, tenant: TenantId) -> Option<Arc<K2KSubBroker>> {
        self.read().parts.get(&tenant).cloned()
    }

    /// The part of a tenant, or the one that `make` makes. At times those are forgotten that `is_needed` does not tell to keep; what they have
    /// counted stays in the sum of all.
    pub(super) fn get_or_make(
        &self,
        tenant: TenantId,
        make: impl FnOnce() -> K2KSubBroker,
        is_needed: impl Fn(&K2KSubBroker) -> bool,
    ) -> Arc<K2KSubBroker> {
        if let Some(part) = self.get(tenant) {
            return part;
        }
        let mut table = self.write();
        let Table { parts, look_at, delivered_by_forgotten } = &mut *table;
        if parts.len() >= *look_at {
            parts.retain(|_, part| {
                // Whoever holds one may count in it, and nobody gets hold of it meanwhile.
                let stays = Arc::strong_count(part) > 1 || is_needed(part);
                *delivered_by_forgotten += if stays { 0 } else { part.delivered_by_gone() };
                stays
            });
            *look_at = LOOK_FIRST.max(2 * parts.len());
        }
        parts.entry(tenant).or_insert_with(|| Arc::new(make())).clone()
    }

    /// Counts a message of a sender that has left.
    pub(super) fn add_delivered_by_gone(&self, tenant: TenantId) {
        match self.get(tenant) {
            Some(part) => part.add_delivered_by_gone(1),
            None => self.write().delivered_by_forgotten += 1,
        }
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.read().parts.len()
    }

    /// Messages that senders have delivered who have left, of all tenants.
    pub(super) fn delivered_by_gone(&self) -> u64 {
        let table = self.read();
        table.delivered_by_forgotten + table.parts.values().map(|part| part.delivered_by_gone()).sum::<u64>()
    }

    // No code that can panic runs under the lock, so a poisoned one is whole.
    fn read(&self) -> RwLockReadGuard<'_, Table> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Table> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}
