//! Many actors live in one grid.

mod machine;

use ringkernel::prelude::*;
use ringkernel::runtime::{RingKernelRuntime, RuntimeConfig};
use ringkernel_cuda::CudaRuntime;
use ringkernel_testkit::gate;
use ringkernel_testkit::kernels::load::{Done, Load, Work, result};

/// Actors where nobody asks for another number: the simulated device carries as many in some ten seconds.
const ACTORS: u64 = 10_000;

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
