//! What all parts of a runtime share on the host, whatever its actors run on.

use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};

use ringkernel_abi::{TenantId, UNSPECIFIED_TENANT};

use super::{
    Account, Directory, Hosted, Places, Strangers, TagsByTenant, TenantNumbers, Traffic, Unreachable,
    next_generation,
};
use crate::clock::TimeSource;
use crate::dead_letter::{DeadLetter, DeadLetterQueue, DeadLetterReason};
use crate::error::{Result, RingKernelError};
use crate::hlc::HlcClock;
use crate::k2k::tenant::{AdmissionError, CrossTenantAttempt, Purse, TenantInfo, TenantRegistry};
use crate::message::MessageEnvelope;
use crate::pubsub::{PubSubBroker, PubSubConfig};
use crate::registry::{self, KernelRegistration};
use crate::runtime::{
    KernelHandle, KernelId, KernelMetrics, Kernels, RuntimeConfig, RuntimeMetrics, Tenancy,
};
use crate::sync::atomic::{AtomicU64, Ordering};

/// The host, in the records of who wanted to reach what belongs to another tenant.
const HOST: &str = "host";

/// The actors of a runtime, its time, and its accounts.
pub struct Host<A> {
    /// What it was started with.
    pub config: RuntimeConfig,
    /// The actors that run.
    pub directory: Directory<A>,
    /// The tenants, by number.
    pub tenants: TenantNumbers,
    /// The accounts that messages of each tenant travel on, by number.
    tags: TagsByTenant,
    /// The time, for whoever is not in a handler.
    pub time: TimeSource,
    /// The clock that stamps what hosts send.
    pub host_clock: HlcClock,
    /// Kernels launched since the start.
    pub launched: AtomicU64,
    /// Messages and look-ups that would have crossed from one tenant to another.
    crossings: AtomicU64,
    /// Handlers that have faulted.
    pub faults: AtomicU64,
    /// Handlers that have run for longer than the watchdog allows.
    pub stuck_handlers: AtomicU64,
    /// Whether the runtime is being shut down. Read while an actor is added and written when none is, so that a shutdown
    /// finds all actors that there will ever be.
    closing: RwLock<bool>,
    dead_letters: DeadLetterQueue,
    /// The topics of all tenants, unless they came with the configuration. Made when somebody asks for them.
    topics: OnceLock<Arc<PubSubBroker>>,
    retired: Mutex<Traffic>,
    /// The tenants' quotas, accounts and records.
    registry: Arc<TenantRegistry>,
    strangers: Strangers,
}

impl<A: Hosted> Host<A> {
    /// The host of a runtime without actors.
    pub fn new(config: RuntimeConfig, time: TimeSource) -> Self {
        let (registry, strangers) = config.registry();
        Self {
            registry,
            strangers,
            dead_letters: DeadLetterQueue::new(config.dead_letter_capacity),
            config,
            directory: Directory::default(),
            tenants: TenantNumbers::default(),
            tags: TagsByTenant::default(),
            host_clock: time.scope(|| HlcClock::new(next_generation())),
            time,
            launched: AtomicU64::new(0),
            crossings: AtomicU64::new(0),
            faults: AtomicU64::new(0),
            stuck_handlers: AtomicU64::new(0),
            closing: RwLock::new(false),
            topics: OnceLock::new(),
            retired: Mutex::default(),
        }
    }

    /// Adds an actor by `add`, unless the runtime is being shut down.
    ///
    /// # Errors
    /// [`RingKernelError::RuntimeShutDown`], and those of `add`.
    pub fn unless_closing<R>(&self, add: impl FnOnce() -> Result<R>) -> Result<R> {
        let closing = self.closing.read().unwrap_or_else(PoisonError::into_inner);
        if *closing { Err(RingKernelError::RuntimeShutDown) } else { add() }
    }

    /// Lets no further actor be added, and asks all that there are for their end.
    pub fn close(&self) -> Vec<Arc<A>> {
        *self.closing.write().unwrap_or_else(PoisonError::into_inner) = true;
        let actors = self.directory.actors();
        for actor in &actors {
            actor.request_termination();
        }
        actors
    }

    /// Keeps a message that could not be delivered or handled.
    pub fn bury(&self, envelope: MessageEnvelope, kernel: Option<KernelId>, reason: DeadLetterReason) {
        if self.config.debug {
            tracing::warn!(kernel = kernel.as_ref().map(KernelId::as_str), %reason, ?envelope, "dead letter");
        }
        self.dead_letters.push(DeadLetter { envelope, kernel, reason, at_ns: self.time.now_ns() });
    }

    /// What could not be delivered or handled since the last call.
    pub fn take_dead_letters(&self) -> Vec<DeadLetter> {
        self.dead_letters.take()
    }

    /// The topics by which kernels and hosts publish and subscribe, of all tenants.
    pub fn pubsub(&self) -> &Arc<PubSubBroker> {
        self.config.pubsub.as_ref().unwrap_or_else(|| {
            let time = self.time.clone();
            self.topics.get_or_init(|| PubSubBroker::new(PubSubConfig { time, ..PubSubConfig::default() }))
        })
    }

    /// Opens the account of a kernel that is about to be launched.
    ///
    /// # Errors
    /// As [`Account::open`].
    pub fn open_account(&self, tenancy: Tenancy) -> Result<Account> {
        Account::open(&self.registry, self.strangers, &self.tags, tenancy)
    }

