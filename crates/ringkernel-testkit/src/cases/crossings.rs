//! The walls between tenants, attacked in every way that there is, with a model that says what has to come of each attempt.

use std::sync::Arc;

use ringkernel::RingKernelError;
use ringkernel::context::K2KRefusal;
use ringkernel::hlc::HlcTimestamp;
use ringkernel::k2k::tenant::{TenantQuota, TenantRegistry};
use ringkernel::k2k::{DeliveryReceipt, DeliveryStatus, K2KBroker, K2KConfig, K2KEndpoint, K2KMessage};
use ringkernel::prelude::*;
use ringkernel::runtime::{AuditTag, TenantScope};

use super::tenants::{launch, refusal};
use crate::kernels::peers::{ForwardByName, ForwardTo, reason};
use crate::kernels::plain::{Doubled, Number};
use crate::random::Random;
use crate::record::Record;
use crate::rig::{Factory, Rig, processed, receive_all};
use crate::wait::{LIMIT, eventually};

const TENANTS: u64 = 3;
const KERNELS: usize = 200;
const SENDS: u64 = 600;

/// A kernel, and what the model says of it.
struct Member {
    kernel: KernelHandle,
    tenant: u64,
    /// Which of the two runtimes it is in.
    place: usize,
    /// Whether it takes numbers; the others send them.
    takes: bool,
    /// Messages that it gets.
    expected: u64,
}

/// Two runtimes with one broker and one registry, and what is in them.
struct World {
    rigs: [Rig; 2],
    broker: Arc<K2KBroker>,
    tenants: Arc<TenantRegistry>,
    record: Arc<Record>,
    /// The first two are called `target`, of the tenants 1 and 2; the third tenant has none.
    members: Vec<Member>,
    /// One of each tenant.
    endpoints: Vec<K2KEndpoint>,
    random: Random,
    /// Attempts to cross, as the model counts them.
    crossings: u64,
}

impl World {
    async fn new(factory: Factory) -> Self {
        let record = Arc::new(Record::default());
        let tenants = Arc::new(TenantRegistry::with_audit_sink(record.clone()));
        (1..=TENANTS).for_each(|id| tenants.register(id, TenantQuota::unlimited()).expect("it is new"));
        let broker = K2KBroker::with_registry(K2KConfig::default(), tenants.clone());
        let start = || {
            Rig::start_with(factory, |config| {
                config.tenants = Some(tenants.clone());
                config.k2k_broker = Some(broker.clone());
            })
        };
        let rigs = [start().await, start().await];
        let endpoint = |tenant: u64| {
            broker.register_tenant(
                tenant,
                AuditTag::new(tenant, 0),
                format!("endpoint {tenant}").as_str().into(),
            )
        };
        let endpoints = (1..=TENANTS).map(endpoint).collect();
        let (members, random) = (Vec::new(), Random::new(7));
        let mut world = Self { rigs, broker, tenants, record, members, endpoints, random, crossings: 0 };
        world.launch("target", 1, 0, true).await;
        world.launch("target", 2, 1, true).await;
        for index in 0..KERNELS {
            let (tenant, place) = (1 + world.random.below(TENANTS), world.random.below(2) as usize);
            world.launch(&format!("kernel {index}"), tenant, place, index % 5 == 0).await;
        }
        world
    }

    async fn launch(&mut self, name: &str, tenant: u64, place: usize, takes: bool) {
        let scope = self.rigs[place].as_tenant(tenant, AuditTag::new(tenant, self.members.len() as u64));
        let kernel = launch(&scope, name, if takes { "testkit.doubler" } else { "testkit.peer" }).await;
        self.members.push(Member { kernel, tenant, place, takes, expected: 0 });
    }

    fn below(&mut self, limit: usize) -> usize {
        self.random.below(limit as u64) as usize
    }

    /// Any kernel.
    fn any(&mut self) -> usize {
        self.below(self.members.len())
    }

    /// Any kernel that sends.
    fn any_peer(&mut self) -> usize {
        loop {
            let index = self.any();
            if !self.members[index].takes {
                return index;
            }
        }
    }

    /// Anything but nobody.
    fn any_tenant(&mut self) -> u64 {
        1 + self.random.below(TENANTS)
    }

