//! What is measured: a publisher and its subscribers, in the same words for all.

use std::future::Future;
use std::sync::Arc;
use std::time::Instant;

use ringkernel::MessageEnvelope;
use ringkernel::message::MessageHeader;
use ringkernel_bench::statistics::ns_each;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::Semaphore;

use super::{CAPACITY, Ours};

/// A way to hand a message to several receivers.
pub(super) trait Bus: Send + Sync + 'static {
    type Receiver: Send + 'static;

    fn new() -> Self;

    fn subscribe(&self) -> Self::Receiver;

    fn publish(&self, envelope: MessageEnvelope) -> impl Future<Output = ()> + Send;

    /// The number of the next message. Fails when one was lost.
    fn receive(receiver: &mut Self::Receiver) -> impl Future<Output = u64> + Send;
}

/// An envelope of 64 bytes that start with a number.
fn envelope(number: u64) -> MessageEnvelope {
    let mut bytes = [0; 64];
    bytes[..8].copy_from_slice(&number.to_le_bytes());
    MessageEnvelope { header: MessageHeader::new(1, 64), payload: bytes.as_slice().into() }
}

/// The number in an envelope.
pub(super) fn number(envelope: &MessageEnvelope) -> u64 {
    envelope.payload.first_chunk().map_or(u64::MAX, |bytes| u64::from_le_bytes(*bytes))
}

/// Nanoseconds a delivery when the publisher waits for all subscribers after as many messages as fit.
pub(super) fn in_bursts<B: Bus>(subscribers: u64, bursts: u64) -> f64 {
    measure::<B>(subscribers, bursts, CAPACITY as u64)
}

/// Nanoseconds a delivery when the publisher waits at full queues only, and at the end.
pub(super) fn without_pause(subscribers: u64, bursts: u64) -> f64 {
    measure::<Ours>(subscribers, 1, bursts * CAPACITY as u64)
}

fn measure<B: Bus>(subscribers: u64, bursts: u64, of_burst: u64) -> f64 {
    two_workers().block_on(async move {
        let bus = Arc::new(B::new());
        let received = Arc::new(Semaphore::new(0));
        let tasks: Vec<_> = (0..subscribers)
            .map(|_| (bus.subscribe(), received.clone()))
            .map(|(mut receiver, received)| {
                tokio::spawn(async move {
                    for expected in 0..bursts * of_burst {
                        assert_eq!(B::receive(&mut receiver).await, expected);
                        if (expected + 1) % of_burst == 0 {
                            received.add_permits(1);
                        }
                    }
                })
            })
            .collect();
        let publisher = tokio::spawn(async move {
            let started = Instant::now();
            for number in 0..bursts * of_burst {
                bus.publish(envelope(number)).await;
                if (number + 1) % of_burst == 0 {
                    let all = received.acquire_many(subscribers as u32).await.expect("it is not closed");
                    all.forget();
                }
            }
            started.elapsed()
        });
        let elapsed = publisher.await.expect("no panic");
        for task in tasks {
            task.await.expect("everything was received in order");
        }
        ns_each(elapsed, bursts * of_burst * subscribers)
    })
}

fn two_workers() -> Runtime {
    Builder::new_multi_thread().worker_threads(2).enable_time().build().expect("two threads")
}
