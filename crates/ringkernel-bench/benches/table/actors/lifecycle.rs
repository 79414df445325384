//! Many actors: how long they take to start and stop, and what each keeps.

use std::time::Instant;

use futures_util::future::join_all;
use ringkernel_bench::comparison::{Against, Comparison, Contestant, Effort, Role, Target, Threads};
use ringkernel_bench::statistics::ns_each;

use super::allocator::Count;
use super::framework::{Doubler, Framework};
use super::frameworks::{Actix, Kameo, Ours, Ractor, Tasks};

/// Slots of each mailbox in these rows.
const CAPACITY: usize = 8;

pub(crate) fn comparisons(effort: Effort) -> [Comparison; 2] {
    [times(effort), memory(effort)]
}

fn times(effort: Effort) -> Comparison {
    let count = effort.count(10_000);
    Comparison {
        id: "lifecycle",
        title: "10,000 actors".into(),
        setup: "All are created and started at the same time, and when each can be asked, all are stopped at the same time, until each \
                has stopped. Mailboxes of 8, ractor's have no bound.".into(),
        unit: "ns an actor",
        measures: &["start and stop", "start", "stop"],
        threads: Threads::Several,
        contestants: vec![
            times_of::<Ours>(Role::Ours, "ringkernel", count),
            times_of::<Tasks>(Role::Peer, "tokio tasks", count),
            times_of::<Ractor>(Role::Peer, "ractor", count),
            times_of::<Kameo>(Role::Peer, "kameo", count),
            times_of::<Actix>(Role::Peer, "actix", count),
        ],
        targets: vec![Target {
            measure: 0,
            ours: "ringkernel",
            limit: 0.5,
            against: Against::BestOf(&["kameo"]),
        }],
    }
}

fn memory(effort: Effort) -> Comparison {
    let count = effort.count(2_000);
    Comparison {
        id: "memory",
        title: "Memory of an actor".into(),
        setup: "Bytes that are allocated and not freed after each of 2,000 actors, with mailboxes of 8, has answered one question, \
                divided by their number.".into(),
        unit: "B an actor",
        measures: &[""],
        threads: Threads::One,
        contestants: vec![
            memory_of::<Ours>(Role::Ours, "ringkernel", count),
            memory_of::<Tasks>(Role::Peer, "tokio tasks", count),
            memory_of::<Ractor>(Role::Peer, "ractor", count),
            memory_of::<Kameo>(Role::Peer, "kameo", count),
            memory_of::<Actix>(Role::Peer, "actix", count),
        ],
        targets: vec![Target {
            measure: 0,
            ours: "ringkernel",
            limit: 1.0,
            against: Against::Figure(2048.0, "2 KiB"),
        }],
    }
}

fn times_of<F: Framework>(role: Role, name: &'static str, count: u64) -> Contestant {
    Contestant::with_measures(role, name, move || {
        F::run(async move {
            let framework = F::start().await;
            let started = Instant::now();
            let doublers = join_all((0..count).map(|_| framework.doubler(CAPACITY))).await;
            let running = Instant::now();
            join_all(doublers.into_iter().map(Doubler::stop)).await;
            let (start, stop) = (ns_each(running - started, count), ns_each(running.elapsed(), count));
            framework.end().await;
            vec![start + stop, start, stop]
        })
    })
}

fn memory_of<F: Framework>(role: Role, name: &'static str, count: u64) -> Contestant {
    Contestant::new(role, name, move || {
        F::run(async move {
            let framework = F::start().await;
            // The first one pays for what all share.
            let first = framework.doubler(CAPACITY).await;
            assert_eq!(first.ask(1).await, 2);
            let mut doublers = Vec::with_capacity(count as usize);
            let counting = Count::begin();
            for value in 0..count {
                let doubler = framework.doubler(CAPACITY).await;
                assert_eq!(doubler.ask(value).await, 2 * value);
                doublers.push(doubler);
            }
            let bytes = counting.so_far().live_bytes;
            drop(counting);
            doublers.push(first);
            join_all(doublers.into_iter().map(Doubler::stop)).await;
            framework.end().await;
            bytes as f64 / count as f64
        })
    })
}
