//! How many small actors a device holds, and what each costs when there are many.

use std::time::Instant;

use ringkernel::prelude::{KernelHandle, RingKernelError};
use ringkernel_bench::comparison::{Against, Comparison, Contestant, Effort, Role, Target, Threads};
use ringkernel_bench::cuda::card::Card;
use ringkernel_bench::statistics::ns_each;

use super::super::actors::allocator::Count;
use super::ours::{Ours, ask_all, go_round};

/// Actors that are there at a time, and what that step is called.
const STEPS: [(u64, &str); 4] = [
    (1_000, "1,000 actors"),
    (10_000, "10,000 actors"),
    (100_000, "100,000 actors"),
    (1_000_000, "1,000,000 actors"),
];
/// The same where it is only proved that it works.
const SMALL_STEPS: [(u64, &str); 2] = [(8, "8 actors"), (64, "64 actors")];

/// Actors that are launched one by one when the others are there.
const MORE: u64 = 256;
/// Messages that go round all of them, at most.
const TRAVELLERS: u64 = 1 << 16;
/// Hops of all of them together.
const HOPS: u64 = 1 << 25;

const MEASURES: &[&str] =
    &["launch of one more, ns", "device memory, B", "host memory, B", "question, ns", "hop, ns"];
const HOP: usize = 4;

pub(crate) fn all(effort: Effort, card: &Card) -> Comparison {
    let steps: &[(u64, &'static str)] = if effort == Effort::Proof { &SMALL_STEPS } else { &STEPS };
    let (reached, end) = climb(steps, more(effort));
    let largest = reached.last().map(|(_, name)| *name);
    Comparison {
        id: "cuda-scale",
        title: "Small actors, as many as the device holds".into(),
        setup: format!(
            "Actors with a state of 8 bytes, at most 16 messages in a mailbox and of at most 128 bytes, which send to each other. For each number \
             of them, in a runtime of its own: the median of the times that launching one more takes; what the device has less of free \
             memory, and the host's heap more, for each; all are asked once, 1,024 at a time, with every answer checked; and messages of \
             64 bytes, half as many as actors and at most 65,536, go round one ring of all actors, and where and with what each arrives is \
             checked: time of the whole, divided by all hops. {end} On {card}."
        )
        .into(),
        unit: "each",
        measures: MEASURES,
        threads: Threads::Several,
        contestants: reached
            .iter()
            .map(|(count, name)| {
                let count = *count;
                Contestant::with_measures(Role::Ours, name, move || figures(count, effort))
            })
            .collect(),
        targets: largest
            .map(|ours| Target {
                measure: HOP,
                ours,
                limit: 1.0,
                against: Against::Figure(10.0, "100 million messages a second"),
            })
            .into_iter()
            .collect(),
    }
}

/// Launches actors until there are `more` than in the last step, or the device takes no more. Gives the steps that were reached, with
/// room for as many more, and says where it ended and why.
///
/// # Panics
/// When the device has room, and something else is wrong.
fn climb<'a>(steps: &'a [(u64, &'static str)], more: u64) -> (&'a [(u64, &'static str)], String) {
    let ours = Ours::patient();
    let most = steps.last().map_or(0, |(count, _)| *count) + more;
    let mut ring = Vec::new();
    let stopped = ours.grow_ring(&mut ring, most).err();
    let there = ring.len() as u64;
    drop(ring);
    ours.end();
    let Some(error) = stopped else {
        return (steps, format!("All {most} were launched."));
    };
    assert!(
        matches!(error, RingKernelError::ResourceExhausted { .. }),
        "of {most} actors, {there} were launched: {error}"
    );
    let end = format!("It stopped at {there} actors: {error}.");
    println!("STOPPED: cuda-scale at {there} actors of {most}: {error}");
    let reached = steps.iter().take_while(|(count, _)| *count + more <= there).count();
    (&steps[..reached], end)
}

fn figures(count: u64, effort: Effort) -> Vec<f64> {
    let ours = Ours::patient();
    // The first is compiled, and the grid is launched for it.
    let mut ring = Vec::new();
    ours.grow_ring(&mut ring, 2).expect("the device has room for two");
    let before = ours.free_memory();
    let counted = Count::begin();
    ours.grow_ring(&mut ring, count.max(2)).expect("as many were there before");
    let host_bytes = counted.so_far().live_bytes.max(0);
    drop(counted);
    let device_bytes = before.saturating_sub(ours.free_memory());
    let launched = launch_more(&ours, &mut ring, effort);
    let actors = ring.len() as u64;
    let begin = Instant::now();
    ask_all(&ours, &ring);
    let asked = ns_each(begin.elapsed(), actors);
    ours.close_ring(&ring);
    let travellers = (actors / 2).min(TRAVELLERS);
    // Each goes at least as far as to where the next one began, so that all actors take part.
    let hops = (effort.count(HOPS) / travellers).max(actors.div_ceil(travellers));
    let elapsed = go_round(&ring, travellers, hops);
    drop(ring);
    ours.end();
    let each = |bytes: f64| bytes / count as f64;
    vec![
        launched,
        each(device_bytes as f64),
        each(host_bytes as f64),
        asked,
        ns_each(elapsed, travellers * hops),
    ]
}

/// How many are launched one by one.
fn more(effort: Effort) -> u64 {
    effort.count(MORE).max(4)
}

/// The median of the times that one launch takes, in nanoseconds.
fn launch_more(ours: &Ours, ring: &mut Vec<KernelHandle>, effort: Effort) -> f64 {
    let mut times: Vec<_> = (0..more(effort))
        .map(|_| {
            let begin = Instant::now();
            ours.grow_ring(ring, ring.len() as u64 + 1).expect("there is room for some more");
            begin.elapsed()
        })
        .collect();
    times.sort_unstable();
    times[times.len() / 2].as_nanos() as f64
}
