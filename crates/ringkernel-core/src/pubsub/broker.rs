//! The broker as users see it: the topics of one tenant.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use ringkernel_abi::{TenantId, UNSPECIFIED_TENANT};

use super::authority::{Authority, Bound};
use super::port::Attached;
use super::space::Space;
use super::spaces::Spaces;
use super::{
    OverflowPolicy, PubSubConfig, PubSubError, PubSubStats, SharedPublication, Subscription, Topic,
    TopicAttachment, TopicInfo,
};
use crate::backend::Strangers;
use crate::dead_letter::DeadLetter;
use crate::error::RingKernelError;
use crate::k2k::tenant::{TenantInfo, TenantRegistry};
use crate::runtime::{KernelId, Tenancy};
use crate::sync::atomic::{AtomicU64, Ordering};

/// Takes publications to the subscribers of their topics, within one tenant.
///
/// ```
/// # use ringkernel_core::hlc::HlcTimestamp;
/// # use ringkernel_core::message::MessageEnvelope;
/// # use ringkernel_core::pubsub::PubSubBuilder;
/// # use ringkernel_core::runtime::KernelId;
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let runtime = tokio::runtime::Builder::new_current_thread().build()?;
/// # runtime.block_on(async {
/// let broker = PubSubBuilder::new().channel_buffer_size(64).build();
/// let mut pressures = broker.subscribe("monitor", "plant/*/pressure")?;
///
/// let envelope = MessageEnvelope::new(&());
/// let sensor = KernelId::from("sensor");
/// let sequence = broker.publish("plant/2/pressure", sensor, envelope, HlcTimestamp::new(1, 0, 1)).await?;
///
/// let delivery = pressures.receive().await?;
/// assert_eq!((delivery.topic.name(), delivery.sequence), ("plant/2/pressure", sequence));
/// # Ok(())
/// # })
/// # }
/// ```
pub struct PubSubBroker {
    pub(super) shared: Arc<Shared>,
    pub(super) space: Arc<Space>,
    pub(super) authority: Authority,
}

/// What the brokers of all tenants have in common.
pub(super) struct Shared {
    pub(super) config: PubSubConfig,
    pub(super) spaces: Mutex<Spaces>,
    subscriptions: AtomicU64,
}

impl PubSubBroker {
    /// A broker for nobody in particular ([`UNSPECIFIED_TENANT`]). Whoever holds it can act for every tenant.
    pub fn new(config: PubSubConfig) -> Arc<Self> {
        let spaces = Mutex::new(Spaces::new());
        let shared = Shared { config, spaces, subscriptions: AtomicU64::new(0) };
        Self::of(Arc::new(shared), UNSPECIFIED_TENANT, Authority::Owner)
    }

    /// The broker of a tenant, with the same options. What is published there, retained, counted and dead-lettered stays there.
    ///
    /// Who holds a broker can publish and subscribe for its tenant, so it is given to those who act for that tenant. What they publish is
    /// accounted to nothing in particular; see [`for_tenancy`](Self::for_tenancy).
    ///
    /// Where the tenant was registered and is not any longer, its topics are not found again, unless somebody is subscribed there still.
    ///
    /// # Errors
    /// [`PubSubError::ForeignTenant`]: a broker that this has given acts for its tenant only.
    pub fn for_tenant(&self, tenant: TenantId) -> Result<Arc<Self>, PubSubError> {
        self.for_tenancy(Tenancy { tenant, ..Tenancy::default() })
    }

    /// The broker of a tenant for those whose work is accounted like this, whatever their publications claim.
    ///
    /// # Errors
    /// As [`for_tenant`](Self::for_tenant).
    pub fn for_tenancy(&self, tenancy: Tenancy) -> Result<Arc<Self>, PubSubError> {
        self.bound(tenancy.tenant, || Ok(Bound::to(tenancy)))
    }

