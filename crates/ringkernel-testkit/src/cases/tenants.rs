//! Tenants of one runtime: names of their own, no way from one to another, and quotas.

use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use ringkernel::RingKernelError;
use ringkernel::context::K2KRefusal;
use ringkernel::k2k::tenant::{AuditEvent, AuditSink, TenantQuota, TenantRegistry};
use ringkernel::prelude::*;
use ringkernel::runtime::{AuditTag, TenantRuntime, TenantScope};

use crate::kernels::peers::{ForwardByName, ForwardMany, ForwardTo, Forwarded, reason};
use crate::kernels::plain::{Doubled, Number};
use crate::rig::{Factory, Rig, processed, reachable, receive_all};
use crate::wait::{LIMIT, eventually};

/// Keeps what it is told.
#[derive(Default)]
struct Record(Mutex<Vec<AuditEvent>>);

impl AuditSink for Record {
    fn record(&self, event: &AuditEvent) {
        self.0.lock().expect("no test panics with it").push(event.clone());
    }
}

impl Record {
    /// How often a tenant wanted more than its quota.
    fn quotas(&self, tenant: u64) -> usize {
        let events = self.0.lock().expect("no test panics with it");
        let is_its = |event: &&AuditEvent| matches!(event, AuditEvent::QuotaExceeded { exceeded, .. } if exceeded.tenant == tenant);
        events.iter().filter(is_its).count()
    }
}

fn limited(max_messages_per_sec: u64) -> TenantQuota {
    TenantQuota { max_messages_per_sec, ..TenantQuota::unlimited() }
}

/// How many messages may come at once.
fn burst(per_second: u64) -> u64 {
    (per_second / 10).max(1)
}

async fn launch(tenant: &TenantRuntime<'_>, id: &str, name: &str) -> KernelHandle {
    tenant.launch(id, reachable().with_handler(name)).await.expect("the kernel launches")
}

/// The number of the reason for which a message was refused; 0 when it was accepted.
async fn refusal<M: RingMessage>(peer: &KernelHandle, message: M) -> u32 {
    peer.call::<M, Forwarded>(message, LIMIT).await.expect("it answers").reason
}

/// The same names in two tenants, and messages by name within each.
pub async fn each_tenant_has_names_of_its_own(factory: Factory) {
    let rig = Rig::start(factory).await;
    let tenants = [1, u64::MAX].map(|tenant| rig.as_tenant(tenant, AuditTag::new(tenant, 0)));
    let mut targets = Vec::new();
    for (tenant, value) in tenants.iter().zip([5, 70]) {
        let target = launch(tenant, "target", "testkit.doubler").await;
        let peer = launch(tenant, "peer", "testkit.peer").await;
        assert_eq!(tenant.list_kernels(), ["peer".into(), "target".into()]);
        let again = tenant.launch("peer", reachable().with_handler("testkit.peer")).await;
        assert!(matches!(again, Err(RingKernelError::KernelAlreadyLaunched { .. })), "{again:?}");
        assert_eq!(refusal(&peer, ForwardByName { value }).await, 0);
        targets.push((target, value));
    }
    for (target, value) in &targets {
        let doubled: Vec<Doubled> = receive_all(target, 1).await;
        assert_eq!(doubled[0].value, 2 * value);
        processed(target, 1).await;
    }
    assert_eq!(rig.list_kernels(), [], "they belong to tenants");
    assert_eq!(rig.metrics().cross_tenant_rejections, 0);
    rig.finish().await;
}

