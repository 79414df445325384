//! What goes on while a program is made: cases for backends that make programs when kernels are launched. Each is given a runtime that has
//! launched nothing.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use ringkernel::k2k::{K2KBroker, K2KConfig};
use ringkernel::prelude::*;
use ringkernel::runtime::{BoxFuture, RingKernelRuntime, RuntimeConfig};

use crate::kernels::account::{Add, Total};
use crate::kernels::gated::{Brittle, Closed, Held};
use crate::kernels::plain::{Doubled, Number};
use crate::kernels::walker::{Walk, Walked, walk};
use crate::rig::reachable;
use crate::wait::{LIMIT, eventually};

/// Calls that are answered while a program is made.
const CALLS: u64 = 100;

type Launch<'a> = BoxFuture<'a, Result<KernelHandle, RingKernelError>>;

/// Begins a launch, which cannot be over at once.
async fn begin<'a>(runtime: &'a dyn RingKernelRuntime, id: &'a str, handler: &str) -> Launch<'a> {
    let mut launch = runtime.launch(id, reachable().with_handler(handler));
    let begun = poll_fn(|context| match Pin::new(&mut launch).poll(context) {
        Poll::Ready(outcome) => Poll::Ready(Some(outcome.map(drop))),
        Poll::Pending => Poll::Ready(None),
    });
    let outcome = begun.await;
    assert!(outcome.is_none(), "a launch that has to wait: {outcome:?}");
    launch
}

/// How a launch has gone, which has to be over.
async fn is_over(mut launch: Launch<'_>) -> Result<KernelHandle, RingKernelError> {
    poll_fn(|context| match Pin::new(&mut launch).poll(context) {
        Poll::Ready(outcome) => Poll::Ready(outcome),
        Poll::Pending => panic!("a launch that should be over"),
    })
    .await
}

async fn doubles(kernel: &KernelHandle, value: u64) {
    let doubled: Doubled = kernel.call(Number::of(value), LIMIT).await.expect("an answer");
    assert_eq!(doubled.value, 2 * value);
}

async fn holds(kernel: &KernelHandle, value: u64) {
    let held: Held = kernel.call(Number::of(value), LIMIT).await.expect("an answer");
    assert_eq!(held.value, value);
}

async fn reached(gate: &Closed) {
    eventually("the program is being made", || gate.is_reached()).await;
}

/// Calls are answered, and launches of kernels that are there are done, before the program that is being made is there.
pub async fn others_are_served_while_a_program_is_made(runtime: &dyn RingKernelRuntime) {
    let gate = Closed::new().await;
    let doubler = runtime.launch("testkit.doubler", LaunchOptions::default()).await.expect("it launches");
    doubles(&doubler, 1).await;
    let held = begin(runtime, "testkit.held", "testkit.held").await;
    reached(&gate).await;
    for value in 0..CALLS {
        doubles(&doubler, value).await;
    }
    let options = LaunchOptions::default().with_handler("testkit.doubler");
    let another = runtime.launch("another", options).await.expect("its program is there");
    doubles(&another, 7).await;
    another.terminate().await.expect("it terminates");
    // Everything so far has come to its end before this.
    gate.open();
    let held = held.await.expect("it launches");
    holds(&held, 5).await;
    doubles(&doubler, 2).await;
    runtime.shutdown().await.expect("everything ends");
}

/// Launches that wait at the same time have one program made for all of them, and are done in their order.
pub async fn launches_that_wait_share_a_program(runtime: &dyn RingKernelRuntime) {
    let gate = Closed::new().await;
    let doubler = runtime.launch("testkit.doubler", LaunchOptions::default()).await.expect("it launches");
    let held = begin(runtime, "testkit.held", "testkit.held").await;
    reached(&gate).await;
    let account = begin(runtime, "account", "testkit.account").await;
    let second = begin(runtime, "second", "testkit.held").await;
    let walker = begin(runtime, "walker", "testkit.walker").await;
    // Everybody waits before this is answered.
    doubles(&doubler, 1).await;
    gate.open();
    let walker = walker.await.expect("it launches");
    for before in [held, account, second] {
        is_over(before).await.expect("it launches");
    }
    let asked = gate.asked();
    runtime.launch("testkit.silent", LaunchOptions::default()).await.expect("it launches");
    let once = gate.asked() - asked;
    assert_eq!(asked, 2 * once, "a program for the first, and one for those that came while it was made");
    let walked: Walked = walker.call(Walk { steps: 9 }, LIMIT).await.expect("an answer");
    assert_eq!(walked.place, walk(9));
    runtime.shutdown().await.expect("everything ends");
}

/// Who waits for a program has it when it can be made, whoever else's is refused.
pub async fn launches_that_wait_fail_alone(runtime: &dyn RingKernelRuntime) {
    let gate = Closed::new().await;
    let doubler = runtime.launch("testkit.doubler", LaunchOptions::default()).await.expect("it launches");
    let first = begin(runtime, "first", "testkit.held").await;
    reached(&gate).await;
    let brittle = begin(runtime, "brittle", "testkit.brittle").await;
    let account = begin(runtime, "account", "testkit.account").await;
    let second = begin(runtime, "second", "testkit.held").await;
    let walker = begin(runtime, "walker", "testkit.walker").await;
    let brittle_too = begin(runtime, "brittle too", "testkit.brittle").await;
    doubles(&doubler, 1).await;
    gate.open();
    for refused in [brittle.await, brittle_too.await] {
        let is_why = |message: &str| message.contains("panics on purpose");
        assert!(
            matches!(&refused, Err(RingKernelError::ProgramRefused { message, .. }) if is_why(message)),
            "{refused:?}"
        );
    }
    for held in [first.await, second.await] {
        holds(&held.expect("it launches"), 3).await;
    }
    let total: Total =
        account.await.expect("it launches").call(Add { amount: 4 }, LIMIT).await.expect("an answer");
    assert_eq!(total.sum, 4);
    let walked: Walked =
        walker.await.expect("it launches").call(Walk { steps: 9 }, LIMIT).await.expect("an answer");
    assert_eq!(walked.place, walk(9));
    doubles(&doubler, 2).await;
    gate.mend();
    // Where nothing breaks any more, the program is made.
    let brittle = runtime.launch("brittle", LaunchOptions::default().with_handler("testkit.brittle")).await;
    let answer: Brittle = brittle.expect("it launches").call(Number::of(6), LIMIT).await.expect("an answer");
    assert_eq!(answer.value, 6);
    runtime.shutdown().await.expect("everything ends");
}

