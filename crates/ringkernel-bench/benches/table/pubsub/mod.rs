//! One task publishes, several tasks receive everything.
//!
//! - `bus`: what is measured, in the same words for all
//! - `ours`, `broadcast`: the contestants

mod broadcast;
mod bus;
mod ours;

use broadcast::Broadcast;
use bus::{in_bursts, without_pause};
use ours::Ours;
use ringkernel_bench::comparison::{Against, Comparison, Contestant, Effort, Target, Threads};

/// Messages that a subscriber can be behind.
const CAPACITY: usize = 1024;

pub(crate) fn comparisons(effort: Effort) -> Vec<Comparison> {
    let rows = [
        (1, "pubsub-1", "Publish and subscribe, 1 subscriber"),
        (2, "pubsub-2", "Publish and subscribe, 2 subscribers"),
        (4, "pubsub-4", "Publish and subscribe, 4 subscribers"),
        (8, "pubsub-8", "Publish and subscribe, 8 subscribers"),
    ];
    rows.map(|(subscribers, id, title)| comparison(subscribers, id, title, effort.count(400_000))).into()
}

fn comparison(subscribers: u64, id: &'static str, title: &'static str, deliveries: u64) -> Comparison {
    // Whole bursts, at least one.
    let bursts = (deliveries / subscribers / CAPACITY as u64).max(1);
    Comparison {
        id,
        title: title.into(),
        setup: "A task publishes envelopes with 64 bytes, the others receive all of them and check their numbers, on two workers of \
                tokio. As tokio's broadcast cannot wait for a receiver, the publisher waits after each 1,024 messages, as many as \
                fit, until all have them; `ringkernel, without a pause` needs no such help. Both share the envelope in an Arc, ours \
                looks up the topic and matches each time. Time of the whole, divided by the deliveries.".into(),
        unit: "ns a delivery",
        measures: &[""],
        threads: Threads::Several,
        contestants: vec![
            Contestant::ours("ringkernel", move || in_bursts::<Ours>(subscribers, bursts)),
            Contestant::ours("ringkernel, without a pause", move || without_pause(subscribers, bursts)),
            Contestant::peer("tokio broadcast", move || in_bursts::<Broadcast>(subscribers, bursts)),
        ],
        targets: vec![Target {
            measure: 0,
            ours: "ringkernel",
            limit: 1.15,
            against: Against::BestOf(&["tokio broadcast"]),
        }],
    }
}
