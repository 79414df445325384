//! The spaces of a broker's tenants. Each belongs to the registration under which it was made, because a number may be another tenant's later.

use std::collections::HashMap;
use std::sync::{Arc, Weak};

use ringkernel_abi::{TenantId, UNSPECIFIED_TENANT};

use super::PubSubConfig;
use super::space::Space;
use crate::k2k::tenant::TenantInfo;

/// Spaces up to which none is searched for that can be dropped.
const FEW: usize = 64;

/// The spaces, by tenant. All that is decided here is decided under one lock.
pub(super) struct Spaces {
    kept: HashMap<TenantId, Kept>,
    /// How many there may be before those are searched for that can be dropped: twice as many as the last search has left, so that
    /// each has paid for the search when it is added.
    search_at: usize,
}

struct Kept {
    space: Arc<Space>,
    /// Whose it is; `None` where no registry knew the tenant so far.
    registration: Option<Weak<TenantInfo>>,
}

impl Spaces {
    pub(super) fn new() -> Self {
        Self { kept: HashMap::new(), search_at: FEW }
    }

    /// The space of a tenant for whoever asks under a registration, or without one.
    ///
    /// That of a registration that has ended goes on, as the next one's, while somebody lives there: a quota is changed by registering
    /// again. Otherwise it is over, and another takes its place.
    pub(super) fn of(
        &mut self,
        tenant: TenantId,
        asking: Option<&Weak<TenantInfo>>,
        config: &PubSubConfig,
    ) -> Arc<Space> {
        // Nobody in particular needs no registration, and stays.
        let asking = asking.filter(|_| tenant != UNSPECIFIED_TENANT);
        if let Some(kept) = self.kept.get_mut(&tenant) {
            if kept.is_of(asking) || !kept.is_left() {
                kept.pass_to(asking);
                return kept.space.clone();
            }
            self.kept.remove(&tenant);
        }
        if self.kept.len() >= self.search_at {
            self.kept.retain(|_, kept| !kept.is_left());
            self.search_at = FEW.max(2 * self.kept.len());
        }
        let space = Arc::new(Space::new(tenant, config));
        self.kept.insert(tenant, Kept { space: space.clone(), registration: asking.cloned() });
        space
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.kept.len()
    }
}

impl Kept {
    fn is_of(&self, asking: Option<&Weak<TenantInfo>>) -> bool {
        asking.zip(self.registration.as_ref()).is_some_and(|(asking, of)| asking.ptr_eq(of))
    }

    /// Whether its registration has ended and nobody lives there. It is over then.
    fn is_left(&self) -> bool {
        self.registration.as_ref().is_some_and(has_ended) && self.space.end_unless_lived_in()
    }

    /// Makes it that of the registration that somebody asks under, unless the one that it has still stands, in another registry.
    fn pass_to(&mut self, asking: Option<&Weak<TenantInfo>>) {
        if let Some(asking) = asking.filter(|asking| !has_ended(asking))
            && self.registration.as_ref().is_none_or(has_ended)
        {
            self.registration = Some(asking.clone());
        }
    }
}

/// Whether a tenant was deregistered, or its registry is gone with all that it had admitted.
fn has_ended(registration: &Weak<TenantInfo>) -> bool {
    registration.upgrade().is_none_or(|info| !info.is_registered())
}
