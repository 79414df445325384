//! As many messages as possible, from the host to actors and from actors to the host.

use std::time::Instant;

use ringkernel_bench::comparison::{Against, Comparison, Contestant, Effort, Target, Threads};
use ringkernel_bench::cuda::card::Card;
use ringkernel_bench::cuda::rates;
use ringkernel_bench::cuda::serve::answer;
use ringkernel_bench::statistics::ns_each;

use super::kernels::{Ask, Emit, Mixed, Total};
use super::ours::{LIMIT, Ours, packet, receive};

/// Actors that are sent to, or that send.
const ACTORS: u64 = 64;
/// Messages of a sample, to or from each of them.
const EACH: u64 = 8_192;
/// Messages that an actor sends for a request.
const BURST: u64 = 64;
/// 70 % of the floor's rate.
const LIMIT_RATIO: f64 = 1.0 / 0.7;

pub(crate) fn to_the_device(effort: Effort, card: &Card) -> Comparison {
    let each = effort.count(EACH);
    let beside = card.clone();
    Comparison {
        id: "cuda-h2k-rate",
        title: "From the host to 64 actors, 64 B".into(),
        setup: format!(
            "One thread of the host sends 64 bytes at a time to one actor after the other, and in the end asks each what it has been sent; \
             time of all of it, divided by the messages. The floor is all threads of the device reading mapped memory, 64 bytes being a \
             message. A ratio of 1.43 is 70 % of the floor's rate. On {card}."
        )
        .into(),
        unit: "ns a message",
        measures: &[""],
        threads: Threads::Several,
        contestants: vec![
            Contestant::ours("ringkernel", move || {
                let ours = Ours::start();
                let sinks = ours.launch_all("bench.sink", ACTORS);
                let begin = Instant::now();
                for round in 0..each {
                    for (number, sink) in (0..).zip(&sinks) {
                        sink.send_blocking(packet(number << 32 | round)).expect("there is room");
                    }
                }
                let totals: Vec<Total> = sinks
                    .iter()
                    .map(|sink| sink.call_blocking(Ask { round: each }, LIMIT).expect("an answer"))
                    .collect();
                let elapsed = begin.elapsed();
                for (number, total) in (0..).zip(totals) {
                    let sum = |index: usize| {
                        let words = (0..each).map(|round| packet(number << 32 | round).words[index]);
                        words.fold(0, u64::wrapping_add)
                    };
                    let expected = Total { count: each, sums: std::array::from_fn(sum) };
                    assert_eq!(total, expected, "sink {number}");
                }
                ours.end();
                ns_each(elapsed, ACTORS * each)
            }),
            Contestant::floor("reads of mapped memory", move || rates::read_ns(&beside, effort)),
        ],
        targets: vec![Target {
            measure: 0,
            ours: "ringkernel",
            limit: LIMIT_RATIO,
            against: Against::BestOf(&["reads of mapped memory"]),
        }],
    }
}

pub(crate) fn to_the_host(effort: Effort, card: &Card) -> Comparison {
    let bursts = effort.count(EACH / BURST);
    let beside = card.clone();
    Comparison {
        id: "cuda-k2h-rate",
        title: "From 64 actors to the host, 64 B".into(),
        setup: format!(
            "Each of 64 actors is asked for 64 messages of 64 bytes, all at the same time, again and again; one thread of the host receives \
             and checks them all. Time of all of it, divided by the messages. The floor is all threads of the device writing to mapped \
             memory, 64 bytes being a message. A ratio of 1.43 is 70 % of the floor's rate. On {card}."
        )
        .into(),
        unit: "ns a message",
        measures: &[""],
        threads: Threads::Several,
        contestants: vec![
            Contestant::ours("ringkernel", move || {
                let ours = Ours::start();
                let sources = ours.launch_all("bench.source", ACTORS);
                let begin = Instant::now();
                for burst in 0..bursts {
                    let first = |number: u64| (number << 32) + burst * BURST;
                    for (number, source) in (0..).zip(&sources) {
                        let emit = Emit { first: first(number), count: BURST };
                        source.send_blocking(emit).expect("there is room");
                    }
                    for (number, source) in (0..).zip(&sources) {
                        for value in first(number)..first(number) + BURST {
                            let mixed: Mixed = receive(source);
                            let expected: [u64; 8] =
                                std::array::from_fn(|index| answer(value, index as u64));
                            assert_eq!(mixed.words, expected, "output {value} of source {number}");
                        }
                    }
                }
                let elapsed = begin.elapsed();
                ours.end();
                ns_each(elapsed, ACTORS * bursts * BURST)
            }),
            Contestant::floor("writes to mapped memory", move || rates::post_ns(&beside, effort)),
        ],
        targets: vec![Target {
            measure: 0,
            ours: "ringkernel",
            limit: LIMIT_RATIO,
            against: Against::BestOf(&["writes to mapped memory"]),
        }],
    }
}
