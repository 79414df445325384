//! The way to a name: to whom a message is given, and the ways that a sender remembers.
//!
//! Who forgets a way may be the last that knew its member, and dropping that drops a port, which is the user's code. So what is
//! forgotten is handed out, to be dropped by a caller that holds neither a lane nor a lock.

use std::sync::Arc;

use ringkernel_abi::TenantId;

use super::broker::K2KBroker;
use super::member::Member;
use crate::runtime::KernelId;

/// Where a message for some name goes.
#[derive(Clone)]
pub(super) struct Way {
    pub(super) member: Arc<Member>,
    /// Routes that were followed; 0 means that the member is the destination itself.
    pub(super) hops: u8,
}

/// Why there is no way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoWay {
    NotFound,
    /// The name exists under this tenant, not under the sender's, and that has not lately had it.
    OtherTenant(TenantId),
    TooManyHops,
}

impl K2KBroker {
    /// The way to `destination` within a tenant, from snapshots of names and routes.
    pub(super) fn find_way(&self, tenant: TenantId, destination: &KernelId) -> Result<Way, NoWay> {
        if let Some(member) = self.names.get(tenant, destination.as_str()) {
            return Ok(Way { member, hops: 0 });
        }
        let mut name = destination.clone();
        let mut hops = 0;
        while let Some(next) = self.routes.next_hop(tenant, name.as_str()) {
            hops += 1;
            if hops > self.max_hops {
                return Err(NoWay::TooManyHops);
            }
            if let Some(member) = self.names.get(tenant, next.as_str()) {
                return Ok(Way { member, hops });
            }
            name = next;
        }
        let namesakes = self.names.namesakes(name.as_str());
        let other = namesakes.iter().find(|member| member.tenant != tenant);
        // One that the sender's tenant has lately had is on its way back, as far as anybody knows.
        let other = other.filter(|_| !self.sub_broker(tenant).is_some_and(|part| part.has_given_up(&name)));
        Err(other.map_or(NoWay::NotFound, |member| NoWay::OtherTenant(member.tenant)))
    }
}

/// Ways that one sender remembers.
const REMEMBERED: usize = 16;

/// The ways to where a sender has lately sent, each in the one place that the hash of its name gives it. They are valid for one
/// generation of the broker's names and routes.
#[derive(Default)]
pub(super) struct WayCache {
    generation: u64,
    places: Places,
}

/// Ways that are no longer remembered, to be dropped where the user's code may run.
#[must_use = "it is to be dropped by who holds no lane and no lock"]
#[derive(Default)]
pub(super) struct Forgotten(Places);

type Places = [Option<(KernelId, Way)>; REMEMBERED];

impl WayCache {
    /// The remembered way to a name.
    #[inline]
    pub(super) fn to(&self, generation: u64, name: &KernelId) -> Option<&Way> {
        let (known, way) = self.places[place_of(name.as_str())].as_ref()?;
        (known == name && self.generation == generation).then_some(way)
    }

    /// Remembers a way that was found in this generation, and forgets those of others.
    pub(super) fn remember(&mut self, generation: u64, name: &KernelId, way: Way) -> Forgotten {
        let mut forgotten = self.turn_to(generation);
        let place = place_of(name.as_str());
        if let Some(displaced) = self.places[place].replace((name.clone(), way)) {
            forgotten.0[place] = Some(displaced);
        }
        forgotten
    }

    /// Forgets the ways of other generations.
    pub(super) fn turn_to(&mut self, generation: u64) -> Forgotten {
        let is_same = std::mem::replace(&mut self.generation, generation) == generation;
        if is_same { Forgotten::default() } else { self.forget() }
    }

    /// Forgets everybody.
    pub(super) fn forget(&mut self) -> Forgotten {
        Forgotten(std::mem::take(&mut self.places))
    }
}

/// The place of a name. A bad distribution costs its sender some lookups, nobody else anything.
#[inline]
fn place_of(name: &str) -> usize {
    const MIX: u64 = 0x9E37_79B9_7F4A_7C15;
    let mut hash = name.len() as u64;
    let mut chunks = name.as_bytes().chunks_exact(8);
    for chunk in &mut chunks {
        let word = chunk.iter().fold(0, |word, byte| word << 8 | u64::from(*byte));
        hash = (hash ^ word).wrapping_mul(MIX).rotate_left(29);
    }
    let rest = chunks.remainder().iter().fold(0, |word, byte| word << 8 | u64::from(*byte));
    ((hash ^ rest).wrapping_mul(MIX) >> 60) as usize % REMEMBERED
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_differ_anywhere_are_spread_over_the_places() {
        let places = |names: &mut dyn Iterator<Item = String>| {
            names.map(|name| place_of(&name)).collect::<std::collections::BTreeSet<_>>().len()
        };
        assert!(places(&mut (0..64).map(|n| format!("worker-{n:06}-of-the-left-hand-side"))) > 12);
        assert!(places(&mut (0..64).map(|n| format!("{n}"))) > 12);
    }
}
