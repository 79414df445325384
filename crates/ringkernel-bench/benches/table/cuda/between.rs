//! Messages from actor to actor, which never leave the device.

use ringkernel_bench::comparison::{Against, Comparison, Contestant, Effort, Target, Threads};
use ringkernel_bench::cuda::card::Card;
use ringkernel_bench::cuda::flags::{Distance, one_way_ns};
use ringkernel_bench::cuda::programs::WITHIN_CLUSTER;
use ringkernel_bench::cuda::rates;
use ringkernel_bench::statistics::ns_each;

use super::ours::{Ours, travel};

/// Hops of one message, or rounds of a flag.
const ONE_WAY: u64 = 100_000;
/// Actors that messages go round.
const STATIONS: u64 = 256;
/// Messages that are under way at the same time.
const TRAVELLERS: u64 = 512;
/// Hops of each of them.
const HOPS: u64 = 2_000;

pub(crate) fn one_way(effort: Effort, card: &Card) -> Comparison {
    let count = effort.count(ONE_WAY);
    let ours = move |busy: [u64; 2]| {
        move || {
            let ours = Ours::start();
            let ring = ours.ring(2);
            if busy != [0, 0] {
                ours.keep_busy(busy[0], busy[1]);
            }
            travel(&ring, 1, effort.count(2_000));
            let elapsed = travel(&ring, 1, count);
            ours.end();
            ns_each(elapsed, count)
        }
    };
    let flag = |distance| {
        let card = card.clone();
        move || one_way_ns(&card, count, distance)
    };
    let mut contestants = vec![
        Contestant::ours("ringkernel", ours([0, 0])),
        Contestant::ours("ringkernel, others busy", ours([64, 128].map(|full| effort.count(full).max(4)))),
        Contestant::floor("flag in a block", flag(Distance::Block)),
        Contestant::floor("flag between blocks", flag(Distance::Device)),
    ];
    let mut floors: Vec<&'static [&'static str]> = vec![&["flag between blocks"], &["flag in a block"]];
    if card.has_clusters() {
        contestants.push(Contestant::floor("flag in a cluster", flag(Distance::Cluster)));
        floors.push(&["flag in a cluster"]);
    } else {
        eprintln!("LEFT OUT: the flag between blocks of a cluster, because {card} has no clusters");
        card.note(WITHIN_CLUSTER);
    }
    Comparison {
        id: "cuda-k2k",
        title: "From actor to actor, 64 B, one way".into(),
        setup: format!(
            "A message of 64 bytes goes to and fro between two actors; time of all of it, divided by the hops. Which warps of the grid run \
             them is not chosen (a worker may go on with the actor that it has just woken), and every message goes through the memory of the device: so the flag between two blocks is its floor, and \
             those within a block and within a cluster show what a nearer way would allow. A flag is a word that two threads write in turns; \
             a turn is one way. Loaded: 128 messages go round a ring of 64 other actors. On {card}."
        )
        .into(),
        unit: "ns one way",
        measures: &[""],
        threads: Threads::One,
        contestants,
        targets: floors
            .into_iter()
            .map(|floor| Target { measure: 0, ours: "ringkernel", limit: 2.0, against: Against::BestOf(floor) })
            .collect(),
    }
}

pub(crate) fn throughput(effort: Effort, card: &Card) -> Comparison {
    let [stations, travellers] = [STATIONS, TRAVELLERS].map(|full| match effort {
        Effort::Proof => full / 16,
        Effort::Full | Effort::Quick => full,
    });
    let hops = effort.count(HOPS).max(8);
    let floor = |rate: fn(&Card, Effort) -> f64| {
        let card = card.clone();
        move || rate(&card, effort)
    };
    Comparison {
        id: "cuda-k2k-rate",
        title: "Between 256 actors, 512 messages of 64 B".into(),
        setup: format!(
            "512 messages go round a ring of 256 actors at the same time, and where and with what each arrives is checked; time of the \
             whole, divided by all hops. The floors are what a message needs at least one of: an atomic addition that gives the old value, \
             to lines of its own, and 64 bytes written to memory that the cache holds; all threads of the device do it. A ratio of 2 is half \
             of the floor's rate. On {card}."
        )
        .into(),
        unit: "ns a message",
        measures: &[""],
        threads: Threads::One,
        contestants: vec![
            Contestant::ours("ringkernel", move || {
                let ours = Ours::start();
                let ring = ours.ring(stations);
                travel(&ring, travellers, hops / 8);
                let elapsed = travel(&ring, travellers, hops);
                ours.end();
                ns_each(elapsed, travellers * hops)
            }),
            Contestant::floor("atomic additions", floor(rates::add_ns)),
            Contestant::floor("64 B stores", floor(rates::store_ns)),
        ],
        targets: [&["atomic additions"], &["64 B stores"]]
            .map(|floor| Target { measure: 0, ours: "ringkernel", limit: 2.0, against: Against::BestOf(floor) })
            .into(),
    }
}
