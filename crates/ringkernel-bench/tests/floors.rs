//! What the benchmark measures on a CUDA device works, on the simulated one: each function checks its own results.

use std::sync::OnceLock;

use ringkernel_bench::comparison::Effort;
use ringkernel_bench::cuda::card::Card;
use ringkernel_bench::cuda::flags::{Distance, one_way_ns};
use ringkernel_bench::cuda::round_trip::{Neighbours, latencies_ns};
use ringkernel_bench::cuda::serve::{Packet, Server, Way, answer};
use ringkernel_bench::cuda::{programs, rates};
use ringkernel_cuda_sim::Libraries;
use ringkernel_testkit::gate;

/// The simulated device, unless the environment names another, or `None` where the test is skipped.
fn card() -> Option<Card> {
    static FOUND: OnceLock<Result<Card, String>> = OnceLock::new();
    let found = FOUND.get_or_init(|| {
        let asked = std::env::var_os(ringkernel_codegen::cuda::LIBRARIES_VARIABLE).is_some();
        // As the tests of ringkernel-cuda.
        if !asked && !std::env::var("RINGKERNEL_CUDA_TESTS").is_ok_and(|value| value == "device") {
            Libraries::build().and_then(|libraries| libraries.load()).map_err(|error| error.to_string())?;
        }
        Card::find()
    });
    found.clone().inspect_err(|error| gate::skip("cuda", error)).ok()
}

#[test]
fn a_flag_comes_back_from_the_device_as_often_as_it_was_sent() {
    let Some(card) = card() else { return };
    for neighbours in [Neighbours::Idle, Neighbours::Busy] {
        assert_eq!(latencies_ns(&card, 16, neighbours).len(), 16);
    }
}

#[test]
fn threads_of_a_device_count_in_turns() {
    let Some(card) = card() else { return };
    let mut distances = vec![Distance::Block, Distance::Device];
    // Elsewhere it is at least compiled: `programs` has a test of it.
    if card.has_clusters() {
        distances.push(Distance::Cluster);
    }
    for distance in distances {
        assert!(one_way_ns(&card, 64, distance) >= 0.0);
    }
}

#[test]
fn all_that_is_added_written_and_read_is_found() {
    let Some(card) = card() else { return };
    for rate in [rates::add_ns, rates::store_ns, rates::post_ns, rates::read_ns] {
        assert!(rate(&card, Effort::Proof) > 0.0);
    }
}

#[test]
fn a_kernel_that_is_launched_for_messages_answers_each_of_them() {
    let Some(card) = card() else { return };
    for (count, way) in [(1, Way::Kernel), (65, Way::Kernel), (512, Way::Graph), (8, Way::Graph)] {
        let requests: Vec<Packet> = (0..count as u64)
            .map(|number| std::array::from_fn(|index| number << 32 | index as u64))
            .collect();
        let served = Server::new(&card, count).with(way, |serve| {
            for _ in 0..3 {
                for (request, answered) in requests.iter().zip(serve(&requests)) {
                    let expected: Packet = std::array::from_fn(|index| answer(request[index], index as u64));
                    assert_eq!(answered, expected);
                }
            }
        });
        assert_eq!(served, Ok(()));
    }
}

#[test]
fn programs_have_names_of_their_own() {
    let mut entries: Vec<_> = programs::ALL.iter().map(|program| program.entry).collect();
    entries.sort_unstable();
    entries.dedup();
    assert_eq!(entries.len(), programs::ALL.len());
}
