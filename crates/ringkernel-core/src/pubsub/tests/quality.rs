//! What each quality of service promises, while everybody is well.

use std::sync::Arc;

use super::super::{PubSubBuilder, PubSubError, QoS, ReceiveError};
use super::{SECOND, before_and_after, next, number, numbers, publication, with_clock};
use crate::dead_letter::DeadLetterReason;
use crate::message::MessageId;
use crate::sync::atomic::{AtomicU32, Ordering};

#[test]
fn what_is_acknowledged_is_not_given_again() -> Result<(), PubSubError> {
    let (builder, clock) = with_clock();
    let broker = builder.ack_timeout(SECOND).default_qos(QoS::AtLeastOnce).build();
    let mut subscription = broker.subscribe("subscriber", "a")?;
    for number in 1..=3 {
        broker.try_send(publication("a", number).with_qos(QoS::AtLeastOnce))?;
    }
    let [first, second, third] = [(); 3].map(|()| next(&mut subscription));
    assert!(subscription.ack(&second));
    assert!(!subscription.ack(&second), "once is enough");
    clock.advance(SECOND);
    let again = next(&mut subscription);
    assert_eq!((number(&again), again.attempt()), (1, 2));
    assert_eq!(number(&next(&mut subscription)), 3);
    assert!(subscription.ack(&first) && subscription.ack(&third), "whichever delivery is acknowledged");
    clock.advance(10 * SECOND);
    assert_eq!(subscription.try_receive().err(), Some(ReceiveError::Empty));
    assert_eq!(broker.stats().redelivered, 2);
    assert!(broker.take_dead_letters().is_empty());
    Ok(())
}

#[test]
fn what_is_due_again_wakes_a_subscriber_that_waits() -> Result<(), PubSubError> {
    let (builder, clock) = with_clock();
    let broker = builder.ack_timeout(SECOND).build();
    let mut subscription = broker.subscribe("subscriber", "a")?;
    broker.try_send(publication("a", 7).with_qos(QoS::AtLeastOnce))?;
    assert_eq!(next(&mut subscription).attempt(), 1);
    let (early, again) = before_and_after(subscription.receive(), || clock.advance(SECOND));
    assert!(early.is_none());
    assert_eq!(again.and_then(Result::ok).map(|again| (number(&again), again.attempt())), Some((7, 2)));
    Ok(())
}

#[test]
fn what_is_never_acknowledged_becomes_a_dead_letter() -> Result<(), PubSubError> {
    let (builder, clock) = with_clock();
    let broker = builder.ack_timeout(SECOND).max_deliveries(3).build();
    let mut subscription = broker.subscribe("subscriber", "a")?;
    broker.try_send(publication("a", 7).with_qos(QoS::AtLeastOnce))?;
    for attempt in 1..=3 {
        assert_eq!(next(&mut subscription).attempt(), attempt);
        assert_eq!(subscription.try_receive().err(), Some(ReceiveError::Empty));
        clock.advance(SECOND);
    }
    assert_eq!(subscription.try_receive().err(), Some(ReceiveError::Empty));
    let letters = broker.take_dead_letters();
    let reasons: Vec<_> = letters.iter().map(|letter| letter.reason).collect();
    assert_eq!(reasons, [DeadLetterReason::Unacknowledged]);
    Ok(())
}

#[test]
fn nothing_new_comes_to_a_subscriber_that_acknowledges_nothing() -> Result<(), PubSubError> {
    let (builder, _clock) = with_clock();
    let broker = builder.channel_buffer_size(2).build();
    let mut subscription = broker.subscribe("subscriber", "a")?;
    let send = |number| broker.try_send(publication("a", number).with_qos(QoS::AtLeastOnce));
    send(1)?;
    send(2)?;
    let [first, _] = [(); 2].map(|()| next(&mut subscription));
    send(3)?;
    send(4)?;
    assert!(send(5).is_err(), "so the queue fills up, too");
    assert_eq!(subscription.try_receive().err(), Some(ReceiveError::Empty));
    assert!(subscription.ack(&first));
    assert_eq!(numbers(&mut subscription), [3]);
    Ok(())
}

#[test]
fn what_is_published_again_is_given_once() -> Result<(), PubSubError> {
    let (builder, clock) = with_clock();
    let broker = builder.build();
    let mut subscription = broker.subscribe("subscriber", "a")?;
    let once = publication("a", 1).with_qos(QoS::ExactlyOnce).with_retained();
    let sequence = broker.try_send(once.clone())?;
    assert_eq!(broker.try_send(once.clone()), Ok(sequence), "it keeps its number");
    assert_eq!(numbers(&mut subscription), [1]);
    assert_eq!(broker.try_send(once.clone()), Ok(sequence));
    clock.advance(3600 * SECOND);
    assert_eq!(numbers(&mut subscription), [0; 0], "neither a publisher's retry nor time gives it again");
    assert_eq!(broker.get_retained("a").len(), 1);
    assert!(subscription.ack(&once_with(&once, sequence)));

    let mut other = once.clone();
    other.publisher = "another".into();
    broker.try_send(other)?;
    assert_eq!(numbers(&mut subscription), [1], "ids are those of a publisher");
    let at_least = once.with_qos(QoS::AtLeastOnce);
    broker.try_send(at_least.clone())?;
    broker.try_send(at_least)?;
    assert_eq!(numbers(&mut subscription), [1, 1], "only what is to be given once is compared");
    assert_eq!(broker.stats().duplicates, 2);
    Ok(())
}

