//! The load: four kinds of traffic beside each other, whose results can be computed.

use std::time::Duration;

use ringkernel::prelude::*;
use ringkernel_cuda::CudaFactory;
use ringkernel_testkit::kernels::lanes::{Numbers, Reduced};
use ringkernel_testkit::kernels::load::{Done, Load, Tell, Totals, Travel, Work, result};
use ringkernel_testkit::kernels::peers::{Arrived, Connect, Token};
use ringkernel_testkit::rig::{Rig, processed, reachable};
use ringkernel_testkit::wait::eventually;

use crate::machine;

const WORKERS: usize = 6;
const PLACES: usize = 4;

/// Runs about `scale` times 1,000 messages, and gives how many were handled. No answer takes longer than `patience`, and a token
/// not longer than some times that.
pub(crate) async fn run(scale: u32, patience: Duration) -> u64 {
    machine::prepare().expect("the machine was there before");
    let rig = Rig::start_with(&CudaFactory, |config| config.k2k_timeout = patience).await;
    let mut workers = Vec::new();
    for index in 0..WORKERS {
        let state = Load { salt: index as u64, ..Load::default() };
        let options = reachable().with_queue_capacity(64).with_state(state);
        workers.push(rig.launch_as(&format!("worker-{index}"), "testkit.load", options).await);
    }
    let mut places = Vec::new();
    for index in 0..PLACES {
        let options = reachable().with_queue_capacity(16);
        places.push(rig.launch_as(&format!("place-{index}"), "testkit.place", options).await);
    }
    let block = rig.launch_as("block", "testkit.lanes.reduce", LaunchOptions::multi_block(1, 96)).await;
    let grid = rig.launch_as("grid", "testkit.lanes.grid_sum", LaunchOptions::multi_block(3, 40)).await;
    tokio::join!(
        requests(&workers[0], u64::from(scale) * 20, patience),
        answers(&workers[1], u64::from(scale) * 50, patience),
        fan_in(&workers[2..], u64::from(scale) * 50, patience),
        ring(&places, scale * 200, patience),
        sums(&block, scale * 2, patience),
        sums(&grid, scale, patience),
    );
    let handled = rig.metrics().messages_processed;
    let metrics = rig.metrics();
    assert_eq!((metrics.dead_letters, metrics.faults), (0, 0), "{:?}", rig.take_dead_letters());
    rig.finish().await;
    handled
}

/// One request at a time.
async fn requests(worker: &KernelHandle, count: u64, patience: Duration) {
    for value in 0..count {
        let done: Done = worker.call(Work { value, priority: 128 }, patience).await.expect("an answer");
        assert_eq!((done.value, done.result), (value, result(value, 0)));
    }
}

/// As many messages as there is room for; their answers come in order.
async fn answers(worker: &KernelHandle, count: u64, patience: Duration) {
    let send = async {
        for value in 0..count {
            worker.send_timeout(Work { value, priority: 128 }, patience).await.expect("there will be room");
        }
    };
    let receive = async {
        for value in 0..count {
            let envelope = worker.receive_timeout(patience).await.expect("an answer");
            let done: Done = envelope.decode().expect("an answer of this type");
            assert_eq!((done.value, done.result), (value, result(value, 1)));
        }
    };
    tokio::join!(send, receive);
}

/// Messages that go from all workers but the last to the last.
async fn fan_in(workers: &[KernelHandle], count: u64, patience: Duration) {
    let (last, first) = workers.split_last().expect("there are workers");
    for value in 0..count {
        let travel = Travel { value, hops: 1, route: [last.actor_ref(); 3] };
        let start = &first[value as usize % first.len()];
        start.send_timeout(travel, patience).await.expect("there will be room");
    }
    eventually("all have arrived", || last.status().messages_processed >= count).await;
    let totals: Totals = last.call(Tell, patience).await.expect("the totals");
    assert_eq!(totals, Totals { sum: count * (count - 1) / 2, count });
}

/// Tokens that go round in a ring of kernels.
async fn ring(places: &[KernelHandle], hops: u32, patience: Duration) {
    for (index, place) in places.iter().enumerate() {
        let target = places[(index + 1) % places.len()].actor_ref();
        place.send_timeout(Connect { target }, patience).await.expect("there is room");
        processed(place, 1).await;
    }
    // Each ends where it began.
    let hops_left = hops / places.len() as u32 * places.len() as u32;
    for (number, place) in (0..).zip(places) {
        place.send_timeout(Token { number, hops_left }, patience).await.expect("there is room");
    }
    for (number, place) in (0..).zip(places) {
        let envelope = place.receive_timeout(6 * patience).await.expect("the token comes back");
        let arrived: Arrived = envelope.decode().expect("a token");
        assert_eq!(arrived, Arrived { number });
    }
}

/// Sums that lanes compute together.
async fn sums(kernel: &KernelHandle, count: u32, patience: Duration) {
    for round in 0..count {
        let values: Vec<u32> = (0..150).map(|value| value * (round + 1)).collect();
        let expected: u64 = values.iter().copied().map(u64::from).sum();
        let reduced: Reduced = kernel.call(Numbers { values }, patience).await.expect("an answer");
        assert_eq!((reduced.sum, reduced.tree), (expected, expected), "{}", kernel.id());
    }
}
