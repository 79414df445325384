//! Publishers and subscribers on threads of their own, at full speed.

use std::collections::HashMap;
use std::sync::Arc;

use super::super::{OverflowPolicy, PubSubBroker, PubSubBuilder, QoS, ReceiveError, Subscription};
use super::{SECOND, envelope, number};
use crate::hlc::HlcTimestamp;

const PUBLISHERS: u64 = 2;
const EACH: u64 = if cfg!(miri) { 20 } else { 2_000 };

async fn publish_all(broker: Arc<PubSubBroker>, publisher: u64, qos: QoS) {
    for position in 0..EACH {
        let envelope = envelope(publisher * EACH + position);
        let name = publisher.to_string();
        broker
            .publish_qos("a/b", name, envelope, HlcTimestamp::new(1, 0, 1), qos)
            .await
            .expect("room in time");
    }
}

/// Receives until everything has come or has been missed, checks the order of each publisher, and gives how many came.
async fn receive_all(mut subscription: Subscription) -> u64 {
    let (mut last, mut came, mut missed) = (HashMap::new(), 0, 0);
    while came + missed < PUBLISHERS * EACH {
        match subscription.receive().await {
            Ok(delivery) => {
                subscription.ack(&delivery);
                came += 1;
                let number = number(&delivery);
                let earlier = last.insert(number / EACH, number);
                assert!(earlier.is_none_or(|earlier| earlier < number), "{number} after {earlier:?}");
            }
            Err(ReceiveError::Lagged { missed: more }) => missed += more,
            Err(error) => panic!("{error}"),
        }
    }
    came
}

fn run(overflow: OverflowPolicy, qos: QoS) -> Vec<u64> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(4).build().expect("threads");
    runtime.block_on(async {
        let broker = PubSubBuilder::new()
            .publish_timeout(60 * SECOND)
            .channel_buffer_size(8)
            .overflow(overflow)
            .build();
        let subscribers: Vec<_> = ["a/b", "a/*", "#"]
            .map(|pattern| broker.subscribe(pattern, pattern).expect("a pattern"))
            .map(|subscription| tokio::spawn(receive_all(subscription)))
            .into();
        let publishers: Vec<_> =
            (0..PUBLISHERS).map(|number| tokio::spawn(publish_all(broker.clone(), number, qos))).collect();
        for publisher in publishers {
            publisher.await.expect("no panic");
        }
        let mut came = Vec::new();
        for subscriber in subscribers {
            came.push(subscriber.await.expect("no panic"));
        }
        came
    })
}

#[test]
fn nothing_is_lost_where_publishers_wait() {
    for qos in [QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce] {
        assert_eq!(run(OverflowPolicy::Wait, qos), [PUBLISHERS * EACH; 3], "{qos:?}");
    }
}

#[test]
fn what_is_lost_is_counted_where_the_oldest_gives_way() {
    // `receive_all` ends only when what came and what was missed are all there is.
    let came = run(OverflowPolicy::DropOldest, QoS::AtMostOnce);
    assert!(came.iter().all(|came| *came <= PUBLISHERS * EACH));
}
