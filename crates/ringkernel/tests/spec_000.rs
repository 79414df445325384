//! What the documentation of the `k2k` module says, at the paths that it gives, each type for what it is for.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use ringkernel::RingKernelError;
use ringkernel::k2k::tenant::{AuditEvent, AuditSink};
use ringkernel::k2k::{
    DeliveryReceipt, DeliveryStatus, K2KBroker, K2KBuilder, K2KConfig, K2KEndpoint, K2KMessage,
    K2KMessageRegistration, K2KStats, K2KSubBroker, K2KTypeRegistry, TenantStats,
};
use ringkernel::prelude::{MessageEnvelope, RingMessage};
use ringkernel_core::k2k::audit_tag::AuditTag;
use ringkernel_core::k2k::tenant::{TenantId, TenantInfo, TenantQuota, TenantRegistry, UNSPECIFIED_TENANT};

#[derive(RingMessage, Debug, Clone, PartialEq)]
#[message(k2k_routable = true, category = "trades")]
struct Trade {
    shares: u64,
}

fn trade(shares: u64) -> MessageEnvelope {
    MessageEnvelope::pack(&mut Trade { shares })
}

const BANK: TenantId = 1;
const FUND: TenantId = 2;

#[derive(Default)]
struct Record(Mutex<Vec<AuditEvent>>);

impl AuditSink for Record {
    fn record(&self, event: &AuditEvent) {
        self.0.lock().unwrap().push(event.clone());
    }
}

/// "Kernels registered under different tenants cannot exchange messages; sends across the boundary return `TenantMismatch`."
#[tokio::test]
async fn the_tenant_is_the_boundary() {
    let record = Arc::new(Record::default());
    let registry = Arc::new(TenantRegistry::with_audit_sink(record.clone()));
    for tenant in [BANK, FUND] {
        registry.register(tenant, TenantQuota::unlimited()).unwrap();
    }
    let broker: Arc<K2KBroker> = K2KBroker::with_registry(K2KConfig::default(), registry.clone());
    let bank: K2KEndpoint = broker.register_tenant(BANK, AuditTag::new(10, 1), "desk".into());
    let mut fund = broker.register_tenant(FUND, AuditTag::new(20, 1), "fund".into());
    let crossing = bank.send("fund".into(), trade(1).with_tenant_id(FUND)).await;
    assert!(
        matches!(crossing, Err(RingKernelError::TenantMismatch { from: BANK, to: FUND })),
        "{crossing:?}"
    );
    assert!(fund.try_receive().is_none());
    assert_eq!((registry.cross_tenant_attempts(), record.0.lock().unwrap().len()), (1, 1));
    let K2KStats { cross_tenant_rejections, tenant_count, .. } = broker.stats();
    assert_eq!((cross_tenant_rejections, tenant_count), (1, 3), "the unspecified tenant is one of them");

    let mut office = broker.register_tenant(BANK, AuditTag::new(10, 2), "office".into());
    let receipt: DeliveryReceipt = bank.send("office".into(), trade(7)).await.unwrap();
    assert_eq!((receipt.status, receipt.source.as_str()), (DeliveryStatus::Delivered, "desk"));
    assert_eq!(broker.get_receipt(&receipt.message_id).map(|known| known.status), Some(receipt.status));
    let message: K2KMessage = office.receive().await.unwrap();
    assert_eq!(message.decode::<Trade>().unwrap(), Trade { shares: 7 });
    // "carried inside every envelope alongside `tenant_id`"
    assert_eq!(message.envelope.header.tenant_id, BANK);
    assert_eq!(message.envelope.header.audit_tag, AuditTag::new(10, 1));

    let part: Arc<K2KSubBroker> = broker.sub_broker(BANK).expect("it has kernels");
    assert!(part.knows(&"office".into()) && !part.knows(&"fund".into()));
    let TenantStats { tenant_id, registered_endpoints, messages_delivered, .. } =
        broker.tenant_stats(BANK).expect("it has kernels");
    assert_eq!((tenant_id, registered_endpoints, messages_delivered), (BANK, 2, 1));
}

