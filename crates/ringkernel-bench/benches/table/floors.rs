//! What the machine allows: the cost of the operations that every contestant is made of.

use std::hint::{black_box, spin_loop};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Barrier, OnceLock};
use std::thread::{self, Thread};
use std::time::{Instant, SystemTime};

use crossbeam_utils::CachePadded;
use ringkernel_bench::comparison::{Comparison, Contestant, Effort, Threads};
use ringkernel_bench::host::{bounce_ns, on_two_processors};
use ringkernel_bench::statistics::ns_each;

pub(crate) fn comparisons(effort: Effort) -> Vec<Comparison> {
    let many = effort.count(1_000_000);
    vec![
        one_thread(many),
        Comparison {
            id: "floors-two-threads",
            title: "Two processors".into(),
            setup: "Both threads spin. There and back is one cache line that two threads write in turns; park and unpark is two \
                    threads that wake each other in turns.".into(),
            unit: "ns",
            measures: &[""],
            threads: Threads::Several,
            contestants: vec![
                Contestant::floor("cache line there and back", || bounce_ns(100_000, || ())),
                Contestant::floor("cache line there and back, with PAUSE", || bounce_ns(100_000, spin_loop)),
                Contestant::floor("contended fetch_add", move || contended_fetch_add(many)),
                Contestant::floor("park and unpark, both ways", move || park_and_unpark(effort.count(2_000))),
            ],
            targets: Vec::new(),
        },
    ]
}

fn one_thread(many: u64) -> Comparison {
    Comparison {
        id: "floors-one-thread",
        title: "One processor".into(),
        setup: "The operation in a loop.".into(),
        unit: "ns",
        measures: &[""],
        threads: Threads::One,
        contestants: vec![
            Contestant::floor("clock read, monotonic", move || each(many, Instant::now)),
            Contestant::floor("clock read, wall", move || each(many, SystemTime::now)),
            Contestant::floor("malloc and free, 64 B", move || each(many, Box::<[u64; 8]>::new_uninit)),
            Contestant::floor("PAUSE", move || each(many, spin_loop)),
            Contestant::floor("sched_yield", move || each(many, thread::yield_now)),
        ],
        targets: Vec::new(),
    }
}

/// Nanoseconds of one operation in a loop.
fn each<R>(count: u64, operation: impl Fn() -> R) -> f64 {
    let started = Instant::now();
    for _ in 0..count {
        black_box(operation());
    }
    ns_each(started.elapsed(), count)
}

fn contended_fetch_add(count: u64) -> f64 {
    let word = CachePadded::new(AtomicU64::new(0));
    let go = AtomicBool::new(false);
    let add = || {
        for _ in 0..count {
            word.fetch_add(1, Ordering::Relaxed);
        }
    };
    let elapsed = on_two_processors(
        || {
            while !go.load(Ordering::Acquire) {
                spin_loop();
            }
            add();
        },
        || {
            go.store(true, Ordering::Release);
            let started = Instant::now();
            add();
            // Both take about as long, so what is left for the other thread is not contended and not counted.
            started.elapsed()
        },
    );
    assert_eq!(word.load(Ordering::Relaxed), 2 * count);
    // Two operations were done in the time of each of ours.
    ns_each(elapsed, 2 * count)
}

fn park_and_unpark(count: u64) -> f64 {
    let turn = AtomicU64::new(0);
    let (left, right) = (OnceLock::new(), OnceLock::new());
    let wait_for = |value: u64| {
        while turn.load(Ordering::Acquire) != value {
            thread::park();
        }
    };
    let both_are_here = Barrier::new(2);
    let enter = |me: &OnceLock<Thread>| {
        me.set(thread::current()).expect("each enters once");
        both_are_here.wait();
    };
    let hand_over = |value: u64, to: &OnceLock<Thread>| {
        turn.store(value, Ordering::Release);
        to.get().expect("both have entered").unpark();
    };
    on_two_processors(
        || {
            enter(&left);
            for round in 0..count {
                wait_for(2 * round + 1);
                hand_over(2 * round + 2, &right);
            }
        },
        || {
            enter(&right);
            let started = Instant::now();
            for round in 0..count {
                hand_over(2 * round + 1, &left);
                wait_for(2 * round + 2);
            }
            ns_each(started.elapsed(), count)
        },
    )
}
