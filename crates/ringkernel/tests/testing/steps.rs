//! Running: one message, one kernel's message, until idle, until an answer.

use std::time::Duration;

use ringkernel::prelude::*;
use ringkernel::testing::{StepOutcome, TestRuntime};

use crate::kernels::{Add, Get, Relay, Sum, k2k};

fn total(test: &mut TestRuntime, counter: &KernelHandle) -> u64 {
    test.call::<Get, Sum>(counter, Get {}).unwrap().total
}

#[test]
fn nothing_runs_until_it_is_stepped_and_a_step_is_one_message() {
    let mut test = TestRuntime::new();
    let counter = test.launch("kit.counter", LaunchOptions::default()).unwrap();
    for amount in [1, 2, 3] {
        test.send(&counter, Add { amount }).unwrap();
    }
    assert_eq!(counter.status().messages_processed, 0);
    for handled in 1..=3 {
        let step = test.step().expect("a message waits");
        assert_eq!((step.kernel.as_str(), step.sender), ("kit.counter", None));
        assert!(step.message.ends_with("::Add"), "{}", step.message);
        assert_eq!(step.outcome, StepOutcome::Handled);
        assert_eq!(counter.status().messages_processed, handled);
    }
    assert_eq!(test.step(), None);
    assert_eq!(total(&mut test, &counter), 6);
}

#[test]
fn a_chosen_kernel_runs_one_message_and_the_others_wait() {
    let mut test = TestRuntime::new();
    let [first, second] = ["first", "second"]
        .map(|id| test.launch(id, LaunchOptions::default().with_handler("kit.counter")).unwrap());
    for kernel in [&first, &second, &second] {
        test.send(kernel, Add { amount: 1 }).unwrap();
    }
    let processed = |kernel: &KernelHandle| kernel.status().messages_processed;
    assert_eq!(test.step_kernel(&second).unwrap().kernel.as_str(), "second");
    assert_eq!((processed(&first), processed(&second)), (0, 1));
    assert!(test.step_kernel(&second).is_some());
    assert_eq!(test.step_kernel(&second), None);
    assert_eq!((processed(&first), processed(&second)), (0, 2));
    assert_eq!(test.run_until_idle(), 1);
}

#[test]
fn running_until_idle_follows_messages_from_kernel_to_kernel_and_counts_them() {
    let mut test = TestRuntime::new();
    let relay = k2k().with_handler("kit.relay").with_state(Relay { to: "end".into() });
    let relay = test.launch("relay", relay).unwrap();
    let end = test.launch("end", k2k().with_handler("kit.counter")).unwrap();
    (0..5).for_each(|_| test.send(&relay, Add { amount: 4 }).unwrap());
    assert_eq!(test.run_at_most(3), 3);
    assert_eq!(test.run_until_idle(), 7);
    assert_eq!(test.run_until_idle(), 0);
    let step = test.trace().last().unwrap();
    assert_eq!(step.sender.as_ref().map(KernelId::as_str), Some("relay"));
    assert_eq!(total(&mut test, &end), 20);
}

#[test]
fn kernels_that_are_never_idle_are_reported_and_can_be_run_for_a_while() {
    let mut test = TestRuntime::builder().step_limit(50).build().unwrap();
    let restless = test.launch("kit.restless", k2k()).unwrap();
    test.send(&restless, Add { amount: 1 }).unwrap();
    assert_eq!(test.run_at_most(20), 20);
    let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| test.run_until_idle()));
    let panic = panic.expect_err("it is never idle");
    let text = panic.downcast_ref::<String>().unwrap();
    assert!(text.contains("not idle after 50 steps") && text.contains("kit.restless: Add handled"), "{text}");
    let error = test.block_on(std::future::pending::<()>()).unwrap_err();
    assert!(
        matches!(&error, RingKernelError::Stalled { reason, .. } if reason.contains("50 steps")),
        "{error}"
    );
}

#[test]
fn a_call_runs_everything_that_its_answer_takes() {
    let mut test = TestRuntime::new();
    let front = test.launch("kit.front", k2k()).unwrap();
    test.stub("store", |add: Add| Sum { total: add.amount + 1 }).unwrap();
    let sum: Sum = test.call(&front, Get {}).unwrap();
    assert_eq!(sum.total, 21);
    let kernels: Vec<_> = test.trace().iter().map(|step| step.kernel.to_string()).collect();
    assert_eq!(kernels, ["kit.front", "store", "kit.front"]);
}

