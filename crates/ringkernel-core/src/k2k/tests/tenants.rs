//! Who reaches whom, on whose account, within which quota.

use std::sync::Mutex;
use std::time::Duration;

use super::tenant::{AuditEvent, AuditSink, QuotaExceeded, QuotaLimit};
use super::*;
use crate::clock::{ManualClock, TimeSource};
use crate::error::RingKernelError;

pub(super) const NOBODY: AuditTag = AuditTag::unspecified();

#[derive(Default)]
pub(super) struct Record(Mutex<Vec<AuditEvent>>);

impl Record {
    /// How much is on record.
    pub(super) fn count(&self) -> usize {
        self.0.lock().unwrap().len()
    }
}

impl AuditSink for Record {
    fn record(&self, event: &AuditEvent) {
        self.0.lock().unwrap().push(event.clone());
    }
}

/// A broker for the tenants 1 and 2, and what it puts on record.
pub(super) fn audited(quota: TenantQuota) -> (Arc<K2KBroker>, Arc<Record>) {
    let record = Arc::new(Record::default());
    let registry = TenantRegistry::with_audit_sink(record.clone());
    registry.register(1, quota).unwrap();
    registry.register(2, TenantQuota::unlimited()).unwrap();
    (K2KBuilder::new().with_registry(Arc::new(registry)).build(), record)
}

#[tokio::test]
async fn a_name_of_another_tenant_is_a_mismatch_counted_and_put_on_record() {
    let (broker, record) = audited(TenantQuota::unlimited());
    let sender = broker.register_tenant(1, AuditTag::new(10, 11), id("a"));
    let mut other = broker.register_tenant(2, NOBODY, id("b"));
    let mut envelope = numbered(1);
    envelope.header.message_id = MessageId::from_parts(1, 1);
    let error = sender.send(id("b"), envelope).await.unwrap_err();
    assert!(matches!(error, RingKernelError::TenantMismatch { from: 1, to: 2 }));
    assert_eq!(status_of(&broker, &MessageId::from_parts(1, 1)), Some(DeliveryStatus::TenantMismatch));
    let refusal = sender.try_send(&id("b"), numbered(5)).unwrap_err();
    assert_eq!(number(&refusal.envelope), 5);
    assert!(other.try_receive().is_none());
    assert_eq!(broker.stats().cross_tenant_rejections, 2);
    assert_eq!(broker.registry().cross_tenant_attempts(), 2);
    let record = std::mem::take(&mut *record.0.lock().unwrap());
    assert_eq!(record.len(), 2);
    let AuditEvent::CrossTenant(attempt) = &record[0] else { panic!("{record:?}") };
    assert_eq!((attempt.from, attempt.to, attempt.audit_tag), (1, 2, AuditTag::new(10, 11)));
    assert_eq!((&attempt.source, &attempt.destination), (&id("a"), &id("b")));
    // A name that is nowhere is no mismatch.
    assert_eq!(sender.send(id("c"), numbered(1)).await.unwrap().status, DeliveryStatus::NotFound);
}

#[tokio::test]
async fn the_unspecified_tenant_is_separated_like_any_other() {
    let broker = broker();
    let (nobody, somebody) =
        (broker.register(id("nobody")), broker.register_tenant(1, NOBODY, id("somebody")));
    let error = nobody.send(id("somebody"), numbered(1)).await.unwrap_err();
    assert!(matches!(error, RingKernelError::TenantMismatch { from: UNSPECIFIED_TENANT, to: 1 }));
    let error = somebody.send(id("nobody"), numbered(1)).await.unwrap_err();
    assert!(matches!(error, RingKernelError::TenantMismatch { from: 1, to: UNSPECIFIED_TENANT }));
}