/// By name and by address, from a tenant and from nobody in particular: refused, counted, and put on record.
pub async fn no_message_crosses_from_one_tenant_to_another(factory: Factory) {
    let record = Arc::new(Record::default());
    let tenants = Arc::new(TenantRegistry::with_audit_sink(record.clone()));
    [1, 2].into_iter().for_each(|id| tenants.register(id, TenantQuota::unlimited()).expect("it is new"));
    let rig = Rig::start_with(factory, |config| config.tenants = Some(tenants.clone())).await;
    let audit = AuditTag::new(1, 3);
    let [one, two] = [(1, audit), (2, AuditTag::unspecified())].map(|(id, audit)| rig.as_tenant(id, audit));

    let target = launch(&two, "target", "testkit.doubler").await;
    let peer = launch(&one, "peer", "testkit.peer").await;
    let nobodys = rig.launch_as("peer", "testkit.peer", reachable()).await;
    let mismatch = reason(K2KRefusal::TenantMismatch);
    let to_target = || ForwardTo { target: target.actor_ref(), value: 1 };
    for peer in [&peer, &nobodys] {
        assert_eq!(refusal(peer, ForwardByName { value: 1 }).await, mismatch);
        assert_eq!(refusal(peer, to_target()).await, mismatch);
        assert_eq!(refusal(peer, to_target()).await, mismatch, "also when it is asked for again");
    }
    eventually("all are counted", || rig.metrics().cross_tenant_rejections == 6).await;

    let found = one.kernel(&"target".into());
    assert!(matches!(found, Err(RingKernelError::TenantMismatch { from: 1, to: 2 })), "{found:?}");
    let found = one.kernel(&"targets".into());
    assert!(matches!(found, Err(RingKernelError::KernelNotFound { .. })), "{found:?}");
    assert_eq!(rig.metrics().cross_tenant_rejections, 7);

    let events = record.0.lock().expect("no test panics with it").clone();
    assert_eq!(events.len(), 7, "{events:?}");
    for (index, event) in events.iter().enumerate() {
        let AuditEvent::CrossTenant(attempt) = event else { panic!("{event:?}") };
        assert_eq!((attempt.to, attempt.destination.as_str()), (2, "target"));
        let (from, source) = [(1, "peer"), (0, "peer"), (1, "host")][index / 3];
        assert_eq!((attempt.from, attempt.source.as_str()), (from, source));
        assert_eq!(attempt.audit_tag, if index < 3 { audit } else { AuditTag::unspecified() });
    }

    assert_eq!(target.metrics().messages_received, 0);
    target.terminate().await.expect("it ends");
    let gone = reason(K2KRefusal::TargetNotFound);
    assert_eq!(refusal(&peer, ForwardByName { value: 1 }).await, gone);
    assert_eq!(refusal(&peer, to_target()).await, gone);
    rig.finish().await;
}

/// Kernels at the launch, messages at the send, both given back with the message or the place.
pub async fn a_tenant_gets_what_its_quota_allows(factory: Factory) {
    const PER_SECOND: u64 = 20;
    let record = Arc::new(Record::default());
    let tenants = Arc::new(TenantRegistry::with_audit_sink(record.clone()));
    let quota = TenantQuota { max_concurrent_kernels: 1, ..limited(PER_SECOND) };
    tenants.register(1, quota).expect("it is new");
    let rig = Rig::start_with(factory, |config| config.tenants = Some(tenants.clone())).await;
    let one = rig.as_tenant(1, AuditTag::unspecified());
    let unknown = rig.as_tenant(9, AuditTag::unspecified()).launch("testkit.doubler", reachable()).await;
    assert!(matches!(unknown, Err(RingKernelError::InvalidConfig(_))), "{unknown:?}");

    let doubler = launch(&one, "first", "testkit.doubler").await;
    let second = one.launch("second", reachable().with_handler("testkit.doubler")).await;
    assert!(matches!(second, Err(RingKernelError::QuotaExceeded(_))), "{second:?}");
    let started = Instant::now();
    let (mut accepted, mut refused) = (0, 0);
    while refused < 50 {
        match doubler.try_send(Number::of(accepted)) {
            Ok(()) => accepted += 1,
            Err(error) => {
                assert!(matches!(error.error, RingKernelError::QuotaExceeded(_)), "{error:?}");
                assert_eq!(error.message.value, accepted, "the message comes back");
                refused += 1;
            }
        }
    }
    // A burst, and what came to it while these were sent. A device has some of it for what its kernels send.
    let most = burst(PER_SECOND) as f64 + PER_SECOND as f64 * started.elapsed().as_secs_f64();
    assert!(accepted as f64 <= most, "{accepted} of {most}");
    assert_eq!((tenants.refusals(), record.quotas(1)), (52, 51), "the stranger, the kernel, the messages");

    doubler.terminate().await.expect("it ends");
    assert_eq!(tenants.get(1).expect("it is registered").current_kernels(), 0);
    launch(&one, "second", "testkit.doubler").await;
    rig.finish().await;
}

