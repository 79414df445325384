//! What is left of promises when a subscriber or a publisher goes away.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Wake, Waker};

use super::super::{PubSubError, QoS, ReceiveError};
use super::{SECOND, before_and_after, next, number, numbers, publication, with_clock};
use crate::dead_letter::DeadLetterReason;

#[test]
fn what_a_dead_subscriber_had_not_acknowledged_becomes_dead_letters() -> Result<(), PubSubError> {
    let (builder, _clock) = with_clock();
    let broker = builder.build();
    for (number, qos) in [(1, QoS::AtMostOnce), (2, QoS::AtLeastOnce), (3, QoS::ExactlyOnce)] {
        broker.try_send(publication("retained", number).with_qos(qos).with_retained())?;
    }
    let mut subscription = broker.subscribe("dies", "#")?;
    for (number, qos) in [(4, QoS::AtMostOnce), (5, QoS::AtLeastOnce), (6, QoS::ExactlyOnce)] {
        broker.try_send(publication("a", number).with_qos(qos))?;
    }
    assert_eq!([(); 3].map(|()| number(&next(&mut subscription))), [1, 2, 3]);
    let acknowledged = next(&mut subscription);
    assert!(!subscription.ack(&acknowledged), "nothing was promised of it but its delivery");
    drop(subscription);
    let letters = broker.take_dead_letters();
    assert!(letters.iter().all(|letter| letter.reason == DeadLetterReason::SubscriberGone));
    let mut lost: Vec<u8> = letters.iter().map(|letter| letter.envelope.payload[0]).collect();
    lost.sort_unstable();
    assert_eq!(lost, [2, 3, 5, 6]);
    assert_eq!(broker.stats().dead_letters, 4);
    Ok(())
}

#[test]
fn a_publisher_does_not_wait_for_a_subscriber_that_dies() -> Result<(), PubSubError> {
    let (builder, _clock) = with_clock();
    let broker = builder.channel_buffer_size(1).build();
    let dying = broker.subscribe("dies", "a")?;
    broker.try_send(publication("a", 1))?;
    let (early, sent) = before_and_after(broker.send(publication("a", 2)), || drop(dying));
    assert_eq!((early, sent), (None, Some(Ok(2))));
    Ok(())
}

#[test]
fn what_a_publisher_published_outlives_it() -> Result<(), PubSubError> {
    let (builder, clock) = with_clock();
    let broker = builder.ack_timeout(SECOND).build();
    let mut subscription = broker.subscribe("subscriber", "a")?;
    let publisher = std::thread::spawn({
        let broker = broker.clone();
        move || broker.try_send(publication("a", 1).with_qos(QoS::AtLeastOnce)).expect("room")
    });
    publisher.join().expect("no panic");
    assert_eq!(number(&next(&mut subscription)), 1);
    clock.advance(SECOND);
    assert_eq!(next(&mut subscription).attempt(), 2, "nor is it needed to deliver again");
    Ok(())
}

#[test]
fn a_publisher_that_gives_up_waiting_has_published_to_those_with_room() -> Result<(), PubSubError> {
    let (builder, _clock) = with_clock();
    let broker = builder.channel_buffer_size(1).build();
    let mut full = broker.subscribe("full", "#")?;
    broker.try_send(publication("b", 0))?;
    let mut free = broker.subscribe("free", "a")?;
    let once = publication("a", 1).with_qos(QoS::ExactlyOnce);
    // The future is dropped while it waits.
    assert_eq!(before_and_after(broker.send(once.clone()), || ()), (None, None));
    assert_eq!((numbers(&mut full), numbers(&mut free)), (vec![0], vec![1]));
    broker.try_send(once)?;
    assert_eq!((numbers(&mut full), numbers(&mut free)), (vec![1], vec![0; 0]));
    Ok(())
}

#[test]
fn a_wait_that_is_given_up_has_received_nothing() -> Result<(), PubSubError> {
    let (builder, _clock) = with_clock();
    let broker = builder.build();
    let mut subscription = broker.subscribe("subscriber", "a")?;
    assert!(matches!(before_and_after(subscription.receive(), || ()), (None, None)));
    broker.try_send(publication("a", 1))?;
    assert_eq!(numbers(&mut subscription), [1]);
    assert_eq!(subscription.try_receive().err(), Some(ReceiveError::Empty));
    Ok(())
}

/// A task that panics when it is woken, on the thread that wakes it.
struct Panics;

impl Wake for Panics {
    fn wake(self: Arc<Self>) {
        panic!("a task that was woken");
    }
}

#[test]
fn a_subscriber_that_panics_when_it_is_woken_keeps_nobody_from_a_publication() -> Result<(), PubSubError> {
    let (builder, _clock) = with_clock();
    let broker = builder.build();
    let mut subscriptions = Vec::new();
    for number in 0..3 {
        subscriptions.push(broker.subscribe(format!("subscriber {number}"), "a")?);
    }
    let waker = Waker::from(Arc::new(Panics));
    for subscription in &mut subscriptions {
        assert!(pin!(subscription.receive()).poll(&mut Context::from_waker(&waker)).is_pending());
    }
    assert_eq!(broker.try_send(publication("a", 7)), Ok(1));
    assert!(subscriptions.iter_mut().all(|subscription| number(&next(subscription)) == 7));
    Ok(())
}
