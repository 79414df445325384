//! What goes on while the program of a kernel is linked, printed and compiled beside the driver's work.

mod machine;

use std::future::Future;
use std::time::Duration;

use ringkernel::prelude::*;
use ringkernel::runtime::{RingKernelRuntime, RuntimeConfig};
use ringkernel_cuda::CudaRuntime;
use ringkernel_testkit::kernels::walker::{Walk, Walked};
use ringkernel_testkit::wait::eventually;
use ringkernel_testkit::{beside, gate};

fn start_with(config: RuntimeConfig) -> CudaRuntime {
    CudaRuntime::start(config).expect("it starts")
}

/// Runs a case, or says that it is skipped because there is no device.
async fn check(case: impl Future<Output = ()>) {
    match machine::prepare() {
        Ok(()) => case.await,
        Err(error) => gate::skip("cuda", &error),
    }
}

async fn on_a_device(case: impl AsyncFnOnce(&CudaRuntime)) {
    check(async { case(&start_with(RuntimeConfig::default())).await }).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn others_are_served_while_a_program_is_made() {
    on_a_device(async |runtime| beside::others_are_served_while_a_program_is_made(runtime).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn launches_that_wait_share_a_program() {
    on_a_device(async |runtime| beside::launches_that_wait_share_a_program(runtime).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn launches_that_wait_fail_alone() {
    on_a_device(async |runtime| beside::launches_that_wait_fail_alone(runtime).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kernel_that_waits_takes_messages_and_has_its_name() {
    on_a_device(async |runtime| beside::a_kernel_that_waits_takes_messages_and_has_its_name(runtime).await)
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kernel_that_waits_can_be_given_up() {
    on_a_device(async |runtime| beside::a_kernel_that_waits_can_be_given_up(runtime).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_runtime_ends_while_a_program_is_made() {
    check(beside::a_runtime_ends_while_a_program_is_made(start_with)).await;
}

/// More than any device does in the time that a grid has to stop.
const ENDLESS: u32 = u32::MAX;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_device_is_told_to_launches_that_wait() {
    let case = async {
        let mut config = RuntimeConfig::default();
        config.shutdown_timeout = Duration::from_millis(500);
        config.watchdog = Duration::from_millis(100);
        let runtime = start_with(config);
        let walker = runtime.launch("testkit.walker", LaunchOptions::default()).await.expect("it launches");
        let lose = async || {
            let endless = walker.clone();
            let call = tokio::spawn(async move {
                endless.call::<_, Walked>(Walk { steps: ENDLESS }, Duration::from_secs(60)).await.map(drop)
            });
            eventually("the handler runs", || walker.status().stuck_for.is_some()).await;
            // Memory is had while the grid stands still, and it does not stop.
            let memory = runtime.memory().expect("it has memory");
            let allocated = tokio::task::spawn_blocking(move || memory.allocate(1 << 20).map(drop));
            assert!(allocated.await.expect("no panic").is_err());
            assert!(call.await.expect("no panic").is_err());
        };
        beside::a_lost_device_is_told_to_launches_that_wait(&runtime, lose).await;
    };
    check(case).await;
}
