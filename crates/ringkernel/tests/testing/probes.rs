//! Mailboxes and kernels of the test.

use ringkernel::prelude::*;
use ringkernel::priority;
use ringkernel::testing::TestRuntime;

use crate::kernels::{Add, Get, Relay, Sum, k2k};

#[track_caller]
fn panic_of(work: impl FnOnce()) -> String {
    let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(work)).expect_err("it panics");
    panic.downcast_ref::<String>().expect("with text").clone()
}

#[test]
fn a_probe_has_a_message_as_soon_as_its_sender_was_stepped() {
    let mut test = TestRuntime::new();
    let counter = test.launch("kit.counter", k2k()).unwrap();
    let printer = test.probe::<Sum>("printer").unwrap();
    test.send(&counter, Add { amount: 1 }).unwrap();
    test.send(&counter, Add { amount: 2 }).unwrap();
    printer.expect_nothing();
    test.step();
    assert_eq!(printer.len(), 1);
    let first = printer.next().expect("the counter has sent it");
    assert_eq!((first.total, first.sender.as_ref()), (1, Some(counter.id())));
    assert_eq!(first.header.source, counter.actor_ref());
    assert_eq!(first.header.destination, printer.actor_ref());
    assert_eq!(first.header.priority, priority::NORMAL);
    assert_eq!(test.run_until_idle(), 1, "a probe takes no steps");
    let second = printer.expect(Sum { total: 3 });
    assert!(second.header.timestamp > first.header.timestamp);
    printer.expect_nothing();
}

#[test]
fn a_probe_gives_all_it_was_sent_in_order() {
    let mut test = TestRuntime::seeded(3);
    let counter = test.launch("kit.counter", k2k()).unwrap();
    let printer = test.probe::<Sum>("printer").unwrap();
    (0..300).for_each(|_| test.send(&counter, Add { amount: 1 }).unwrap());
    test.run_until_idle();
    let totals: Vec<_> = printer.received().iter().map(|sum| sum.total).collect();
    assert_eq!(totals, (1..=300).collect::<Vec<_>>());
}

#[test]
fn expectations_that_do_not_hold_say_what_came() {
    let mut test = TestRuntime::new();
    let counter = test.launch("kit.counter", k2k()).unwrap();
    let printer = test.probe::<Sum>("printer").unwrap();
    let text = panic_of(|| drop(printer.expect(Sum { total: 1 })));
    assert!(text.contains("`printer` was sent no message"), "{text}");
    (0..3).for_each(|_| test.send(&counter, Add { amount: 1 }).unwrap());
    test.run_until_idle();
    let text = panic_of(|| drop(printer.expect(Sum { total: 7 })));
    assert!(text.contains("`printer`") && text.contains("total: 7"), "{text}");
    let text = panic_of(|| drop(printer.expect_where(|sum| sum.total == 7)));
    assert!(text.contains("Sum { total: 2 }"), "{text}");
    let text = panic_of(|| printer.expect_nothing());
    assert!(text.contains("sent 1 messages that were not expected"), "{text}");
}

#[test]
fn to_kernels_a_probe_is_a_kernel_for_its_messages_only() {
    let mut test = TestRuntime::new();
    let relay = k2k().with_handler("kit.relay").with_state(Relay { to: "printer".into() });
    let relay = test.launch("relay", relay).unwrap();
    let printer = test.probe::<Sum>("printer").unwrap();
    test.send(&relay, Add { amount: 1 }).unwrap();
    test.run_until_idle();
    // `send_to_kernel` was refused: the probe does not handle `Add`.
    assert_eq!(relay.telemetry().dropped(), 1);
    printer.expect_nothing();
    let taken = test.probe::<Sum>("printer").unwrap_err();
    assert!(matches!(taken, RingKernelError::KernelAlreadyLaunched { .. }));
}

#[test]
fn a_stub_answers_what_the_test_wants() {
    let mut test = TestRuntime::new();
    let mut calls = 0;
    let stub = test.stub("store", move |_: Get| {
        calls += 1;
        (calls < 3).then_some(Sum { total: calls })
    });
    let stub = stub.unwrap();
    assert_eq!(test.call::<Get, Sum>(&stub, Get {}).unwrap(), Sum { total: 1 });
    assert_eq!(test.call::<Get, Sum>(&stub, Get {}).unwrap(), Sum { total: 2 });
    let none = test.call::<Get, Sum>(&stub, Get {});
    assert!(matches!(none, Err(RingKernelError::NoReply { .. })));
}
