//! Budgets of engagements: what they stop besides the messages of hosts.

use std::sync::Arc;
use std::time::Duration;

use ringkernel::context::K2KRefusal;
use ringkernel::dead_letter::DeadLetterReason;
use ringkernel::k2k::tenant::{AuditEvent, QuotaLimit, TenantQuota, TenantRegistry};
use ringkernel::k2k::{K2KBroker, K2KConfig};
use ringkernel::prelude::*;
use ringkernel::runtime::{AuditTag, TenantScope};

use crate::kernels::peers::{ForwardByName, Forwarded, reason};
use crate::kernels::plain::Number;
use crate::kernels::topics::{News, PublishNews, Published};
use crate::record::Record;
use crate::rig::{Factory, Rig, reachable};
use crate::wait::{LIMIT, eventually};

const BUDGET: Duration = Duration::from_secs(3600);
/// The engagement that has one, and that of the kernels, which has none.
const BUDGETED: u64 = 9;
const OWN: u64 = 7;

/// What a handler sends out of the runtime or publishes for an engagement whose budget is used up by then is refused, or a dead letter on a
/// device; whether its tenant's messages are counted there or not.
pub async fn a_spent_budget_stops_what_leaves_the_runtime(factory: Factory) {
    for max_messages_per_sec in [u64::MAX, 1_000_000] {
        let record = Arc::new(Record::default());
        let tenants = Arc::new(TenantRegistry::with_audit_sink(record.clone()));
        let quota = TenantQuota { max_messages_per_sec, ..TenantQuota::unlimited() };
        tenants.register(1, quota.with_engagement_budget(BUDGETED, BUDGET)).expect("it is new");
        let broker = K2KBroker::with_registry(K2KConfig::default(), tenants.clone());
        let rig = Rig::start_with(factory, |config| config.k2k_broker = Some(broker.clone())).await;
        let [budgeted, own] = [BUDGETED, OWN].map(|engagement| AuditTag::new(1, engagement));
        let scope = rig.as_tenant(1, own);
        let mut outside = broker.register_tenant(1, own, "target".into());
        let mut news =
            scope.pubsub().expect("it is registered").subscribe("host", "#").expect("there is room");
        let paused = |name| reachable().with_handler(name).without_auto_activate();
        let peer = scope.launch("peer", paused("testkit.peer")).await.expect("it launches");
        let publisher = scope.launch("paper", paused("testkit.publisher")).await.expect("it launches");

        let [for_peer, for_publisher] = [&peer, &publisher].map(|kernel| kernel.clone().with_audit(budgeted));
        let spend = async {
            let waits = |kernel: &KernelHandle| kernel.status().input_queue_depth == 1;
            eventually("both are admitted", || waits(&peer) && waits(&publisher)).await;
            tenants.track_usage(1, budgeted, BUDGET);
            peer.activate().await.expect("it is launched");
            publisher.activate().await.expect("it is launched");
        };
        let (forwarded, published, ()) = tokio::join!(
            for_peer.call::<_, Forwarded>(ForwardByName { value: 1 }, LIMIT),
            for_publisher.call::<_, Published>(PublishNews { first: 1, count: 1, topic: 0 }, LIMIT),
            spend,
        );
        let (forwarded, published) = (forwarded.expect("it answers"), published.expect("it answers"));

        // Their own engagement has no budget, and what it sends is not behind anything.
        let again: Forwarded = peer.call(ForwardByName { value: 2 }, LIMIT).await.expect("it answers");
        assert_eq!(again.accepted, 1);
        let all = PublishNews { first: 2, count: 1, topic: 0 };
        assert_eq!(publisher.call::<_, Published>(all, LIMIT).await.expect("it answers").accepted, 1);
        let first = tokio::time::timeout(LIMIT, outside.receive()).await.expect("it arrives");
        assert_eq!(first.expect("it is registered").decode::<Number>().expect("a number").value, 2);
        let first = tokio::time::timeout(LIMIT, news.receive()).await.expect("it arrives");
        assert_eq!(first.expect("none is missed").envelope.decode::<News>().expect("news").number, 2);

        // A handler on a device hears nothing of it.
        let heard = [forwarded.refused, published.refused];
        let reasons = [forwarded.reason, published.reason];
        if heard == [0, 0] {
            let mut died: Vec<_> = rig.dead_letters(2).await.iter().map(|letter| letter.reason).collect();
            died.sort_by_key(|reason| *reason == DeadLetterReason::NotPublished);
            assert_eq!(died, [DeadLetterReason::QuotaExceeded, DeadLetterReason::NotPublished]);
        } else {
            assert_eq!((heard, reasons), ([1, 1], [reason(K2KRefusal::QuotaExceeded); 2]));
        }
        let events = record.events();
        let is_of_the_budget = |event: &AuditEvent| {
            matches!(event, AuditEvent::QuotaExceeded { exceeded, audit_tag }
                if matches!(exceeded.limit, QuotaLimit::EngagementBudget { engagement: BUDGETED, .. })
                    && *audit_tag == budgeted)
        };
        assert!(events.len() == 2 && events.iter().all(is_of_the_budget), "{events:?}");
        rig.finish().await;
    }
}