/// What kernels send to each other counts like what hosts send them, and a handler hears of what was too much.
pub async fn what_kernels_send_to_each_other_counts(factory: Factory) {
    const PER_SECOND: u64 = 500;
    let record = Arc::new(Record::default());
    let tenants = Arc::new(TenantRegistry::with_audit_sink(record.clone()));
    tenants.register(1, limited(PER_SECOND)).expect("it is new");
    tenants.register(2, TenantQuota::unlimited()).expect("it is new");
    let rig = Rig::start_with(factory, |config| config.tenants = Some(tenants.clone())).await;
    let mut limited = Pair::launch(&rig, 1).await;
    let mut free = Pair::launch(&rig, 2).await;
    let started = Instant::now();
    while limited.refused == 0 {
        limited.send(60).await;
        assert!(started.elapsed() < LIMIT, "{limited:?}");
    }
    let most = 2.0 * burst(PER_SECOND) as f64 + PER_SECOND as f64 * started.elapsed().as_secs_f64();
    assert!(limited.accepted as f64 <= most, "{limited:?} of {most}");
    assert!(limited.accepted > 0, "{limited:?}");
    assert_eq!((tenants.refusals(), record.quotas(1)), (limited.refused, limited.refused as usize));
    free.send(60).await;
    assert_eq!((free.accepted, free.refused), (61, 0), "another tenant's are not");
    // What was accepted arrives, and nothing of what was refused.
    for pair in [&limited, &free] {
        let arrived = || pair.target.metrics().messages_received == pair.forwarded;
        eventually("all have arrived", arrived).await;
    }
    rig.finish().await;
}

/// Hosts and kernels together send what the quota of ten seconds allows, within a twentieth, if they always try.
pub async fn ten_seconds_have_the_messages_of_ten_seconds(factory: Factory) {
    const SECONDS: f64 = 10.0;
    let record = Arc::new(Record::default());
    let tenants = Arc::new(TenantRegistry::with_audit_sink(record.clone()));
    let rates = [(1, 100), (2, 400)];
    for (tenant, per_second) in rates {
        tenants.register(tenant, limited(per_second)).expect("it is new");
    }
    let rig = Rig::start_with(factory, |config| config.tenants = Some(tenants.clone())).await;
    let mut pairs = [Pair::launch(&rig, 1).await, Pair::launch(&rig, 2).await];
    let [first, second] = &mut pairs;
    let elapsed = tokio::join!(first.send_for(SECONDS), second.send_for(SECONDS));
    for ((pair, elapsed), (_, per_second)) in pairs.iter().zip([elapsed.0, elapsed.1]).zip(rates) {
        let most = 1.05 * per_second as f64 * elapsed;
        assert!(pair.accepted as f64 <= most, "{pair:?} of {most} in {elapsed} s");
        // Who does not try for longer than a burst lasts has lost what has flowed in meanwhile.
        let least = 0.95 * per_second as f64 * (elapsed - pair.lost);
        assert!(pair.accepted as f64 >= least, "{pair:?} of {least} in {elapsed} s");
    }
    let refused: u64 = pairs.iter().map(|pair| pair.refused).sum();
    let on_record: usize = rates.iter().map(|(tenant, _)| record.quotas(*tenant)).sum();
    assert_eq!((tenants.refusals(), on_record), (refused, refused as usize));
    rig.finish().await;
}

