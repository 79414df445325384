//! What late subscribers get.

use std::sync::Arc;

use super::super::mailbox::{Mailbox, Replay};
use super::super::{OverflowPolicy, PubSubError, Subscription};
use super::{numbers, publication, with_clock};

#[test]
fn late_subscribers_get_what_was_retained_in_order_and_then_what_comes() -> Result<(), PubSubError> {
    let (builder, _clock) = with_clock();
    let broker = builder.build();
    for (topic, number) in [("b", 1), ("a", 2), ("b", 3)] {
        broker.try_send(publication(topic, number).with_retained())?;
    }
    broker.try_send(publication("b", 4))?;
    let mut late = broker.subscribe("late", "*")?;
    let mut of_b = broker.subscribe("of b", "b")?;
    broker.try_send(publication("b", 5).with_retained())?;
    assert_eq!(numbers(&mut late), [2, 1, 3, 5], "topic by topic");
    assert_eq!(numbers(&mut of_b), [1, 3, 5]);
    Ok(())
}

#[test]
fn the_oldest_retained_give_way() -> Result<(), PubSubError> {
    let (builder, _clock) = with_clock();
    let broker = builder.max_retained_messages(2).build();
    for number in 1..=4 {
        broker.try_send(publication("a", number).with_retained())?;
    }
    let retained: Vec<u64> = broker.get_retained("a").iter().map(|retained| retained.sequence).collect();
    assert_eq!(retained, [3, 4]);
    assert_eq!(numbers(&mut broker.subscribe("late", "a")?), [3, 4]);
    assert_eq!(broker.clear_retained("a"), 2);
    assert_eq!(numbers(&mut broker.subscribe("later", "a")?), [0; 0]);
    assert_eq!((broker.clear_retained("a"), broker.get_retained("never").len()), (0, 0));
    Ok(())
}

#[test]
fn a_topic_that_retains_nothing_says_so() {
    let (builder, _clock) = with_clock();
    let broker = builder.max_retained_messages(0).build();
    let refused = broker.try_send(publication("a", 1).with_retained());
    assert!(matches!(refused, Err(PubSubError::RetainsNothing { .. })), "{refused:?}");
    assert_eq!(broker.stats().topic_count, 0);
}

#[test]
fn who_subscribes_while_others_publish_misses_nothing_and_gets_nothing_twice() -> Result<(), PubSubError> {
    const COUNT: u64 = if cfg!(miri) { 50 } else { 4_000 };
    let (builder, _clock) = with_clock();
    let broker = builder
        .max_retained_messages(COUNT as usize)
        .channel_buffer_size(COUNT as usize)
        .overflow(OverflowPolicy::Reject)
        .build();
    let publisher = std::thread::spawn({
        let broker = broker.clone();
        move || {
            for number in 1..=COUNT {
                broker.try_send(publication("a", number).with_retained()).expect("there is room for all");
            }
        }
    });
    let mut subscriptions = Vec::new();
    while !publisher.is_finished() {
        subscriptions.push(broker.subscribe("late", ["a", "*", "#"][subscriptions.len() % 3])?);
        std::thread::yield_now();
        if subscriptions.len() == 200 {
            break;
        }
    }
    publisher.join().expect("no panic");
    let all: Vec<u64> = (1..=COUNT).collect();
    for subscription in &mut subscriptions {
        assert_eq!(numbers(subscription), all);
    }
    Ok(())
}

#[test]
fn what_is_published_while_a_subscription_is_made_comes_once() {
    let (builder, _clock) = with_clock();
    let broker = builder.build();
    // The steps of `subscribe`, with publications between them.
    let config = broker.config();
    let mailbox = Arc::new(Mailbox::new(1, "late".into(), "a".into(), OverflowPolicy::Wait, config));
    assert!(broker.space.tree.add(&mailbox, 1));
    for number in 1..=2 {
        broker.try_send(publication("a", number).with_retained()).expect("room");
    }
    let mut replay = Replay::default();
    broker.space.topics.get("a").expect("it was published to").replay_into(&mut replay);
    broker.try_send(publication("a", 3).with_retained()).expect("room");
    assert_eq!(numbers(&mut Subscription::new(broker.clone(), mailbox, replay)), [1, 2, 3]);
}
