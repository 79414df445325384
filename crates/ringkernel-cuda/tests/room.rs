//! What the device has no room for is refused, with a reason, and nothing else comes of it.

#![allow(clippy::needless_range_loop, reason = "handlers for devices count through lists")]

mod machine;

use std::time::Duration;

use ringkernel::dead_letter::DeadLetterReason;
use ringkernel::k2k::{K2KBroker, K2KConfig};
use ringkernel::prelude::*;
use ringkernel::runtime::{RingKernelRuntime, RuntimeConfig};
use ringkernel_cuda::CudaRuntime;
use ringkernel_testkit::gate;
use ringkernel_testkit::kernels::peers::{ForwardByName, Forwarded};
use ringkernel_testkit::kernels::plain::Number;
use ringkernel_testkit::rig::{processed, reachable};
use ringkernel_testkit::wait::eventually;

const PATIENCE: Duration = Duration::from_secs(60);

#[derive(Debug, Clone, Default, PartialEq, RingMessage)]
struct Values {
    values: Vec<u32>,
}

#[derive(Debug, Clone, Default, PartialEq, RingMessage)]
struct Twice {
    first: Vec<u32>,
    second: Vec<u32>,
}

#[derive(Debug, Clone, Default, PartialEq, RingMessage)]
struct Sum {
    sum: u32,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, DeviceState)]
struct Count {
    messages: u32,
}

/// Makes a list on its way, for which it needs memory, and gives a number.
#[ring_kernel(id = "room.sum")]
fn sum(_ctx: &mut RingContext, count: &mut Count, message: Values) -> Sum {
    count.messages += 1;
    let mut squares = Vec::new();
    for value in 0..message.values.len() {
        squares.push(message.values[value] * message.values[value]);
    }
    let mut sum = 0u32;
    for value in 0..squares.len() {
        sum += squares[value];
    }
    Sum { sum }
}

/// Gives a list as long as that of the message.
#[ring_kernel(id = "room.same")]
fn same(_ctx: &mut RingContext, message: Values) -> Values {
    Values { values: message.values }
}

/// Gives two.
#[ring_kernel(id = "room.twice")]
fn twice(_ctx: &mut RingContext, message: Values) -> Twice {
    Twice { first: message.values.clone(), second: message.values }
}

fn start() -> Result<CudaRuntime, RingKernelError> {
    machine::prepare().and_then(|()| CudaRuntime::start(RuntimeConfig::default()))
}

