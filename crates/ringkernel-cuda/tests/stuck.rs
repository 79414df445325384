//! A handler that does not return holds up its own actor, and the runtime ends all the same.

mod machine;

use std::time::{Duration, Instant};

use ringkernel::prelude::*;
use ringkernel::runtime::{RingKernelRuntime, RuntimeConfig};
use ringkernel_cuda::CudaRuntime;
use ringkernel_testkit::gate;
use ringkernel_testkit::kernels::walker::{Walk, Walked, walk};

/// A walk that takes a while: many seconds on any device, of which the test waits two.
const ENDLESS: u32 = u32::MAX;

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
    let kernel = runtime.launch("testkit.walker", LaunchOptions::default()).await.expect("it launches");
    let walked: Walked = kernel.call(Walk { steps: 3 }, Duration::from_secs(60)).await.expect("an answer");
    assert_eq!(walked.place, walk(3));
    kernel.send(Walk { steps: ENDLESS }).await.expect("there is room");
    let began = Instant::now();
    while kernel.status().stuck_for.is_none() {
        assert!(began.elapsed() < Duration::from_secs(60), "the handler was never seen to be stuck");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let ended = runtime.shutdown().await;
    assert!(
        matches!(&ended, Err(RingKernelError::ShutdownTimeout { kernels, .. }) if kernels == &["testkit.walker"]),
        "{ended:?}"
    );
    drop(runtime);
    // The device is free for others, once the context of the stuck grid has been ended.
    let again = start().expect("another runtime starts");
    let kernel = again.launch("testkit.walker", LaunchOptions::default()).await.expect("it launches");
    let walked: Walked = kernel.call(Walk { steps: 7 }, Duration::from_secs(60)).await.expect("an answer");
    assert_eq!(walked.place, walk(7));
    again.shutdown().await.expect("nothing is stuck");
}
