//! What becomes of a tenant's topics when its registration ends.

use std::sync::{Arc, Barrier};
use std::thread;

use ringkernel_abi::UNSPECIFIED_TENANT;

use super::super::{PubSubBroker, PubSubBuilder, PubSubError, QoS};
use super::{next, number, numbers, publication};
use crate::backend::Strangers;
use crate::error::RingKernelError;
use crate::k2k::tenant::{TenantQuota, TenantRegistry};
use crate::runtime::Tenancy;

const TENANT: Tenancy = Tenancy { tenant: 7, audit: ringkernel_abi::AuditTag::unspecified() };

/// Why an old broker is refused.
const OVER: PubSubError = PubSubError::RegistrationEnded { tenant: 7 };

type Outcome = Result<(), RingKernelError>;

fn registered() -> Result<Arc<TenantRegistry>, RingKernelError> {
    let registry = Arc::new(TenantRegistry::new());
    registry.register(7, TenantQuota::unlimited())?;
    Ok(registry)
}

fn register_again(registry: &TenantRegistry) -> Outcome {
    assert!(registry.deregister(7));
    registry.register(7, TenantQuota::unlimited())
}

fn spaces(broker: &PubSubBroker) -> usize {
    broker.shared.spaces.lock().expect("no test panics with it").len()
}

#[test]
fn a_successor_finds_nothing_of_whoever_had_its_number() -> Outcome {
    let registry = registered()?;
    let owner = PubSubBuilder::new().enable_persistence(true).build();
    let former = owner.for_registered(&registry, TENANT)?;
    let away = former.subscribe("reader", "a")?;
    former.try_send(publication("a", 1).with_qos(QoS::AtLeastOnce).with_retained())?;
    drop(away);
    former.subscribe("ends", "a")?.unsubscribe();
    assert_eq!(former.stats().dead_letters, 1);

    register_again(&registry)?;
    let successor = owner.for_registered(&registry, TENANT)?;
    assert_eq!(successor.stats(), Default::default());
    assert!(successor.list_topics().is_empty() && successor.get_retained("a").is_empty());
    assert!(successor.take_dead_letters().is_empty());
    let mut reader = successor.subscribe("reader", "a")?;
    assert_eq!(numbers(&mut reader), [0; 0], "nor a place that was kept for another");
    Ok(())
}

#[test]
fn a_broker_of_a_former_registration_is_refused_once_there_is_another() -> Outcome {
    let registry = registered()?;
    let owner = PubSubBuilder::new().build();
    let former = owner.for_registered(&registry, TENANT)?;
    // As one of a program that asks no registry.
    let unasked = owner.for_tenant(7)?;
    former.try_send(publication("a", 1))?;
    register_again(&registry)?;
    let successor = owner.for_registered(&registry, TENANT)?;
    let mut reader = successor.subscribe("reader", "#")?;
    for old in [&former, &unasked] {
        assert_eq!(old.try_send(publication("a", 2)), Err(OVER));
        assert_eq!(old.subscribe("spy", "#").err(), Some(OVER));
        assert_eq!(old.attach("kernel".into(), &[]).err(), Some(OVER));
        let refused = old.publish_of_kernel(publication("a", 3)).err().map(|(error, _)| error);
        assert_eq!(refused, Some(OVER));
    }
    successor.try_send(publication("a", 4))?;
    assert_eq!(numbers(&mut reader), [4]);
    owner.for_tenant(7)?.try_send(publication("a", 5))?;
    assert_eq!(numbers(&mut reader), [5], "whoever asks again has those that there are now");
    Ok(())
}

#[test]
fn whoever_is_subscribed_stays_so_when_a_quota_is_changed() -> Outcome {
    let registry = registered()?;
    let owner = PubSubBuilder::new().build();
    let former = owner.for_registered(&registry, TENANT)?;
    let mut reader = former.subscribe("reader", "a")?;
    former.try_send(publication("a", 1).with_retained())?;
    for round in 2..=3 {
        register_again(&registry)?;
        let current = owner.for_registered(&registry, TENANT)?;
        assert_eq!(current.get_retained("a").len(), 1);
        current.try_send(publication("a", 10 * round))?;
        former.try_send(publication("a", 10 * round + 1))?;
    }
    assert_eq!(numbers(&mut reader), [1, 20, 21, 30, 31]);

    drop(reader);
    register_again(&registry)?;
    let successor = owner.for_registered(&registry, TENANT)?;
    assert!(successor.get_retained("a").is_empty(), "nobody was there");
    Ok(())
}

