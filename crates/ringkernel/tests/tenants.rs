//! The account of a tenant: handler time by engagement, and what the budget stops.

use std::sync::Arc;
use std::time::Duration;

use ringkernel::RingKernelError;
use ringkernel::k2k::tenant::{TenantQuota, TenantRegistry};
use ringkernel::prelude::*;
use ringkernel::runtime::AuditTag;

const WAIT: Duration = Duration::from_secs(10);

/// How long the handler works.
#[derive(Debug, Clone, PartialEq, RingMessage)]
struct Work {
    milliseconds: u64,
}

#[derive(Debug, Clone, PartialEq, RingMessage)]
struct Done {}

#[ring_kernel(id = "worker", backends(cpu))]
fn worker(_ctx: &mut RingContext, work: Work) -> Done {
    std::thread::sleep(Duration::from_millis(work.milliseconds));
    Done {}
}

#[tokio::test]
async fn handler_time_is_charged_to_the_engagement_and_its_budget_stops_it() {
    let tenants = Arc::new(TenantRegistry::new());
    let quota = TenantQuota::unlimited().with_engagement_budget(8, Duration::from_millis(30));
    tenants.register(1, quota).unwrap();
    let builder = RingKernel::builder().backend(Backend::Cpu).tenants(tenants.clone());
    let runtime = builder.build().await.unwrap();
    let [open, limited] = [7, 8].map(|engagement| AuditTag::new(1, engagement));
    let launch = |audit: AuditTag, id: &'static str| {
        let options = LaunchOptions::default().with_handler("worker");
        let runtime = &runtime;
        async move { runtime.as_tenant(1, audit).launch(id, options).await.unwrap() }
    };
    let (first, second) = (launch(open, "first").await, launch(limited, "second").await);

    let work = |milliseconds| Work { milliseconds };
    first.call::<_, Done>(work(40), WAIT).await.unwrap();
    assert!(tenants.get_engagement_cost_for(1, open) >= Duration::from_millis(40));
    assert_eq!(tenants.get_engagement_cost_for(1, limited), Duration::ZERO);

    second.call::<_, Done>(work(31), WAIT).await.unwrap();
    let refused = second.call::<_, Done>(work(1), WAIT).await;
    assert!(matches!(refused, Err(RingKernelError::QuotaExceeded(_))), "{refused:?}");
    first.call::<_, Done>(work(1), WAIT).await.expect("another engagement goes on");
    assert_eq!(first.metrics().telemetry.processed(), 2);
    assert_eq!(second.metrics().telemetry.processed(), 1);
}
