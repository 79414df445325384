//! A handler that does not return holds up its own actor, and the runtime ends all the same.

mod machine;

use std::time::{Duration, Instant};

use ringkernel::prelude::*;
use ringkernel::runtime::{RingKernelRuntime, RuntimeConfig};
use ringkernel_cuda::CudaRuntime;
use ringkernel_testkit::gate;

#[derive(Debug, Clone, Default, RingMessage)]
struct Search {
    #[message(id)]
    id: MessageId,
    start: u64,
    wanted: u64,
}

#[derive(Debug, Clone, Default, RingMessage)]
struct Found {
    #[message(id)]
    id: MessageId,
    steps: u64,
}

/// Steps of a generator that takes all 2^64 numbers in turn: some are not found in a lifetime.
#[ring_kernel(id = "stuck.search")]
fn search(_ctx: &mut RingContext, search: Search) -> Found {
    let mut number = search.start;
    let mut steps = 0u64;
    while number != search.wanted {
        number = number.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        steps += 1;
    }
    Found { id: MessageId::default(), steps }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_handler_that_does_not_return_is_seen_and_the_runtime_ends_in_time() {
    let mut config = RuntimeConfig::default();
    config.watchdog = Duration::from_millis(100);
    config.shutdown_timeout = Duration::from_secs(2);
    let start = || machine::prepare().and_then(|()| CudaRuntime::start(config.clone()));
    let runtime = match start() {
        Ok(runtime) => runtime,
        Err(error) => return gate::skip("cuda", &error),
    };
    let kernel = runtime.launch("stuck.search", LaunchOptions::default()).await.expect("it launches");
    let found: Found = kernel
        .call(Search { start: 1, wanted: 1, ..Search::default() }, Duration::from_secs(60))
        .await
        .expect("an answer");
    assert_eq!(found.steps, 0);
    // The generator's order is fixed; this one comes after some 2^63 others.
    kernel.send(Search { start: 1, wanted: 0xDEAD_BEEF, ..Search::default() }).await.expect("there is room");
    let began = Instant::now();
    while kernel.status().stuck_for.is_none() {
        assert!(began.elapsed() < Duration::from_secs(60), "the handler was never seen to be stuck");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let ended = runtime.shutdown().await;
    assert!(
        matches!(&ended, Err(RingKernelError::ShutdownTimeout { kernels, .. }) if kernels == &["stuck.search"]),
        "{ended:?}"
    );
    drop(runtime);
    // The device is free for others, once the context of the stuck grid has been ended.
    let again = start().expect("another runtime starts");
    let kernel = again.launch("stuck.search", LaunchOptions::default()).await.expect("it launches");
    let found: Found = kernel
        .call(Search { start: 7, wanted: 7, ..Search::default() }, Duration::from_secs(60))
        .await
        .expect("an answer");
    assert_eq!(found.steps, 0);
    again.shutdown().await.expect("nothing is stuck");
}
