//! Subscribers that are called.

use std::future::pending;
use std::sync::{Arc, Mutex};
use std::task::Poll;

use super::super::{
    OverflowPolicy, PubSubBroker, PubSubBuilder, PubSubError, Publication, QoS, ReceiveError, Taken,
    TopicAttachment, TopicPort,
};
use super::{before_and_after, next, number, publication, topic};
use crate::runtime::BoxFuture;

/// Takes `room` publications.
struct Port {
    room: usize,
    taken: Mutex<Vec<u64>>,
    refused: Mutex<Vec<u64>>,
}

impl Port {
    fn with_room(room: usize) -> Arc<Self> {
        Arc::new(Self { room, taken: Mutex::default(), refused: Mutex::default() })
    }

    fn taken(&self) -> Vec<u64> {
        std::mem::take(&mut self.taken.lock().expect("no test panics with it"))
    }

    fn refused(&self) -> Vec<u64> {
        std::mem::take(&mut self.refused.lock().expect("no test panics with it"))
    }
}

impl TopicPort for Port {
    fn deliver(&self, publication: &Publication) -> Taken {
        let mut taken = self.taken.lock().expect("no test panics with it");
        if taken.len() == self.room {
            return Taken::Full;
        }
        taken.push(number(publication));
        Taken::Yes
    }

    fn refuse(&self, publication: &Publication) {
        self.refused.lock().expect("no test panics with it").push(number(publication));
    }

    fn room(&self) -> BoxFuture<'_, ()> {
        let mut looked = false;
        Box::pin(async move {
            std::future::poll_fn(|_| match std::mem::replace(&mut looked, true) {
                true => Poll::Ready(()),
                false => Poll::Pending,
            })
            .await;
        })
    }
}

fn attach(
    broker: &Arc<PubSubBroker>,
    patterns: &[&str],
    port: &Arc<Port>,
) -> Result<TopicAttachment, PubSubError> {
    let patterns: Vec<_> = patterns.iter().map(|pattern| topic(pattern)).collect();
    let attachment = broker.attach("kernel".into(), &patterns)?;
    attachment.open(port.clone());
    Ok(attachment)
}

#[test]
fn a_port_is_given_once_what_several_patterns_match_until_it_is_detached() -> Result<(), PubSubError> {
    let broker = PubSubBuilder::new().build();
    broker.try_send(publication("a/b", 1).with_retained())?;
    broker.try_send(publication("c", 2).with_retained())?;
    let port = Port::with_room(10);
    let attachment = attach(&broker, &["a/*", "a/#", "c"], &port)?;
    assert_eq!(port.taken(), [1, 2], "what is retained");
    for (name, number) in [("a/b", 3), ("a", 4), ("c", 5), ("d", 6)] {
        broker.try_send(publication(name, number))?;
    }
    assert_eq!(port.taken(), [3, 4, 5]);
    assert_eq!(broker.stats().total_subscribers, 3);
    assert_eq!(broker.topic_info("a/b").map(|info| info.subscriber_count), Some(2));
    drop(attachment);
    broker.try_send(publication("a/b", 7))?;
    assert_eq!(port.taken(), []);
    assert_eq!(broker.stats().total_subscribers, 0);
    Ok(())
}

#[test]
fn a_port_that_is_not_open_has_its_place_and_misses_nothing_that_is_retained() -> Result<(), PubSubError> {
    let broker = PubSubBuilder::new().max_subscribers_per_topic(1).build();
    let attachment = broker.attach("kernel".into(), &[topic("a")])?;
    let refused = broker.attach("other".into(), &[topic("a")]).err();
    assert_eq!(refused, Some(PubSubError::TooManySubscribers { pattern: topic("a"), limit: 1 }));
    assert_eq!(broker.try_send(publication("a", 1)), Ok(1), "nobody is there who would have no room");
    broker.try_send(publication("a", 2).with_retained())?;
    let port = Port::with_room(10);
    attachment.open(port.clone());
    broker.try_send(publication("a", 3))?;
    assert_eq!(port.taken(), [2, 3]);
    Ok(())
}

#[test]
fn hosts_wait_for_a_full_port_or_are_told() -> Result<(), PubSubError> {
    let broker = PubSubBuilder::new().build();
    let port = Port::with_room(1);
    let _attachment = attach(&broker, &["a"], &port)?;
    broker.try_send(publication("a", 1))?;
    let refused = broker.try_send(publication("a", 2)).expect_err("there is no room");
    assert!(
        matches!(&refused, PubSubError::Rejected { without_room, .. } if *without_room == ["kernel".into()]),
        "{refused}"
    );
    let room = || assert_eq!(port.taken(), [1]);
    let sent = before_and_after(broker.send(publication("a", 3)), room);
    assert_eq!(sent, (None, Some(Ok(3))));
    assert_eq!((port.taken(), port.refused()), (vec![3], vec![]));
    Ok(())
}

