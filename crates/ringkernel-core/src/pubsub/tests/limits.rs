//! Tenants, and how much there may be of everything.

use super::super::{PubSubBuilder, PubSubError, QoS};
use super::{numbers, publication, topic};
use crate::error::RingKernelError;

#[test]
fn tenants_do_not_hear_of_each_other() -> Result<(), PubSubError> {
    let nobody = PubSubBuilder::new().build();
    let (one, two) = (nobody.for_tenant(1)?, nobody.for_tenant(2)?);
    let brokers = [&nobody, &one, &two];
    let mut subscriptions = Vec::new();
    for broker in brokers {
        broker.try_send(publication("a", broker.tenant() + 10).with_retained())?;
        subscriptions.push(broker.subscribe("subscriber", "#")?);
    }
    for (broker, subscription) in brokers.into_iter().zip(&mut subscriptions) {
        broker.try_send(publication("a", broker.tenant()).with_qos(QoS::AtLeastOnce))?;
        assert_eq!(numbers(subscription), [broker.tenant() + 10, broker.tenant()]);
        assert_eq!(broker.get_retained("a")[0].envelope.header.tenant_id, broker.tenant());
        assert_eq!(broker.stats().total_messages_published, 2);
    }
    let id = subscriptions[1].id();
    assert_eq!(two.unsubscribe(id), Err(PubSubError::SubscriptionNotFound { id }));
    drop(subscriptions);
    assert_eq!(nobody.for_tenant(1)?.take_dead_letters().len(), 1, "the broker of a tenant is found again");
    assert_eq!((two.take_dead_letters().len(), nobody.take_dead_letters().len()), (1, 1));
    Ok(())
}

#[test]
fn an_envelope_of_another_tenant_is_refused() {
    let broker = PubSubBuilder::new().build().for_tenant(1).expect("it is the first");
    let mut foreign = publication("a", 1);
    foreign.envelope.header.tenant_id = 2;
    let error = broker.try_send(foreign).expect_err("it is another's");
    assert_eq!(error, PubSubError::TenantMismatch { from: 2, to: 1 });
    assert!(matches!(error.into(), RingKernelError::TenantMismatch { from: 2, to: 1 }));
    assert_eq!(broker.stats().total_messages_published, 0);
}

#[test]
fn subscriptions_to_a_pattern_are_limited() -> Result<(), PubSubError> {
    let broker = PubSubBuilder::new().max_subscribers_per_topic(2).build();
    let _two = [broker.subscribe("one", "a/*")?, broker.subscribe("two", "a/*")?];
    let refused = broker.subscribe("three", "a/*").err();
    assert_eq!(refused, Some(PubSubError::TooManySubscribers { pattern: topic("a/*"), limit: 2 }));
    broker.subscribe("three", "a/b")?;
    assert_eq!(broker.stats().total_subscribers, 2);
    Ok(())
}

#[test]
fn topics_are_limited_and_those_in_use_stay() -> Result<(), PubSubError> {
    let broker = PubSubBuilder::new().max_topics(2).build();
    let _subscribed = broker.subscribe("subscriber", "a")?;
    broker.try_send(publication("a", 1))?;
    broker.try_send(publication("b", 1).with_retained())?;
    let refused = broker.try_send(publication("c", 1));
    assert_eq!(refused, Err(PubSubError::TooManyTopics { topic: topic("c"), limit: 2 }));
    assert_eq!(broker.try_send(publication("a", 2)), Ok(2));
    Ok(())
}

#[test]
fn ended_subscriptions_are_let_go_by_topics_that_nobody_publishes_to() -> Result<(), PubSubError> {
    let broker = PubSubBuilder::new().build();
    let first = broker.subscribe("first", "a")?;
    broker.try_send(publication("a", 1))?;
    let mailbox = std::sync::Arc::downgrade(&broker.space.subscription(first.id()).expect("it stands"));
    drop(first);
    assert!(mailbox.upgrade().is_some(), "the topic still has it");
    for _ in 0..64 {
        broker.subscribe("another", "b")?.unsubscribe();
    }
    assert!(mailbox.upgrade().is_none());
    Ok(())
}