#[tokio::test]
async fn two_tenants_can_use_one_name_and_each_reaches_its_own() {
    let broker = broker();
    let mut workers = [1, 2].map(|tenant| broker.register_tenant(tenant, NOBODY, id("worker")));
    let clients = [1, 2].map(|tenant| broker.register_tenant(tenant, NOBODY, id("client")));
    for (client, number) in clients.iter().zip([10, 20]) {
        client.send(id("worker"), numbered(number)).await.unwrap();
    }
    assert_eq!(workers.each_mut().map(numbers), [[10], [20]]);

    // By name alone neither is meant.
    let error = broker.send(id("client"), id("worker"), numbered(1)).await.unwrap_err();
    assert!(matches!(error, RingKernelError::InvalidConfig(_)), "{error}");
    assert!(!broker.unregister(&id("worker")));
    assert_eq!(broker.tenant_of(&id("client")), Some(2));
    let second = broker.sub_broker(2).unwrap();
    second.send(id("client"), id("worker"), numbered(30)).await.unwrap();
    assert_eq!(workers.each_mut().map(numbers), [vec![], vec![30]]);
    assert!(second.unregister(&id("worker")) && !second.unregister(&id("worker")));
    assert!(broker.is_registered(&id("worker")) && broker.unregister(&id("worker")));
}

#[tokio::test]
async fn a_source_is_who_the_broker_knows_and_not_who_it_claims_to_be() {
    let broker = broker();
    let mut secret = broker.register_tenant(1, AuditTag::new(1, 2), id("secret"));
    let _kernel = broker.register_tenant(1, AuditTag::new(3, 4), id("kernel"));
    // A name that nobody has registered is of no tenant.
    let error = broker.send(id("unknown"), id("secret"), numbered(1)).await.unwrap_err();
    assert!(matches!(error, RingKernelError::TenantMismatch { from: UNSPECIFIED_TENANT, to: 1 }));
    let mut claims_tenant = numbered(2);
    claims_tenant.header.tenant_id = 1;
    assert!(broker.send(id("unknown"), id("secret"), claims_tenant).await.is_err());
    let error =
        broker.sub_broker(1).unwrap().send(id("unknown"), id("secret"), numbered(1)).await.unwrap_err();
    assert!(matches!(error, RingKernelError::KernelNotFound { .. }));
    // One that is registered has the tenant and the account of its registration.
    broker.send(id("kernel"), id("secret"), numbered(3)).await.unwrap();
    let tag = AuditTag::new(5, 6);
    broker.send_with_audit(id("kernel"), id("secret"), numbered(4), tag).await.unwrap();
    let got = [secret.try_receive().unwrap(), secret.try_receive().unwrap()];
    assert_eq!(got.each_ref().map(|message| message.tenant_id()), [1, 1]);
    assert_eq!(got.each_ref().map(K2KMessage::audit_tag), [AuditTag::new(3, 4), tag]);
    // Among those of no tenant, unknown names may send.
    let mut open = broker.register(id("open"));
    let receipt = broker.send(id("unknown"), id("open"), numbered(5)).await.unwrap();
    assert_eq!((receipt.status, &receipt.source), (DeliveryStatus::Delivered, &id("unknown")));
    assert_eq!(open.receive().await.unwrap().source, id("unknown"));
    assert_eq!(status_of(&broker, &receipt.message_id), Some(DeliveryStatus::Delivered));
    assert_eq!(broker.tenant_stats(UNSPECIFIED_TENANT).unwrap().messages_delivered, 1);
}