    /// The broker of a tenant that is registered, with the limits of its quota: of whatever quota it is registered with when it publishes.
    ///
    /// # Errors
    /// [`RingKernelError::InvalidConfig`] for a tenant that the registry does not know, and as [`for_tenant`](Self::for_tenant).
    pub fn for_registered(
        &self,
        registry: &Arc<TenantRegistry>,
        tenancy: Tenancy,
    ) -> Result<Arc<Self>, RingKernelError> {
        self.for_tenancy_in(registry, Strangers::Refused, tenancy)
    }

    /// The same, with a rule for tenants that the registry does not know, now or later.
    pub(crate) fn for_tenancy_in(
        &self,
        registry: &Arc<TenantRegistry>,
        strangers: Strangers,
        tenancy: Tenancy,
    ) -> Result<Arc<Self>, RingKernelError> {
        self.bound(tenancy.tenant, || Ok(Bound::registered(registry, strangers, tenancy)?))
    }

    /// The broker of a tenant for one of its kernels, whose account admits what it publishes, with places for what it is subscribed to: with no
    /// patterns, that it is there. `registration` is the one under which it was launched.
    ///
    /// # Errors
    /// As [`for_tenant`](Self::for_tenant) and [`subscribe`](Self::subscribe).
    pub(crate) fn for_kernel(
        &self,
        tenancy: Tenancy,
        registration: Option<&Arc<TenantInfo>>,
        kernel: &KernelId,
        patterns: &[Topic],
    ) -> Result<(Arc<Self>, TopicAttachment), PubSubError> {
        loop {
            let broker = self.bound(tenancy.tenant, || {
                Ok::<_, PubSubError>(Bound::admitted(tenancy, registration.map(Arc::downgrade)))
            })?;
            match broker.attach(kernel.clone(), patterns) {
                // It was left between the two, and another has its place.
                Err(PubSubError::RegistrationEnded { .. }) => {}
                attached => return Ok((broker, attached?)),
            }
        }
    }

    fn bound<E: From<PubSubError>>(
        &self,
        tenant: TenantId,
        bind: impl FnOnce() -> Result<Bound, E>,
    ) -> Result<Arc<Self>, E> {
        match self.authority {
            Authority::Owner => Ok(Self::of(self.shared.clone(), tenant, Authority::Bound(bind()?))),
            Authority::Bound(_) => Err(PubSubError::ForeignTenant { from: self.tenant(), to: tenant }.into()),
        }
    }

    fn of(shared: Arc<Shared>, tenant: TenantId, authority: Authority) -> Arc<Self> {
        let registration = match &authority {
            Authority::Owner => None,
            Authority::Bound(bound) => bound.registration(),
        };
        let mut spaces = shared.spaces.lock().unwrap_or_else(PoisonError::into_inner);
        let space = spaces.of(tenant, registration, &shared.config);
        drop(spaces);
        Arc::new(Self { shared, space, authority })
    }

    /// Whose topics these are.
    pub fn tenant(&self) -> TenantId {
        self.space.tenant
    }

    /// Whether it can act for all tenants, which those cannot that it has given.
    pub fn acts_for_all(&self) -> bool {
        matches!(self.authority, Authority::Owner)
    }

    /// The options.
    pub fn config(&self) -> &PubSubConfig {
        &self.shared.config
    }

    /// Subscribes to a topic, or to all that match a pattern. Retained publications of the topics that there are come first, those of
    /// one topic in their order.
    ///
    /// # Errors
    /// [`PubSubError::Topic`], [`PubSubError::TooManySubscribers`], [`PubSubError::RegistrationEnded`].
    pub fn subscribe(
        self: &Arc<Self>,
        subscriber: impl Into<KernelId>,
        pattern: impl Into<Topic>,
    ) -> Result<Subscription, PubSubError> {
        self.subscribe_with(subscriber, pattern, self.config().overflow)
    }