    /// A number in an envelope that claims to be of any tenant, on any account.
    fn claiming(&mut self, value: u64) -> MessageEnvelope {
        let (tenant, engagement) = (self.any_tenant(), self.random.below(9));
        let envelope = MessageEnvelope::pack(&mut Number::of(value));
        envelope.with_tenant_id(tenant).with_audit_tag(AuditTag::new(tenant, engagement))
    }

    /// What the model says of a message from this tenant that reaches a kernel, or would.
    fn arrives(&mut self, from: u64, to: usize) -> u32 {
        let member = &mut self.members[to];
        if member.tenant != from {
            self.crossings += 1;
            return reason(K2KRefusal::TenantMismatch);
        }
        if !member.takes {
            return reason(K2KRefusal::Unhandled);
        }
        member.expected += 1;
        0
    }

    // ---- attempts

    /// From a kernel, to the name `target`, which tenants have in one runtime or the other.
    async fn by_name(&mut self, value: u64) {
        let from = self.any_peer();
        let (tenant, peer) = (self.members[from].tenant, self.members[from].kernel.clone());
        let expected = match tenant {
            1 | 2 => self.arrives(tenant, tenant as usize - 1),
            // Each runtime has a target of somebody else.
            _ => self.arrives(tenant, self.members[from].place),
        };
        assert_eq!(refusal(&peer, ForwardByName { value }).await, expected, "of tenant {tenant}");
    }

    /// From a kernel, to the address of another one, wherever that is.
    async fn by_address(&mut self, value: u64) {
        let (from, to) = (self.any_peer(), self.any());
        let (tenant, place) = (self.members[from].tenant, self.members[from].place);
        let target = self.members[to].kernel.actor_ref();
        // An address of another runtime is nobody's here.
        let is_here = self.members[to].place == place;
        let expected = if is_here { self.arrives(tenant, to) } else { reason(K2KRefusal::TargetNotFound) };
        let peer = self.members[from].kernel.clone();
        assert_eq!(refusal(&peer, ForwardTo { target, value }).await, expected, "from {from} to {to}");
    }

    /// From a kernel, to an address that was made up: of nobody, or next to somebody's.
    async fn by_forged_address(&mut self, value: u64) {
        let (from, near) = (self.any_peer(), self.any());
        let real = self.members[near].kernel.actor_ref();
        let target = match self.below(3) {
            0 => ActorRef::from_parts(self.below(300) as u32, self.below(1 << 32) as u32 | 1 << 31),
            1 => ActorRef::from_parts(real.index(), real.generation() ^ 1 << 30),
            // On devices, names that lead out of the runtime look like this.
            _ => ActorRef::from_parts(self.below(4) as u32, u32::MAX),
        };
        let peer = self.members[from].kernel.clone();
        let found = refusal(&peer, ForwardTo { target, value }).await;
        assert_eq!(found, reason(K2KRefusal::TargetNotFound), "{target}");
    }

    /// From a host, by the handle of a kernel of this name, if a tenant is given one.
    async fn by_handle(&mut self, value: u64) {
        let (tenant, place, to) = (self.any_tenant(), self.below(2), self.any());
        let envelope = self.claiming(value);
        let (id, owner) = (self.members[to].kernel.id().clone(), self.members[to].tenant);
        // The targets have one name, and each tenant sees its own.
        let others =
            || self.members.iter().filter(|member| member.kernel.id() == &id && member.place == place);
        let own = others().any(|member| member.tenant == tenant);
        let is_somebodys = others().next().is_some();
        let found = self.rigs[place].as_tenant(tenant, AuditTag::unspecified()).kernel(&id);
        match found {
            Ok(kernel) => {
                assert!(own, "tenant {tenant} has {id} of {owner}");
                let own =
                    self.members.iter().position(|member| member.kernel.actor_ref() == kernel.actor_ref());
                let own = own.expect("it is one of them");
                let sent = kernel.send_envelope(envelope).await;
                if self.arrives(tenant, own) == 0 {
                    sent.expect("it is taken");
                } else {
                    let refused = sent.expect_err("it is not handled").error;
                    assert!(matches!(refused, RingKernelError::UnhandledMessage { .. }), "{refused}");
                }
            }
            Err(RingKernelError::TenantMismatch { from, .. }) => {
                assert!(from == tenant && is_somebodys && !own);
                self.crossings += 1;
            }
            Err(error) => {
                assert!(matches!(error, RingKernelError::KernelNotFound { .. }) && !is_somebodys, "{error}");
            }
        }
    }

