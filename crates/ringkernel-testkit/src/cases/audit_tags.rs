//! The accounts that a tenant names: as many as one may, whatever others do, and only by what is accepted.

use std::sync::Arc;
use std::time::{Duration, Instant};

use ringkernel::RingKernelError;
use ringkernel::dead_letter::DeadLetterReason;
use ringkernel::k2k::tenant::{AuditEvent, QuotaExceeded, QuotaLimit, TenantQuota, TenantRegistry};
use ringkernel::k2k::{DeliveryStatus, K2KBroker, K2KConfig};
use ringkernel::prelude::*;
use ringkernel::runtime::{AuditTag, TenantScope};

use crate::kernels::peers::ForwardByName;
use crate::kernels::plain::{Doubled, Number};
use crate::record::Record;
use crate::rig::{Factory, Rig, reachable};
use crate::wait::LIMIT;

/// Tags that a runtime tells apart for a tenant.
const MAX: u64 = 65_536;

/// Messages that are refused take no tags, and a tenant that has named all that it may does not concern another.
pub async fn a_tenant_runs_out_of_audit_tags_for_itself_alone(factory: Factory) {
    let record = Arc::new(Record::default());
    let tenants = Arc::new(TenantRegistry::with_audit_sink(record.clone()));
    let quota = TenantQuota::unlimited().with_engagement_budget(5, Duration::ZERO);
    [1, 2].into_iter().for_each(|id| tenants.register(id, quota.clone()).expect("it is new"));
    let broker = K2KBroker::with_registry(K2KConfig::default(), tenants.clone());
    let rig = Rig::start_with(factory, |config| config.k2k_broker = Some(broker.clone())).await;
    let options = || reachable().with_handler("testkit.doubler").with_input_queue_capacity(8);
    let launch = async |tenant| {
        let scope = rig.as_tenant(tenant, AuditTag::new(tenant, 0));
        scope.launch("doubler", options()).await.expect("the kernel launches")
    };
    let [greedy, other] = [launch(1).await, launch(2).await];
    let naming = |engagement| greedy.clone().with_audit(AuditTag::new(1, engagement));

    for engagement in 10..10 + MAX {
        let refused = naming(engagement).try_send(ForwardByName { value: 1 }).map_err(RingKernelError::from);
        assert!(matches!(refused, Err(RingKernelError::UnhandledMessage { .. })), "{refused:?}");
    }
    greedy.suspend().await.expect("it is active");
    // One is that of the kernel. A message that finds no room was admitted.
    for engagement in 1_000_000..1_000_000 + MAX - 1 {
        if let Err(refused) = naming(engagement).try_send(Number::of(1)) {
            assert!(matches!(refused.error, RingKernelError::QueueFull { .. }), "{engagement}: {refused}");
        }
    }
    let limit = QuotaLimit::AuditTags { max: MAX as u32 };
    let exceeded = QuotaExceeded { tenant: 1, limit };
    let refused = naming(7).try_send(Number::of(2)).expect_err("it is one too many");
    assert!(matches!(refused.error, RingKernelError::QuotaExceeded(error) if error == exceeded), "{refused}");
    assert_eq!(refused.message.value, 2, "the message comes back");
    let launched = rig.as_tenant(1, AuditTag::new(1, 8)).launch("second", options()).await;
    assert!(matches!(launched, Err(RingKernelError::QuotaExceeded(error)) if error == exceeded));
    // What an endpoint outside names counts, too. It has reached the kernel, and dies there.
    let outside = broker.register_tenant(1, AuditTag::new(1, 9), "outside".into());
    let receipt = outside.send("doubler".into(), MessageEnvelope::pack(&mut Number::of(5))).await;
    let receipt = receipt.expect("it may send");
    assert_eq!(receipt.status, DeliveryStatus::Delivered);
    rig.dead_letters_of(1, &greedy, DeadLetterReason::QuotaExceeded).await;
    let settled = broker.get_receipt(&receipt.message_id).expect("it is kept");
    assert_eq!(settled.status, DeliveryStatus::QuotaExceeded);
    let on_record = [7, 8, 9]
        .map(|engagement| AuditEvent::QuotaExceeded { exceeded, audit_tag: AuditTag::new(1, engagement) });
    assert_eq!(record.events(), on_record);
    assert_eq!(tenants.get(1).expect("it is registered").current_kernels(), 1);

    // Those that it has named are as they were.
    greedy.resume().await.expect("it is suspended");
    let charged = |tenant, engagement| {
        !tenants.get_engagement_cost_for(tenant, AuditTag::new(tenant, engagement)).is_zero()
    };
    called_until("it is charged", &naming(1_000_000 + MAX - 2), || charged(1, 1_000_000 + MAX - 2)).await;

    // The other one names what it likes, and its budgets hold.
    let naming = |engagement| other.clone().with_audit(AuditTag::new(2, engagement));
    called_until("the other one is charged", &naming(6), || charged(2, 6)).await;
    let stopped = naming(5).try_send(Number::of(1));
    let Err(RingKernelError::QuotaExceeded(exceeded)) = stopped.map_err(RingKernelError::from) else {
        panic!("it has no budget")
    };
    assert!(matches!(exceeded.limit, QuotaLimit::EngagementBudget { engagement: 5, .. }), "{exceeded}");

    // Whoever starts anew may name others.
    greedy.terminate().await.expect("it ends");
    let again = launch(1).await;
    let _: Doubled =
        again.with_audit(AuditTag::new(1, 7)).call(Number::of(4), LIMIT).await.expect("it answers");
    rig.finish().await;
}

/// Calls a kernel until `condition` holds: a device's timer may be too coarse for one short handler.
async fn called_until(what: &str, kernel: &KernelHandle, condition: impl Fn() -> bool) {
    let started = Instant::now();
    while !condition() {
        assert!(started.elapsed() < LIMIT, "this never happened: {what}");
        let _: Doubled = kernel.call(Number::of(1), LIMIT).await.expect("it answers");
    }
}
