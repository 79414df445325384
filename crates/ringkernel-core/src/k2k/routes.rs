//! By which kernel a message reaches a name that has no kernel of its own.

use std::collections::HashMap;

use arc_swap::ArcSwap;
use ringkernel_abi::TenantId;
use std::sync::Arc;

use crate::runtime::KernelId;

type NextHops = HashMap<KernelId, KernelId>;

/// The routes of a broker, tenant by tenant. Lookups read a snapshot; whoever changes it holds the broker's lock for changes.
#[derive(Default)]
pub(super) struct Routes(ArcSwap<HashMap<TenantId, Arc<NextHops>>>);

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
        self.0.load().get(&tenant)?.get(destination).cloned()
    }

    /// Adds a route, or replaces the one that there is for this destination.
    pub(super) fn add(
        &self,
        tenant: TenantId,
        destination: KernelId,
        next_hop: KernelId,
    ) -> Result<(), RouteLoop> {
        let mut all = HashMap::clone(&self.0.load());
        let mut hops = all.get(&tenant).map(|hops| NextHops::clone(hops)).unwrap_or_default();
        let mut path = vec![next_hop.clone()];
        // The routes that are there have no circle, so this ends.
        while let Some(last) = path.last()
            && *last != destination
        {
            match hops.get(last) {
                Some(next) => path.push(next.clone()),
                None => {
                    hops.insert(destination, next_hop);
                    all.insert(tenant, Arc::new(hops));
                    self.0.store(Arc::new(all));
                    return Ok(());
                }
            }
        }
        Err(RouteLoop { destination, next_hop, path })
    }

    /// Removes the route for a destination; false when there is none.
    pub(super) fn remove(&self, tenant: TenantId, destination: &KernelId) -> bool {
        let mut all = HashMap::clone(&self.0.load());
        let Some(hops) = all.get(&tenant) else { return false };
        let mut hops = NextHops::clone(hops);
        if hops.remove(destination).is_none() {
            return false;
        }
        if hops.is_empty() {
            all.remove(&tenant);
        } else {
            all.insert(tenant, Arc::new(hops));
        }
        self.0.store(Arc::new(all));
        true
    }

    /// How many routes a tenant has.
    pub(super) fn count_of(&self, tenant: TenantId) -> usize {
        self.0.load().get(&tenant).map_or(0, |hops| hops.len())
    }

    /// How many routes there are.
    pub(super) fn count(&self) -> usize {
        self.0.load().values().map(|hops| hops.len()).sum()
    }
}
