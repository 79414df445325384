//! Which kernels are for the messages of a type, and which of several is next.

use std::collections::HashMap;
use std::fmt;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;

use crate::message::{DecodeError, MessageEnvelope, RingMessage};
use crate::runtime::KernelId;
use crate::sync::atomic::{AtomicUsize, Ordering};

/// How the kernel of a message is chosen, where several are for its type.
#[derive(Clone)]
#[non_exhaustive]
pub enum Balance {
    /// One after the other.
    RoundRobin,
    /// The one with the fewest messages waiting; of several the first.
    LeastLoaded,
    /// By a key in the message: the same key always goes to the same kernel.
    ByKey(KeyOf),
}

impl Balance {
    /// By a key in messages of type `M`.
    pub fn by_key<M: RingMessage>(key: impl Fn(&M) -> u64 + Send + Sync + 'static) -> Self {
        Self::ByKey(KeyOf(Arc::new(move |envelope| Ok(key(&M::deserialize(&envelope.payload)?)))))
    }
}

impl fmt::Debug for Balance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::RoundRobin => "RoundRobin",
            Self::LeastLoaded => "LeastLoaded",
            Self::ByKey(_) => "ByKey(..)",
        })
    }
}

type ReadKey = dyn Fn(&MessageEnvelope) -> Result<u64, DecodeError> + Send + Sync;

/// Reads the key of a message; made by [`Balance::by_key`].
#[derive(Clone)]
pub struct KeyOf(Arc<ReadKey>);

/// The kernels for one type, at least one.
#[derive(Debug)]
pub(super) struct Route {
    kernels: Vec<KernelId>,
    balance: Balance,
    next: AtomicUsize,
}

impl Route {
    pub(super) fn new(kernels: Vec<KernelId>, balance: Balance) -> Self {
        Self { kernels, balance, next: AtomicUsize::new(0) }
    }

    pub(super) fn kernels(&self) -> &[KernelId] {
        &self.kernels
    }

    /// The kernel for a message; `load` tells how many messages wait at one, if it is there.
    pub(super) fn choose(
        &self,
        envelope: &MessageEnvelope,
        load: impl Fn(&KernelId) -> Option<usize>,
    ) -> Result<&KernelId, DecodeError> {
        let index = match &self.balance {
            // Relaxed: it counts and orders nothing.
            _ if self.kernels.len() == 1 => 0,
            Balance::RoundRobin => self.next.fetch_add(1, Ordering::Relaxed) % self.kernels.len(),
            Balance::LeastLoaded => {
                let loads = self.kernels.iter().map(load).enumerate();
                let there = loads.filter_map(|(index, load)| Some((index, load?)));
                there.min_by_key(|(_, load)| *load).map_or(0, |(index, _)| index)
            }
            Balance::ByKey(KeyOf(key)) => {
                // Neighbouring keys are spread; the highest bits depend on all of the key.
                let spread = key(envelope)?.wrapping_mul(0x9E37_79B9_7F4A_7C15);
                ((u128::from(spread) * self.kernels.len() as u128) >> 64) as usize
            }
        };
        Ok(&self.kernels[index])
    }
}

/// Spreads message types, which are hashes or counted numbers already, and nobody's choice while the program runs.
#[derive(Default)]
pub(super) struct TypeHasher(u64);

impl Hasher for TypeHasher {
    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.write_u64(u64::from(*byte)));
    }

    #[inline]
    fn write_u64(&mut self, number: u64) {
        self.0 = (self.0 ^ number).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    }

    #[inline]
    fn finish(&self) -> u64 {
        // A table looks at the lowest and at the highest bits, and the product mixes upwards only.
        self.0 ^ self.0 >> 32
    }
}

/// Routes by message type.
pub(super) type Routes = HashMap<u64, Arc<Route>, BuildHasherDefault<TypeHasher>>;

/// The routes of a dispatcher by message type. Looking one up takes no lock.
#[derive(Debug, Default)]
pub(super) struct Routing {
    routes: ArcSwap<Routes>,
    changes: Mutex<()>,
}

impl Routing {
    pub(super) fn new(routes: Routes) -> Self {
        Self { routes: ArcSwap::from_pointee(routes), changes: Mutex::default() }
    }

    #[inline]
    pub(super) fn get(&self, message_type: u64) -> Option<Arc<Route>> {
        self.routes.load().get(&message_type).cloned()
    }

    /// Message types and their kernels, in ascending order.
    pub(super) fn all(&self) -> Vec<(u64, Vec<KernelId>)> {
        let routes = self.routes.load();
        let mut all: Vec<_> = routes.iter().map(|(id, route)| (*id, route.kernels.clone())).collect();
        all.sort();
        all
    }

    /// Sets or removes the route of a type; the one that was there is returned.
    pub(super) fn set(&self, message_type: u64, route: Option<Route>) -> Option<Arc<Route>> {
        let _changes = self.changes.lock().unwrap_or_else(PoisonError::into_inner);
        let mut routes = Routes::clone(&self.routes.load());
        let before = match route {
            Some(route) => routes.insert(message_type, Arc::new(route)),
            None => routes.remove(&message_type),
        };
        self.routes.store(Arc::new(routes));
        before
    }
}
