//! What tenants may use: kernels, messages and memory, on every backend, and what becomes of more.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ringkernel::RingKernelError;
use ringkernel::context::K2KRefusal;
use ringkernel::k2k::tenant::{QuotaExceeded, QuotaLimit, TenantQuota, TenantRegistry};
use ringkernel::prelude::*;
use ringkernel::runtime::{AuditTag, TenantScope};

use super::tenants::launch;
use crate::kernels::peers::{ForwardMany, Forwarded, reason};
use crate::kernels::plain::Number;
use crate::record::Record;
use crate::rig::{Factory, Rig, reachable};
use crate::wait::{LIMIT, eventually};

pub(super) fn limited(max_messages_per_sec: u64) -> TenantQuota {
    TenantQuota { max_messages_per_sec, ..TenantQuota::unlimited() }
}

/// How many messages may come at once.
pub(super) fn burst(per_second: u64) -> u64 {
    (per_second / 10).max(1)
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

/// A message that finds no room at first is no second message.
pub async fn what_waits_for_room_counts_once(factory: Factory) {
    let tenants = Arc::new(TenantRegistry::new());
    // Two may come at once, and another one 50 milliseconds later.
    tenants.register(1, limited(20)).expect("it is new");
    let rig = Rig::start_with(factory, |config| config.tenants = Some(tenants.clone())).await;
    let options = LaunchOptions::default().with_handler("testkit.doubler").with_queue_capacity(1);
    let scope = rig.as_tenant(1, AuditTag::unspecified());
    let paused = scope.launch("paused", options.without_auto_activate()).await.expect("the kernel launches");
    paused.try_send(Number::of(1)).expect("there is room");
    let refused = paused.send_timeout(Number::of(2), Duration::from_millis(5)).await.expect_err("it is full");
    assert!(matches!(refused.error, RingKernelError::QueueFull { .. }), "{refused:?}");
    assert_eq!(tenants.refusals(), 0);
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
    while limited.refused == 0 || limited.forwarded == 0 {
        limited.send(60).await;
        assert!(started.elapsed() < LIMIT, "{limited:?}");
    }
    let most = 2.0 * burst(PER_SECOND) as f64 + PER_SECOND as f64 * started.elapsed().as_secs_f64();
    assert!(limited.accepted as f64 <= most, "{limited:?} of {most}");
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

/// What kernels have on a device, and buffers, together; given back with them.
pub async fn device_memory_counts(factory: Factory) {
    let record = Arc::new(Record::default());
    let tenants = Arc::new(TenantRegistry::with_audit_sink(record.clone()));
    for (tenant, max_gpu_memory_bytes) in [(1, 4096), (2, 4)] {
        let quota = TenantQuota { max_gpu_memory_bytes, ..TenantQuota::unlimited() };
        tenants.register(tenant, quota).expect("it is new");
    }
    let rig = Rig::start_with(factory, |config| config.tenants = Some(tenants.clone())).await;
    let [one, two, stranger] = [1, 2, 9].map(|tenant| rig.as_tenant(tenant, AuditTag::unspecified()));
    assert!(matches!(stranger.memory().map(drop), Err(RingKernelError::InvalidConfig(_))));
    let held = |tenant: u64| tenants.get(tenant).expect("it is registered").current_memory_bytes();

    let memory = one.memory().expect("the backend has memory");
    let buffer = memory.allocate(4000).expect("it may have as much");
    assert_eq!((held(1), memory.free_memory(), memory.total_memory()), (4000, 96, 4096));
    let limit = QuotaLimit::Memory { requested: 97, in_use: 4000, max: 4096 };
    match memory.allocate(97).map(drop) {
        Err(RingKernelError::QuotaExceeded(exceeded)) => {
            assert_eq!(exceeded, QuotaExceeded { tenant: 1, limit })
        }
        other => panic!("{other:?}"),
    }
    buffer.copy_from_host(&[1, 2, 3]).expect("it is large enough");
    let mut bytes = [0; 4];
    buffer.copy_to_host(&mut bytes).expect("it is large enough");
    assert_eq!((bytes, buffer.size()), ([1, 2, 3, 0], 4000));
    drop(buffer);
    assert_eq!(held(1), 0);

    // The CPU has no memory of a device, and its kernels none of it.
    let on_device = factory.backend() != Backend::Cpu;
    let peer = launch(&one, "peer", "testkit.peer").await;
    let used = held(1);
    assert_eq!((used, used > 0), (rig.metrics().gpu_memory_used, on_device));
    assert_eq!(one.metrics().gpu_memory_used, used);
    let refused = two.launch("peer", reachable().with_handler("testkit.peer")).await;
    if on_device {
        let Err(RingKernelError::QuotaExceeded(exceeded)) = refused else { panic!("{refused:?}") };
        assert!(matches!(exceeded.limit, QuotaLimit::Memory { max: 4, .. }), "{exceeded}");
        assert_eq!((two.list_kernels().len(), held(2)), (0, 0));
        assert_eq!(tenants.get(2).expect("it is registered").current_kernels(), 0);
        assert_eq!(rig.metrics().gpu_memory_used, used);
    }
    peer.terminate().await.expect("it ends");
    assert_eq!(held(1), 0);
    assert_eq!((record.quotas(1), record.quotas(2)), (1, usize::from(on_device)));
    rig.finish().await;
}

/// A kernel that sends to another, and counts of what it sends.
pub(super) struct Pair {
    pub(super) peer: KernelHandle,
    pub(super) target: KernelHandle,
    /// Messages that hosts and kernels have sent, and those that were too many.
    pub(super) accepted: u64,
    pub(super) refused: u64,
    /// Those of kernels that were accepted.
    forwarded: u64,
    /// When one was refused last, and for how long, in seconds, the allowance has been full since then because nobody tried.
    full: Instant,
    lost: f64,
}

impl Pair {
    pub(super) async fn launch(rig: &Rig, tenant: u64) -> Self {
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
    pub(super) async fn send(&mut self, count: u32) {
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