/// A kernel that sends to another, and counts of what it sends.
struct Pair {
    peer: KernelHandle,
    target: KernelHandle,
    /// Messages that hosts and kernels have sent, and those that were too many.
    accepted: u64,
    refused: u64,
    /// Those of kernels that were accepted.
    forwarded: u64,
    /// When one was refused last, and for how long, in seconds, the allowance has been full since then because nobody tried.
    full: Instant,
    lost: f64,
}

impl Pair {
    async fn launch(rig: &Rig, tenant: u64) -> Self {
        let scope = rig.as_tenant(tenant, AuditTag::new(tenant, 1));
        let target = launch(&scope, "target", "testkit.sink").await;
        let peer = launch(&scope, "peer", "testkit.peer").await;
        Self { peer, target, accepted: 0, refused: 0, forwarded: 0, full: Instant::now(), lost: 0.0 }
    }

    /// Sends as much as it may, for this many seconds. Gives how many there were.
    async fn send_for(&mut self, seconds: f64) -> f64 {
        let began = Instant::now();
        self.full = began;
        while began.elapsed().as_secs_f64() < seconds {
            self.send(60).await;
        }
        began.elapsed().as_secs_f64()
    }

    /// Has the kernel send this many messages, by one message to it.
    async fn send(&mut self, count: u32) {
        let message = ForwardMany { target: self.target.actor_ref(), count };
        match self.peer.call::<_, Forwarded>(message, LIMIT).await {
            Ok(forwarded) => {
                assert_eq!(forwarded.accepted + forwarded.refused, count);
                assert!(forwarded.refused == 0 || forwarded.reason == reason(K2KRefusal::QuotaExceeded));
                self.accepted += 1 + u64::from(forwarded.accepted);
                self.forwarded += u64::from(forwarded.accepted);
                self.refused += u64::from(forwarded.refused);
                if forwarded.refused == 0 {
                    return;
                }
            }
            Err(RingKernelError::QuotaExceeded(_)) => {
                self.refused += 1;
                // Others have to come to something, too.
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            Err(error) => panic!("{error}"),
        }
        let since = self.full.elapsed().as_secs_f64();
        self.lost += (since - 0.1).max(0.0);
        self.full = Instant::now();
    }
}

impl fmt::Debug for Pair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { accepted, refused, forwarded, lost, .. } = self;
        write!(f, "{accepted} accepted, {forwarded} of them from kernels, {refused} refused, {lost} s lost")
    }
}

/// On the account of whom a kernel was launched for, and of nobody else.
pub async fn the_time_of_handlers_is_charged_to_their_engagement(factory: Factory) {
    let tenants = Arc::new(TenantRegistry::new());
    tenants.register(1, TenantQuota::unlimited()).expect("it is new");
    let rig = Rig::start_with(factory, |config| config.tenants = Some(tenants.clone())).await;
    let [busy, idle] = [AuditTag::new(1, 7), AuditTag::new(1, 8)];
    let doubler = launch(&rig.as_tenant(1, busy), "busy", "testkit.doubler").await;
    launch(&rig.as_tenant(1, idle), "idle", "testkit.doubler").await;
    for value in 0..50 {
        let _: Doubled = doubler.call(Number::of(value), LIMIT).await.expect("it answers");
    }
    let used = || tenants.get_engagement_cost_for(1, busy);
    eventually("the time is charged", || !used().is_zero()).await;
    assert!(used() < LIMIT, "{:?}", used());
    assert_eq!(tenants.get_engagement_cost_for(1, idle), Duration::ZERO);
    rig.finish().await;
}

