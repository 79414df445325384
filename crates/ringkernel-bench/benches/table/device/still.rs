//! What actors cost that do nothing, and what it costs to get them.

use std::time::{Duration, Instant};

use ringkernel::prelude::LaunchOptions;
use ringkernel_bench::comparison::{Against, Comparison, Contestant, Target, Threads};
use ringkernel_bench::statistics::ns_each;
use ringkernel_wgpu::device::AdapterDescription;

use super::ours::{Ours, double};

/// Actors that do nothing.
const ACTORS: usize = 256;
/// Actors that are there before the launches that are timed.
const BEFORE: usize = 99;
/// Launches that are timed.
const LAUNCHES: usize = 9;

pub(crate) fn idle(device: &AdapterDescription) -> Comparison {
    Comparison {
        id: "device-idle",
        title: format!("256 idle actors on {}", device.name).into(),
        setup: format!("Each has been asked once; then nobody does anything for a second. On {device}.")
            .into(),
        unit: "submissions a second",
        measures: &[""],
        threads: Threads::One,
        contestants: vec![Contestant::ours("ringkernel", || {
            let ours = Ours::start();
            for doubler in ours.doublers(ACTORS) {
                double(&doubler, 21);
            }
            std::thread::sleep(Duration::from_millis(100));
            let before = ours.figures().submissions;
            std::thread::sleep(Duration::from_secs(1));
            let submissions = ours.figures().submissions - before;
            ours.end();
            submissions as f64
        })],
        targets: vec![Target {
            measure: 0,
            ours: "ringkernel",
            limit: 0.0,
            against: Against::Figure(1.0, "none"),
        }],
    }
}

pub(crate) fn launches(device: &AdapterDescription) -> Comparison {
    Comparison {
        id: "device-launch",
        title: format!("Launch an actor on {}", device.name).into(),
        setup: format!(
            "The first of its kind in a runtime, whose program is linked, printed and compiled; and the mean of those from the \
             100th on. Each is asked once afterwards. On {device}."
        )
        .into(),
        unit: "ns a launch",
        measures: &[""],
        threads: Threads::Several,
        contestants: vec![
            Contestant::ours("ringkernel, from the 100th on", || {
                let ours = Ours::start();
                ours.doublers(BEFORE);
                let elapsed = launch(&ours, BEFORE, LAUNCHES);
                ours.end();
                ns_each(elapsed, LAUNCHES as u64)
            }),
            Contestant::ours("ringkernel, the first", || {
                let ours = Ours::start();
                let elapsed = launch(&ours, 0, 1);
                ours.end();
                ns_each(elapsed, 1)
            }),
        ],
        targets: vec![Target {
            measure: 0,
            ours: "ringkernel, from the 100th on",
            limit: 0.1,
            against: Against::BestOf(&["ringkernel, the first"]),
        }],
    }
}

/// Launches actors, whose numbers start at `first`.
fn launch(ours: &Ours, first: usize, count: usize) -> Duration {
    let options = || LaunchOptions::default().with_queue_capacity(64).with_max_payload(64);
    let started = Instant::now();
    let launched: Vec<_> =
        (first..first + count).map(|number| ours.launch("testkit.doubler", number, options())).collect();
    let elapsed = started.elapsed();
    launched.iter().for_each(|doubler| double(doubler, 21));
    elapsed
}