    /// Subscribes, with a policy of one's own for a full queue.
    ///
    /// # Errors
    /// As [`subscribe`](Self::subscribe).
    pub fn subscribe_with(
        self: &Arc<Self>,
        subscriber: impl Into<KernelId>,
        pattern: impl Into<Topic>,
        overflow: OverflowPolicy,
    ) -> Result<Subscription, PubSubError> {
        let pattern = pattern.into();
        pattern.check_pattern()?;
        let id = self.next_id();
        let (mailbox, replay) = self.space.add(id, subscriber.into(), pattern, overflow, self.config())?;
        Ok(Subscription::new(self.clone(), mailbox, replay))
    }

    /// Takes places for a kernel that is subscribed to all that matches one of these patterns, each publication once. It is given nothing before
    /// they are [opened](TopicAttachment::open).
    ///
    /// # Errors
    /// As [`subscribe`](Self::subscribe).
    pub(crate) fn attach(
        &self,
        subscriber: KernelId,
        patterns: &[Topic],
    ) -> Result<TopicAttachment, PubSubError> {
        patterns.iter().try_for_each(Topic::check_pattern)?;
        let window = self.config().deduplication_window;
        let attached = Arc::new(Attached::new(self.next_id(), subscriber, window));
        self.space.attach(attached, patterns, self.config())
    }

    fn next_id(&self) -> u64 {
        // Relaxed: ids have to differ, and nothing else.
        self.shared.subscriptions.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Ends a subscription. What it has not acknowledged becomes dead letters.
    ///
    /// # Errors
    /// [`PubSubError::SubscriptionNotFound`].
    pub fn unsubscribe(&self, id: u64) -> Result<(), PubSubError> {
        let mailbox = self.space.subscription(id).ok_or(PubSubError::SubscriptionNotFound { id })?;
        self.space.end(&mailbox, self.config().time.now_ns());
        Ok(())
    }

    /// The publications of a topic that a new subscriber is given, oldest first.
    pub fn get_retained(&self, topic: impl Into<Topic>) -> Vec<SharedPublication> {
        let retained = |entry: &Arc<super::entry::TopicEntry>| entry.retained().iter().cloned().collect();
        self.space.topics.with(topic.into().name(), retained).unwrap_or_default()
    }

    /// Retains nothing of a topic any longer. Gives how many publications were retained.
    pub fn clear_retained(&self, topic: impl Into<Topic>) -> usize {
        self.space.clear_retained(topic.into().name())
    }

    /// What is known of a topic; `None` when nobody has published to it and nobody's pattern matches it.
    pub fn topic_info(&self, topic: impl Into<Topic>) -> Option<TopicInfo> {
        let topic = topic.into();
        topic.check_name().ok()?;
        let entry = self.space.topics.get(topic.name());
        let subscriber_count = self.space.subscriber_count(&topic);
        (entry.is_some() || subscriber_count > 0).then(|| TopicInfo {
            subscriber_count,
            messages_published: entry.as_ref().map_or(0, |entry| entry.published()),
            retained_count: entry.as_ref().map_or(0, |entry| entry.retained().len()),
            topic,
        })
    }

    /// The topics that have been published to, sorted. Those that nobody is subscribed to and that retain nothing may have been forgotten,
    /// to make room for others.
    pub fn list_topics(&self) -> Vec<Topic> {
        let mut topics: Vec<_> = self.space.topics.values().iter().map(|entry| entry.topic.clone()).collect();
        topics.sort_unstable();
        topics
    }

    /// What has happened so far.
    pub fn stats(&self) -> PubSubStats {
        self.space.stats()
    }

    /// Takes the deliveries that were promised and not made, oldest first.
    pub fn take_dead_letters(&self) -> Vec<DeadLetter> {
        self.space.dead_letters.take()
    }
}

impl fmt::Debug for PubSubBroker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PubSubBroker")
            .field("tenant", &self.tenant())
            .field("stats", &self.stats())
            .finish_non_exhaustive()
    }
}