#[test]
fn a_call_that_cannot_be_answered_says_what_everything_waits_for() {
    let mut test = TestRuntime::new();
    let front = test.launch("kit.front", k2k()).unwrap();
    let store = test.stub("store", |_: Add| None::<Sum>).unwrap();
    let call = test.call::<Get, Sum>(&front, Get {});
    let text = call.unwrap_err().to_string();
    assert!(
        text.contains("the call to kernel `kit.front` cannot finish: no kernel has anything to do"),
        "{text}"
    );

    test.block_on(store.deactivate()).unwrap().unwrap();
    let text = test.call::<Get, Sum>(&front, Get {}).unwrap_err().to_string();
    assert!(text.contains("`store` is Deactivated and holds 1 messages"), "{text}");
}

#[test]
fn an_output_is_received_once_it_has_been_produced() {
    let mut test = TestRuntime::new();
    let counter = test.launch("kit.counter", LaunchOptions::default()).unwrap();
    test.send(&counter, Get {}).unwrap();
    assert_eq!(test.receive::<Sum>(&counter).unwrap(), Sum { total: 0 });
    assert!(matches!(test.receive::<Sum>(&counter), Err(RingKernelError::Stalled { .. })));
}

#[test]
fn a_thread_that_would_block_is_told_that_nobody_steps_the_runtime_meanwhile() {
    let test = TestRuntime::new();
    let options = LaunchOptions::default().with_handler("kit.counter").with_queue_capacity(1);
    let counter = test.launch("small", options).unwrap();
    let stalled = |error: RingKernelError, what: &str| {
        let text = error.to_string();
        assert!(matches!(error, RingKernelError::Stalled { .. }) && text.contains(what), "{text}");
    };
    let received = counter.receive_blocking(Duration::from_millis(1));
    stalled(received.unwrap_err(), "the blocking receive from kernel `small` cannot finish");
    counter.send_blocking(Add { amount: 1 }).unwrap();
    let refused = counter.send_blocking(Add { amount: 2 }).unwrap_err();
    assert_eq!(refused.message.amount, 2);
    stalled(refused.error, "the blocking send to kernel `small` cannot finish");
    let answer = counter.call_blocking::<_, Sum>(Get {}, Duration::from_millis(1));
    stalled(answer.unwrap_err(), "the blocking call to kernel `small` cannot finish");
}

#[test]
fn a_send_that_waits_for_room_goes_on_when_there_is_some() {
    let mut test = TestRuntime::new();
    let options = LaunchOptions::default().with_handler("kit.counter").with_queue_capacity(1);
    let counter = test.launch("small", options).unwrap();
    test.send(&counter, Add { amount: 1 }).unwrap();
    let refused = test.send(&counter, Add { amount: 2 }).unwrap_err();
    assert!(matches!(refused.error, RingKernelError::QueueFull { capacity: 1, .. }));
    let kernel = counter.clone();
    let sent = test.spawn(async move { kernel.send(refused.message).await });
    assert!(sent.take().is_none());
    test.step();
    sent.take().expect("there is room").unwrap();
    assert!(sent.take().is_none(), "a result is taken once");
    assert_eq!(total(&mut test, &counter), 3);
}

#[test]
fn a_handler_that_never_stops_asking_does_not_stop_the_test() {
    let mut test = TestRuntime::builder().step_limit(5).build().unwrap();
    let impatient = test.launch("kit.impatient", LaunchOptions::default()).unwrap();
    test.send(&impatient, Get {}).unwrap();
    assert_eq!(test.run_at_most(3), 3);
    assert!(test.trace().iter().all(|step| step.outcome == StepOutcome::Waiting));
    assert!(test.shutdown().is_err(), "it is ended all the same");
    assert_eq!(impatient.state(), KernelState::Terminated);
}

#[test]
fn a_call_to_a_kernel_that_has_been_quick_is_queued_like_any_other() {
    let mut test = TestRuntime::new();
    let counter = test.launch("kit.counter", LaunchOptions::default()).unwrap();
    // Elsewhere, a caller may by then run such a kernel itself.
    (0..100).for_each(|_| assert_eq!(total(&mut test, &counter), 0));
    let kernel = counter.clone();
    let call = test.spawn(async move { kernel.call::<Get, Sum>(Get {}, std::time::Duration::MAX).await });
    assert_eq!(counter.status().messages_processed, 100);
    assert!(call.take().is_none());
    assert_eq!(test.run_until_idle(), 1);
    assert_eq!(call.take().unwrap().unwrap(), Sum { total: 0 });
}
