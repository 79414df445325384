//! Names and addresses of the running actors.
//!
//! Names are looked up under a lock, at launch and when a sender meets a name for the first time. Addresses are looked
//! up without one: a slot per index, in chunks that are allocated once and never move. A generation is unique in the
//! process, so an address never reaches a later actor, nor one of another runtime.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, VecDeque};
use std::ops::Deref;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use arc_swap::ArcSwapOption;
use ringkernel_abi::TenantId;
use smallvec::SmallVec;

use super::{Instance, next_generation};
use crate::error::{Result, RingKernelError};
use crate::k2k::lately::Lately;
use crate::runtime::{ActorRef, KernelId};

/// Slots of the first chunk; each further chunk doubles the total.
const FIRST_CHUNK: usize = 64;
const CHUNKS: usize = 26;

/// Names of ended actors that are remembered.
const ENDED: usize = 1024;

/// The kernels of one name, each of another tenant; `None` while one is built.
type Namesakes<A> = SmallVec<[(TenantId, Option<Arc<A>>); 1]>;

/// Why a tenant reaches no kernel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unreachable {
    /// It belongs to this tenant, and who asks has not lately had one of this name.
    Foreign(TenantId),
    /// There is none.
    Unknown,
}

type Chunk<A> = Box<[ArcSwapOption<A>]>;

/// The running actors by tenant and name, and by address.
pub struct Directory<A> {
    names: RwLock<HashMap<KernelId, Namesakes<A>>>,
    chunks: [OnceLock<Chunk<A>>; CHUNKS],
    indexes: Mutex<Indexes>,
    /// The actors that ended last, for the accounts of messages that were still on their way.
    ended: Mutex<VecDeque<(ActorRef, KernelId, TenantId)>>,
    /// Names whose kernel has ended and may be launched again.
    given_up: Mutex<Lately<(TenantId, KernelId)>>,
}

#[derive(Default)]
struct Indexes {
    next: u32,
    free: Vec<u32>,
}

impl<A> Default for Directory<A> {
    fn default() -> Self {
        Self {
            names: RwLock::default(),
            chunks: std::array::from_fn(|_| OnceLock::new()),
            indexes: Mutex::default(),
            ended: Mutex::default(),
            given_up: Mutex::default(),
        }
    }
}

impl<A: Deref<Target = Instance>> Directory<A> {
    /// Adds the actor of a tenant that `build` makes for a fresh address.
    ///
    /// # Errors
    /// [`RingKernelError::KernelAlreadyLaunched`] when the tenant has a kernel of this name.
    pub fn add(
        &self,
        tenant: TenantId,
        id: &KernelId,
        build: impl FnOnce(ActorRef) -> Arc<A>,
    ) -> Result<Arc<A>> {
        {
            let mut names = write(&self.names);
            let namesakes = names.entry(id.clone()).or_default();
            if namesakes.iter().any(|(owner, _)| *owner == tenant) {
                return Err(RingKernelError::KernelAlreadyLaunched { id: id.to_string() });
            }
            // The name is taken while the actor is built, outside the lock.
            namesakes.push((tenant, None));
        }
        let built = self.take_index().map(|index| build(ActorRef::from_parts(index, next_generation())));
        match &built {
            Ok(actor) => {
                self.slot(actor.address())
                    .expect("its chunk was allocated with the index")
                    .store(Some(actor.clone()));
                let mut names = write(&self.names);
                let mine =
                    names.get_mut(id).and_then(|all| all.iter_mut().find(|(owner, _)| *owner == tenant));
                mine.expect("the name was taken above").1 = Some(actor.clone());
            }
            Err(_) => self.free_name(tenant, id),
        }
        built
    }

    fn free_name(&self, tenant: TenantId, id: &KernelId) {
        if let Entry::Occupied(mut namesakes) = write(&self.names).entry(id.clone()) {
            namesakes.get_mut().retain(|(owner, _)| *owner != tenant);
            if namesakes.get().is_empty() {
                namesakes.remove();
            }
        }
    }

    /// Forgets an actor; its id can be used again.
    pub fn remove(&self, actor: &A) {
        // First, so that whoever does not find the name among those that are there finds it among those that were.
        let present = read(&self.names).len();
        lock(&self.given_up).remember((actor.tenancy().tenant, actor.id().clone()), present);
        self.free_name(actor.tenancy().tenant, actor.id());
        {
            let mut ended = lock(&self.ended);
            if ended.len() == ENDED {
                ended.pop_front();
            }
            ended.push_back((actor.address(), actor.id().clone(), actor.tenancy().tenant));
        }
        if let Some(slot) = self.slot(actor.address()) {
            slot.store(None);
            self.free_index(actor.address().index());
        }
    }

