//! Places that are kept for subscribers that come back.

use super::super::{OverflowPolicy, PubSubError, QoS, ReceiveError};
use super::{SECOND, before_and_after, next, number, numbers, publication, with_clock};

#[test]
fn who_comes_back_gets_what_it_had_not_acknowledged_and_what_came_meanwhile() -> Result<(), PubSubError> {
    let (builder, _clock) = with_clock();
    let broker = builder.enable_persistence(true).ack_timeout(SECOND).build();
    let send = |number| broker.try_send(publication("a", number).with_qos(QoS::AtLeastOnce));
    let mut subscription = broker.subscribe("comes back", "a")?;
    let id = subscription.id();
    send(1)?;
    send(2)?;
    send(3)?;
    let [first, _] = [(); 2].map(|()| next(&mut subscription));
    assert!(subscription.ack(&first));
    drop(subscription);
    send(4)?;
    let mut other = broker.subscribe("another", "a")?;
    assert_eq!(numbers(&mut other), [0; 0], "a place is kept for its subscriber");

    let mut subscription = broker.subscribe("comes back", "a")?;
    assert_eq!(subscription.id(), id);
    let again = next(&mut subscription);
    assert_eq!((number(&again), again.attempt()), (2, 2));
    assert_eq!(numbers(&mut subscription), [3, 4]);
    assert!(broker.take_dead_letters().is_empty());
    Ok(())
}

#[test]
fn a_place_that_is_kept_makes_nobody_wait() -> Result<(), PubSubError> {
    let (builder, _clock) = with_clock();
    let broker = builder.enable_persistence(true).channel_buffer_size(2).build();
    let subscription = broker.subscribe("away", "a")?;
    broker.try_send(publication("a", 1))?;
    broker.try_send(publication("a", 2))?;
    let (early, sent) = before_and_after(broker.send(publication("a", 3)), || drop(subscription));
    assert_eq!((early, sent), (None, Some(Ok(3))));
    broker.try_send(publication("a", 4))?;
    let mut subscription = broker.subscribe("away", "a")?;
    assert_eq!(subscription.try_receive().err(), Some(ReceiveError::Lagged { missed: 2 }));
    assert_eq!(numbers(&mut subscription), [3, 4]);
    broker.try_send(publication("a", 5))?;
    broker.try_send(publication("a", 6))?;
    assert!(broker.try_send(publication("a", 7)).is_err(), "it is back, and publishers wait again");
    Ok(())
}

#[test]
fn who_comes_back_brings_a_policy_of_its_own() -> Result<(), PubSubError> {
    let (builder, _clock) = with_clock();
    let broker = builder.enable_persistence(true).channel_buffer_size(1).build();
    drop(broker.subscribe_with("away", "a", OverflowPolicy::Wait)?);
    let mut subscription = broker.subscribe_with("away", "a", OverflowPolicy::DropOldest)?;
    for number in 1..=3 {
        broker.try_send(publication("a", number))?;
    }
    assert_eq!(subscription.try_receive().err(), Some(ReceiveError::Lagged { missed: 2 }));
    assert_eq!(numbers(&mut subscription), [3]);
    Ok(())
}

#[test]
fn what_was_given_once_is_not_given_to_the_next() -> Result<(), PubSubError> {
    let (builder, _clock) = with_clock();
    let broker = builder.enable_persistence(true).build();
    let mut subscription = broker.subscribe("comes back", "a")?;
    for number in 1..=2 {
        broker.try_send(publication("a", number).with_qos(QoS::ExactlyOnce))?;
    }
    assert_eq!(number(&next(&mut subscription)), 1);
    drop(subscription);
    let mut subscription = broker.subscribe("comes back", "a")?;
    assert_eq!(numbers(&mut subscription), [2]);
    assert_eq!(broker.take_dead_letters().len(), 1, "nobody knows whether it was handled");
    Ok(())
}

#[test]
fn the_rest_of_what_was_retained_waits_as_well() -> Result<(), PubSubError> {
    let (builder, _clock) = with_clock();
    let broker = builder.enable_persistence(true).build();
    for number in 1..=3 {
        broker.try_send(publication("a", number).with_retained())?;
    }
    let mut subscription = broker.subscribe("comes back", "a")?;
    assert_eq!(number(&next(&mut subscription)), 1);
    drop(subscription);
    let mut subscription = broker.subscribe("comes back", "a")?;
    assert_eq!(numbers(&mut subscription), [2, 3]);
    Ok(())
}

#[test]
fn who_unsubscribes_leaves_no_place() -> Result<(), PubSubError> {
    let (builder, _clock) = with_clock();
    let broker = builder.enable_persistence(true).build();
    let subscription = broker.subscribe("goes", "a")?;
    let id = subscription.id();
    subscription.unsubscribe();
    assert_eq!(broker.stats().total_subscribers, 0);
    let kept = broker.subscribe("stays", "a")?;
    let kept_id = kept.id();
    drop(kept);
    assert_eq!(broker.stats().total_subscribers, 1);
    broker.unsubscribe(kept_id)?;
    assert_eq!(broker.stats().total_subscribers, 0);
    assert_ne!(broker.subscribe("goes", "a")?.id(), id);
    Ok(())
}