#[test]
fn what_is_to_be_given_once_is_given_to_a_port_once() -> Result<(), PubSubError> {
    let broker = PubSubBuilder::new().build();
    let port = Port::with_room(1);
    let _attachment = attach(&broker, &["a"], &port)?;
    let [first, second] = [1, 2].map(|number| publication("a", number).with_qos(QoS::ExactlyOnce));
    broker.try_send(first.clone())?;
    broker.try_send(second.clone()).expect_err("there is no room");
    assert_eq!(port.taken(), [1]);
    for publication in [first, second] {
        broker.try_send(publication)?;
    }
    assert_eq!(port.taken(), [2], "the first one has it, and the second one had no room");
    Ok(())
}

/// Nobody tells the kernel, which goes on; whoever has missed something learns it.
#[test]
fn what_a_kernel_publishes_is_missed_by_those_without_room_and_they_are_told() -> Result<(), PubSubError> {
    let broker = PubSubBuilder::new().channel_buffer_size(1).build();
    let port = Port::with_room(1);
    let _attachment = attach(&broker, &["a"], &port)?;
    let mut waits = broker.subscribe("waits", "a")?;
    let mut rejects = broker.subscribe_with("rejects", "a", OverflowPolicy::Reject)?;
    for number in 1..=3 {
        let published = broker.publish_of_kernel(publication("a", number));
        assert_eq!(published.map_err(|(error, _)| error), Ok(number));
    }
    for subscription in [&mut waits, &mut rejects] {
        assert_eq!(subscription.try_receive().err(), Some(ReceiveError::Lagged { missed: 2 }));
        assert_eq!(number(&next(subscription)), 1);
        assert_eq!(subscription.try_receive().err(), Some(ReceiveError::Empty));
    }
    assert_eq!((port.taken(), port.refused()), (vec![1], vec![2, 3]));
    assert_eq!(broker.stats().rejected, 6);

    let (error, envelope) = broker.publish_of_kernel(publication("a/*", 9)).expect_err("it is a pattern");
    assert!(matches!(error, PubSubError::Topic(_)), "{error}");
    assert_eq!(envelope.payload[..], 9_u64.to_le_bytes());
    Ok(())
}

#[test]
fn retained_publications_without_room_are_refused() -> Result<(), PubSubError> {
    let broker = PubSubBuilder::new().build();
    for number in 1..=3 {
        broker.try_send(publication("a", number).with_retained())?;
    }
    let port = Port::with_room(2);
    let _attachment = attach(&broker, &["#"], &port)?;
    assert_eq!((port.taken(), port.refused()), (vec![1, 2], vec![3]));
    assert_eq!(broker.stats().rejected, 1);
    Ok(())
}

#[test]
fn patterns_are_checked_and_limited_all_or_none() -> Result<(), PubSubError> {
    let broker = PubSubBuilder::new().max_subscribers_per_topic(1).build();
    let port = Port::with_room(1);
    let malformed = attach(&broker, &["a", "a//b"], &port).err();
    assert!(matches!(malformed, Some(PubSubError::Topic(_))), "{malformed:?}");
    let _first = attach(&broker, &["b"], &port)?;
    let refused = attach(&broker, &["a", "b"], &port).err();
    assert_eq!(refused, Some(PubSubError::TooManySubscribers { pattern: topic("b"), limit: 1 }));
    broker.try_send(publication("a", 1))?;
    assert_eq!(port.taken(), []);
    attach(&broker, &["a"], &port)?;
    Ok(())
}

/// A port that publishes while it is called would wait for itself; this one only shows that nobody waits for ever at `room`.
#[test]
fn a_publisher_does_not_wait_longer_than_it_may() -> Result<(), PubSubError> {
    struct Full;
    impl TopicPort for Full {
        fn deliver(&self, _publication: &Publication) -> Taken {
            Taken::Full
        }
        fn refuse(&self, _publication: &Publication) {}
        fn room(&self) -> BoxFuture<'_, ()> {
            Box::pin(pending())
        }
    }
    let (builder, clock) = super::with_clock();
    let broker = builder.build();
    let attachment = broker.attach("full".into(), &[topic("a")])?;
    attachment.open(Arc::new(Full));
    let timeout = broker.config().publish_timeout;
    let sent = before_and_after(broker.send(publication("a", 1)), || clock.advance(timeout));
    assert!(matches!(sent, (None, Some(Err(PubSubError::Rejected { .. })))), "{sent:?}");
    Ok(())
}
