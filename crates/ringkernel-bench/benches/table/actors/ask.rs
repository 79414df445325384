//! A question and its answer: one at a time, many in flight, from outside the runtime.

use std::time::Instant;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use ringkernel_bench::comparison::{Against, Comparison, Contestant, Effort, Role, Target, Threads};
use ringkernel_bench::statistics::{ns_each, percentile_ns};

use super::framework::{Doubler, Framework, tokio_runtime};
use super::frameworks::{self, Actix, Kameo, Ours, Ractor, Tasks};
use super::{CAPACITY, by_hand};

/// Questions that wait for their answer at the same time.
const IN_FLIGHT: usize = 64;

pub(crate) fn one_at_a_time(effort: Effort) -> Comparison {
    let count = effort.count(40_000);
    Comparison {
        id: "ask",
        title: "Ask from a task".into(),
        setup: "A task asks an actor to double a number, waits for the answer, checks it, and asks again; every round trip is timed. \
                Tokio, ractor and kameo: asker and actor are tasks of one runtime with 2 workers. Ours: the asker is a task of such \
                a runtime, the actor runs on 2 workers of its own. actix: both on one thread. Mailboxes of 1,024, ractor's have no \
                bound.".into(),
        unit: "ns a round trip",
        measures: &["p50", "p99"],
        threads: Threads::Several,
        contestants: vec![
            latencies_of::<Ours>(Role::Ours, "ringkernel", count),
            latencies_of::<Tasks>(Role::Peer, "tokio mpsc and oneshot", count),
            latencies_of::<Ractor>(Role::Peer, "ractor", count),
            latencies_of::<Kameo>(Role::Peer, "kameo", count),
            latencies_of::<Actix>(Role::Peer, "actix", count),
        ],
        targets: [0, 1]
            .into_iter()
            .flat_map(|measure| {
                let target = |limit, against| Target { measure, ours: "ringkernel", limit, against };
                [
                    target(1.0, Against::BestOf(&["tokio mpsc and oneshot"])),
                    target(0.6, Against::BestOf(&["ractor"])),
                ]
            })
            .collect(),
    }
}

pub(crate) fn in_flight(effort: Effort) -> Comparison {
    let count = effort.count(100_000);
    Comparison {
        id: "ask-64",
        title: "Ask, 64 in flight".into(),
        setup: "As above, but the task keeps 64 questions waiting in a FuturesUnordered and asks the next when one is answered; the \
                sum of the answers is checked. Time of the whole, divided by the questions.".into(),
        unit: "ns an ask",
        measures: &[""],
        threads: Threads::Several,
        contestants: vec![
            in_flight_of::<Ours>(Role::Ours, "ringkernel", count),
            in_flight_of::<Tasks>(Role::Peer, "tokio mpsc and oneshot", count),
            in_flight_of::<Ractor>(Role::Peer, "ractor", count),
            in_flight_of::<Kameo>(Role::Peer, "kameo", count),
            in_flight_of::<Actix>(Role::Peer, "actix", count),
        ],
        targets: vec![Target {
            measure: 0,
            ours: "ringkernel",
            limit: 0.5,
            against: Against::BestOf(&["ractor", "kameo"]),
        }],
    }
}

pub(crate) fn from_a_thread(effort: Effort) -> Comparison {
    let count = effort.count(4_000);
    Comparison {
        id: "ask-thread",
        title: "Ask from a thread outside the runtime, p50".into(),
        setup: "A thread that belongs to no runtime asks an actor and waits: kameo's blocking_send, tokio's blocking_send and \
                blocking_recv, ours and ractor's call on an executor that parks the thread. By hand: two threads that spin on a \
                cache line in each direction.".into(),
        unit: "ns a round trip",
        measures: &[""],
        threads: Threads::Several,
        contestants: vec![
            Contestant::ours("ringkernel", move || {
                median_from_a_thread::<Ours>(count, frameworks::ask_ours_from_a_thread)
            }),
            Contestant::peer("tokio mpsc and oneshot", move || {
                median_from_a_thread::<Tasks>(count, |doubler, value| doubler.ask_from_a_thread(value))
            }),
            Contestant::peer("ractor", move || {
                let ask = |doubler: &_, value| futures_executor::block_on(Doubler::ask(doubler, value));
                median_from_a_thread::<Ractor>(count, ask)
            }),
            Contestant::peer("kameo", move || {
                median_from_a_thread::<Kameo>(count, frameworks::ask_kameo_from_a_thread)
            }),
            Contestant::floor("two spinning threads", move || by_hand::request_reply(10 * count)),
        ],
        targets: vec![
            Target {
                measure: 0,
                ours: "ringkernel",
                limit: 0.1,
                against: Against::BestOf(&["ractor", "kameo"]),
            },
            Target {
                measure: 0,
                ours: "ringkernel",
                limit: 4.0,
                against: Against::BestOf(&["two spinning threads"]),
            },
        ],
    }
}

fn latencies_of<F: Framework>(role: Role, name: &'static str, count: u64) -> Contestant {
    Contestant::with_measures(role, name, move || {
        F::run(async move {
            let framework = F::start().await;
            let doubler = framework.doubler(CAPACITY).await;
            let mut latencies_ns = Vec::with_capacity(count as usize);
            let mut asked = Instant::now();
            for value in 0..count {
                assert_eq!(doubler.ask(value).await, 2 * value);
                let answered = Instant::now();
                latencies_ns.push((answered - asked).as_nanos() as u32);
                asked = answered;
            }
            doubler.stop().await;
            framework.end().await;
            vec![percentile_ns(&mut latencies_ns, 500), percentile_ns(&mut latencies_ns, 990)]
        })
    })
}

fn in_flight_of<F: Framework>(role: Role, name: &'static str, count: u64) -> Contestant {
    Contestant::new(role, name, move || {
        F::run(async move {
            let framework = F::start().await;
            let doubler = framework.doubler(CAPACITY).await;
            let started = Instant::now();
            let mut sum = 0;
            let mut values = 0..count;
            let mut asked = FuturesUnordered::new();
            asked.extend(values.by_ref().take(IN_FLIGHT).map(|value| doubler.ask(value)));
            while let Some(answer) = asked.next().await {
                sum += answer;
                asked.extend(values.next().map(|value| doubler.ask(value)));
            }
            let elapsed = started.elapsed();
            drop(asked);
            assert_eq!(sum, count * (count - 1));
            doubler.stop().await;
            framework.end().await;
            ns_each(elapsed, count)
        })
    })
}

fn median_from_a_thread<F: Framework>(count: u64, ask: impl Fn(&F::Doubler, u64) -> u64) -> f64 {
    let runtime = tokio_runtime();
    let framework = runtime.block_on(F::start());
    let doubler = runtime.block_on(framework.doubler(CAPACITY));
    let mut latencies_ns = Vec::with_capacity(count as usize);
    let mut asked = Instant::now();
    for value in 0..count {
        assert_eq!(ask(&doubler, value), 2 * value);
        let answered = Instant::now();
        latencies_ns.push((answered - asked).as_nanos() as u32);
        asked = answered;
    }
    runtime.block_on(async {
        doubler.stop().await;
        framework.end().await;
    });
    percentile_ns(&mut latencies_ns, 500)
}
