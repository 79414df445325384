//! What goes on while the program of a kernel is linked, printed and compiled beside the driver's work.

use ringkernel::prelude::*;
use ringkernel::runtime::{BackendFactory, RingKernelRuntime, RuntimeConfig};
use ringkernel_testkit::kernels::account::Add;
use ringkernel_testkit::{beside, gate};
use ringkernel_wgpu::device::ApiSet;
use ringkernel_wgpu::{WgpuFactory, WgpuRuntime};

use crate::support::on_a_device;

#[test]
fn others_are_served_while_a_program_is_made() {
    on_a_device(async |runtime| beside::others_are_served_while_a_program_is_made(&runtime).await);
}

#[test]
fn launches_that_wait_share_a_program() {
    on_a_device(async |runtime| beside::launches_that_wait_share_a_program(&runtime).await);
}

#[test]
fn launches_that_wait_fail_alone() {
    on_a_device(async |runtime| beside::launches_that_wait_fail_alone(&runtime).await);
}

#[test]
fn a_kernel_that_waits_takes_messages_and_has_its_name() {
    on_a_device(async |runtime| beside::a_kernel_that_waits_takes_messages_and_has_its_name(&runtime).await);
}

#[test]
fn a_kernel_that_waits_can_be_given_up() {
    on_a_device(async |runtime| beside::a_kernel_that_waits_can_be_given_up(&runtime).await);
}

#[test]
fn a_runtime_ends_while_a_program_is_made() {
    if let Err(reason) = WgpuFactory.probe() {
        return gate::skip("wgpu", &reason);
    }
    let tokio = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_time().build();
    let start =
        |config: RuntimeConfig| WgpuRuntime::start(ApiSet::Any, config).expect("the device can be used");
    tokio.expect("a tokio runtime").block_on(beside::a_runtime_ends_while_a_program_is_made(start));
}

#[test]
fn a_lost_device_is_told_to_launches_that_wait() {
    on_a_device(async |runtime| {
        let account = runtime.launch("testkit.account", LaunchOptions::default()).await;
        let account = account.expect("it launches");
        let lose = async || {
            runtime.device().simulate_loss();
            // The loss is found when the device is asked for something, at the latest.
            account.send(Add { amount: 1 }).await.expect("there is room");
        };
        beside::a_lost_device_is_told_to_launches_that_wait(&runtime, lose).await;
    });
}
