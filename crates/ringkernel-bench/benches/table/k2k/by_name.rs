//! Two tasks that know each other by name.

use std::sync::Arc;
use std::time::Instant;

use ringkernel::k2k::{DeliveryStatus, K2KBroker, K2KBuilder};
use ringkernel::prelude::*;
use ringkernel_bench::comparison::{Against, Comparison, Contestant, Effort, Target, Threads};
use ringkernel_bench::statistics::ns_each;

use super::ten_lines::TenLines;
use super::{CAPACITY, Note, number_in};
use crate::actors::tokio_runtime;

const OURS: &str = "K2KBroker";
const TEN_LINES: &str = "RwLock<HashMap>, tokio mpsc";

pub(super) fn stream(effort: Effort) -> Comparison {
    let count = effort.count(400_000);
    Comparison {
        id: "k2k-stream",
        title: "Messages by name from one task to another".into(),
        setup: "Two tasks of a tokio runtime with 2 workers. One packs numbers into envelopes and sends them to a name, waiting for \
                room; the other receives, decodes and adds up. Inboxes of 1,024. Ours also checks tenants, stamps each message by the \
                sender's clock, keeps its receipt and counts it."
            .into(),
        unit: "ns a message",
        measures: &[""],
        threads: Threads::Several,
        contestants: vec![
            Contestant::ours(OURS, move || stream_ours(count)),
            Contestant::peer(TEN_LINES, move || stream_ten_lines(count)),
        ],
        targets: vec![target()],
    }
}

pub(super) fn round_trips(effort: Effort) -> Comparison {
    let count = effort.count(40_000);
    Comparison {
        id: "k2k-round-trip",
        title: "A message by name to another task, and one back".into(),
        setup: "As above, but each message is answered with its number, and the next is sent then.".into(),
        unit: "ns a round trip",
        measures: &[""],
        threads: Threads::Several,
        contestants: vec![
            Contestant::ours(OURS, move || round_trips_ours(count)),
            Contestant::peer(TEN_LINES, move || round_trips_ten_lines(count)),
        ],
        targets: vec![target()],
    }
}

fn target() -> Target {
    Target { measure: 0, ours: OURS, limit: 0.7, against: Against::BestOf(&[TEN_LINES]) }
}

fn broker() -> Arc<K2KBroker> {
    K2KBuilder::new().max_pending_messages(CAPACITY).delivery_timeout_ms(60_000).build()
}

fn note(number: u64) -> MessageEnvelope {
    MessageEnvelope::new(&Note { number })
}

fn stream_ours(count: u64) -> f64 {
    let broker = broker();
    let sender = broker.register("sender".into());
    let mut receiver = broker.register("receiver".into());
    tokio_runtime().block_on(async move {
        let began = Instant::now();
        let sending = tokio::spawn(async move {
            let receiver = KernelId::from("receiver");
            for number in 0..count {
                let receipt = sender.send(receiver.clone(), note(number)).await.expect("one tenant");
                assert_eq!(receipt.status, DeliveryStatus::Delivered);
            }
        });
        let receiving = tokio::spawn(async move {
            let mut sum = 0;
            for _ in 0..count {
                sum += number_in(&receiver.receive().await.expect("it is registered").envelope);
            }
            sum
        });
        let sum = receiving.await.expect("no panic");
        let took = began.elapsed();
        sending.await.expect("no panic");
        assert_eq!(sum, count * (count - 1) / 2);
        ns_each(took, count)
    })
}

fn stream_ten_lines(count: u64) -> f64 {
    let broker = TenLines::default();
    let mut receiver = broker.register("receiver", CAPACITY);
    tokio_runtime().block_on(async move {
        let began = Instant::now();
        let sending = tokio::spawn(async move {
            for number in 0..count {
                assert!(broker.send("receiver", note(number)).await);
            }
        });
        let receiving = tokio::spawn(async move {
            let mut sum = 0;
            for _ in 0..count {
                sum += number_in(&receiver.recv().await.expect("it is registered"));
            }
            sum
        });
        let sum = receiving.await.expect("no panic");
        let took = began.elapsed();
        sending.await.expect("no panic");
        assert_eq!(sum, count * (count - 1) / 2);
        ns_each(took, count)
    })
}

fn round_trips_ours(count: u64) -> f64 {
    let broker = broker();
    let mut left = broker.register("left".into());
    let mut right = broker.register("right".into());
    tokio_runtime().block_on(async move {
        let answering = tokio::spawn(async move {
            for _ in 0..count {
                let message = right.receive().await.expect("it is registered");
                right.send(message.source, note(number_in(&message.envelope))).await.expect("one tenant");
            }
        });
        let asking = tokio::spawn(async move {
            let right = KernelId::from("right");
            let began = Instant::now();
            for number in 0..count {
                left.send(right.clone(), note(number)).await.expect("one tenant");
                let answer = left.receive().await.expect("it is registered");
                assert_eq!(number_in(&answer.envelope), number);
            }
            ns_each(began.elapsed(), count)
        });
        let figure = asking.await.expect("no panic");
        answering.await.expect("no panic");
        figure
    })
}

fn round_trips_ten_lines(count: u64) -> f64 {
    let broker = Arc::new(TenLines::default());
    let (mut left, mut right) = (broker.register("left", CAPACITY), broker.register("right", CAPACITY));
    let answerer = broker.clone();
    tokio_runtime().block_on(async move {
        let answering = tokio::spawn(async move {
            for _ in 0..count {
                let message = right.recv().await.expect("it is registered");
                assert!(answerer.send("left", note(number_in(&message))).await);
            }
        });
        let asking = tokio::spawn(async move {
            let began = Instant::now();
            for number in 0..count {
                assert!(broker.send("right", note(number)).await);
                let answer = left.recv().await.expect("it is registered");
                assert_eq!(number_in(&answer), number);
            }
            ns_each(began.elapsed(), count)
        });
        let figure = asking.await.expect("no panic");
        answering.await.expect("no panic");
        figure
    })
}
