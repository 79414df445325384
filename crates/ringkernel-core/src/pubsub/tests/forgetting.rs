//! Topics that nobody has a use for.

use super::super::{PubSubBuilder, PubSubError};
use super::{numbers, publication};

#[test]
fn idle_topics_give_way_to_others() -> Result<(), PubSubError> {
    const TOPICS: u64 = 10_000;
    let broker = PubSubBuilder::new().max_topics(64).build();
    let mut kept = broker.subscribe("subscriber", "kept/*")?;
    broker.try_send(publication("kept/a", 1))?;
    broker.try_send(publication("retained", 2).with_retained())?;
    for number in 0..TOPICS {
        broker.try_send(publication(&format!("idle/{number}"), number))?;
    }
    let stats = broker.stats();
    assert!(stats.topic_count <= 64, "{stats:?}");
    assert_eq!(stats.total_messages_published, TOPICS + 2, "those of forgotten topics count");
    assert_eq!(broker.try_send(publication("kept/a", 3)), Ok(2), "it goes on counting");
    assert_eq!(numbers(&mut kept), [1, 3]);
    assert_eq!(broker.get_retained("retained").len(), 1);
    Ok(())
}

#[test]
fn a_topic_is_forgotten_once_its_last_use_has_ended() -> Result<(), PubSubError> {
    let broker = PubSubBuilder::new().max_topics(2).build();
    let subscribed = broker.subscribe("subscriber", "a")?;
    broker.try_send(publication("a", 1))?;
    broker.try_send(publication("b", 1).with_retained())?;
    let is_full = |name: &str| {
        let sent = broker.try_send(publication(name, 1));
        matches!(sent, Err(PubSubError::TooManyTopics { .. }))
    };
    assert!(is_full("c") && is_full("c"));
    drop(subscribed);
    assert!(!is_full("c"));
    assert_eq!(broker.list_topics(), ["b".into(), "c".into()]);
    let _subscribed = broker.subscribe("subscriber", "c")?;
    assert!(is_full("d"));
    broker.clear_retained("b");
    assert!(!is_full("d"));
    assert!(broker.try_send(publication("b", 1)).is_ok(), "`d` is idle, and gives way");
    Ok(())
}

/// Each publication is numbered once among those that its subscriber gets, however often its topic is forgotten in between.
#[test]
fn nothing_is_lost_while_topics_are_forgotten() -> Result<(), PubSubError> {
    const ROUNDS: u64 = 200;
    let broker = PubSubBuilder::new().max_topics(1).channel_buffer_size(1_024).build();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for number in 0..10 * ROUNDS {
                // It may find the only place taken by a topic in use.
                let _ = broker.try_send(publication("other", number));
            }
        });
        for number in 0..ROUNDS {
            let sent = loop {
                let mut subscription = broker.subscribe("subscriber", "a").expect("there is room");
                if broker.try_send(publication("a", number)).is_ok() {
                    break numbers(&mut subscription);
                }
            };
            assert_eq!(sent, [number]);
        }
    });
    Ok(())
}