#[tokio::test]
async fn routes_stay_within_their_tenant() {
    let broker = broker();
    let sender = broker.register_tenant(1, NOBODY, id("a"));
    let mut own = broker.register_tenant(1, NOBODY, id("gate"));
    let mut others = broker.register_tenant(2, NOBODY, id("other gate"));
    broker.add_route_in(2, id("far"), id("other gate")).unwrap();
    assert_eq!(sender.send(id("far"), numbered(1)).await.unwrap().status, DeliveryStatus::NotFound);
    broker.add_route_in(1, id("far"), id("other gate")).unwrap();
    let error = sender.send(id("far"), numbered(2)).await.unwrap_err();
    assert!(matches!(error, RingKernelError::TenantMismatch { from: 1, to: 2 }));
    broker.add_route_in(1, id("far"), id("gate")).unwrap();
    sender.send(id("far"), numbered(3)).await.unwrap();
    let message = own.try_receive().unwrap();
    assert!(others.try_receive().is_none());

    // Nor does a message leave its tenant by being passed on.
    let id = message.id;
    let error = others.forward(message).await.unwrap_err();
    assert!(matches!(error, RingKernelError::TenantMismatch { from: 2, to: 1 }));
    assert_eq!(broker.stats().cross_tenant_rejections, 2);
    let receipt = broker.get_receipt(&id).expect("it is among the last");
    assert_eq!(receipt.status, DeliveryStatus::Pending, "another tenant has no say in it");
}

/// Runs while no time passes, so that no allowance fills up.
pub(super) fn at_one_moment(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    TimeSource::Manual(ManualClock::new()).scope(|| runtime.block_on(test));
}

#[test]
fn the_messages_of_a_second_and_the_budget_of_an_engagement_are_limits() {
    at_one_moment(the_limits_are_kept());
}

async fn the_limits_are_kept() {
    // Three may come at once.
    let quota = TenantQuota { max_messages_per_sec: 30, ..TenantQuota::unlimited() };
    let (broker, record) = audited(quota.with_engagement_budget(8, Duration::from_millis(1)));
    let sender = broker.register_tenant(1, AuditTag::new(1, 7), id("a"));
    let mut receiver = broker.register_tenant(1, NOBODY, id("b"));
    broker.registry().track_usage(1, AuditTag::new(1, 8), Duration::from_millis(1));
    let spent = AuditTag::new(1, 8);
    let error = sender.sender().send_with_audit(id("b"), numbered(0), spent).await.unwrap_err();
    let RingKernelError::QuotaExceeded(QuotaExceeded { tenant: 1, limit }) = error else { panic!("{error}") };
    assert!(matches!(limit, QuotaLimit::EngagementBudget { engagement: 8, .. }));
    let mut sent = 0;
    let error = loop {
        match sender.send(id("b"), numbered(sent)).await {
            Ok(_) => sent += 1,
            Err(error) => break error,
        }
    };
    assert_eq!(sent, 3, "what the budget refused did not count");
    assert!(matches!(
        error,
        RingKernelError::QuotaExceeded(QuotaExceeded {
            limit: QuotaLimit::MessageRate { per_second: 30 },
            ..
        })
    ));
    assert!(error.is_recoverable());
    assert_eq!(numbers(&mut receiver), [0, 1, 2]);
    assert_eq!(record.0.lock().unwrap().len(), 2);
    // The other tenant has an allowance of its own.
    let other = broker.register_tenant(2, NOBODY, id("c"));
    other.send(id("c"), numbered(1)).await.unwrap();
}

/// Otherwise a kernel could make up messages and pass those on.
#[test]
fn passing_messages_on_counts_against_the_quota() {
    at_one_moment(what_is_passed_on_counts());
}

async fn what_is_passed_on_counts() {
    let (broker, _) = audited(TenantQuota { max_messages_per_sec: 30, ..TenantQuota::unlimited() });
    let mut kernel = broker.register_tenant(1, NOBODY, id("a"));
    let sent_at = crate::HlcTimestamp::zero();
    let made_up = |number| K2KMessage::new(id("x"), id("a"), numbered(number).with_tenant_id(1), sent_at);
    let other = broker.register_tenant(1, NOBODY, id("b"));
    for number in 0..3 {
        other.forward(made_up(number)).await.unwrap();
    }
    let error = other.forward(made_up(3)).await.unwrap_err();
    assert!(matches!(error, RingKernelError::QuotaExceeded(_)), "{error}");
    assert_eq!(numbers(&mut kernel), [0, 1, 2]);
}