/// 200 kernels of three tenants send to each other's addresses, to names, and to addresses that are nobody's. A model says what has to come
/// of each send; what arrives where, what is counted and what is on record has to agree with it.
pub async fn random_sends_of_three_tenants_reach_their_own_kernels_only(factory: Factory) {
    const KERNELS: usize = 200;
    const SENDS: usize = 600;
    let record = Arc::new(Record::default());
    let tenants = Arc::new(TenantRegistry::with_audit_sink(record.clone()));
    (1..=3).for_each(|id| tenants.register(id, TenantQuota::unlimited()).expect("it is new"));
    let rig = Rig::start_with(factory, |config| config.tenants = Some(tenants.clone())).await;
    let mut random = Random(0x9E37_79B9_7F4A_7C15);

    // Every fifth takes numbers, the others send. Tenants have the same names, but only the first two have a target.
    let mut kernels = Vec::new();
    for index in 0..KERNELS {
        let tenant = 1 + random.below(3);
        let takes = index % 5 == 0;
        let name = if takes { "testkit.doubler" } else { "testkit.peer" };
        let scope = rig.as_tenant(tenant, AuditTag::new(tenant, index as u64));
        let kernel = launch(&scope, &format!("kernel {index}"), name).await;
        kernels.push(Member { kernel, tenant, takes, expected: 0 });
    }
    for tenant in [1, 2] {
        let scope = rig.as_tenant(tenant, AuditTag::unspecified());
        let kernel = launch(&scope, "target", "testkit.doubler").await;
        kernels.push(Member { kernel, tenant, takes: true, expected: 0 });
    }
    let targets = [KERNELS, KERNELS + 1];
    let senders: Vec<usize> = (0..KERNELS).filter(|index| !kernels[*index].takes).collect();

    let mut crossings = 0;
    for value in 0..SENDS as u64 {
        let from = senders[random.below(senders.len() as u64) as usize];
        let tenant = kernels[from].tenant;
        let peer = kernels[from].kernel.clone();
        let (to, found) = match random.below(8) {
            0 => {
                let own = targets.into_iter().find(|target| kernels[*target].tenant == tenant);
                (own.or(Some(targets[0])), refusal(&peer, ForwardByName { value }).await)
            }
            1 => {
                let nobody =
                    ActorRef::from_parts(random.below(300) as u32, random.below(1 << 32) as u32 | 1 << 31);
                (None, refusal(&peer, ForwardTo { target: nobody, value }).await)
            }
            _ => {
                let to = random.below(KERNELS as u64) as usize;
                let target = kernels[to].kernel.actor_ref();
                (Some(to), refusal(&peer, ForwardTo { target, value }).await)
            }
        };
        let expected = match to.map(|to| &mut kernels[to]) {
            None => reason(K2KRefusal::TargetNotFound),
            Some(member) if member.tenant != tenant => {
                crossings += 1;
                reason(K2KRefusal::TenantMismatch)
            }
            Some(member) if member.takes => {
                member.expected += 1;
                0
            }
            Some(_) => reason(K2KRefusal::Unhandled),
        };
        assert_eq!(found, expected, "from {from} to {to:?}");
    }

    assert!(crossings > SENDS as u64 / 4, "{crossings}");
    for member in kernels.iter().filter(|member| member.takes) {
        processed(&member.kernel, member.expected).await;
        assert_eq!(member.kernel.metrics().messages_received, member.expected);
    }
    eventually("all are counted", || rig.metrics().cross_tenant_rejections >= crossings).await;
    assert_eq!(rig.metrics().cross_tenant_rejections, crossings);
    assert_eq!(record.0.lock().expect("no test panics with it").len() as u64, crossings);

    // A message that a host sends is its kernel's tenant's, whatever it claims.
    let claiming = MessageEnvelope::pack(&mut Number::of(1)).with_tenant_id(3);
    kernels[KERNELS].kernel.send_envelope(claiming).await.expect("it is taken");
    let answered = kernels[KERNELS].expected as usize;
    let _: Vec<Doubled> = receive_all(&kernels[KERNELS].kernel, answered).await;
    let answer = kernels[KERNELS].kernel.receive_timeout(LIMIT).await.expect("an answer arrives");
    assert_eq!(answer.header.tenant_id, 1);
    rig.finish().await;
}

struct Member {
    kernel: KernelHandle,
    tenant: u64,
    takes: bool,
    /// Messages that the model says it gets.
    expected: u64,
}

/// xorshift64*.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 16) % limit
    }
}
