//! Questions from the host: one at a time, and thousands at once.

use std::time::Instant;

use ringkernel_bench::comparison::{Against, Comparison, Contestant, Effort, Role, Target, Threads};
use ringkernel_bench::statistics::{ns_each, percentile_ns};
use ringkernel_wgpu::device::AdapterDescription;

use super::by_hand::ByHand;
use super::ours::{Ours, double, double_many};

/// Actors that are sent to at once.
const ACTORS: usize = 256;
/// Messages for each of them.
const EACH: u64 = 16;

pub(crate) fn one_at_a_time(effort: Effort, device: &AdapterDescription) -> Comparison {
    let count = effort.count(2_000);
    let description = device.clone();
    Comparison {
        id: "device-call",
        title: format!("Call an actor on {}", device.name).into(),
        setup: format!(
            "A thread asks an actor in device memory to double a number, waits for the answer, checks it, and asks again; every \
             round trip is timed. By hand: a wgpu program without actors, on the same device, that writes the number, dispatches \
             one workgroup, copies the answer, maps and reads it. On {device}."
        )
        .into(),
        unit: "ns a round trip",
        measures: &["p50", "p99"],
        threads: Threads::Several,
        contestants: vec![
            Contestant::with_measures(Role::Ours, "ringkernel", move || {
                let ours = Ours::start();
                let doubler = ours.doublers(1).remove(0);
                let figures = latencies(count, |value| double(&doubler, value));
                ours.end();
                figures
            }),
            Contestant::with_measures(Role::Peer, "by hand: write, dispatch, map", move || {
                let by_hand = ByHand::on(&description, 1);
                latencies(count, |value| by_hand.double(&[value]))
            }),
        ],
        targets: vec![Target {
            measure: 0,
            ours: "ringkernel",
            limit: 1.5,
            against: Against::BestOf(&["by hand: write, dispatch, map"]),
        }],
    }
}

pub(crate) fn many_at_once(effort: Effort, device: &AdapterDescription) -> Comparison {
    let rounds = effort.count(24);
    let calls = effort.count(400);
    let messages = ACTORS as u64 * EACH;
    let description = device.clone();
    Comparison {
        id: "device-batch",
        title: format!("4,096 messages to 256 actors on {}", device.name).into(),
        setup: format!(
            "A thread sends 16 numbers to each of 256 actors, then receives and checks all answers; time of the whole, divided by \
             the messages. One call: the median of calls of one actor, as above. By hand: 4,096 numbers in one dispatch of the \
             program without actors. On {device}."
        )
        .into(),
        unit: "ns a message",
        measures: &[""],
        threads: Threads::Several,
        contestants: vec![
            Contestant::ours("ringkernel, 4,096 at once", move || {
                let ours = Ours::start();
                let doublers = ours.doublers(ACTORS);
                double_many(&doublers, EACH);
                let elapsed = (0..rounds).map(|_| double_many(&doublers, EACH)).sum();
                ours.end();
                ns_each(elapsed, rounds * messages)
            }),
            Contestant::ours("ringkernel, one call", move || {
                let ours = Ours::start();
                let doubler = ours.doublers(1).remove(0);
                let figures = latencies(calls, |value| double(&doubler, value));
                ours.end();
                figures[0]
            }),
            Contestant::floor("by hand, 4,096 at once", move || {
                ByHand::on(&description, messages as usize).ns_a_dispatch(rounds) / messages as f64
            }),
        ],
        targets: vec![Target {
            measure: 0,
            ours: "ringkernel, 4,096 at once",
            limit: 0.05,
            against: Against::BestOf(&["ringkernel, one call"]),
        }],
    }
}

/// The median and the 99th percentile of so many round trips.
fn latencies(count: u64, mut round_trip: impl FnMut(u64)) -> Vec<f64> {
    // The first ones pay for what is made once.
    (0..20).for_each(&mut round_trip);
    let mut latencies_ns = Vec::with_capacity(count as usize);
    for value in 0..count {
        let started = Instant::now();
        round_trip(value << 20);
        latencies_ns.push(started.elapsed().as_nanos() as u32);
    }
    vec![percentile_ns(&mut latencies_ns, 500), percentile_ns(&mut latencies_ns, 990)]
}
