//! Tenants of one runtime: names of their own, no way from one to another, and accounts.

use std::sync::Arc;
use std::time::{Duration, Instant};

use ringkernel::RingKernelError;
use ringkernel::context::K2KRefusal;
use ringkernel::k2k::tenant::{AuditEvent, QuotaLimit, TenantQuota, TenantRegistry};
use ringkernel::k2k::{K2KBroker, K2KConfig, K2KEndpoint};
use ringkernel::prelude::*;
use ringkernel::runtime::{AuditTag, TenantRuntime, TenantScope};

use crate::kernels::peers::{ForwardByName, ForwardMany, ForwardTo, Forwarded, reason};
use crate::kernels::plain::{Doubled, Number};
use crate::record::Record;
use crate::rig::{Factory, Rig, processed, reachable, receive_all};
use crate::wait::{LIMIT, eventually};

/// Launches a kernel of a tenant that other kernels can reach.
pub(super) async fn launch(tenant: &TenantRuntime<'_>, id: &str, name: &str) -> KernelHandle {
    tenant.launch(id, reachable().with_handler(name)).await.expect("the kernel launches")
}

/// The number of the reason for which a message was refused; 0 when it was accepted.
pub(super) async fn refusal<M: RingMessage>(peer: &KernelHandle, message: M) -> u32 {
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

    let events = record.events();
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

/// A kernel that is restarted is away for a moment, in which nobody who looks for it has tried to cross.
pub async fn a_kernel_on_its_way_back_is_not_found_though_another_tenant_has_one(factory: Factory) {
    let rig = Rig::start(factory).await;
    let [one, two] = [1, 2].map(|tenant| rig.as_tenant(tenant, AuditTag::unspecified()));
    let foreign = launch(&two, "target", "testkit.doubler").await;
    let peer = launch(&one, "peer", "testkit.peer").await;
    for other in ["first", "second"] {
        let target = launch(&one, "target", "testkit.doubler").await;
        assert_eq!(refusal(&peer, ForwardByName { value: 1 }).await, 0);
        processed(&target, 1).await;
        target.terminate().await.expect("it ends");
        // A device then has the addresses of all names anew.
        launch(&two, other, "testkit.doubler").await;
        let away = refusal(&peer, ForwardByName { value: 2 }).await;
        assert_eq!(away, reason(K2KRefusal::TargetNotFound));
        let found = one.kernel(&"target".into());
        assert!(matches!(found, Err(RingKernelError::KernelNotFound { .. })), "{found:?}");
    }
    assert_eq!(foreign.metrics().messages_received, 0);
    // Who has never had it is still refused, and counted.
    let found = rig.as_tenant(3, AuditTag::unspecified()).kernel(&"target".into());
    assert!(matches!(found, Err(RingKernelError::TenantMismatch { from: 3, to: 2 })), "{found:?}");
    assert_eq!(rig.metrics().cross_tenant_rejections, 1);
    rig.finish().await;
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

/// Figures, and what could not be delivered, each tenant its own.
pub async fn a_tenant_sees_its_own_figures_and_dead_letters(factory: Factory) {
    let rig = Rig::start(factory).await;
    let [one, two] = [1, 2].map(|tenant| rig.as_tenant(tenant, AuditTag::unspecified()));
    let doubler = launch(&one, "doubler", "testkit.doubler").await;
    for value in 0..5 {
        let _: Doubled = doubler.call(Number::of(value), LIMIT).await.expect("it answers");
    }
    let (figures, others) = (one.metrics(), two.metrics());
    assert_eq!((figures.kernels, figures.messages_processed, figures.messages_received), (1, 5, 5));
    assert_eq!((others.kernels, others.messages_processed), (0, 0));
    assert!(one.kernel_metrics(doubler.id()).is_some() && two.kernel_metrics(doubler.id()).is_none());
    for (tenant, count) in [(&one, 3), (&two, 2)] {
        let options = reachable().with_handler("testkit.doubler").without_auto_activate();
        let paused = tenant.launch("paused", options).await.expect("the kernel launches");
        for value in 0..count {
            paused.send(Number::of(value)).await.expect("there is room");
        }
        paused.terminate().await.expect("it ends");
    }
    let letters = one.take_dead_letters();
    assert_eq!(letters.len(), 3);
    assert!(letters.iter().all(|letter| letter.envelope.header.tenant_id == 1), "{letters:?}");
    assert_eq!(rig.take_dead_letters().len(), 2, "those of the other are left");
    rig.finish().await;
}

/// Whoever looks at figures wants nothing that could be refused, not even of a tenant that nobody knows.
pub async fn looking_at_figures_puts_nothing_on_record(factory: Factory) {
    let record = Arc::new(Record::default());
    let tenants = Arc::new(TenantRegistry::with_audit_sink(record.clone()));
    [1, 2].into_iter().for_each(|id| tenants.register(id, TenantQuota::unlimited()).expect("it is new"));
    let rig = Rig::start_with(factory, |config| config.tenants = Some(tenants.clone())).await;
    let [one, two, stranger] = [1, 2, 9].map(|tenant| rig.as_tenant(tenant, AuditTag::unspecified()));
    launch(&one, "doubler", "testkit.doubler").await;
    assert_eq!([&one, &two, &stranger].map(|tenant| tenant.metrics().kernels), [1, 0, 0]);
    assert_eq!((record.events(), tenants.refusals()), (Vec::new(), 0));
    assert_eq!(rig.metrics().cross_tenant_rejections, 0);
    rig.finish().await;
}

/// The account that a host names, for its message and for all that handlers send because of it; out of the runtime, too. A budget stops
/// it, and nobody else.
pub async fn a_message_is_on_the_account_that_it_was_sent_on(factory: Factory) {
    let tenants = Arc::new(TenantRegistry::new());
    let [peers, sinks, callers, other] = [7, 8, 9, 10].map(|engagement| AuditTag::new(1, engagement));
    let quota = TenantQuota::unlimited().with_engagement_budget(9, Duration::from_nanos(1));
    tenants.register(1, quota).expect("it is new");
    let broker = K2KBroker::with_registry(K2KConfig::default(), tenants.clone());
    let rig = Rig::start_with(factory, |config| config.k2k_broker = Some(broker.clone())).await;
    let peer = launch(&rig.as_tenant(1, peers), "peer", "testkit.peer").await;
    // What it does is charged to the caller, whose budget would be used up before the peer has sent all.
    let paused = reachable().with_handler("testkit.sink").without_auto_activate();
    let sink = rig.as_tenant(1, sinks).launch("sink", paused).await.expect("the kernel launches");
    let mut outside = broker.register_tenant(1, sinks, "target".into());
    let cost = |audit| tenants.get_engagement_cost_for(1, audit);
    let forward = || ForwardMany { target: sink.actor_ref(), count: 50 };

    let calling = rig.as_tenant(1, callers).kernel(&"peer".into()).expect("it runs");
    assert_eq!(refusal(&calling, forward()).await, 0);
    sink.activate().await.expect("it is launched");
    processed(&sink, 50).await;
    eventually("the caller is charged", || !cost(callers).is_zero()).await;
    assert_eq!([peers, sinks].map(cost), [Duration::ZERO; 2], "only the caller is");
    let stopped = calling.call::<_, Forwarded>(forward(), LIMIT).await;
    let Err(RingKernelError::QuotaExceeded(exceeded)) = stopped else { panic!("{stopped:?}") };
    assert!(matches!(exceeded.limit, QuotaLimit::EngagementBudget { engagement: 9, .. }), "{exceeded}");

    let received = async |outside: &mut K2KEndpoint| {
        let message = tokio::time::timeout(LIMIT, outside.receive()).await.expect("it arrives");
        message.expect("it is registered").audit_tag()
    };
    // A device's timer may be too coarse for one short handler.
    let started = Instant::now();
    while cost(other).is_zero() {
        let named = MessageEnvelope::pack(&mut ForwardByName { value: 1 }).with_audit_tag(other);
        peer.send_envelope(named).await.expect("there is room");
        assert_eq!(received(&mut outside).await, other);
        assert!(started.elapsed() < LIMIT, "the account is not charged");
    }
    assert_eq!([peers, sinks].map(cost), [Duration::ZERO; 2]);

    // Where nobody is named, it is the kernel's own, and that of those who get what it sends.
    assert_eq!(refusal(&peer, ForwardByName { value: 2 }).await, 0);
    assert_eq!(received(&mut outside).await, peers);
    assert_eq!(refusal(&peer, forward()).await, 0);
    processed(&sink, 100).await;
    eventually("the kernel is charged", || !cost(peers).is_zero()).await;
    assert_eq!(cost(sinks), Duration::ZERO);
    let started = Instant::now();
    while cost(sinks).is_zero() {
        let number = MessageEnvelope::pack(&mut Number::of(1));
        outside.send("sink".into(), number).await.expect("it is its own");
        tokio::time::sleep(Duration::from_millis(1)).await;
        assert!(started.elapsed() < LIMIT, "the endpoint is not charged");
    }
    rig.finish().await;
}
