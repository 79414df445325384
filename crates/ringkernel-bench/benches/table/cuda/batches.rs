//! The same arithmetic by actors and by kernels that are launched for it, one message at a time and many.

use std::time::Instant;

use ringkernel::prelude::KernelHandle;
use ringkernel_bench::comparison::{Comparison, Contestant, Effort, Role, Threads};
use ringkernel_bench::cuda::card::Card;
use ringkernel_bench::cuda::serve::{Packet, Server, Way, answer};
use ringkernel_bench::statistics::ns_each;

use super::ours::{Ours, exchange, packet};

/// The short name of the row, whose figures tell where launches win.
pub(crate) const ID: &str = "cuda-batches";
/// Messages at a time.
const SIZES: [usize; 4] = [1, 8, 64, 512];
/// Rounds of a sample.
const ROUNDS: u64 = 2_000;

pub(crate) fn all(effort: Effort, card: &Card) -> Comparison {
    let rounds = effort.count(ROUNDS);
    let mut contestants = vec![
        Contestant::with_measures(Role::Ours, "ringkernel", move || actors(Ours::start(), rounds)),
        launched("a launch for each batch", Way::Kernel, card, rounds),
    ];
    match Server::new(card, 1).with(Way::Graph, |_| ()) {
        Ok(()) => contestants.push(launched("a graph for each batch", Way::Graph, card, rounds)),
        Err(reason) => eprintln!("LEFT OUT: a graph for each batch, because {reason}"),
    }
    let webgpu = match super::super::device::device() {
        Ok(device) => {
            // A tick is so much slower that fewer are enough.
            let rounds = rounds.div_ceil(8);
            contestants.push(Contestant::with_measures(Role::Peer, "ringkernel on WebGPU", move || {
                actors(Ours::on_webgpu(), rounds)
            }));
            format!("; WebGPU is {device}")
        }
        Err(reason) => {
            eprintln!("LEFT OUT: the same on WebGPU, because {reason}");
            String::new()
        }
    };
    Comparison {
        id: ID,
        title: "64 B to a handler and back, in batches".into(),
        setup: format!(
            "A thread of the host has 64 bytes handled for each message of a batch and checks every answer; time of the whole, divided by the \
             messages. Actors: as many as a batch has messages, each gets one. Launches: one thread of the device for each message, requests \
             and answers in mapped memory, and the host looks at a word there for the end; anew each time, or as a graph that was \
             instantiated before. On {card}{webgpu}."
        )
        .into(),
        unit: "ns a message",
        measures: &["1 at a time", "8 at a time", "64 at a time", "512 at a time"],
        threads: Threads::Several,
        contestants,
        targets: Vec::new(),
    }
}

/// Calls it for so many batches of one size with the first number of each, and gives the time of a message.
fn ns_a_message(size: usize, rounds: u64, mut batch: impl FnMut(u64)) -> f64 {
    // So that no size takes much longer than the others.
    let rounds = (rounds / size.isqrt() as u64).max(1);
    let warm_up = rounds.min(20);
    let first = |round: u64| round * size as u64;
    (0..warm_up).for_each(|round| batch(first(round)));
    let begin = Instant::now();
    (warm_up..warm_up + rounds).for_each(|round| batch(first(round)));
    ns_each(begin.elapsed(), rounds * size as u64)
}

fn actors(ours: Ours, rounds: u64) -> Vec<f64> {
    let mixers: Vec<KernelHandle> = ours.launch_all("bench.mixer", SIZES[SIZES.len() - 1] as u64);
    let figures = SIZES.map(|size| ns_a_message(size, rounds, |first| exchange(&mixers[..size], first)));
    ours.end();
    figures.into()
}

fn launched(name: &'static str, way: Way, card: &Card, rounds: u64) -> Contestant {
    let card = card.clone();
    Contestant::with_measures(Role::Peer, name, move || {
        let of_size = |size: usize| {
            let served = Server::new(&card, size).with(way, |serve| {
                ns_a_message(size, rounds, |first| {
                    let requests: Vec<Packet> =
                        (first..first + size as u64).map(|number| packet(number).words).collect();
                    for (request, answered) in requests.iter().zip(serve(&requests)) {
                        let expected: Packet =
                            std::array::from_fn(|index| answer(request[index], index as u64));
                        assert_eq!(answered, expected);
                    }
                })
            });
            served.expect("launches of this kind were possible")
        };
        SIZES.map(of_size).into()
    })
}
