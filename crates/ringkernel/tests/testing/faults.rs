//! What goes wrong because the test wants it to.

use std::time::Duration;

use ringkernel::dead_letter::DeadLetterReason;
use ringkernel::prelude::*;
use ringkernel::runtime::{Fault, FaultKind};
use ringkernel::testing::{Injection, StepOutcome, TestRuntime};

use crate::kernels::{Add, Counter, Get, Sum, k2k};

const SECOND: Duration = Duration::from_secs(1);

fn restarting() -> LaunchOptions {
    k2k().with_restart(RestartPolicy::limited(10, SECOND))
}

#[track_caller]
fn fault_of(outcome: StepOutcome) -> Fault {
    match outcome {
        StepOutcome::Faulted(fault) => *fault,
        other => panic!("it did not fault: {other:?}"),
    }
}

#[test]
fn the_handler_of_the_chosen_message_panics_and_no_other() {
    let mut test = TestRuntime::new();
    let counter = test.launch("kit.counter", restarting().with_state(Counter { total: 100 })).unwrap();
    let printer = test.probe::<Sum>("printer").unwrap();
    test.inject(Injection::panic_in(&counter, 3)).unwrap();
    (0..4).for_each(|_| test.send(&counter, Add { amount: 1 }).unwrap());
    assert_eq!(test.injections_left(), 1);
    test.run_until_idle();
    assert_eq!(test.injections_left(), 0);
    let totals: Vec<_> = printer.received().iter().map(|sum| sum.total).collect();
    assert_eq!(totals, [101, 102, 101], "the third is lost, and with it the state");
    let fault = fault_of(test.trace()[2].outcome.clone());
    assert_eq!(fault.kind, FaultKind::Panic);
    assert!(fault.message.starts_with("a panic that the test has injected at "), "{fault}");
    assert!(fault.message.contains("faults.rs:"), "{fault}");
    assert!(fault.file.ends_with("kernels.rs"), "{fault}");
    assert_eq!(test.take_dead_letters()[0].reason, DeadLetterReason::HandlerFault);
    assert_eq!(counter.status().restarts, 1);
}

#[test]
fn a_handler_that_panics_at_its_end_has_sent_what_it_sends() {
    let mut test = TestRuntime::new();
    let counter = test.launch("kit.counter", restarting()).unwrap();
    let printer = test.probe::<Sum>("printer").unwrap();
    test.inject(Injection::panic_after(&counter, 1)).unwrap();
    test.send(&counter, Add { amount: 5 }).unwrap();
    fault_of(test.step().unwrap().outcome);
    printer.expect(Sum { total: 5 });
    assert_eq!(test.call::<Get, Sum>(&counter, Get {}).unwrap(), Sum { total: 0 });
}

#[test]
fn a_failure_has_the_code_that_was_injected_and_the_caller_hears_it() {
    let mut test = TestRuntime::new();
    let counter = test.launch("kit.counter", LaunchOptions::default()).unwrap();
    test.inject(Injection::fail_in(&counter, 1, 77)).unwrap();
    let error = test.call::<Get, Sum>(&counter, Get {}).unwrap_err();
    let RingKernelError::HandlerFault { fault, .. } = error else { panic!("{error}") };
    assert_eq!(fault.code, 77);
    assert!(fault.file.ends_with("faults.rs"), "{fault}");
    assert_eq!(counter.state(), KernelState::Failed);
}

#[test]
fn an_async_handler_panics_at_its_beginning_or_at_its_end() {
    let mut test = TestRuntime::new();
    let sleeper = test.launch("kit.sleeper", restarting()).unwrap();
    test.inject(Injection::panic_in(&sleeper, 1)).unwrap();
    test.inject(Injection::panic_after(&sleeper, 2)).unwrap();
    test.send(&sleeper, Get {}).unwrap();
    test.send(&sleeper, Get {}).unwrap();
    fault_of(test.step().unwrap().outcome);
    assert_eq!(test.step().unwrap().outcome, StepOutcome::Waiting);
    test.clock().advance(10 * SECOND);
    fault_of(test.step().unwrap().outcome);
    assert_eq!(sleeper.try_receive().unwrap_err().to_string(), RingKernelError::QueueEmpty.to_string());
}

