//! Who may say what of a publication.

use std::sync::{Arc, Mutex};

use ringkernel_abi::{ActorRef, AuditTag};

use super::super::{PubSubBroker, PubSubBuilder, PubSubError};
use super::{SECOND, next, publication};
use crate::backend::Strangers;
use crate::clock::{ManualClock, TimeSource};
use crate::error::RingKernelError;
use crate::k2k::tenant::{AuditEvent, AuditSink, TenantQuota, TenantRegistry};
use crate::runtime::Tenancy;

#[derive(Default)]
struct Record(Mutex<Vec<AuditEvent>>);

impl AuditSink for Record {
    fn record(&self, event: &AuditEvent) {
        self.0.lock().expect("no test panics with it").push(event.clone());
    }
}

#[test]
fn a_tenants_broker_acts_for_no_other() -> Result<(), PubSubError> {
    let owner = PubSubBuilder::new().build();
    let one = owner.for_tenant(1)?;
    assert!(owner.acts_for_all() && !one.acts_for_all());
    for tenant in [0, 1, 2] {
        let refused = one.for_tenant(tenant).err();
        assert_eq!(refused, Some(PubSubError::ForeignTenant { from: 1, to: tenant }));
    }
    let refused = one.for_registered(&Arc::new(TenantRegistry::new()), Tenancy::default()).err();
    assert!(matches!(refused, Some(RingKernelError::TenantMismatch { from: 1, to: 0 })), "{refused:?}");
    Ok(())
}

#[test]
fn a_publication_is_accounted_to_whom_the_broker_acts_for() -> Result<(), PubSubError> {
    let owner = PubSubBuilder::new().build();
    let (mine, claimed) = (AuditTag::new(1, 7), AuditTag::new(1, 8));
    let claiming = || {
        let mut claiming = publication("a", 1);
        claiming.envelope.header.audit_tag = claimed;
        claiming.envelope.header.source = ActorRef::from_parts(3, 4);
        claiming
    };
    let tenancy = Tenancy { tenant: 1, audit: mine };
    for (broker, accounted) in [
        (owner.for_tenancy(tenancy)?, mine),
        (owner.for_tenant(1)?, AuditTag::unspecified()),
        (owner.clone(), claimed),
    ] {
        let mut subscription = broker.subscribe("subscriber", "a")?;
        broker.try_send(claiming())?;
        let header = next(&mut subscription).envelope.header;
        assert_eq!((header.tenant_id, header.audit_tag), (broker.tenant(), accounted));
        assert_eq!(header.source, ActorRef::NONE, "only kernels have an address");
    }
    Ok(())
}

/// A registry with tenant 1, who may send this much each second.
fn registry(record: &Arc<Record>, max_messages_per_sec: u64) -> Arc<TenantRegistry> {
    let registry = TenantRegistry::with_audit_sink(record.clone());
    let quota = TenantQuota { max_messages_per_sec, ..TenantQuota::unlimited() };
    registry.register(1, quota).expect("it is not registered yet");
    Arc::new(registry)
}

/// How many publications of so many are accepted, and why the next one is not.
fn publish_up_to(broker: &PubSubBroker, limit: u64) -> (u64, Option<PubSubError>) {
    let refusal = |number| Some((number, broker.try_send(publication("a", number)).err()?));
    match (0..limit).find_map(refusal) {
        Some((number, error)) => (number, Some(error)),
        None => (limit, None),
    }
}

#[test]
fn a_registered_tenant_publishes_what_its_quota_allows() -> Result<(), RingKernelError> {
    let clock = ManualClock::new();
    TimeSource::Manual(clock.clone()).scope(|| {
        let record = Arc::new(Record::default());
        let registry = registry(&record, 100);
        let owner = PubSubBuilder::new().build();
        let unknown = owner.for_registered(&registry, Tenancy { tenant: 2, ..Tenancy::default() });
        assert!(matches!(unknown, Err(RingKernelError::InvalidConfig(_))), "{unknown:?}");

        let audit = AuditTag::new(1, 7);
        let one = owner.for_registered(&registry, Tenancy { tenant: 1, audit })?;
        let malformed = one.try_send(publication("a/*", 1));
        assert!(matches!(malformed, Err(PubSubError::Topic(_))), "{malformed:?}");
        let (sent, refused) = publish_up_to(&one, 101);
        let Some(PubSubError::QuotaExceeded(exceeded)) = refused else { panic!("{refused:?}") };
        assert_eq!((sent, one.stats().total_messages_published), (10, 10), "those of a tenth of a second");
        let on_record = [
            AuditEvent::UnknownTenant { tenant: 2, audit_tag: AuditTag::unspecified() },
            AuditEvent::QuotaExceeded { exceeded, audit_tag: audit },
        ];
        assert_eq!(*record.0.lock().expect("no test panics with it"), on_record);
        clock.advance(SECOND / 20);
        assert_eq!(publish_up_to(&one, 101).0, 5);
        Ok(())
    })
}

#[test]
fn a_broker_goes_by_what_is_registered_now() -> Result<(), RingKernelError> {
    let clock = ManualClock::new();
    TimeSource::Manual(clock.clone()).scope(|| {
        let record = Arc::new(Record::default());
        let registry = registry(&record, 100);
        let owner = PubSubBuilder::new().build();
        let one = owner.for_registered(&registry, Tenancy { tenant: 1, ..Tenancy::default() })?;
        assert_eq!(publish_up_to(&one, 101).0, 10);
        registry.deregister(1);
        for _ in 0..2 {
            assert_eq!(publish_up_to(&one, 1), (0, Some(PubSubError::UnknownTenant { tenant: 1 })));
        }
        let audit_tag = AuditTag::unspecified();
        let last = record.0.lock().expect("no test panics with it").pop();
        assert_eq!(last, Some(AuditEvent::UnknownTenant { tenant: 1, audit_tag }));
        registry.register(1, TenantQuota { max_messages_per_sec: 500, ..TenantQuota::unlimited() })?;
        assert_eq!(publish_up_to(&one, 501).0, 50);
        Ok(())
    })
}

/// Where nobody has said who there is, a tenant has no limits until it is registered.
#[test]
fn a_broker_of_somebody_unregistered_has_limits_once_it_is_registered() -> Result<(), RingKernelError> {
    let clock = ManualClock::new();
    TimeSource::Manual(clock.clone()).scope(|| {
        let registry = Arc::new(TenantRegistry::new());
        let owner = PubSubBuilder::new().build();
        let tenancy = Tenancy { tenant: 1, ..Tenancy::default() };
        let one = owner.for_tenancy_in(&registry, Strangers::Unlimited, tenancy)?;
        assert_eq!(publish_up_to(&one, 101), (101, None));
        registry.register(1, TenantQuota { max_messages_per_sec: 100, ..TenantQuota::unlimited() })?;
        assert_eq!(publish_up_to(&one, 101).0, 10);
        registry.deregister(1);
        assert_eq!(publish_up_to(&one, 101), (101, None));
        let refused = owner.for_tenancy_in(&registry, Strangers::Refused, tenancy).err();
        assert!(matches!(refused, Some(RingKernelError::InvalidConfig(_))), "{refused:?}");
        Ok(())
    })
}
