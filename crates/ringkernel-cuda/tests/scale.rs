//! Many actors live in one grid.

mod machine;

use std::time::Duration;

use ringkernel::prelude::*;
use ringkernel::runtime::{RingKernelRuntime, RuntimeConfig};
use ringkernel_cuda::CudaRuntime;
use ringkernel_testkit::gate;
use ringkernel_testkit::kernels::load::{Done, Load, Tell, Totals, Travel, Work, result};
use ringkernel_testkit::rig::processed;
use ringkernel_testkit::wait::eventually;

/// Actors where nobody asks for another number: the simulated device carries as many in some ten seconds.
const ACTORS: u64 = 10_000;

/// Kernels that send: more than there are slots for messages between kernels at first, 8,192.
const SENDERS: usize = 9_000;

const PATIENCE: Duration = Duration::from_secs(60);

/// How many actors are launched: `RINGKERNEL_CUDA_ACTORS`, if that is a number.
fn actors() -> u64 {
    let asked = std::env::var("RINGKERNEL_CUDA_ACTORS").ok().and_then(|number| number.parse().ok());
    asked.unwrap_or(ACTORS)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn thousands_of_actors_live_in_one_grid_and_launching_one_launches_no_kernel() {
    let started = machine::prepare().and_then(|()| CudaRuntime::start(RuntimeConfig::default()));
    let runtime = match started {
        Ok(runtime) => runtime,
        Err(error) => return gate::skip("cuda", &error),
    };
    let count = actors();
    let mut actors = Vec::new();
    for number in 0..count {
        let state = Load { salt: number, ..Load::default() };
        let options =
            LaunchOptions::default().with_handler("testkit.load").with_queue_capacity(8).with_state(state);
        actors.push(runtime.launch(&format!("worker-{number}"), options).await.expect("it launches"));
    }
    // The first launch, and one for each time that the places for actors, 256 at first, have doubled.
    let doublings = u64::from(count.div_ceil(256).next_power_of_two().ilog2());
    assert!(runtime.grid_launches() <= 1 + doublings, "{} launches", runtime.grid_launches());
    for round in 1..=2 {
        for (number, actor) in (0..).zip(&actors) {
            let work = Work { value: number * round, priority: priority::NORMAL };
            actor.send(work).await.expect("there is room");
        }
        for (number, actor) in (0..).zip(&actors) {
            let done: Done = actor.receive_as().await.expect("an answer");
            assert_eq!(done.result, result(number * round, number), "worker-{number}");
        }
    }
    assert_eq!(runtime.metrics().messages_processed, 2 * count);
    for actor in actors {
        actor.terminate().await.expect("it terminates");
    }
    runtime.shutdown().await.expect("everything ends");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn as_many_messages_wait_between_kernels_as_there_are_kernels_that_send() {
    let started = machine::prepare().and_then(|()| CudaRuntime::start(RuntimeConfig::default()));
    let runtime = match started {
        Ok(runtime) => runtime,
        Err(error) => return gate::skip("cuda", &error),
    };
    let launch = |name: String, places: usize| {
        let options = LaunchOptions::default().with_handler("testkit.load").with_k2k(true);
        let options = options.with_queue_capacity(places).with_state(Load::default());
        let runtime = &runtime;
        async move { runtime.launch(&name, options).await.expect("it launches") }
    };
    // They take nothing, so that what they are sent waits.
    let mut receivers = Vec::new();
    for number in 0..10 {
        let receiver = launch(format!("receiver-{number}"), 1024).await;
        receiver.suspend().await.expect("it pauses");
        receivers.push(receiver);
    }
    let senders: Vec<_> = {
        let mut senders = Vec::new();
        for number in 0..SENDERS {
            senders.push(launch(format!("sender-{number}"), 8).await);
        }
        senders
    };
    for (number, sender) in (0..).zip(&senders) {
        let target = receivers[number % receivers.len()].actor_ref();
        let route = [target, ActorRef::NONE, ActorRef::NONE];
        sender.send(Travel { value: number as u64, hops: 1, route }).await.expect("there is room");
    }
    let waiting = || receivers.iter().map(|receiver| receiver.status().input_queue_depth).sum::<usize>();
    eventually("all messages wait", || waiting() == SENDERS).await;
    let mut found = Totals::default();
    for receiver in &receivers {
        receiver.resume().await.expect("it goes on");
        processed(receiver, (SENDERS / receivers.len()) as u64).await;
        let totals: Totals = receiver.call(Tell, PATIENCE).await.expect("an answer");
        found = Totals { sum: found.sum + totals.sum, count: found.count + totals.count };
    }
    let all = SENDERS as u64;
    assert_eq!(found, Totals { sum: all * (all - 1) / 2, count: all });
    runtime.shutdown().await.expect("everything ends");
}
