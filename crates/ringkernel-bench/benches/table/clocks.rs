//! Timestamps of hybrid logical clocks.

use std::time::Instant;

use ringkernel::hlc::HlcClock;
use ringkernel_bench::comparison::{Against, Comparison, Contestant, Effort, Target, Threads};
use ringkernel_bench::host::on_two_processors;
use ringkernel_bench::statistics::ns_each;
use uhlc::HLC;

/// Timestamps that each of two threads draws from one clock, to see that no two are equal.
const SHARED: usize = 20_000;
/// Timestamps that are merged, again and again.
const RECEIVED: usize = 1_000;

pub(crate) fn comparisons(effort: Effort) -> Vec<Comparison> {
    let count = effort.count(1_000_000);
    let target = |limit| Target { measure: 0, ours: "HlcClock", limit, against: Against::BestOf(&["uhlc"]) };
    vec![
        Comparison {
            id: "hlc-tick",
            title: "HLC tick".into(),
            setup: "One thread draws timestamps in a loop; each must be later than the one before. Before, two threads draw 20,000 \
                    each from the same clock, and all must differ. uhlc reads the wall clock for every timestamp; ours carries a reading \
                    on by the cycle counter for a few microseconds, where there is one.".into(),
            unit: "ns a timestamp",
            measures: &[""],
            threads: Threads::One,
            contestants: vec![
                Contestant::ours("HlcClock", move || tick_ours(count)),
                Contestant::peer("uhlc", move || tick_uhlc(count)),
            ],
            targets: vec![target(0.85)],
        },
        Comparison {
            id: "hlc-merge",
            title: "HLC merge".into(),
            setup: "One thread shows a clock timestamps that another clock has drawn shortly before, in a loop; it must then be later \
                    than all of them.".into(),
            unit: "ns a merge",
            measures: &[""],
            threads: Threads::One,
            contestants: vec![
                Contestant::ours("HlcClock", move || merge_ours(count)),
                Contestant::peer("uhlc", move || merge_uhlc(count)),
            ],
            targets: vec![target(0.85)],
        },
    ]
}

fn tick_ours(count: u64) -> f64 {
    let clock = HlcClock::new(1);
    all_differ(|| clock.tick());
    ticks(count, || clock.tick())
}

fn tick_uhlc(count: u64) -> f64 {
    let clock = HLC::default();
    all_differ(|| clock.new_timestamp());
    ticks(count, || clock.new_timestamp())
}

fn ticks<T: PartialOrd>(count: u64, tick: impl Fn() -> T) -> f64 {
    let mut last = tick();
    let started = Instant::now();
    for _ in 0..count {
        let next = tick();
        assert!(next > last, "a clock stood still");
        last = next;
    }
    ns_each(started.elapsed(), count)
}

fn all_differ<T: Ord + Send>(tick: impl Fn() -> T + Sync) {
    let draw = || (0..SHARED).map(|_| tick()).collect::<Vec<T>>();
    let mut left = Vec::new();
    let mut all = on_two_processors(|| left = draw(), draw);
    all.append(&mut left);
    all.sort_unstable();
    assert!(all.windows(2).all(|pair| pair[0] != pair[1]), "two threads drew the same timestamp");
}

fn merge_ours(count: u64) -> f64 {
    let (local, remote) = (HlcClock::new(1), HlcClock::new(2));
    let received: Vec<_> = (0..RECEIVED).map(|_| remote.tick()).collect();
    merges(count, &received, |timestamp| local.update(timestamp).is_ok(), || local.tick())
}

fn merge_uhlc(count: u64) -> f64 {
    let (local, remote) = (HLC::default(), HLC::default());
    let received: Vec<_> = (0..RECEIVED).map(|_| remote.new_timestamp()).collect();
    merges(
        count,
        &received,
        |timestamp| local.update_with_timestamp(timestamp).is_ok(),
        || local.new_timestamp(),
    )
}

fn merges<T: PartialOrd>(
    count: u64,
    received: &[T],
    merge: impl Fn(&T) -> bool,
    tick: impl Fn() -> T,
) -> f64 {
    let before = tick();
    let started = Instant::now();
    for timestamp in received.iter().cycle().take(count as usize) {
        assert!(merge(timestamp), "the clocks agree");
    }
    let elapsed = started.elapsed();
    let after = tick();
    assert!(after > before && received.iter().all(|timestamp| after > *timestamp));
    ns_each(elapsed, count)
}