async fn check(kernel: &KernelHandle) {
    let sum: Sum = kernel.call(Values { values: vec![1, 2, 3] }, PATIENCE).await.expect("an answer");
    assert_eq!(sum.sum, 14);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_launch_that_there_is_no_room_for_fails_alone_and_leaves_nothing_behind() {
    let runtime = match start() {
        Ok(runtime) => runtime,
        Err(error) => return gate::skip("cuda", &error),
    };
    let kernel = runtime.launch("room.sum", LaunchOptions::default()).await.expect("it launches");
    check(&kernel).await;
    // A gibibyte is left.
    let memory = runtime.memory().expect("it has memory");
    let taken = memory.free_memory().saturating_sub(1 << 30);
    let _taken = memory.allocate(taken).expect("it is free");
    let before = runtime.metrics().gpu_memory_used;
    // The first needs memory of its own, the second has each worker have room for its answer.
    for (id, bytes) in [("room.sum", LaunchOptions::MAX_PAYLOAD_LIMIT), ("room.same", 28 << 20)] {
        let options = LaunchOptions::default().with_handler(id).with_max_payload(bytes);
        for _ in 0..3 {
            let refused = runtime.launch("large", options.clone()).await;
            assert!(matches!(refused, Err(RingKernelError::ResourceExhausted { .. })), "{id}: {refused:?}");
            check(&kernel).await;
        }
        // What is not the device's fault is well at the same place.
        let options = LaunchOptions::default().with_handler(id);
        let small = runtime.launch("small", options).await.expect("it launches");
        small.terminate().await.expect("it terminates");
        assert_eq!(runtime.metrics().gpu_memory_used, before, "{id}");
        check(&kernel).await;
    }
    runtime.shutdown().await.expect("everything ends");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_name_of_a_launch_that_there_is_no_room_for_is_somebody_elses() {
    let broker = K2KBroker::new(K2KConfig::default());
    let mut config = RuntimeConfig::default();
    config.k2k_broker = Some(broker.clone());
    let runtime = match machine::prepare().and_then(|()| CudaRuntime::start(config)) {
        Ok(runtime) => runtime,
        Err(error) => return gate::skip("cuda", &error),
    };
    let peer = runtime.launch("testkit.peer", reachable()).await.expect("it launches");
    let kernel = runtime.launch("room.sum", LaunchOptions::default()).await.expect("it launches");
    check(&kernel).await;
    let memory = runtime.memory().expect("it has memory");
    let taken = memory.free_memory().saturating_sub(1 << 30);
    let _taken = memory.allocate(taken).expect("it is free");
    // The program of the first is there, that of the second is made for it.
    for (id, bytes) in [("room.sum", LaunchOptions::MAX_PAYLOAD_LIMIT), ("room.same", 28 << 20)] {
        let options = reachable().with_handler(id).with_max_payload(bytes);
        let refused = runtime.launch("target", options).await;
        assert!(matches!(refused, Err(RingKernelError::ResourceExhausted { .. })), "{id}: {refused:?}");
        let mut target = broker.register("target".into());
        let forwarded: Forwarded = peer.call(ForwardByName { value: 7 }, PATIENCE).await.expect("an answer");
        assert_eq!(forwarded.accepted, 1, "{id}: {forwarded:?}");
        let received = tokio::time::timeout(PATIENCE, target.receive()).await.expect("it arrives");
        let received = received.expect("the endpoint is registered");
        assert_eq!(received.decode::<Number>().expect("a number").value, 7, "{id}");
    }
    runtime.shutdown().await.expect("everything ends");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_grid_without_actors_ends_and_the_next_launch_starts_one() {
    let runtime = match start() {
        Ok(runtime) => runtime,
        Err(error) => return gate::skip("cuda", &error),
    };
    let mut launches = 0;
    for _ in 0..2 {
        let kernel = runtime.launch("room.sum", LaunchOptions::default()).await.expect("it launches");
        launches += 1;
        check(&kernel).await;
        kernel.terminate().await.expect("it terminates");
        // Its end is what makes room on the device for others.
        eventually("the grid ends", || !runtime.is_grid_running()).await;
        assert_eq!(runtime.grid_launches(), launches);
    }
    runtime.shutdown().await.expect("everything ends");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn values_are_mapped_while_the_grid_runs() {
    let runtime = match start() {
        Ok(runtime) => runtime,
        Err(error) => return gate::skip("cuda", &error),
    };
    let kernel = runtime.launch("room.sum", LaunchOptions::default()).await.expect("it launches");
    check(&kernel).await;
    let mut mapped = runtime.mapped_buffer::<u32>(100).expect("there is memory");
    mapped.as_mut_slice()[99] = 7;
    check(&kernel).await;
    drop(mapped);
    runtime.shutdown().await.expect("everything ends");
    let refused = runtime.mapped_buffer::<u32>(1);
    assert!(matches!(refused, Err(RingKernelError::RuntimeShutDown)), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_caller_hears_that_the_answer_is_too_large_and_it_is_a_dead_letter() {
    let runtime = match start() {
        Ok(runtime) => runtime,
        Err(error) => return gate::skip("cuda", &error),
    };
    let options = LaunchOptions::default().with_max_payload(8_192);
    let kernel = runtime.launch("room.twice", options).await.expect("it launches");
    let values: Vec<u32> = (0..1_500).collect();
    let answer = kernel.call::<_, Twice>(Values { values: values.clone() }, PATIENCE).await;
    let refused =
        matches!(answer, Err(RingKernelError::MessageTooLarge { size, max: 8_192 }) if size >= 12_000);
    assert!(refused, "{answer:?}");
    // One that nobody waits for is a dead letter as well.
    kernel.send(Values { values }).await.expect("there is room");
    let small = vec![7; 100];
    let twice: Twice = kernel.call(Values { values: small.clone() }, PATIENCE).await.expect("an answer");
    assert_eq!(twice, Twice { first: small.clone(), second: small });
    let letters = runtime.take_dead_letters();
    let reasons: Vec<_> = letters.iter().map(|letter| letter.reason).collect();
    assert_eq!(reasons, [DeadLetterReason::MessageTooLarge; 2]);
    runtime.shutdown().await.expect("everything ends");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn actors_that_take_nothing_keep_no_other_from_its_messages() {
    let runtime = match start() {
        Ok(runtime) => runtime,
        Err(error) => return gate::skip("cuda", &error),
    };
    // What is sent to them stays with the grid: nobody takes their outputs, and a queue holds four. All together it is more than what
    // actors share.
    let mut idle = Vec::new();
    for number in 0..12 {
        let options = LaunchOptions::default().with_handler("room.same").with_queue_capacity(64);
        let options = options.with_output_queue_capacity(4);
        let kernel = runtime.launch(&format!("idle-{number}"), options).await.expect("it launches");
        for _ in 0..48 {
            kernel.send(Values { values: vec![number; 15_000] }).await.expect("there is room");
        }
        processed(&kernel, 4).await;
        idle.push(kernel);
    }
    let options = LaunchOptions::default().with_handler("room.sum").with_queue_capacity(64);
    let kernel = runtime.launch("sum", options).await.expect("it launches");
    for _ in 0..10 {
        let sum: Sum = kernel.call(Values { values: vec![2; 15_000] }, PATIENCE).await.expect("an answer");
        assert_eq!(sum.sum, 60_000);
    }
    for (number, kernel) in (0..).zip(&idle) {
        for _ in 0..48 {
            let values: Values = kernel.receive_as().await.expect("an answer");
            assert_eq!(values.values, vec![number; 15_000]);
        }
    }
    runtime.shutdown().await.expect("everything ends");
}