fn once_with(publication: &super::Publication, sequence: u64) -> super::Publication {
    let mut numbered = publication.clone();
    numbered.sequence = sequence;
    numbered
}

#[test]
fn what_some_had_no_room_for_is_published_again_for_them_alone() -> Result<(), PubSubError> {
    let (builder, _clock) = with_clock();
    let broker = builder.channel_buffer_size(1).build();
    let mut full = broker.subscribe("full", "#")?;
    broker.try_send(publication("b", 0))?;
    let mut free = broker.subscribe("free", "a")?;
    let once = publication("a", 1).with_qos(QoS::ExactlyOnce);
    assert!(broker.try_send(once.clone()).is_err(), "one of them has no room");
    assert_eq!(numbers(&mut full), [0]);
    broker.try_send(once.clone())?;
    broker.try_send(once)?;
    assert_eq!((numbers(&mut full), numbers(&mut free)), (vec![1], vec![1]));
    Ok(())
}

#[test]
fn beyond_the_window_a_publication_is_not_recognised() -> Result<(), PubSubError> {
    let (builder, _clock) = with_clock();
    let broker = builder.deduplication_window(2).build();
    let mut subscription = broker.subscribe("subscriber", "a")?;
    let old = publication("a", 1).with_qos(QoS::ExactlyOnce);
    broker.try_send(old.clone())?;
    for number in 2..=3 {
        broker.try_send(publication("a", number).with_qos(QoS::ExactlyOnce))?;
    }
    broker.try_send(old)?;
    assert_eq!(numbers(&mut subscription), [1, 2, 3, 1]);
    Ok(())
}

#[test]
fn other_topics_do_not_shorten_the_window_of_a_topic() -> Result<(), PubSubError> {
    let (builder, _clock) = with_clock();
    let broker = builder.deduplication_window(2).build();
    let mut subscription = broker.subscribe("subscriber", "#")?;
    let old = publication("a", 1).with_qos(QoS::ExactlyOnce);
    broker.try_send(old.clone())?;
    for number in 2..=9 {
        broker.try_send(publication("b", number).with_qos(QoS::ExactlyOnce))?;
    }
    broker.try_send(old)?;
    assert_eq!(numbers(&mut subscription), [1, 2, 3, 4, 5, 6, 7, 8, 9]);
    Ok(())
}

#[test]
fn publications_without_an_id_are_not_taken_for_one_another() -> Result<(), PubSubError> {
    let (builder, _clock) = with_clock();
    let broker = builder.build();
    let mut subscription = broker.subscribe("subscriber", "a")?;
    for number in 1..=3 {
        let mut publication = publication("a", number).with_qos(QoS::ExactlyOnce);
        publication.envelope.header.message_id = MessageId::NIL;
        broker.try_send(publication)?;
    }
    assert_eq!(numbers(&mut subscription), [1, 2, 3]);
    Ok(())
}

#[test]
fn a_subscriber_that_always_has_publications_gives_way_to_other_tasks() -> Result<(), PubSubError> {
    // Several times what a task of tokio may take before others run.
    const PUBLICATIONS: u64 = 1_000;
    let broker = PubSubBuilder::new().channel_buffer_size(2 * PUBLICATIONS as usize).build();
    let mut subscription = broker.subscribe("subscriber", "a")?;
    for unacknowledged in [0, 1] {
        for number in 0..PUBLICATIONS {
            broker.try_send(publication("a", number).with_qos(QoS::AtLeastOnce))?;
        }
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let turns = runtime.block_on(async {
            let turns = Arc::new(AtomicU32::new(0));
            let counted = turns.clone();
            tokio::spawn(async move {
                loop {
                    counted.fetch_add(1, Ordering::Relaxed);
                    tokio::task::yield_now().await;
                }
            });
            for number in 0..PUBLICATIONS {
                let delivery = subscription.receive().await.unwrap();
                if number >= unacknowledged {
                    assert!(subscription.ack(&delivery));
                }
            }
            turns.load(Ordering::Relaxed)
        });
        assert!(turns > 2, "{turns} turns of another task with {unacknowledged} unacknowledged");
    }
    Ok(())
}
