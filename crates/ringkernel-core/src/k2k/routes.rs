//! By which kernel a message reaches a name that has no kernel of its own.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

use arc_swap::ArcSwap;
use ringkernel_abi::TenantId;

use crate::runtime::KernelId;

const SHARDS: usize = 64;

/// Tenants and their next hops by destination.
type Shard = HashMap<TenantId, HashMap<KernelId, KernelId>>;

/// The routes of a broker. Lookups read a snapshot; a change copies one of the shards, in each of which are some of the destinations, so that it
/// costs by the routes in a shard only. Whoever changes it holds the broker's lock for changes.
pub(super) struct Routes {
    hasher: RandomState,
    shards: Box<[ArcSwap<Shard>]>,
}

impl Default for Routes {
    fn default() -> Self {
        Self { hasher: RandomState::new(), shards: (0..SHARDS).map(|_| ArcSwap::default()).collect() }
    }
}

/// A route would lead back to where it starts.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "a route from `{destination}` by `{next_hop}` would lead back to `{destination}`: {}",
    path_text(.path)
)]
#[non_exhaustive]
pub struct RouteLoop {
    /// The destination of the refused route.
    pub destination: KernelId,
    /// Its next hop.
    pub next_hop: KernelId,
    /// The names on the circle, from the next hop to the destination.
    pub path: Vec<KernelId>,
}

fn path_text(path: &[KernelId]) -> String {
    path.iter().map(KernelId::as_str).collect::<Vec<_>>().join(" -> ")
}

impl Routes {
    /// The next hop on the way to a name.
    pub(super) fn next_hop(&self, tenant: TenantId, destination: &str) -> Option<KernelId> {
        self.shard(destination).load().get(&tenant)?.get(destination).cloned()
    }

    /// Adds a route, or replaces the one that there is for this destination.
    pub(super) fn add(
        &self,
        tenant: TenantId,
        destination: KernelId,
        next_hop: KernelId,
    ) -> Result<(), RouteLoop> {
        let mut path = vec![next_hop.clone()];
        // The routes that are there have no circle, so this ends.
        while let Some(last) = path.last()
            && *last != destination
        {
            match self.next_hop(tenant, last.as_str()) {
                Some(next) => path.push(next),
                None => {
                    let place = self.shard(destination.as_str());
                    let mut shard = Shard::clone(&place.load());
                    shard.entry(tenant).or_default().insert(destination.clone(), next_hop);
                    place.store(Arc::new(shard));
                    return Ok(());
                }
            }
        }
        Err(RouteLoop { destination, next_hop, path })
    }

    /// Removes the route for a destination; false when there is none.
    pub(super) fn remove(&self, tenant: TenantId, destination: &KernelId) -> bool {
        let place = self.shard(destination.as_str());
        let mut shard = Shard::clone(&place.load());
        let Some(hops) = shard.get_mut(&tenant) else { return false };
        if hops.remove(destination).is_none() {
            return false;
        }
        if hops.is_empty() {
            shard.remove(&tenant);
        }
        place.store(Arc::new(shard));
        true
    }

    /// How many routes a tenant has.
    pub(super) fn count_of(&self, tenant: TenantId) -> usize {
        self.shards.iter().map(|shard| shard.load().get(&tenant).map_or(0, HashMap::len)).sum()
    }

    /// How many routes there are.
    pub(super) fn count(&self) -> usize {
        self.shards.iter().map(|shard| shard.load().values().map(HashMap::len).sum::<usize>()).sum()
    }

    fn shard(&self, destination: &str) -> &ArcSwap<Shard> {
        &self.shards[self.hasher.hash_one(destination) as usize % SHARDS]
    }
}
