//! States, termination, and what is left behind.

use std::sync::Arc;

use ringkernel::dead_letter::DeadLetterReason;
use ringkernel::prelude::*;
use ringkernel::runtime::RingKernelRuntime;
use ringkernel::testing::{ManualClock, TestRuntime};

use crate::kernels::{Add, Get, Sum, k2k};

/// Holds something whose life can be watched.
#[derive(Default, Clone)]
struct Watched {
    alive: Arc<()>,
}

#[ring_kernel(id = "kit.watched", backends(cpu))]
fn watched(_ctx: &mut RingContext, watched: &mut Watched, _: Get) -> Sum {
    Sum { total: Arc::strong_count(&watched.alive) as u64 }
}

#[test]
fn a_deactivated_kernel_takes_no_steps() {
    let mut test = TestRuntime::new();
    let options = LaunchOptions::default().without_auto_activate();
    let counter = test.launch("kit.counter", options).unwrap();
    test.send(&counter, Add { amount: 1 }).unwrap();
    assert_eq!(test.run_until_idle(), 0);
    test.block_on(counter.activate()).unwrap().unwrap();
    assert_eq!(test.run_until_idle(), 1);
    test.block_on(counter.deactivate()).unwrap().unwrap();
    test.send(&counter, Add { amount: 1 }).unwrap();
    assert_eq!(test.run_until_idle(), 0);
}

#[test]
fn terminating_a_kernel_accounts_for_what_it_holds() {
    let mut test = TestRuntime::new();
    let counter = test.launch("kit.counter", LaunchOptions::default()).unwrap();
    test.send(&counter, Add { amount: 1 }).unwrap();
    let kernel = counter.clone();
    let ended = test.spawn(async move { kernel.terminate().await });
    // Termination is asked for, and the message is not taken any more.
    assert_eq!(test.run_until_idle(), 0);
    ended.take().expect("it has ended").unwrap();
    assert_eq!(counter.state(), KernelState::Terminated);
    assert_eq!(test.take_dead_letters()[0].reason, DeadLetterReason::KernelTerminated);
    test.launch("kit.counter", LaunchOptions::default()).expect("the id is free again");
}

#[test]
fn shutting_down_buries_what_is_queued_and_tells_callers() {
    let mut test = TestRuntime::new();
    let counter = test.launch("kit.counter", k2k()).unwrap();
    (0..3).for_each(|_| test.send(&counter, Add { amount: 1 }).unwrap());
    let kernel = counter.clone();
    let call = test.spawn(async move { kernel.call::<Get, Sum>(Get {}, std::time::Duration::MAX).await });
    test.shutdown().unwrap();
    let reasons: Vec<_> = test.take_dead_letters().iter().map(|letter| letter.reason).collect();
    assert_eq!(reasons, [DeadLetterReason::KernelTerminated; 4]);
    assert!(matches!(call.take(), Some(Err(RingKernelError::KernelTerminated { .. }))));
    assert_eq!(test.runtime().list_kernels(), []);
    assert!(matches!(
        test.send(&counter, Add { amount: 1 }).unwrap_err().error,
        RingKernelError::KernelTerminated { .. }
    ));
    assert!(matches!(test.launch("kit.counter", k2k()), Err(RingKernelError::RuntimeShutDown)));
    test.shutdown().expect("once more does nothing");
}

#[test]
fn dropping_a_runtime_frees_states_messages_and_waiting_handlers() {
    let state = Watched::default();
    let alive = Arc::downgrade(&state.alive);
    let mut test = TestRuntime::new();
    let watched = test.launch("kit.watched", LaunchOptions::default().with_state(state)).unwrap();
    let sleeper = test.launch("kit.sleeper", LaunchOptions::default()).unwrap();
    for kernel in [&watched, &sleeper, &sleeper] {
        test.send(kernel, Get {}).unwrap();
    }
    test.run_until_idle();
    test.send(&watched, Get {}).unwrap();
    let kernel = sleeper.clone();
    let call = test.spawn(async move { kernel.call::<Get, Sum>(Get {}, std::time::Duration::MAX).await });
    drop(test);
    assert!(matches!(call.take(), Some(Err(RingKernelError::KernelTerminated { .. }))));
    assert_eq!(sleeper.state(), KernelState::Terminated);
    drop((watched, sleeper));
    assert_eq!(alive.strong_count(), 0, "the state is freed with its last owner");
}

#[test]
fn a_shutdown_names_the_kernels_whose_handlers_wait_and_ends_them() {
    let mut test = TestRuntime::new();
    let sleeper = test.launch("kit.sleeper", LaunchOptions::default()).unwrap();
    test.send(&sleeper, Get {}).unwrap();
    test.run_until_idle();
    let error = test.shutdown().unwrap_err();
    assert!(
        matches!(&error, RingKernelError::ShutdownTimeout { kernels, .. } if kernels == &["kit.sleeper"]),
        "{error}"
    );
    assert_eq!(sleeper.state(), KernelState::Terminated);
    let letters = test.take_dead_letters();
    assert_eq!(letters.len(), 1);
    assert_eq!(
        (letters[0].reason, letters[0].at_ns),
        (DeadLetterReason::KernelTerminated, ManualClock::START_NS)
    );
}
