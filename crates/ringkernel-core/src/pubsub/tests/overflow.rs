//! What happens when a subscriber's queue is full.

use std::future::Future;
use std::task::{Context, Poll, Waker};

use super::super::{OverflowPolicy, PubSubError, QoS, ReceiveError};
use super::{SECOND, before_and_after, next, number, numbers, publication, topic, with_clock};
use crate::dead_letter::DeadLetterReason;

#[test]
fn a_publisher_waits_until_the_slowest_has_room() -> Result<(), PubSubError> {
    let (builder, _clock) = with_clock();
    let broker = builder.channel_buffer_size(2).build();
    let mut slow = broker.subscribe("slow", "a")?;
    let mut fast = broker.subscribe("fast", "a")?;
    for number in 1..=2 {
        broker.try_send(publication("a", number))?;
    }
    assert_eq!(numbers(&mut fast), [1, 2]);
    let (early, sent) = before_and_after(broker.send(publication("a", 3)), || {
        assert_eq!(numbers(&mut fast), [3], "who has room does not wait for the others");
        assert_eq!(number(&next(&mut slow)), 1);
    });
    assert_eq!((early, sent), (None, Some(Ok(3))));
    assert_eq!(numbers(&mut slow), [2, 3]);
    assert_eq!(broker.stats().rejected, 0);
    Ok(())
}

#[test]
fn who_has_room_again_does_not_wait_for_others_who_have_none() -> Result<(), PubSubError> {
    let (builder, clock) = with_clock();
    let broker = builder.channel_buffer_size(1).publish_timeout(SECOND).build();
    let mut subscriptions = Vec::new();
    for name in ["stuck", "slow", "stuck too"] {
        subscriptions.push(broker.subscribe(name, "a")?);
    }
    broker.try_send(publication("a", 1))?;
    let mut sending = std::pin::pin!(broker.send(publication("a", 2)));
    let mut context = Context::from_waker(Waker::noop());
    assert!(sending.as_mut().poll(&mut context).is_pending());
    let slow = &mut subscriptions[1];
    assert_eq!(numbers(slow), [1]);
    assert!(sending.as_mut().poll(&mut context).is_pending());
    assert_eq!(numbers(slow), [2]);
    clock.advance(SECOND);
    let without_room = vec!["stuck".into(), "stuck too".into()];
    let rejected = PubSubError::Rejected { topic: topic("a"), sequence: 2, delivered: 1, without_room };
    assert_eq!(sending.as_mut().poll(&mut context), Poll::Ready(Err(rejected)));
    Ok(())
}

#[tokio::test]
async fn a_publisher_that_waited_too_long_is_told_who_has_it_and_who_not() -> Result<(), PubSubError> {
    let (builder, clock) = with_clock();
    let broker = builder.channel_buffer_size(1).publish_timeout(SECOND).build();
    let mut stuck = broker.subscribe("stuck", "a")?;
    let mut quick = broker.subscribe_with("quick", "a", OverflowPolicy::DropOldest)?;
    broker.send(publication("a", 1)).await?;
    assert_eq!(numbers(&mut quick), [1]);
    let (early, late) = before_and_after(broker.send(publication("a", 2)), || clock.advance(SECOND));
    assert!(early.is_none());
    let without_room = vec!["stuck".into()];
    let rejected = PubSubError::Rejected { topic: topic("a"), sequence: 2, delivered: 1, without_room };
    assert_eq!(late, Some(Err(rejected)));
    assert_eq!(numbers(&mut quick), [2]);
    assert_eq!(numbers(&mut stuck), [1]);
    assert_eq!(broker.stats().rejected, 1);
    Ok(())
}

#[test]
fn a_publisher_that_must_not_wait_is_told_at_once() -> Result<(), PubSubError> {
    let (builder, _clock) = with_clock();
    let broker = builder.channel_buffer_size(1).build();
    let mut waits = broker.subscribe("waits", "a")?;
    let mut rejects = broker.subscribe_with("rejects", "a", OverflowPolicy::Reject)?;
    broker.try_send(publication("a", 1))?;
    let error = broker.try_send(publication("a", 2)).expect_err("nobody has room");
    let text = error.to_string();
    assert_eq!(text, "publication 2 of `a` went to 0 subscribers; without room were: rejects, waits");
    // Who rejects does not have a publisher wait that could.
    assert_eq!(numbers(&mut waits), [1]);
    let (sent, _) = before_and_after(broker.send(publication("a", 3)), || ());
    assert!(matches!(sent, Some(Err(PubSubError::Rejected { delivered: 1, .. }))), "{sent:?}");
    assert_eq!((numbers(&mut waits), numbers(&mut rejects)), (vec![3], vec![1]));
    Ok(())
}

#[test]
fn a_subscriber_whose_oldest_gave_way_is_told_how_many_before_it_goes_on() -> Result<(), PubSubError> {
    let (builder, _clock) = with_clock();
    let broker = builder.channel_buffer_size(4).overflow(OverflowPolicy::DropOldest).build();
    let mut subscription = broker.subscribe("subscriber", "a")?;
    for number in 1..=10 {
        broker.try_send(publication("a", number))?;
    }
    assert_eq!(subscription.try_receive().err(), Some(ReceiveError::Lagged { missed: 6 }));
    assert_eq!(number(&next(&mut subscription)), 7);
    for number in 11..=12 {
        broker.try_send(publication("a", number))?;
    }
    assert_eq!(subscription.try_receive().err(), Some(ReceiveError::Lagged { missed: 1 }));
    assert_eq!(numbers(&mut subscription), [9, 10, 11, 12]);
    assert_eq!(broker.stats().displaced, 7);
    assert!(broker.take_dead_letters().is_empty(), "nothing was promised of them");
    Ok(())
}

#[test]
fn what_was_promised_and_gave_way_is_a_dead_letter() -> Result<(), PubSubError> {
    let (builder, _clock) = with_clock();
    let broker = builder.channel_buffer_size(1).overflow(OverflowPolicy::DropOldest).build();
    let _subscription = broker.subscribe("subscriber", "a")?;
    for number in 1..=2 {
        broker.try_send(publication("a", number).with_qos(QoS::AtLeastOnce))?;
    }
    let letters = broker.take_dead_letters();
    assert_eq!(letters.len(), 1);
    assert_eq!(letters[0].reason, DeadLetterReason::Displaced);
    assert_eq!(letters[0].kernel, Some("subscriber".into()));
    assert_eq!(letters[0].envelope.payload[0], 1);
    Ok(())
}
