//! Who is registered under which name, in which tenant.
//!
//! Lookups read a snapshot and take no lock. A change copies one of the shards, so its cost grows with the names in a shard only.
//! All tenants' members of one name are in one place, so that a name that exists under another tenant is found by one lookup, too.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

use arc_swap::ArcSwap;
use ringkernel_abi::TenantId;

use super::member::Member;
use crate::runtime::KernelId;

const SHARDS: usize = 64;

/// Members of one name, sorted by tenant.
type Namesakes = Vec<Arc<Member>>;
type Shard = HashMap<KernelId, Namesakes>;

/// The members of a broker. Whoever changes it holds the broker's lock for changes.
pub(super) struct Names {
    hasher: RandomState,
    shards: Box<[ArcSwap<Shard>]>,
}

impl Default for Names {
    fn default() -> Self {
        Self { hasher: RandomState::new(), shards: (0..SHARDS).map(|_| ArcSwap::default()).collect() }
    }
}

impl Names {
    /// The member of this name in a tenant.
    pub(super) fn get(&self, tenant: TenantId, name: &str) -> Option<Arc<Member>> {
        let shard = self.shard(name).load();
        let namesakes = shard.get(name)?;
        let index = namesakes.binary_search_by_key(&tenant, |member| member.tenant).ok()?;
        Some(namesakes[index].clone())
    }

    /// Whether this very member has its name.
    pub(super) fn has(&self, member: &Arc<Member>) -> bool {
        self.get(member.tenant, member.name.as_str()).is_some_and(|known| Arc::ptr_eq(&known, member))
    }

    /// The members of this name, sorted by tenant.
    pub(super) fn namesakes(&self, name: &str) -> Namesakes {
        self.shard(name).load().get(name).cloned().unwrap_or_default()
    }

    /// Adds a member; the one that had its name in its tenant is replaced and returned.
    pub(super) fn insert(&self, member: Arc<Member>) -> Option<Arc<Member>> {
        let mut replaced = None;
        self.change(&member.name, |shard| {
            let namesakes = shard.entry(member.name.clone()).or_default();
            match namesakes.binary_search_by_key(&member.tenant, |other| other.tenant) {
                Ok(index) => replaced = Some(std::mem::replace(&mut namesakes[index], member.clone())),
                Err(index) => namesakes.insert(index, member.clone()),
            }
        });
        replaced
    }

    /// Removes a member; false when it had left already.
    pub(super) fn remove(&self, member: &Arc<Member>) -> bool {
        let mut found = false;
        self.change(&member.name, |shard| {
            let Some(namesakes) = shard.get_mut(&member.name) else { return };
            if let Some(index) = namesakes.iter().position(|other| Arc::ptr_eq(other, member)) {
                found = true;
                namesakes.remove(index);
            }
            if namesakes.is_empty() {
                shard.remove(&member.name);
            }
        });
        found
    }

    /// All members, in no order.
    pub(super) fn all(&self) -> Vec<Arc<Member>> {
        let shards = self.shards.iter().map(ArcSwap::load_full);
        shards.flat_map(|shard| shard.values().flatten().cloned().collect::<Vec<_>>()).collect()
    }

    fn change(&self, name: &KernelId, change: impl FnOnce(&mut Shard)) {
        let place = self.shard(name.as_str());
        let mut shard = Shard::clone(&place.load());
        change(&mut shard);
        place.store(Arc::new(shard));
    }

    fn shard(&self, name: &str) -> &ArcSwap<Shard> {
        &self.shards[self.hasher.hash_one(name) as usize % SHARDS]
    }
}