#[test]
fn a_slow_handler_lets_the_deadlines_of_others_pass() {
    let mut test = TestRuntime::new();
    let counter = test.launch("kit.counter", LaunchOptions::default()).unwrap();
    test.inject(Injection::slow(&counter, 1, 2 * SECOND)).unwrap();
    let calls = [5, 1].map(|seconds| {
        let kernel = counter.clone();
        test.spawn(async move { kernel.call::<Get, Sum>(Get {}, seconds * SECOND).await })
    });
    test.run_until_idle();
    assert_eq!(test.clock().elapsed(), 2 * SECOND);
    let [patient, hasty] = calls.map(|call| call.take().expect("it has ended"));
    assert_eq!(patient.unwrap(), Sum { total: 0 });
    assert!(matches!(hasty, Err(RingKernelError::Timeout { .. })));
    assert_eq!(counter.telemetry().latency_ns_max(), Some(2_000_000_000));
}

#[test]
fn a_mailbox_without_room_refuses_hosts_and_goes_on_when_it_is_healed() {
    let mut test = TestRuntime::new();
    let counter = test.launch("kit.counter", k2k()).unwrap();
    test.send(&counter, Add { amount: 1 }).unwrap();
    test.inject(Injection::no_room(&counter)).unwrap();
    let refused = test.send(&counter, Add { amount: 2 }).unwrap_err();
    assert!(matches!(refused.error, RingKernelError::QueueFull { capacity: 768, .. }), "{}", refused.error);
    let kernel = counter.clone();
    let waiting = test.spawn(async move { kernel.send(refused.message).await });
    assert_eq!(test.run_until_idle(), 1, "what is in is handled");
    assert!(waiting.take().is_none());
    test.heal(&counter).unwrap();
    test.run_until_idle();
    waiting.take().expect("there is room").unwrap();
    assert_eq!(test.call::<Get, Sum>(&counter, Get {}).unwrap(), Sum { total: 3 });
}

#[test]
fn what_was_injected_does_not_happen_after_healing() {
    let mut test = TestRuntime::new();
    let counter = test.launch("kit.counter", LaunchOptions::default()).unwrap();
    test.inject(Injection::panic_in(&counter, 1)).unwrap();
    test.inject(Injection::clock_behind(&counter, 9 * SECOND)).unwrap();
    test.heal(&counter).unwrap();
    assert_eq!(test.injections_left(), 0);
    assert_eq!(test.call::<Get, Sum>(&counter, Get {}).unwrap(), Sum { total: 0 });
}

#[test]
fn injections_that_make_no_sense_are_refused() {
    let mut test = TestRuntime::new();
    let counter = test.launch("kit.counter", LaunchOptions::default()).unwrap();
    let error = test.inject(Injection::panic_in(&counter, 0)).unwrap_err();
    assert!(matches!(error, RingKernelError::InvalidConfig(_)));
    test.block_on(counter.terminate()).unwrap().unwrap();
    let error = test.inject(Injection::no_room(&counter)).unwrap_err();
    assert!(matches!(error, RingKernelError::KernelNotFound { .. }));
}

#[test]
fn a_panic_that_another_forestalls_does_not_wait_for_the_next_message() {
    let mut test = TestRuntime::new();
    let counter = test.launch("kit.counter", restarting()).unwrap();
    test.inject(Injection::panic_after(&counter, 1)).unwrap();
    test.inject(Injection::panic_in(&counter, 1)).unwrap();
    (0..2).for_each(|_| test.send(&counter, Add { amount: 1 }).unwrap());
    fault_of(test.step().unwrap().outcome);
    assert_eq!(test.step().unwrap().outcome, StepOutcome::Handled);
}
