//! What a device counts for tenants: for more of them than it can at a time, and while the runtime changes around it.

use std::sync::Arc;
use std::time::Instant;

use ringkernel::k2k::tenant::TenantRegistry;
use ringkernel::runtime::{AuditTag, TenantScope};

use super::quotas::{Pair, burst, limited};
use super::tenants::launch;
use crate::rig::{Factory, Rig, reachable};
use crate::wait::LIMIT;

/// A device counts for a thousand tenants at a time, and for as many more as come when others have gone.
pub async fn limited_tenants_come_and_go(factory: Factory) {
    const PER_SECOND: u64 = 1_000;
    const TENANTS: u64 = 1_030;
    let tenants = Arc::new(TenantRegistry::new());
    let rig = Rig::start_with(factory, |config| config.tenants = Some(tenants.clone())).await;
    (1..=TENANTS).for_each(|id| tenants.register(id, limited(PER_SECOND)).expect("it is new"));
    let mut first = Pair::launch(&rig, 1).await;
    first.send(20).await;
    for id in 2..TENANTS {
        let passing = launch(&rig.as_tenant(id, AuditTag::new(id, 1)), "passing", "testkit.sink").await;
        passing.terminate().await.expect("it ends");
    }
    let mut last = Pair::launch(&rig, TENANTS).await;
    for pair in [&mut first, &mut last] {
        let (started, before) = (Instant::now(), pair.accepted);
        let enough = before + 3 * burst(PER_SECOND);
        while pair.accepted < enough || pair.refused == 0 {
            pair.send(60).await;
            assert!(started.elapsed() < LIMIT, "{pair:?}");
        }
        let most = 2.0 * burst(PER_SECOND) as f64 + PER_SECOND as f64 * started.elapsed().as_secs_f64();
        assert!((pair.accepted - before) as f64 <= most, "{pair:?} of {most}");
    }
    rig.finish().await;
}

/// What is counted stays counted when kernels come that need other programs and more memory, and when the tenant's own come again.
pub async fn a_quota_holds_while_kernels_come_and_go(factory: Factory) {
    const PER_SECOND: u64 = 200;
    let tenants = Arc::new(TenantRegistry::new());
    [1, 2].into_iter().for_each(|id| tenants.register(id, limited(PER_SECOND)).expect("it is new"));
    let rig = Rig::start_with(factory, |config| config.tenants = Some(tenants.clone())).await;
    let mut pair = Pair::launch(&rig, 1).await;
    let started = Instant::now();
    let (mut accepted, mut others) = (0, Vec::new());
    let names = ["testkit.doubler", "testkit.publisher", "testkit.poller"];
    for (round, name) in names.into_iter().enumerate() {
        // Launching may take long, where the processor imitates the device.
        let launched = Instant::now();
        while pair.accepted == 0 || pair.refused == 0 {
            pair.send(30).await;
            assert!(launched.elapsed() < LIMIT, "{pair:?}");
        }
        let options = reachable().with_handler(name).with_queue_capacity(1024 << round);
        let other = rig.as_tenant(2, AuditTag::unspecified()).launch(name, options).await;
        others.push(other.expect("the kernel launches"));
        accepted += pair.accepted;
        pair.peer.terminate().await.expect("it ends");
        pair.target.terminate().await.expect("it ends");
        pair = Pair::launch(&rig, 1).await;
    }
    let most = 2.0 * burst(PER_SECOND) as f64 + PER_SECOND as f64 * started.elapsed().as_secs_f64();
    assert!(accepted as f64 <= most, "{accepted} of {most}");
    rig.finish().await;
}