/// "Cost tracking is per-(tenant_id, engagement_id) via `TenantRegistry::track_usage`."
#[test]
fn cost_is_kept_by_tenant_and_engagement() {
    let registry = TenantRegistry::new();
    let quota = TenantQuota::standard().with_engagement_budget(5, Duration::from_millis(30));
    registry.register(BANK, quota).unwrap();
    registry.register(FUND, TenantQuota::unlimited()).unwrap();
    let (audit, other) = (AuditTag::new(10, 5), AuditTag::new(10, 6));
    registry.track_usage(BANK, audit, Duration::from_millis(20));
    registry.track_usage(FUND, audit, Duration::from_millis(3));
    assert_eq!(registry.get_engagement_cost_for(BANK, audit), Duration::from_millis(20));
    assert_eq!(registry.get_engagement_cost(audit), Duration::from_millis(23));
    assert_eq!(registry.get_engagement_cost_for(BANK, other), Duration::ZERO);
    registry.check_quota(BANK, audit).unwrap();
    registry.track_usage(BANK, audit, Duration::from_millis(10));
    assert!(matches!(registry.check_quota(BANK, audit), Err(RingKernelError::QuotaExceeded(_))));
    registry.check_quota(BANK, other).unwrap();
    let bank: Arc<TenantInfo> = registry.get(BANK).unwrap();
    assert_eq!(
        (bank.tenant_id(), bank.quota().max_concurrent_kernels, bank.current_kernels()),
        (BANK, 16, 0)
    );
}

/// "Single-tenant deployments hit the backward-compatible fast path — see `UNSPECIFIED_TENANT` and `K2KBroker::register`."
#[tokio::test]
async fn without_tenants_nothing_has_to_be_registered() {
    let broker = K2KBuilder::new().max_pending_messages(2).delivery_timeout_ms(0).max_hops(3).build();
    assert_eq!((broker.config().max_pending_messages, broker.config().max_hops), (2, 3));
    let sender = broker.register("sender".into());
    let mut receiver = broker.register("receiver".into());
    assert_eq!((sender.tenant_id(), broker.tenant_of(&"receiver".into())), (UNSPECIFIED_TENANT, Some(0)));
    let mut statuses = Vec::new();
    for shares in 0..3 {
        statuses.push(sender.send("receiver".into(), trade(shares)).await.unwrap().status);
    }
    assert_eq!(statuses, [DeliveryStatus::Delivered, DeliveryStatus::Delivered, DeliveryStatus::QueueFull]);
    assert_eq!(receiver.receive().await.unwrap().decode::<Trade>().unwrap().shares, 0);
    let nobody = sender.send("nobody".into(), trade(1)).await.unwrap();
    assert_eq!((nobody.status, nobody.status.is_accepted()), (DeliveryStatus::NotFound, false));
}

/// "Registry for discovering K2K-routable message types at runtime."
#[test]
fn routable_types_are_discovered() {
    let types = K2KTypeRegistry::discover();
    assert!(types.is_routable(Trade::TYPE_ID));
    let found: &K2KMessageRegistration = types.get(Trade::TYPE_ID).expect("it says so");
    assert_eq!((found.type_name, found.category), (Trade::MESSAGE_TYPE, Some("trades")));
    assert_eq!(types.get_category("trades"), [Trade::TYPE_ID]);
}

/// The re-exports are the types of the modules.
#[test]
fn what_is_re_exported_is_the_same() {
    let tag: ringkernel_core::k2k::AuditTag = AuditTag::new(1, 2);
    let tenant: ringkernel_core::k2k::TenantId = ringkernel_core::k2k::UNSPECIFIED_TENANT;
    let quota: ringkernel_core::k2k::TenantQuota = TenantQuota::default();
    let registry: ringkernel_core::k2k::TenantRegistry = TenantRegistry::new();
    registry.register(tenant, quota).unwrap();
    let info: Arc<ringkernel_core::k2k::TenantInfo> = registry.get(tenant).unwrap();
    assert_eq!((info.tenant_id(), tag.engagement_id), (UNSPECIFIED_TENANT, 2));
}
