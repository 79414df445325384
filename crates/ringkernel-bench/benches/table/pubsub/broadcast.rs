//! The broadcast channel of tokio.

use std::sync::Arc;

use ringkernel::MessageEnvelope;
use tokio::sync::broadcast::{Receiver, Sender, channel};

use super::CAPACITY;
use super::bus::{Bus, number};

pub(super) struct Broadcast(Sender<Arc<MessageEnvelope>>);

impl Bus for Broadcast {
    type Receiver = Receiver<Arc<MessageEnvelope>>;

    fn new() -> Self {
        Self(channel(CAPACITY).0)
    }

    fn subscribe(&self) -> Self::Receiver {
        self.0.subscribe()
    }

    async fn publish(&self, envelope: MessageEnvelope) {
        self.0.send(Arc::new(envelope)).expect("somebody receives");
    }

    async fn receive(receiver: &mut Self::Receiver) -> u64 {
        number(&receiver.recv().await.expect("nothing was lost"))
    }
}