    /// Takes the places of a kernel that is about to be launched among the subscribers of its tenant.
    ///
    /// # Errors
    /// [`RingKernelError::PubSub`].
    pub fn take_places(
        &self,
        tenancy: Tenancy,
        account: &Account,
        id: &KernelId,
        kernel: &KernelRegistration,
    ) -> Result<Places> {
        Ok(Places::take(|| self.pubsub(), tenancy, account.tenant(), id, kernel)?)
    }

    /// Counts attempts to reach other tenants that are not put on record.
    pub fn count_crossings(&self, count: u64) {
        self.crossings.fetch_add(count, Ordering::Relaxed);
    }

    /// Counts that somebody wanted to reach what belongs to another tenant, `to`, and puts it on record.
    #[cold]
    pub fn note_crossing(&self, from: Tenancy, source: KernelId, to: TenantId, destination: KernelId) {
        self.crossings.fetch_add(1, Ordering::Relaxed);
        self.registry.audit_cross_tenant(CrossTenantAttempt {
            from: from.tenant,
            to,
            source,
            destination,
            audit_tag: from.audit,
            at_ns: self.time.now_ns(),
        });
    }

    /// Removes a terminated actor and keeps its counts.
    pub fn retire(&self, actor: &A) {
        for (destination, envelope) in actor.bridge.close() {
            self.bury(actor.marked(envelope), Some(destination), DeadLetterReason::QueueFull);
        }
        actor.topics.close();
        // The lock covers both steps, so that `metrics` counts the actor exactly once.
        let mut retired = self.retired.lock().unwrap_or_else(PoisonError::into_inner);
        retired.add(actor.traffic());
        self.directory.remove(actor);
        actor.account.close();
    }

    /// Figures of the runtime. Of memory they know that of the actors' queues.
    pub fn metrics(&self) -> RuntimeMetrics {
        let retired = self.retired.lock().unwrap_or_else(PoisonError::into_inner);
        let mut traffic = *retired;
        let actors = self.directory.actors_in_any_order();
        drop(retired);
        actors.iter().for_each(|actor| traffic.add(actor.traffic()));
        let dead_letters = self.dead_letters.counts();
        RuntimeMetrics {
            active_kernels: actors.iter().filter(|actor| actor.state().is_running()).count(),
            total_launched: self.launched.load(Ordering::Relaxed),
            messages_received: traffic.received,
            messages_sent: traffic.sent,
            messages_processed: traffic.processed,
            dead_letters: dead_letters.total,
            dead_letters_evicted: dead_letters.evicted,
            cross_tenant_rejections: self.crossings.load(Ordering::Relaxed),
            faults: self.faults.load(Ordering::Relaxed),
            stuck_handlers: self.stuck_handlers.load(Ordering::Relaxed),
            host_memory_used: actors.iter().map(|actor| actor.queue_bytes() as u64).sum(),
            gpu_memory_used: 0,
        }
    }
}

impl<A: Hosted> Kernels for Host<A> {
    fn find(&self, tenant: TenantId, kernel_id: &KernelId) -> Result<KernelHandle> {
        match self.directory.by_name(tenant, kernel_id.as_str()) {
            Ok(actor) => Ok(super::handle(actor)),
            Err(Unreachable::Foreign(owner)) => {
                let from = Tenancy { tenant, ..Tenancy::default() };
                self.note_crossing(from, KernelId::from(HOST), owner, kernel_id.clone());
                Err(RingKernelError::TenantMismatch { from: tenant, to: owner })
            }
            Err(Unreachable::Unknown) => {
                let running = self.directory.ids(tenant);
                let nearest = registry::nearest(kernel_id.as_str(), running.iter().map(KernelId::as_str));
                Err(RingKernelError::KernelNotFound {
                    id: kernel_id.to_string(),
                    nearest: nearest.map(Into::into),
                    available: running.iter().map(ToString::to_string).collect(),
                })
            }
        }
    }

    fn pubsub(&self) -> &Arc<PubSubBroker> {
        self.pubsub()
    }

    fn pubsub_of(&self, tenancy: Tenancy) -> Result<Arc<PubSubBroker>> {
        self.pubsub().for_tenancy_in(&self.registry, self.strangers, tenancy)
    }

    fn list(&self, tenant: TenantId) -> Vec<KernelId> {
        self.directory.ids(tenant)
    }

    fn figures(&self, tenant: TenantId) -> Vec<KernelMetrics> {
        let actors = self.directory.actors().into_iter().filter(|actor| actor.tenancy().tenant == tenant);
        actors.map(|actor| super::handle(actor).metrics()).collect()
    }

    fn tenant(&self, tenant: TenantId) -> Option<Arc<TenantInfo>> {
        self.registry.get(tenant)
    }

    fn purse(&self, tenancy: Tenancy) -> Result<Purse> {
        let tenant = self.registry.get(tenancy.tenant);
        let is_stranger = tenant.is_none() && tenancy.tenant != UNSPECIFIED_TENANT;
        if is_stranger && self.strangers == Strangers::Refused {
            let error = AdmissionError::UnknownTenant(tenancy.tenant);
            self.registry.audit_refusal(error, tenancy.audit);
            return Err(error.into());
        }
        Ok(Purse { tenant, registry: self.registry.clone(), audit: tenancy.audit })
    }

    fn take_dead_letters(&self, tenant: TenantId) -> Vec<DeadLetter> {
        self.dead_letters.take_of(tenant)
    }
}
