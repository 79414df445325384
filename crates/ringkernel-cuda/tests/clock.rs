//! The device's time beside the host's, while one grid runs on: the simulated timer runs ten parts in a hundred faster or slower than the
//! host's clock, which no real one does, so that seconds are enough. Each case runs in a process of its own.

mod machine;
#[path = "machine/simulated.rs"]
mod simulated;

use std::process::Command;
use std::time::{Duration, Instant};

use ringkernel::clock;
use ringkernel::prelude::*;
use ringkernel::runtime::{RingKernelRuntime, RuntimeConfig};
use ringkernel_cuda::CudaRuntime;
use ringkernel_testkit::gate;
use ringkernel_testkit::kernels::time::{Stamp, Stamps};

use simulated::is_simulated;

/// Set in a process that runs a case.
const CASE: &str = "RINGKERNEL_CUDA_CLOCK_CASE";

/// How long the grid runs before its time has to be near the host's: the clocks drift apart by 400 ms meanwhile.
const STRETCH: Duration = Duration::from_secs(4);

/// Twice what the clocks drift apart between two measurements, in nanoseconds.
const BOUND_NS: u64 = 200_000_000;

/// A machine under load measures late now and then, but not for so long.
const PATIENCE: Duration = Duration::from_secs(60);

/// How far an actor's time is from the host's. The request carries a time of long ago, so that it moves no clock.
async fn error_ns(kernel: &KernelHandle) -> u64 {
    let mut envelope = MessageEnvelope::pack(&mut Stamp);
    envelope.header.timestamp = HlcTimestamp::new(1, 0, 1);
    let before = clock::now_ns();
    kernel.send_envelope(envelope).await.expect("there is room");
    let stamps: Stamps = kernel.receive_as().await.expect("an answer");
    let shown = stamps.tick.physical();
    before.saturating_sub(shown).max(shown.saturating_sub(clock::now_ns()))
}

/// Calls two kernels in turns and checks that each answer is later than its request, and each request later than the answer before.
async fn check_order(kernels: &[KernelHandle; 2]) {
    let mut last = HlcTimestamp::zero();
    let begin = Instant::now();
    while begin.elapsed() < STRETCH {
        for kernel in kernels {
            let answer = kernel.call_envelope(Stamp, PATIENCE).await.expect("an answer");
            let stamps: Stamps = answer.decode().expect("timestamps");
            let order = [last, stamps.sent, stamps.now, stamps.tick, answer.header.timestamp];
            assert!(order.windows(2).all(|pair| pair[0] < pair[1]), "{order:?}");
            last = answer.header.timestamp;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Runs in a process whose device's timer drifts.
async fn run(case: &str) {
    machine::prepare().expect("the machine was there before");
    let runtime = CudaRuntime::start(RuntimeConfig::default()).expect("it starts");
    let options = LaunchOptions::default().with_handler("testkit.timekeeper");
    let mut launched = Vec::new();
    for name in ["called", "called-too", "asked"] {
        launched.push(runtime.launch(name, options.clone()).await.expect("it launches"));
    }
    let [one, two, asked] = <[KernelHandle; 3]>::try_from(launched).expect("three kernels");
    let launches = runtime.grid_launches();
    check_order(&[one, two]).await;
    let mut error = error_ns(&asked).await;
    if case == "measured at the launch alone" {
        assert!(error > BOUND_NS, "{error} ns, although the clocks drift apart");
    } else {
        let begin = Instant::now();
        while error > BOUND_NS {
            assert!(begin.elapsed() < PATIENCE, "{error} ns, and it does not come back");
            tokio::time::sleep(Duration::from_millis(10)).await;
            error = error_ns(&asked).await;
        }
    }
    assert_eq!(runtime.grid_launches(), launches, "it is one grid all the time");
    runtime.shutdown().await.expect("everything ends");
}

/// Runs the test of this name once more, in a process whose device's timer gains so many parts in a million and whose device text has a
/// piece replaced.
fn check(case: &str, gains_ppm: i32, plant: &str) {
    if let Ok(case) = std::env::var(CASE) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_time().build();
        return runtime.expect("a tokio runtime").block_on(run(&case));
    }
    if let Err(reason) = machine::prepare() {
        return gate::skip("cuda", &reason);
    }
    if !is_simulated() {
        return gate::skip("simulator", &"whose timer can be made to drift");
    }
    let output = Command::new(std::env::current_exe().expect("the program has a path"))
        .args(["--exact", std::thread::current().name().expect("a test has a name"), "--nocapture"])
        .env(CASE, case)
        .env("RINGKERNEL_CUDA_SIM_CLOCK_PPM", gains_ppm.to_string())
        .env("RINGKERNEL_CUDA_SIM_PLANT", plant)
        // The simulator's compiler has cached what the planted text has become.
        .env("RINGKERNEL_CUDA_CACHE", "")
        .env("RINGKERNEL_CUDA_PROGRAMS", "")
        .output()
        .expect("it starts");
    assert!(output.status.success(), "{case}: {}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn a_grid_whose_timer_runs_fast_stays_near_the_host() {
    check("fast", 100_000, "");
}

#[test]
fn a_grid_whose_timer_runs_slow_stays_near_the_host() {
    check("slow", -100_000, "");
}

#[test]
fn a_grid_that_is_told_the_time_at_its_launch_alone_leaves_it() {
    let tells = "rk_store_relaxed64_gpu((rk_u64*)rk_at(world, G_CLOCK_OFFSET), offset);";
    let plant = format!("{tells}=>>if (pongs <= 5u) {{ {tells} }}");
    check("measured at the launch alone", -100_000, &plant);
}
