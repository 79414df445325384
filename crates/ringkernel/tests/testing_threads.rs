//! The test runtime has no threads. A process of its own, so that no other test's threads are counted.

use std::time::Duration;

use ringkernel::prelude::*;
use ringkernel::testing::{Injection, TestRuntime};

#[derive(RingMessage)]
struct Ask {}

#[derive(Debug, RingMessage)]
struct Answer {}

#[ring_kernel(id = "threads.answer")]
fn answer(_ctx: &mut RingContext, _: Ask) -> Answer {
    Answer {}
}

/// Threads of this process, where the system tells.
fn threads() -> Option<usize> {
    Some(std::fs::read_dir("/proc/self/task").ok()?.count())
}

#[test]
fn a_test_runtime_starts_no_thread() {
    let before = threads();
    let mut test = TestRuntime::seeded(1);
    let kernel = test.launch("threads.answer", LaunchOptions::default()).unwrap();
    test.inject(Injection::slow(&kernel, 1, Duration::from_secs(1))).unwrap();
    test.call::<Ask, Answer>(&kernel, Ask {}).unwrap();
    let waiting = kernel.clone();
    let received = test.spawn(async move { waiting.receive_timeout(Duration::from_secs(1)).await });
    test.run_until_idle();
    test.clock().advance(Duration::from_secs(1));
    assert!(received.take().is_some());
    test.block_on(kernel.terminate()).unwrap().unwrap();
    test.shutdown().unwrap();
    assert_eq!(threads(), before);
    drop(test);
    assert_eq!(threads(), before);
}
