//! What becomes of those who wait when the driver's thread panics.

use std::io::Write;
use std::process::Command;
use std::time::Duration;

use ringkernel_core::RingKernelError;
use ringkernel_core::runtime::{LaunchOptions, RingKernelRuntime, RuntimeConfig};
use ringkernel_cuda_sim::Libraries;
use ringkernel_testkit::gate;
use ringkernel_testkit::kernels::plain::{Doubled, Number};

use super::CudaRuntime;
use crate::memory::Still;

/// Set where the test runs alone in its process.
const ALONE: &str = "RINGKERNEL_CUDA_TEST_ALONE";

/// In a process of its own: another test of this program loads a compiler for devices, whose code the simulated one cannot run.
#[test]
fn a_panic_of_the_drivers_thread_leaves_nobody_waiting() {
    if std::env::var_os(ALONE).is_some() {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_time().build();
        return runtime.expect("a tokio runtime").block_on(panic_of_the_driver());
    }
    let name = std::thread::current().name().expect("a test has a name").to_owned();
    let output = Command::new(std::env::current_exe().expect("the program has a path"))
        .args(["--exact", &name, "--nocapture"])
        .env(ALONE, "1")
        .output()
        .expect("it starts");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let ran = String::from_utf8_lossy(&output.stdout);
    assert!(ran.contains("1 passed"), "{ran}");
    // What was skipped there, loudly, is skipped here.
    let _ = std::io::stderr().write_all(said.as_bytes());
}

async fn panic_of_the_driver() {
    let runtime = match Libraries::build().and_then(|libraries| libraries.load()) {
        Ok(()) => CudaRuntime::start(RuntimeConfig::default()).expect("the simulated device is there"),
        Err(missing) => return gate::skip("cuda", &missing),
    };
    let options = LaunchOptions::default().without_auto_activate();
    let kernel = runtime.launch("testkit.doubler", options).await.expect("it launches");
    // It waits, because the kernel is not active.
    let caller = kernel.clone();
    let call =
        tokio::spawn(async move { caller.call::<_, Doubled>(Number::of(1), Duration::from_secs(60)).await });
    while kernel.status().input_queue_depth == 0 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let errand = runtime.errands.while_still(Box::new(|_| panic!("on purpose")));
    assert!(matches!(errand, Err(RingKernelError::RuntimeShutDown)), "{errand:?}");
    let answer = call.await.expect("the call ends");
    let is_told = |reason: &str| reason.contains("on purpose");
    assert!(
        matches!(&answer, Err(RingKernelError::DeviceLost { reason, .. }) if is_told(reason)),
        "{answer:?}"
    );
    let ended = kernel.wait().await;
    assert!(matches!(&ended, Err(RingKernelError::DeviceLost { .. })), "{ended:?}");
    let refused = runtime.launch("testkit.doubler", LaunchOptions::default()).await;
    assert!(matches!(refused, Err(RingKernelError::DeviceLost { .. })), "{refused:?}");
    let errand = runtime.errands.while_still(Box::new(|_| ()));
    assert!(matches!(errand, Err(RingKernelError::RuntimeShutDown)), "{errand:?}");
    runtime.shutdown().await.expect("everything has ended");
}