    /// Through the broker: from an endpoint, in the name of a kernel, or passed on by an endpoint as if it had got the message.
    async fn by_broker(&mut self, value: u64) {
        let to = self.any();
        let destination = self.members[to].kernel.id().clone();
        let envelope = self.claiming(value);
        let endpoint = self.below(TENANTS as usize);
        let (mut tenant, claimed) = (endpoint as u64 + 1, envelope.header.tenant_id);
        let sent = match self.below(3) {
            0 => self.endpoints[endpoint].send(destination.clone(), envelope).await,
            1 => {
                let source = self.any_peer();
                tenant = self.members[source].tenant;
                let source = self.members[source].kernel.id().clone();
                self.broker.send(source, destination.clone(), envelope).await
            }
            _ => {
                let made_up =
                    K2KMessage::new("x".into(), destination.clone(), envelope, HlcTimestamp::zero());
                let passed_on = self.endpoints[endpoint].forward(made_up).await;
                if claimed != tenant {
                    self.crossings += 1;
                    return refused(passed_on);
                }
                passed_on
            }
        };
        // A name that several have is the sender's own.
        let owns = |member: &Member| member.kernel.id() == &destination && member.tenant == tenant;
        let to = self.members.iter().position(owns).unwrap_or(to);
        if self.arrives(tenant, to) == reason(K2KRefusal::TenantMismatch) {
            return refused(sent);
        }
        // What it does not handle has arrived, too, and is a dead letter there.
        assert_eq!(sent.expect("it is its own tenant's").status, DeliveryStatus::Delivered);
    }

    /// What has arrived, what is counted, and what is on record are what the model says.
    async fn check(&self) {
        for member in self.members.iter().filter(|member| member.takes) {
            processed(&member.kernel, member.expected).await;
            assert_eq!(member.kernel.metrics().messages_received, member.expected);
        }
        let counted = || {
            let rigs: u64 = self.rigs.iter().map(|rig| rig.metrics().cross_tenant_rejections).sum();
            rigs + self.broker.stats().cross_tenant_rejections
        };
        eventually("all are counted", || counted() >= self.crossings).await;
        assert_eq!((counted(), self.tenants.cross_tenant_attempts()), (self.crossings, self.crossings));
        assert_eq!(self.record.crossings() as u64, self.crossings);
        assert_eq!((self.record.events().len() as u64, self.tenants.refusals()), (self.crossings, 0));
        assert!(self.crossings > SENDS / 4, "{}", self.crossings);
    }
}

fn refused(sent: Result<DeliveryReceipt, RingKernelError>) {
    assert!(matches!(sent, Err(RingKernelError::TenantMismatch { .. })), "{sent:?}");
}

/// 200 kernels of three tenants in two runtimes, and an endpoint of each tenant: by names and addresses, real and forged, in envelopes
/// that claim anything, through kernels, handles and the broker.
pub async fn random_sends_of_three_tenants_reach_their_own_kernels_only(factory: Factory) {
    let mut world = World::new(factory).await;
    for value in 0..SENDS {
        match world.below(7) {
            0 => world.by_name(value).await,
            1 | 2 => world.by_address(value).await,
            3 => world.by_forged_address(value).await,
            4 => world.by_handle(value).await,
            _ => world.by_broker(value).await,
        }
    }
    world.check().await;

    // A message that a host sends is its kernel's tenant's, whatever it claims.
    let target = world.members[0].kernel.clone();
    let claiming = MessageEnvelope::pack(&mut Number::of(1)).with_tenant_id(3);
    target.send_envelope(claiming).await.expect("it is taken");
    let _: Vec<Doubled> = receive_all(&target, world.members[0].expected as usize).await;
    let answer = target.receive_timeout(LIMIT).await.expect("an answer arrives");
    assert_eq!(answer.header.tenant_id, 1);
    let [here, there] = world.rigs;
    here.finish().await;
    there.finish().await;
}
