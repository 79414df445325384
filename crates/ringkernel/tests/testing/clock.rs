//! The manual clock, and what follows it.

use std::time::Duration;

use ringkernel::dead_letter::DeadLetterReason;
use ringkernel::prelude::*;
use ringkernel::testing::{Injection, ManualClock, StepOutcome, TestRuntime};

use crate::kernels::{Add, Get, Now, Relay, Sum, k2k};

const SECOND: Duration = Duration::from_secs(1);

fn after_start(duration: Duration) -> u64 {
    ManualClock::START_NS + duration.as_nanos() as u64
}

#[test]
fn handlers_and_their_timestamps_see_the_manual_clock() {
    let mut test = TestRuntime::new();
    let watch = test.launch("kit.watch", LaunchOptions::default()).unwrap();
    let now: Now = test.call(&watch, Get {}).unwrap();
    assert_eq!(now.clock_ns, ManualClock::START_NS);
    assert!(now.hlc_ns - ManualClock::START_NS < 1_000, "{now:?}");
    std::thread::sleep(Duration::from_millis(2));
    assert_eq!(test.call::<Get, Now>(&watch, Get {}).unwrap().clock_ns, ManualClock::START_NS);
    test.clock().advance(3600 * SECOND);
    let later: Now = test.call(&watch, Get {}).unwrap();
    assert_eq!(later.clock_ns, after_start(3600 * SECOND));
    assert_eq!(later.hlc_ns, later.clock_ns);
    assert_eq!(watch.status().uptime, 3600 * SECOND);
}

#[test]
fn a_message_whose_deadline_has_passed_is_not_handled() {
    let mut test = TestRuntime::new();
    let counter = test.launch("kit.counter", LaunchOptions::default()).unwrap();
    let deadline = test.clock().now_ns() + SECOND.as_nanos() as u64;
    for late in [Duration::ZERO, Duration::from_nanos(1)] {
        let envelope = MessageEnvelope::new(&Add { amount: 1 }).with_deadline_ns(deadline);
        test.block_on(counter.send_envelope(envelope)).unwrap().unwrap();
        test.clock().advance(if late.is_zero() { SECOND } else { late });
        test.step();
    }
    let outcomes: Vec<_> = test.trace().iter().map(|step| step.outcome.clone()).collect();
    assert_eq!(outcomes, [StepOutcome::Handled, StepOutcome::DeadLetter(DeadLetterReason::Expired)]);
    let letters = test.take_dead_letters();
    assert_eq!(letters.len(), 1);
    assert_eq!((letters[0].reason, letters[0].at_ns), (DeadLetterReason::Expired, deadline + 1));
}

#[test]
fn a_call_times_out_when_the_clock_says_so() {
    let mut test = TestRuntime::new();
    let counter = test.launch("kit.counter", LaunchOptions::default()).unwrap();
    let kernel = counter.clone();
    let call = test.spawn(async move { kernel.call::<Get, Sum>(Get {}, 5 * SECOND).await });
    test.clock().advance(5 * SECOND - Duration::from_nanos(1));
    assert!(call.take().is_none());
    test.clock().advance(Duration::from_nanos(1));
    let error = call.take().expect("its time is over").unwrap_err();
    assert!(matches!(error, RingKernelError::Timeout { after, .. } if after == 5 * SECOND));
    test.clock().advance(Duration::from_nanos(1));
    assert_eq!(test.step().unwrap().outcome, StepOutcome::DeadLetter(DeadLetterReason::Expired));
}

#[test]
fn a_send_that_waits_for_room_gives_up_when_the_clock_says_so() {
    let mut test = TestRuntime::new();
    test.clock().advance(3600 * SECOND);
    let options = LaunchOptions::default().with_queue_capacity(1);
    let counter = test.launch("kit.counter", options).unwrap();
    test.send(&counter, Add { amount: 1 }).unwrap();
    let kernel = counter.clone();
    let sent = test.spawn(async move { kernel.send_timeout(Add { amount: 2 }, SECOND).await });
    assert!(sent.take().is_none());
    test.clock().advance(SECOND);
    let refused = sent.take().expect("its time is over").unwrap_err();
    assert!(matches!(refused.error, RingKernelError::QueueFull { .. }));
    assert_eq!(refused.into_message(), Add { amount: 2 });
}

#[test]
fn receiving_times_out_when_the_clock_says_so() {
    let mut test = TestRuntime::new();
    let counter = test.launch("kit.counter", LaunchOptions::default()).unwrap();
    let kernel = counter.clone();
    let received = test.spawn(async move { kernel.receive_timeout(SECOND).await });
    assert!(received.take().is_none());
    assert!(test.clock().until_next_wait().is_some());
    test.clock().advance(SECOND);
    let error = received.take().expect("its time is over").unwrap_err();
    assert!(matches!(error, RingKernelError::Timeout { .. }), "{error}");
}

#[test]
fn a_message_without_room_at_its_target_is_given_up_after_the_k2k_timeout() {
    let mut test = TestRuntime::builder().k2k_timeout(3 * SECOND).build().unwrap();
    let relay = k2k().with_handler("kit.relay").with_state(Relay { to: "end".into() });
    let relay = test.launch("relay", relay).unwrap();
    let end = test.launch("end", k2k().with_handler("kit.counter")).unwrap();
    test.inject(Injection::no_room(&end)).unwrap();
    test.send(&relay, Add { amount: 1 }).unwrap();
    test.send(&relay, Add { amount: 2 }).unwrap();
    assert_eq!(test.run_until_idle(), 1, "the relay waits with its first message");
    assert_eq!(test.clock().until_next_wait(), Some(3 * SECOND));
    test.clock().advance(3 * SECOND);
    test.heal(&end).unwrap();
    test.run_until_idle();
    let letters = test.take_dead_letters();
    let reasons: Vec<_> = letters.iter().map(|letter| (letter.kernel.as_ref(), letter.reason)).collect();
    assert_eq!(reasons, [(Some(end.id()), DeadLetterReason::QueueFull)]);
    assert_eq!(test.call::<Get, Sum>(&end, Get {}).unwrap(), Sum { total: 2 });
}