/// What is sent to a kernel that waits for its program is handled when it is there, and its name is taken.
pub async fn a_kernel_that_waits_takes_messages_and_has_its_name(runtime: &dyn RingKernelRuntime) {
    let gate = Closed::new().await;
    let held = begin(runtime, "testkit.held", "testkit.held").await;
    reached(&gate).await;
    let early = runtime.get_kernel(&"testkit.held".into()).expect("its name is known");
    early.send(Number::of(8)).await.expect("there is room");
    let taken = runtime.launch("testkit.held", LaunchOptions::default()).await.map(drop);
    assert!(matches!(taken, Err(RingKernelError::KernelAlreadyLaunched { .. })), "{taken:?}");
    assert_eq!(early.status().input_queue_depth, 1);
    gate.open();
    let held = held.await.expect("it launches");
    let answer: Held = held.receive_as().await.expect("the message was kept");
    assert_eq!(answer.value, 8);
    runtime.shutdown().await.expect("everything ends");
}

/// A kernel whose launch is given up does not wait for its program any longer. One that is not there yet cannot be terminated.
pub async fn a_kernel_that_waits_can_be_given_up(runtime: &dyn RingKernelRuntime) {
    let gate = Closed::new().await;
    let doubler = runtime.launch("testkit.doubler", LaunchOptions::default()).await.expect("it launches");
    let dropped = begin(runtime, "dropped", "testkit.held").await;
    let kept = begin(runtime, "kept", "testkit.held").await;
    reached(&gate).await;
    let find = |id: &str| runtime.get_kernel(&id.into());
    find("dropped").expect("its name is known").send(Number::of(1)).await.expect("there is room");
    let early = find("kept").expect("its name is known").terminate().await;
    assert!(matches!(early, Err(RingKernelError::InvalidStateTransition { .. })), "{early:?}");
    drop(dropped);
    eventually("its name is free", || find("dropped").is_none()).await;
    let letters = runtime.take_dead_letters();
    assert_eq!(letters.len(), 1, "{letters:?}");
    // The name can be used while the program is still being made.
    let options = LaunchOptions::default().with_handler("testkit.doubler");
    doubles(&runtime.launch("dropped", options).await.expect("its program is there"), 4).await;
    drop(kept);
    eventually("its name is free", || find("kept").is_none()).await;
    gate.open();
    // The program that nobody waits for any more keeps nobody from having it later.
    let held = runtime.launch("testkit.held", LaunchOptions::default()).await.expect("it launches");
    holds(&held, 9).await;
    doubles(&doubler, 5).await;
    runtime.shutdown().await.expect("everything ends");
}

/// The end of a runtime waits for no compiler longer than it may; whoever launches hears, and nothing of the runtime is kept.
pub async fn a_runtime_ends_while_a_program_is_made<R: RingKernelRuntime>(
    start: impl FnOnce(RuntimeConfig) -> R,
) {
    let gate = Closed::new().await;
    let broker = K2KBroker::new(K2KConfig::default());
    let mut config = RuntimeConfig::default();
    config.shutdown_timeout = Duration::from_millis(500);
    config.k2k_broker = Some(broker.clone());
    let runtime = start(config);
    let doubler = runtime.launch("testkit.doubler", LaunchOptions::default()).await.expect("it launches");
    doubles(&doubler, 1).await;
    let first = begin(&runtime, "first", "testkit.held").await;
    reached(&gate).await;
    let second = begin(&runtime, "second", "testkit.walker").await;
    runtime.shutdown().await.expect("no handler is stuck");
    for refused in [first.await.map(drop), second.await.map(drop)] {
        assert!(matches!(refused, Err(RingKernelError::RuntimeShutDown)), "{refused:?}");
    }
    assert!(runtime.list_kernels().is_empty());
    drop((doubler, runtime));
    // Its last thread may be about to end.
    eventually("the runtime is gone", || Arc::strong_count(&broker) == 1).await;
    // Until now the compiler was at it.
    drop(gate);
}

/// Whoever waits for a program hears that the device is lost. `lose` loses it.
pub async fn a_lost_device_is_told_to_launches_that_wait(
    runtime: &dyn RingKernelRuntime,
    lose: impl AsyncFnOnce(),
) {
    let gate = Closed::new().await;
    let doubler = runtime.launch("testkit.doubler", LaunchOptions::default()).await.expect("it launches");
    let held = begin(runtime, "testkit.held", "testkit.held").await;
    reached(&gate).await;
    lose().await;
    let told = tokio::time::timeout(LIMIT, held).await.expect("it is told").map(drop);
    assert!(matches!(told, Err(RingKernelError::DeviceLost { .. })), "{told:?}");
    let called = doubler.call::<_, Doubled>(Number::of(1), Duration::from_secs(60)).await.map(drop);
    assert!(matches!(called, Err(RingKernelError::DeviceLost { .. })), "{called:?}");
    // Until now the compiler was at it.
    gate.open();
    runtime.shutdown().await.expect("everything has ended");
}
