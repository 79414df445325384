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

/// Whoever knows a publication by its topic and its number does not take another for it.
#[test]
fn a_number_of_a_forgotten_topic_does_not_come_back() -> Result<(), PubSubError> {
    let broker = PubSubBuilder::new().max_topics(1).build();
    let mut last = 0;
    for round in 0..10 {
        for number in 1..=2 {
            let sequence = broker.try_send(publication("a", number))?;
            assert!(sequence > last, "{sequence} after {last}");
            last = sequence;
        }
        let info = broker.topic_info("a").expect("it has been published to");
        assert_eq!(info.messages_published, 2, "since it was forgotten");
        broker.try_send(publication("other", round))?;
    }
    assert_eq!(broker.stats().total_messages_published, 30);
    Ok(())
}

/// One that looks through thousands of topics to find a single idle one is not there for each publication.
#[test]
fn topics_are_searched_for_idle_ones_as_often_as_it_pays() -> Result<(), PubSubError> {
    const TOPICS: usize = 4_096;
    const TRIED: u64 = 400;
    let broker = PubSubBuilder::new().max_topics(TOPICS).build();
    for number in 1..TOPICS as u64 {
        broker.try_send(publication(&format!("kept/{number}"), number).with_retained())?;
    }
    let try_some = |name: &str| -> u64 {
        (0..TRIED).map(|number| broker.try_send(publication(&format!("{name}/{number}"), number))).fold(
            0,
            |sent, outcome| match outcome {
                Ok(_) => sent + 1,
                Err(PubSubError::TooManyTopics { .. }) => sent,
                Err(error) => panic!("{error}"),
            },
        )
    };
    let sent = try_some("idle");
    assert!((TRIED / 8..=TRIED / 2).contains(&sent), "{sent} of {TRIED}");
    // As many are found as are needed where many are idle.
    for number in 1..TOPICS as u64 / 2 {
        broker.clear_retained(format!("kept/{number}"));
    }
    assert_eq!(try_some("more"), TRIED);
    Ok(())
}

/// However publishers and those who forget meet.
#[test]
fn what_was_published_is_counted_once() {
    const EACH: u64 = if cfg!(miri) { 20 } else { 3_000 };
    let broker = PubSubBuilder::new().max_topics(2).build();
    let sent: u64 = std::thread::scope(|scope| {
        let publish = |name: &'static str| {
            let broker = &broker;
            scope.spawn(move || {
                (0..EACH).filter(|number| broker.try_send(publication(name, *number)).is_ok()).count() as u64
            })
        };
        let publishers = ["a", "a", "b", "c"].map(publish);
        publishers.map(|publisher| publisher.join().expect("no panic")).iter().sum()
    });
    assert_eq!(broker.stats().total_messages_published, sent);
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
        let mut last = 0;
        for number in 0..ROUNDS {
            let (sequence, sent) = loop {
                let mut subscription = broker.subscribe("subscriber", "a").expect("there is room");
                if let Ok(sequence) = broker.try_send(publication("a", number)) {
                    break (sequence, numbers(&mut subscription));
                }
            };
            assert_eq!(sent, [number]);
            assert!(sequence > last, "{sequence} after {last}");
            last = sequence;
        }
    });
    Ok(())
}
