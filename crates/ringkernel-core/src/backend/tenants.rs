//! Tenants by number: what a device says for a tenant, whose id has 64 bits.

use std::sync::{Mutex, MutexGuard, PoisonError};

use ringkernel_abi::{TenantId, UNSPECIFIED_TENANT};

/// The tenants that have launched kernels, numbered in the order of their first launch. Number 0 is nobody in particular.
#[derive(Debug)]
pub struct TenantNumbers {
    // A runtime has few tenants, and they are asked for when a kernel is launched.
    tenants: Mutex<Vec<TenantId>>,
}

impl Default for TenantNumbers {
    fn default() -> Self {
        Self { tenants: Mutex::new(vec![UNSPECIFIED_TENANT]) }
    }
}

impl TenantNumbers {
    /// The number of a tenant, which it keeps.
    pub fn number_of(&self, tenant: TenantId) -> u32 {
        let mut tenants = self.lock();
        let known = tenants.iter().position(|known| *known == tenant).unwrap_or_else(|| {
            tenants.push(tenant);
            tenants.len() - 1
        });
        known as u32
    }

    /// All of them, in the order of their numbers.
    pub fn all(&self) -> Vec<TenantId> {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<TenantId>> {
        // Nothing panics while it is held.
        self.tenants.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenant_keeps_its_number() {
        let numbers = TenantNumbers::default();
        assert_eq!([7, 9, 7, UNSPECIFIED_TENANT].map(|tenant| numbers.number_of(tenant)), [1, 2, 1, 0]);
        assert_eq!(numbers.all(), [0, 7, 9]);
    }
}
