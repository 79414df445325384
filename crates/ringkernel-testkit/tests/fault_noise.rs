//! Panics that a case asks for do not litter the test output; all others are printed.
//!
//! Runs itself again as a child, whose output it reads.

use std::process::Command;

use ringkernel::prelude::*;
use ringkernel_cpu::CpuFactory;
use ringkernel_testkit::kernels::faulty::{DivideBy, Outcome};
use ringkernel_testkit::kernels::host_only::{Panic, Passed};
use ringkernel_testkit::rig::Rig;
use ringkernel_testkit::wait::LIMIT;

const CHILD: &str = "RINGKERNEL_TESTKIT_NOISY_CHILD";

/// Asks this file's kernel to panic.
#[derive(RingMessage)]
struct Surprise;

#[ring_kernel(id = "testkit.surprising", backends(cpu))]
fn surprising(_ctx: &mut RingContext, _message: Surprise) {
    panic!("a panic that nobody expected");
}

async fn panic_in_three_ways() {
    let rig = Rig::start(&CpuFactory).await;
    let faulty = rig.launch_default("testkit.faulty").await;
    assert!(faulty.call::<_, Outcome>(DivideBy { divisor: 0 }, LIMIT).await.is_err());
    let panicker = rig.launch_default("testkit.panicker").await;
    let text = "a panic that was asked for".to_owned();
    assert!(panicker.call::<_, Passed>(Panic { text }, LIMIT).await.is_err());
    let surprising = rig.launch_default("testkit.surprising").await;
    assert!(surprising.call::<_, Passed>(Surprise, LIMIT).await.is_err());
    rig.finish().await;
}

#[test]
fn only_unexpected_panics_are_printed() {
    if std::env::var_os(CHILD).is_some() {
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a tokio runtime");
        return runtime.block_on(panic_in_three_ways());
    }
    let this = std::env::current_exe().expect("the path of this test");
    let output = Command::new(this)
        .args(["--exact", "only_unexpected_panics_are_printed", "--nocapture"])
        .env(CHILD, "1")
        .output()
        .expect("this test runs again");
    let printed = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{printed}");
    assert!(printed.contains("a panic that nobody expected"), "{printed}");
    assert!(!printed.contains("asked for") && !printed.contains("divide by zero"), "{printed}");
}