    /// The actor that a tenant has of this name.
    ///
    /// # Errors
    /// [`Unreachable`]: that there is none, or whose it is instead.
    pub fn by_name(&self, tenant: TenantId, name: &str) -> Result<Arc<A>, Unreachable> {
        let found = self.nearest_by_name(tenant, name).ok_or(Unreachable::Unknown)?;
        let owner = found.tenancy().tenant;
        if owner == tenant { Ok(found) } else { Err(Unreachable::Foreign(owner)) }
    }

    /// The actor that a tenant has of this name, or else one that another tenant has. One that the tenant itself is about to have, or has lately
    /// had, is nobody else's: it is away for a moment.
    pub fn nearest_by_name(&self, tenant: TenantId, name: &str) -> Option<Arc<A>> {
        let names = read(&self.names);
        let namesakes = names.get(name)?;
        // One that is still being built cannot be reached yet.
        if let Some((_, own)) = namesakes.iter().find(|(owner, _)| *owner == tenant) {
            return own.clone();
        }
        let other = namesakes.iter().find_map(|(_, actor)| actor.clone())?;
        drop(names);
        let is_away = lock(&self.given_up).has(&(tenant, name.into()));
        (!is_away).then_some(other)
    }

    /// The actor that has this address.
    pub fn by_address(&self, address: ActorRef) -> Option<Arc<A>> {
        self.slot(address)?.load_full().filter(|actor| actor.address() == address)
    }

    /// The name and the tenant of the actor that has this address, or had it until lately.
    pub fn identity_of(&self, address: ActorRef) -> Option<(KernelId, TenantId)> {
        let running = self.by_address(address).map(|actor| (actor.id().clone(), actor.tenancy().tenant));
        running.or_else(|| {
            let ended = lock(&self.ended);
            let found = ended.iter().rev().find(|(known, ..)| *known == address);
            found.map(|(_, id, tenant)| (id.clone(), *tenant))
        })
    }

    /// All actors, sorted by id.
    pub fn actors(&self) -> Vec<Arc<A>> {
        let mut actors = self.actors_in_any_order();
        actors.sort_by(|a, b| a.id().cmp(b.id()));
        actors
    }

    /// All actors. Of many, most of the time goes into sorting them.
    pub fn actors_in_any_order(&self) -> Vec<Arc<A>> {
        read(&self.names).values().flatten().filter_map(|(_, actor)| actor.clone()).collect()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        read(&self.names).values().flatten().all(|(_, actor)| actor.is_none())
    }

    /// The names of a tenant's actors, sorted.
    pub fn ids(&self, tenant: TenantId) -> Vec<KernelId> {
        let mine = |actor: &&Arc<A>| actor.tenancy().tenant == tenant;
        self.actors().iter().filter(mine).map(|actor| actor.id().clone()).collect()
    }

    fn slot(&self, address: ActorRef) -> Option<&ArcSwapOption<A>> {
        let (chunk, offset) = place(address.index());
        self.chunks.get(chunk)?.get()?.get(offset)
    }

    fn take_index(&self) -> Result<u32> {
        let mut indexes = lock(&self.indexes);
        if let Some(index) = indexes.free.pop() {
            return Ok(index);
        }
        let index = indexes.next;
        let (chunk, _) = place(index);
        let Some(chunk_slot) = self.chunks.get(chunk) else {
            return Err(RingKernelError::ResourceExhausted {
                what: "another actor".into(),
                reason: format!("{index} are running"),
            });
        };
        chunk_slot.get_or_init(|| (0..FIRST_CHUNK << chunk).map(|_| ArcSwapOption::empty()).collect());
        indexes.next += 1;
        Ok(index)
    }

    fn free_index(&self, index: u32) {
        lock(&self.indexes).free.push(index);
    }
}

/// Chunk and offset of an index: chunk `k` holds `FIRST_CHUNK << k` slots.
fn place(index: u32) -> (usize, usize) {
    let position = index as usize + FIRST_CHUNK;
    let chunk = (position / FIRST_CHUNK).ilog2() as usize;
    (chunk, position - (FIRST_CHUNK << chunk))
}

// No code that can panic runs under these locks, so a poisoned one is whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn read<T>(lock: &RwLock<T>) -> RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

fn write<T>(lock: &RwLock<T>) -> RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indexes_fill_one_chunk_after_the_other() {
        let mut expected = (0, 0);
        for index in 0..100_000 {
            assert_eq!(place(index), expected);
            expected.1 += 1;
            if expected.1 == FIRST_CHUNK << expected.0 {
                expected = (expected.0 + 1, 0);
            }
        }
    }
}