#[test]
fn the_window_of_a_restart_policy_slides_with_the_clock() {
    let mut test = TestRuntime::new();
    let policy = RestartPolicy::limited(1, 10 * SECOND);
    let counter = test.launch("kit.counter", LaunchOptions::default().with_restart(policy)).unwrap();
    let mut fault_after = |wait: Duration| {
        test.clock().advance(wait);
        test.inject(Injection::panic_in(&counter, 1)).unwrap();
        test.send(&counter, Add { amount: 1 }).unwrap();
        test.run_until_idle();
        counter.state()
    };
    assert_eq!(fault_after(Duration::ZERO), KernelState::Active);
    assert_eq!(fault_after(10 * SECOND + Duration::from_nanos(1)), KernelState::Active, "the window is over");
    assert_eq!(fault_after(10 * SECOND), KernelState::Failed, "twice within one window");
}

#[test]
fn a_kernel_whose_clock_is_too_far_ahead_is_not_listened_to() {
    let mut test = TestRuntime::new();
    let relay = k2k().with_handler("kit.relay").with_state(Relay { to: "end".into() });
    let relay = test.launch("relay", relay).unwrap();
    let end = test.launch("end", k2k().with_handler("kit.counter")).unwrap();
    let drift = Duration::from_millis(501);
    test.inject(Injection::clock_ahead(&relay, drift)).unwrap();
    test.send(&relay, Add { amount: 1 }).unwrap();
    test.run_until_idle();
    assert_eq!(test.trace().last().unwrap().outcome, StepOutcome::DeadLetter(DeadLetterReason::ClockDrift));

    // Healed, its clock waits for the others to catch up.
    test.heal(&relay).unwrap();
    test.clock().advance(drift);
    test.send(&relay, Add { amount: 2 }).unwrap();
    test.run_until_idle();
    assert_eq!(test.call::<Get, Sum>(&end, Get {}).unwrap(), Sum { total: 2 });
}

#[test]
fn a_kernel_whose_clock_is_too_far_behind_does_not_listen() {
    let mut test = TestRuntime::new();
    let counter = test.launch("kit.counter", LaunchOptions::default()).unwrap();
    test.clock().advance(SECOND);
    test.inject(Injection::clock_behind(&counter, Duration::from_millis(500))).unwrap();
    test.send(&counter, Add { amount: 1 }).unwrap();
    assert_eq!(test.step().unwrap().outcome, StepOutcome::Handled);
    test.inject(Injection::clock_behind(&counter, Duration::from_millis(502))).unwrap();
    test.send(&counter, Add { amount: 1 }).unwrap();
    assert_eq!(test.step().unwrap().outcome, StepOutcome::DeadLetter(DeadLetterReason::ClockDrift));
}

#[test]
fn an_async_handler_sleeps_by_the_manual_clock() {
    let mut test = TestRuntime::new();
    let sleeper = test.launch("kit.sleeper", LaunchOptions::default()).unwrap();
    let kernel = sleeper.clone();
    let call = test.spawn(async move { kernel.call::<Get, Sum>(Get {}, 60 * SECOND).await });
    assert_eq!(test.step().unwrap().outcome, StepOutcome::Waiting);
    assert_eq!(test.step(), None);
    let stalled = test.call::<Get, Sum>(&sleeper, Get {}).unwrap_err().to_string();
    assert!(stalled.contains("`kit.sleeper` waits in an async handler"), "{stalled}");
    assert!(stalled.contains("advanced by 10s"), "{stalled}");
    test.clock().advance(10 * SECOND);
    assert_eq!(test.step().unwrap().outcome, StepOutcome::Handled);
    assert_eq!(call.take().unwrap().unwrap(), Sum { total: 10 });
}

#[test]
fn a_handler_that_needs_tokio_faults_outside_of_it() {
    let mut test = TestRuntime::new();
    let sleeper = test.launch("kit.tokio_sleeper", LaunchOptions::default()).unwrap();
    let error = test.call::<Get, Sum>(&sleeper, Get {}).unwrap_err();
    assert!(
        matches!(&error, RingKernelError::HandlerFault { fault, .. } if fault.message.contains("reactor")),
        "{error}"
    );
}

#[tokio::test]
async fn within_tokio_a_handler_can_use_its_timers() {
    let mut test = TestRuntime::new();
    let sleeper = test.launch("kit.tokio_sleeper", LaunchOptions::default()).unwrap();
    test.send(&sleeper, Get {}).unwrap();
    assert_eq!(test.step().unwrap().outcome, StepOutcome::Waiting);
    // Tokio runs while the test awaits, and wakes the kernel; nothing runs it before the next step.
    let step = loop {
        tokio::time::sleep(Duration::from_millis(1)).await;
        if let Some(step) = test.step() {
            break step;
        }
    };
    assert_eq!(step.outcome, StepOutcome::Handled);
    assert_eq!(test.receive::<Sum>(&sleeper).unwrap(), Sum { total: 10 });
}