#[tokio::test]
async fn a_registry_that_was_given_has_to_know_the_tenant() {
    let (broker, record) = audited(TenantQuota::unlimited());
    let mut stranger = broker.register_tenant(99, NOBODY, id("a"));
    let error = stranger.send(id("a"), numbered(1)).await.unwrap_err();
    assert!(matches!(error, RingKernelError::InvalidConfig(_)), "{error}");
    assert!(matches!(record.0.lock().unwrap()[0], AuditEvent::UnknownTenant { tenant: 99, .. }));
    // It hears of a registration, and of its end.
    broker.registry().register(99, TenantQuota::unlimited()).unwrap();
    stranger.send(id("a"), numbered(2)).await.unwrap();
    broker.registry().deregister(99);
    stranger.send(id("a"), numbered(3)).await.unwrap_err();
    assert_eq!(numbers(&mut stranger), [2]);
    // Without a registry of its own making nobody needs to be known, and those who are have their quota.
    let open = super::broker();
    let stranger = open.register_tenant(99, NOBODY, id("a"));
    stranger.send(id("a"), numbered(1)).await.unwrap();
    let none = TenantQuota { max_messages_per_sec: 0, ..TenantQuota::unlimited() };
    open.registry().register(99, none).unwrap();
    stranger.send(id("a"), numbered(1)).await.unwrap_err();
}

#[tokio::test]
async fn figures_are_kept_by_tenant_and_outlive_who_made_them() {
    let broker = broker();
    let first = broker.register_tenant(1, AuditTag::new(1, 2), id("a"));
    let mut second = broker.register_tenant(2, NOBODY, id("b"));
    for message in 0..3 {
        first.send(id("a"), numbered(message)).await.unwrap();
    }
    second.send(id("b"), numbered(1)).await.unwrap();
    broker.add_route_in(2, id("x"), id("b")).unwrap();
    let sub = broker.sub_broker(1).unwrap();
    assert_eq!((sub.tenant_id(), sub.endpoint_count(), sub.messages_delivered()), (1, 1, 3));
    assert!(sub.knows(&id("a")) && !sub.knows(&id("b")));
    assert_eq!((sub.audit_tag_for(&id("a")), sub.audit_tag_for(&id("b"))), (AuditTag::new(1, 2), NOBODY));
    drop(first);
    assert_eq!((sub.endpoint_count(), sub.messages_delivered()), (0, 3));
    assert_eq!(
        broker.tenant_stats(2).unwrap(),
        TenantStats { tenant_id: 2, registered_endpoints: 1, routes_configured: 1, messages_delivered: 1 }
    );
    assert_eq!(broker.tenant_stats(3), None);
    assert!(broker.sub_broker(3).is_none());
    assert_eq!(
        broker.stats(),
        K2KStats {
            registered_endpoints: 1,
            messages_delivered: 4,
            routes_configured: 1,
            tenant_count: 3,
            cross_tenant_rejections: 0,
        }
    );
    let mut again = sub.register(NOBODY, id("a")).unwrap();
    again.send(id("a"), numbered(9)).await.unwrap();
    assert_eq!((numbers(&mut again), numbers(&mut second)), (vec![9], vec![1]));
    assert_eq!(sub.messages_delivered(), 4);
}

#[tokio::test]
async fn a_part_does_not_keep_its_broker() {
    let broker = broker();
    let sub = broker.sub_broker(UNSPECIFIED_TENANT).unwrap();
    drop(broker);
    assert!(!sub.knows(&id("a")) && !sub.unregister(&id("a")));
    assert!(sub.register(NOBODY, id("a")).is_err());
    assert!(sub.send(id("a"), id("a"), numbered(1)).await.is_err());
    assert_eq!(sub.endpoint_count(), 0);
}
