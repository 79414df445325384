//! From the host to a handler and back, one request at a time.

use std::time::Instant;

use ringkernel_bench::comparison::{Against, Comparison, Contestant, Effort, Role, Target, Threads};
use ringkernel_bench::cuda::card::Card;
use ringkernel_bench::cuda::round_trip::{Neighbours, latencies_ns};
use ringkernel_bench::statistics::tail_ns;

use super::ours::{Ours, call};

/// Round trips of a sample.
const COUNT: u64 = 20_000;
/// What keeps the device busy: stations of a ring, and travellers in it.
const BUSY: [u64; 2] = [256, 512];

pub(crate) fn idle(effort: Effort, card: &Card) -> Comparison {
    comparison("cuda-call", "Call an idle actor, 64 B", effort, card, Neighbours::Idle)
}

pub(crate) fn loaded(effort: Effort, card: &Card) -> Comparison {
    comparison("cuda-call-loaded", "Call an actor, 64 B, others busy", effort, card, Neighbours::Busy)
}

fn comparison(
    id: &'static str,
    title: &str,
    effort: Effort,
    card: &Card,
    neighbours: Neighbours,
) -> Comparison {
    let count = effort.count(COUNT);
    let beside = card.clone();
    let meanwhile = match neighbours {
        Neighbours::Idle => "Nothing else happens",
        Neighbours::Busy => {
            "Meanwhile 512 messages go round a ring of 256 other actors; beside the flag, all other blocks add atomically"
        }
    };
    Comparison {
        id,
        title: title.to_owned().into(),
        setup: format!(
            "A thread of the host sends 64 bytes to an actor, which answers 64 bytes, and waits for the answer. The floor is a flag that \
             one thread of the host and one of the device write in turns in mapped memory. Every round trip is timed. {meanwhile}. \
             On {card}."
        )
        .into(),
        unit: "ns a round trip",
        measures: &["p50", "p99", "p99.9"],
        threads: Threads::Several,
        contestants: vec![
            Contestant::with_measures(Role::Ours, "ringkernel", move || {
                let ours = Ours::start();
                let mixer = ours.launch("bench.mixer", 0);
                if neighbours == Neighbours::Busy {
                    let [stations, travellers] = BUSY.map(|full| effort.count(full).max(4));
                    ours.keep_busy(stations, travellers);
                }
                let figures = latencies(count, |number| call(&mixer, number));
                ours.end();
                tail_ns(figures)
            }),
            Contestant::with_measures(Role::Floor, "flag in mapped memory", move || {
                tail_ns(latencies_ns(&beside, count, neighbours))
            }),
        ],
        targets: [(0, 1.3), (1, 2.0)]
            .map(|(measure, limit)| Target {
                measure,
                ours: "ringkernel",
                limit,
                against: Against::BestOf(&["flag in mapped memory"]),
            })
            .into(),
    }
}

/// The times of so many round trips in nanoseconds, after some that are not timed.
pub(super) fn latencies(count: u64, mut round_trip: impl FnMut(u64)) -> Vec<u32> {
    let warm_up = count.min(100);
    (0..warm_up).for_each(&mut round_trip);
    let time = |number| {
        let begin = Instant::now();
        round_trip(number);
        begin.elapsed().as_nanos() as u32
    };
    (warm_up..warm_up + count).map(time).collect()
}
