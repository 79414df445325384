//! Who may say what of a publication.

use std::sync::{Arc, Mutex};

use ringkernel_abi::{ActorRef, AuditTag};

use super::super::{PubSubBuilder, PubSubError};
use super::{next, publication};
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

#[test]
fn a_registered_tenant_publishes_what_its_quota_allows() -> Result<(), RingKernelError> {
    let record = Arc::new(Record::default());
    let registry = Arc::new(TenantRegistry::with_audit_sink(record.clone()));
    registry.register(1, TenantQuota { max_messages_per_sec: 100, ..TenantQuota::unlimited() })?;
    let owner = PubSubBuilder::new().build();
    let unknown = owner.for_registered(&registry, Tenancy { tenant: 2, ..Tenancy::default() });
    assert!(matches!(unknown, Err(RingKernelError::InvalidConfig(_))), "{unknown:?}");

    let audit = AuditTag::new(1, 7);
    let one = owner.for_registered(&registry, Tenancy { tenant: 1, audit })?;
    let malformed = one.try_send(publication("a/*", 1));
    assert!(matches!(malformed, Err(PubSubError::Topic(_))), "{malformed:?}");
    let refused = (0..1_000).find_map(|number| one.try_send(publication("a", number)).err());
    let Some(PubSubError::QuotaExceeded(exceeded)) = refused else { panic!("{refused:?}") };
    assert!(one.stats().total_messages_published >= 1);
    let on_record = [
        AuditEvent::UnknownTenant { tenant: 2, audit_tag: AuditTag::unspecified() },
        AuditEvent::QuotaExceeded { exceeded, audit_tag: audit },
    ];
    assert_eq!(*record.0.lock().expect("no test panics with it"), on_record);
    Ok(())
}
