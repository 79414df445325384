//! A broker with one topic.

use std::sync::Arc;

use ringkernel::pubsub::{PubSubBroker, PubSubBuilder, Subscription, Topic};
use ringkernel::{HlcTimestamp, KernelId, MessageEnvelope};

use super::CAPACITY;
use super::bus::{Bus, number};

pub(super) struct Ours {
    broker: Arc<PubSubBroker>,
    topic: Topic,
    publisher: KernelId,
}

impl Bus for Ours {
    type Receiver = Subscription;

    fn new() -> Self {
        let broker = PubSubBuilder::new().channel_buffer_size(CAPACITY).build();
        Self { broker, topic: Topic::from("plant/2/pressure"), publisher: KernelId::from("sensor") }
    }

    fn subscribe(&self) -> Subscription {
        self.broker.subscribe("subscriber", "plant/*/pressure").expect("a pattern")
    }

    async fn publish(&self, envelope: MessageEnvelope) {
        let at = HlcTimestamp::new(1, 0, 1);
        self.broker.publish(&self.topic, self.publisher.clone(), envelope, at).await.expect("room in time");
    }

    async fn receive(subscription: &mut Subscription) -> u64 {
        let delivery = subscription.receive().await.expect("nothing was lost");
        number(&delivery.envelope)
    }
}
