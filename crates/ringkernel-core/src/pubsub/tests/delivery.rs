//! Who gets what, in which order, and how often it is copied.

use super::super::{PubSubBuilder, PubSubError, QoS, ReceiveError};
use super::{before_and_after, envelope, next, number, numbers, publication, topic};
use crate::hlc::HlcTimestamp;
use crate::runtime::KernelId;

#[tokio::test]
async fn everybody_who_matches_gets_the_same_publication_in_order() -> Result<(), PubSubError> {
    let broker = PubSubBuilder::new().build();
    let mut one = broker.subscribe("one", "plant/2/pressure")?;
    let mut any = broker.subscribe("any", "plant/*/pressure")?;
    let mut all = broker.subscribe("all", "plant/#")?;
    let mut other = broker.subscribe("other", "plant/2")?;
    let sensor = KernelId::from("sensor");
    let at = HlcTimestamp::new(7, 0, 1);
    for (topic, number) in [("plant/2/pressure", 1), ("plant/3/pressure", 2), ("plant/2/pressure", 3)] {
        broker.publish(topic, sensor.clone(), envelope(number), at).await?;
    }
    let first = next(&mut one).into_publication();
    assert_eq!((first.topic.name(), &first.publisher, first.timestamp), ("plant/2/pressure", &sensor, at));
    assert_eq!((first.sequence, first.qos, first.retained), (1, QoS::AtMostOnce, false));
    let shared = next(&mut any).into_publication();
    assert!(std::ptr::eq(&*first, &*shared), "the publication is shared, not copied");
    assert_eq!(next(&mut one).sequence, 2, "topics count for themselves");
    assert_eq!(numbers(&mut any), [2, 3]);
    assert_eq!(numbers(&mut all), [1, 2, 3]);
    assert_eq!(other.try_receive().err(), Some(ReceiveError::Empty));
    Ok(())
}

#[tokio::test]
async fn a_waiting_subscriber_is_woken() -> Result<(), PubSubError> {
    let broker = PubSubBuilder::new().build();
    let mut subscription = broker.subscribe("subscriber", "a")?;
    let (early, received) = before_and_after(subscription.receive(), || {
        broker.try_send(publication("a", 5)).expect("room");
    });
    assert!(early.is_none());
    assert_eq!(received.and_then(Result::ok).map(|delivery| number(&delivery)), Some(5));

    let task = tokio::spawn(async move { subscription.receive().await.map(|delivery| number(&delivery)) });
    tokio::task::yield_now().await;
    broker.try_send(publication("a", 6))?;
    assert_eq!(task.await.expect("no panic"), Ok(6));
    Ok(())
}

#[test]
fn a_subscription_that_has_ended_gets_nothing_and_says_so() -> Result<(), PubSubError> {
    let broker = PubSubBuilder::new().build();
    let mut ended = broker.subscribe("ended", "a")?;
    let mut stays = broker.subscribe("stays", "a")?;
    let dropped = broker.subscribe("dropped", "a")?;
    broker.try_send(publication("a", 1))?;
    broker.unsubscribe(ended.id())?;
    drop(dropped);
    broker.try_send(publication("a", 2))?;
    assert_eq!(ended.try_receive().err(), Some(ReceiveError::Closed));
    assert_eq!(numbers(&mut stays), [1, 2]);
    assert_eq!(broker.stats().total_subscribers, 1);
    let id = ended.id();
    assert_eq!(broker.unsubscribe(id), Err(PubSubError::SubscriptionNotFound { id }));
    stays.unsubscribe();
    assert_eq!(broker.stats().total_subscribers, 0);
    Ok(())
}

#[test]
fn a_waiting_subscriber_hears_of_the_end() -> Result<(), PubSubError> {
    let broker = PubSubBuilder::new().build();
    let mut subscription = broker.subscribe("subscriber", "a")?;
    let id = subscription.id();
    let (_, received) =
        before_and_after(subscription.receive(), || broker.unsubscribe(id).expect("it stands"));
    assert_eq!(received.map(|received| received.err()), Some(Some(ReceiveError::Closed)));
    Ok(())
}

#[test]
fn topics_are_listed_with_what_is_known_of_them() -> Result<(), PubSubError> {
    let broker = PubSubBuilder::new().build();
    let _subscriptions = [broker.subscribe("a", "b/*")?, broker.subscribe("b", "b/1")?];
    broker.try_send(publication("b/1", 1).with_retained())?;
    broker.try_send(publication("b/1", 2))?;
    broker.try_send(publication("a", 1))?;
    assert_eq!(broker.list_topics(), [topic("a"), topic("b/1")]);
    let info = broker.topic_info("b/1").expect("it was published to");
    assert_eq!((info.subscriber_count, info.messages_published, info.retained_count), (2, 2, 1));
    let info = broker.topic_info("b/2").expect("somebody subscribed to it");
    assert_eq!((info.subscriber_count, info.messages_published), (1, 0));
    assert!(broker.topic_info("c").is_none());
    let stats = broker.stats();
    assert_eq!((stats.topic_count, stats.total_subscribers), (2, 2));
    assert_eq!((stats.total_messages_published, stats.retained_message_count), (3, 1));
    Ok(())
}

#[test]
fn a_late_subscriber_is_matched_with_topics_published_to_before() -> Result<(), PubSubError> {
    let broker = PubSubBuilder::new().build();
    let mut early = broker.subscribe("early", "a/b")?;
    broker.try_send(publication("a/b", 1))?;
    let mut late = broker.subscribe("late", "*/b")?;
    broker.try_send(publication("a/b", 2))?;
    early.unsubscribe();
    broker.try_send(publication("a/b", 3))?;
    assert_eq!(numbers(&mut late), [2, 3]);
    early = broker.subscribe("early", "a/b")?;
    broker.try_send(publication("a/b", 4))?;
    assert_eq!((numbers(&mut early), numbers(&mut late)), (vec![4], vec![4]));
    Ok(())
}
