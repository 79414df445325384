//! How long it takes until an actor is there, and until it has stopped.

use std::time::Instant;

use ringkernel::prelude::KernelHandle;
use ringkernel_bench::comparison::{Against, Comparison, Contestant, Effort, Role, Target, Threads};
use ringkernel_bench::cuda::card::Card;
use ringkernel_bench::cuda::round_trip::{Neighbours, latencies_ns};
use ringkernel_bench::statistics::tail_ns;

use super::ours::{Ours, call};

/// Times that are taken of each.
const COUNT: u64 = 1_000;

const LAUNCH: &str = "launch, first answer";
const RESTART: &str = "terminate, launch again, first answer";
const SUSPEND: &str = "suspend, acknowledged";
const RESUME: &str = "resume, first answer";
const FLAG: &str = "flag in mapped memory";

pub(crate) fn acknowledgements(effort: Effort, card: &Card) -> Comparison {
    let count = effort.count(COUNT).max(4);
    let beside = card.clone();
    let ours = |name, times: fn(&Ours, u64) -> Vec<u32>| {
        Contestant::with_measures(Role::Ours, name, move || {
            let ours = Ours::start();
            // The first of a kind is compiled, and the grid is launched for it.
            call(&ours.launch("bench.mixer", u64::from(u32::MAX)), 0);
            let figures = times(&ours, count);
            ours.end();
            tail_ns(figures)
        })
    };
    Comparison {
        id: "cuda-lifecycle",
        title: "Launch, restart, suspend and resume an actor".into(),
        setup: format!(
            "The program of the actor's kind is loaded. A launch, a restart (the actor is terminated and launched again under its name) and a \
             resumption take until the actor has answered a request of 64 bytes; a suspension until the device has acknowledged it. The floor is \
             a flag to the device and back. On {card}."
        )
        .into(),
        unit: "ns",
        measures: &["p50", "p99", "p99.9"],
        threads: Threads::Several,
        contestants: vec![
            ours(LAUNCH, launches),
            ours(RESTART, restarts),
            ours(SUSPEND, |ours, count| pauses(ours, count).0),
            ours(RESUME, |ours, count| pauses(ours, count).1),
            Contestant::with_measures(Role::Floor, FLAG, move || {
                tail_ns(latencies_ns(&beside, effort.count(20 * COUNT), Neighbours::Idle))
            }),
        ],
        targets: [LAUNCH, RESTART, SUSPEND, RESUME]
            .map(|ours| Target { measure: 0, ours, limit: 1.5, against: Against::BestOf(&[FLAG]) })
            .into(),
    }
}

fn timed<R>(work: impl FnOnce() -> R) -> (u32, R) {
    let begin = Instant::now();
    let result = work();
    (begin.elapsed().as_nanos() as u32, result)
}

fn launch(ours: &Ours, number: u64) -> KernelHandle {
    let mixer = ours.launch("bench.mixer", number);
    call(&mixer, number);
    mixer
}

fn terminate(ours: &Ours, mixer: &KernelHandle) {
    ours.block_on(mixer.terminate()).expect("the actor terminates");
}

fn launches(ours: &Ours, count: u64) -> Vec<u32> {
    let one = |number| {
        let (time, mixer) = timed(|| launch(ours, number));
        terminate(ours, &mixer);
        time
    };
    (0..count).map(one).collect()
}

fn restarts(ours: &Ours, count: u64) -> Vec<u32> {
    let mut mixer = launch(ours, 0);
    let one = |_| {
        let (time, again) = timed(|| {
            terminate(ours, &mixer);
            launch(ours, 0)
        });
        mixer = again;
        time
    };
    (0..count).map(one).collect()
}

/// The times of suspending and of resuming.
fn pauses(ours: &Ours, count: u64) -> (Vec<u32>, Vec<u32>) {
    let mixer = launch(ours, 0);
    let one = |number| {
        let (suspended, ()) = timed(|| ours.block_on(mixer.suspend()).expect("the actor pauses"));
        let (resumed, ()) = timed(|| {
            ours.block_on(mixer.resume()).expect("the actor goes on");
            call(&mixer, number);
        });
        (suspended, resumed)
    };
    (0..count).map(one).unzip()
}
