//! The machine under the benchmark: where threads run, and how far apart two processors are.
//!
//! A virtual machine's processors are moved by its host while it runs. Handing a cache line over then costs several times
//! as much for some seconds, and a sample taken meanwhile says nothing about the code. [`Distance`] notices.

use std::time::Instant;

use ringkernel_core::sync::atomic::{AtomicU64, Ordering};

use crate::statistics::{Spread, ns_each};

/// Round trips of a cache line for one measurement: some 200 microseconds.
const ROUND_TRIPS: u64 = 2_000;
/// Measurements before the first sample, so that there is a median to compare with.
const FIRST_MEASUREMENTS: usize = 15;
/// A sample counts when no distance beside it exceeds the median by more than this.
const TOLERATED: f64 = 2.0;

/// Keeps the current thread on the processor with this index, counted over those that the process may use. Does nothing
/// where there is no such processor or the system does not offer it.
pub fn pin_to(index: usize) {
    let cores = core_affinity::get_core_ids().unwrap_or_default();
    if let Some(core) = cores.get(index) {
        core_affinity::set_for_current(*core);
    }
}

/// Runs `left` and `right` on two threads of their own, on two processors, and returns what `right` returns.
pub fn on_two_processors<R: Send>(left: impl FnOnce() + Send, right: impl FnOnce() -> R + Send) -> R {
    std::thread::scope(|scope| {
        scope.spawn(|| {
            pin_to(0);
            left();
        });
        let right = scope.spawn(|| {
            pin_to(1);
            right()
        });
        right.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

/// Nanoseconds that one cache line takes to another processor and back, while both spin.
pub fn cache_line_round_trip_ns() -> f64 {
    bounce_ns(ROUND_TRIPS, || ())
}

/// [`cache_line_round_trip_ns`] over `round_trips`, calling `pause` each time the line is not there yet.
pub fn bounce_ns(round_trips: u64, pause: impl Fn() + Sync) -> f64 {
    let line = Line::new();
    let wait_for = |value: u64| {
        while line.0.load(Ordering::Acquire) != value {
            pause();
        }
    };
    on_two_processors(
        || {
            for turn in 0..round_trips {
                wait_for(2 * turn + 1);
                line.0.store(2 * turn + 2, Ordering::Release);
            }
        },
        || {
            // The first few find the other thread still starting.
            let warm_up = round_trips / 10;
            let mut started = Instant::now();
            for turn in 0..round_trips {
                if turn == warm_up {
                    started = Instant::now();
                }
                line.0.store(2 * turn + 1, Ordering::Release);
                wait_for(2 * turn + 2);
            }
            ns_each(started.elapsed(), round_trips - warm_up)
        },
    )
}

/// A word alone in its cache line and the neighbour that is fetched along with it.
#[repr(align(128))]
struct Line(AtomicU64);

impl Line {
    fn new() -> Self {
        Self(AtomicU64::new(0))
    }
}

/// Watches the distance of two processors over a run.
#[derive(Debug)]
pub struct Distance {
    seen_ns: Vec<f64>,
}

impl Distance {
    /// Measures until there is a median.
    pub fn calibrate() -> Self {
        Self { seen_ns: (0..FIRST_MEASUREMENTS).map(|_| cache_line_round_trip_ns()).collect() }
    }

    /// Measures, and says whether it is as usual.
    pub fn is_usual(&mut self) -> bool {
        let now_ns = cache_line_round_trip_ns();
        self.seen_ns.push(now_ns);
        now_ns <= TOLERATED * self.spread().median
    }

    /// All measurements so far.
    pub fn spread(&self) -> Spread {
        Spread::of(&self.seen_ns)
    }
}
