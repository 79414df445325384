//! Kernels and what is outside of their runtime, by the names of one broker.

use std::sync::Arc;

use ringkernel::RingKernelError;
use ringkernel::dead_letter::DeadLetterReason;
use ringkernel::k2k::{DeliveryStatus, K2KBroker, K2KConfig, K2KEndpoint};
use ringkernel::prelude::*;
use ringkernel::runtime::{AuditTag, TenantScope};

use crate::kernels::peers::{ForwardByName, Forwarded};
use crate::kernels::plain::{Doubled, Number};
use crate::rig::{Factory, Rig, reachable, receive_all};
use crate::wait::{LIMIT, eventually};

async fn with_broker(factory: Factory, broker: &Arc<K2KBroker>) -> Rig {
    Rig::start_with(factory, |config| config.k2k_broker = Some(broker.clone())).await
}

async fn status(endpoint: &K2KEndpoint, to: &str, value: u64) -> DeliveryStatus {
    let envelope = MessageEnvelope::pack(&mut Number::of(value));
    endpoint.send(to.into(), envelope).await.expect("it may send").status
}

/// In by name, until the kernel ends; what other kernels cannot reach, nobody outside can.
pub async fn an_endpoint_outside_reaches_kernels_inside(factory: Factory) {
    let broker = K2KBroker::new(K2KConfig::default());
    let rig = with_broker(factory, &broker).await;
    let outside = broker.register("outside".into());
    let doubler = rig.launch_as("doubler", "testkit.doubler", reachable()).await;
    let aloof = rig.launch_as("aloof", "testkit.doubler", LaunchOptions::default()).await;
    for value in 1..=20 {
        assert_eq!(status(&outside, "doubler", value).await, DeliveryStatus::Delivered);
    }
    let doubled: Vec<Doubled> = receive_all(&doubler, 20).await;
    assert!(doubled.iter().map(|doubled| doubled.value).eq((1..=20).map(|value| 2 * value)));
    assert_eq!(status(&outside, "aloof", 1).await, DeliveryStatus::NotFound);

    // What it does not handle has arrived, and dies there.
    let unhandled = MessageEnvelope::pack(&mut ForwardByName { value: 1 });
    let receipt = outside.send("doubler".into(), unhandled).await.expect("it may send");
    assert_eq!(receipt.status, DeliveryStatus::Delivered);
    rig.dead_letters_of(1, &doubler, DeadLetterReason::UnhandledMessage).await;

    doubler.terminate().await.expect("it ends");
    assert_eq!(status(&outside, "doubler", 1).await, DeliveryStatus::NotFound);
    assert_eq!(aloof.metrics().messages_received, 0);
    rig.finish().await;
}

/// Out by name, to an endpoint; to nobody once that has left.
pub async fn a_kernel_reaches_an_endpoint_outside(factory: Factory) {
    let broker = K2KBroker::new(K2KConfig::default());
    let rig = with_broker(factory, &broker).await;
    let mut target = broker.register("target".into());
    let peer = rig.launch_as("peer", "testkit.peer", reachable()).await;
    for value in 1..=20 {
        let forwarded: Forwarded = peer.call(ForwardByName { value }, LIMIT).await.expect("it answers");
        assert_eq!(forwarded.accepted, 1, "{forwarded:?}");
        let received = tokio::time::timeout(LIMIT, target.receive()).await.expect("it arrives");
        let received = received.expect("the endpoint is registered");
        assert_eq!(received.source.as_str(), "peer");
        assert_eq!(received.decode::<Number>().expect("a number").value, value);
    }
    drop(target);
    let forwarded: Forwarded = peer.call(ForwardByName { value: 7 }, LIMIT).await.expect("it answers");
    // Refused at once, or accepted on a device and a dead letter then.
    if forwarded.accepted == 1 {
        let letters = rig.dead_letters(1).await;
        assert_eq!(letters[0].kernel, Some("target".into()));
        assert_eq!(letters[0].envelope.decode::<Number>().expect("a number").value, 7);
    }
    rig.finish().await;
}

/// Two runtimes with one broker, and tenants that are kept apart across them.
pub async fn kernels_of_two_runtimes_reach_each_other(factory: Factory) {
    let broker = K2KBroker::new(K2KConfig::default());
    let [here, there] = [with_broker(factory, &broker).await, with_broker(factory, &broker).await];
    let peer = here.launch_as("peer", "testkit.peer", reachable()).await;
    let target = there.launch_as("target", "testkit.doubler", reachable()).await;
    let forwarded: Forwarded = peer.call(ForwardByName { value: 21 }, LIMIT).await.expect("it answers");
    assert_eq!(forwarded.accepted, 1, "{forwarded:?}");
    let doubled: Vec<Doubled> = receive_all(&target, 1).await;
    assert_eq!(doubled[0].value, 42);

    let tenant = here.as_tenant(5, AuditTag::unspecified());
    let options = |name| reachable().with_handler(name);
    let foreign = tenant.launch("foreign", options("testkit.peer")).await.expect("the kernel launches");
    let _: Forwarded = foreign.call(ForwardByName { value: 1 }, LIMIT).await.expect("it answers");
    eventually("it is refused", || broker.stats().cross_tenant_rejections == 1).await;

    // Whoever has the name here, one's own kernel is found there. And a name has one kernel, wherever that is.
    tenant.launch("target", options("testkit.doubler")).await.expect("the kernel launches");
    let forwarded: Forwarded = peer.call(ForwardByName { value: 4 }, LIMIT).await.expect("it answers");
    assert_eq!(forwarded.accepted, 1, "{forwarded:?}");
    let doubled: Vec<Doubled> = receive_all(&target, 1).await;
    assert_eq!(doubled[0].value, 8);
    let again = here.launch("target", options("testkit.doubler")).await;
    assert!(matches!(again, Err(RingKernelError::KernelAlreadyLaunched { .. })), "{again:?}");
    assert_eq!(target.metrics().messages_received, 2);
    assert_eq!(here.metrics().cross_tenant_rejections, 0, "the broker has refused it, and counts that");
    here.finish().await;
    there.finish().await;
}