/// Also one that only publishes.
#[test]
fn a_kernel_that_runs_keeps_the_topics_of_its_tenant() -> Outcome {
    let registry = registered()?;
    let owner = PubSubBuilder::new().build();
    let first = registry.get(7);
    let (of_kernel, stay) = owner.for_kernel(TENANT, first.as_ref(), &"kernel".into(), &[])?;
    register_again(&registry)?;
    let current = owner.for_registered(&registry, TENANT)?;
    let mut reader = current.subscribe("reader", "a")?;
    of_kernel.publish_of_kernel(publication("a", 1)).map_err(|(error, _)| error)?;
    // One that was launched before, and publishes only now.
    let (late, _stay) = owner.for_kernel(TENANT, first.as_ref(), &"late".into(), &[])?;
    late.publish_of_kernel(publication("a", 2)).map_err(|(error, _)| error)?;
    assert_eq!(numbers(&mut reader), [1, 2]);

    drop((stay, _stay, reader));
    register_again(&registry)?;
    let (of_another, _stay) = owner.for_kernel(TENANT, registry.get(7).as_ref(), &"kernel".into(), &[])?;
    assert!(of_another.list_topics().is_empty());
    assert_eq!(current.try_send(publication("a", 3)), Err(OVER));
    Ok(())
}

#[test]
fn what_was_there_before_the_first_registration_is_its_own() -> Outcome {
    let registry = Arc::new(TenantRegistry::new());
    let owner = PubSubBuilder::new().build();
    let before = owner.for_tenancy_in(&registry, Strangers::Unlimited, TENANT)?;
    before.try_send(publication("a", 1).with_retained())?;
    registry.register(7, TenantQuota::unlimited())?;
    let first = owner.for_registered(&registry, TENANT)?;
    let mut reader = first.subscribe("reader", "a")?;
    assert_eq!(number(&next(&mut reader)), 1);
    drop(reader);
    before.try_send(publication("a", 2))?;

    register_again(&registry)?;
    assert!(owner.for_registered(&registry, TENANT)?.list_topics().is_empty());
    assert_eq!(before.try_send(publication("a", 3)), Err(OVER));
    Ok(())
}

/// Runtimes with registries of their own may share a broker.
#[test]
fn a_tenant_of_two_registries_has_one_set_of_topics() -> Outcome {
    let registries = [registered()?, registered()?];
    let owner = PubSubBuilder::new().build();
    let [one, other] = registries.each_ref().map(|registry| owner.for_registered(registry, TENANT));
    let (one, other) = (one?, other?);
    one.try_send(publication("a", 1).with_retained())?;
    for registry in &registries {
        assert_eq!(owner.for_registered(registry, TENANT)?.get_retained("a").len(), 1);
    }
    other.try_send(publication("a", 2))?;
    one.try_send(publication("a", 3))?;
    Ok(())
}

#[test]
fn nobody_in_particular_stays() -> Outcome {
    let registry = Arc::new(TenantRegistry::new());
    let owner = PubSubBuilder::new().build();
    for round in 1..=3 {
        registry.register(UNSPECIFIED_TENANT, TenantQuota::unlimited())?;
        let broker = owner.for_registered(&registry, Tenancy::default())?;
        assert_eq!(owner.try_send(publication("a", 1))?, 2 * round - 1);
        assert_eq!(broker.try_send(publication("a", 2))?, 2 * round);
        registry.deregister(UNSPECIFIED_TENANT);
    }
    Ok(())
}

#[test]
fn tenants_that_come_and_go_leave_nothing() -> Outcome {
    const TENANTS: u64 = 5_000;
    let registry = Arc::new(TenantRegistry::new());
    let owner = PubSubBuilder::new().build();
    let mut living = Vec::new();
    for tenant in 1..=TENANTS {
        registry.register(tenant, TenantQuota::unlimited())?;
        let broker = owner.for_registered(&registry, Tenancy { tenant, ..TENANT })?;
        broker.try_send(publication("a", tenant).with_retained())?;
        let subscription = broker.subscribe("reader", "a")?;
        match tenant % 500 {
            // A tenant that has left its subscriber behind, and one that stays.
            0 => living.push(subscription),
            1 => continue,
            _ => {}
        }
        registry.deregister(tenant);
    }
    let kept = living.len() + registry.tenant_count();
    assert_eq!(kept, 20);
    assert!(spaces(&owner) <= 100, "{} are kept for {kept}", spaces(&owner));
    for mut subscription in living {
        next(&mut subscription);
    }
    for tenant in registry.tenant_ids() {
        let broker = owner.for_registered(&registry, Tenancy { tenant, ..TENANT })?;
        assert_eq!(broker.get_retained("a").len(), 1, "tenant {tenant} is still there");
    }
    Ok(())
}

/// Whoever subscribes while the topics are left is refused, or is there.
#[test]
fn a_subscription_while_topics_are_left_is_refused_or_stands() -> Outcome {
    for _ in 0..200 {
        let registry = registered()?;
        let owner = PubSubBuilder::new().build();
        let former = owner.for_registered(&registry, TENANT)?;
        register_again(&registry)?;
        let start = Barrier::new(2);
        let (subscribed, successor) = thread::scope(|scope| {
            let subscriber = scope.spawn(|| {
                start.wait();
                former.subscribe("reader", "a")
            });
            start.wait();
            let successor = owner.for_registered(&registry, TENANT);
            (subscriber.join().expect("it does not panic"), successor)
        });
        successor?.try_send(publication("a", 1))?;
        match subscribed {
            Ok(mut reader) => assert_eq!(numbers(&mut reader), [1]),
            Err(error) => assert_eq!(error, OVER),
        }
    }
    Ok(())
}
