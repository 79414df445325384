//! What a catalog refuses, what it finds, and which slips of the pen it recognises.

use std::any::TypeId;

use super::{
    Catalog, HandlerFn, HandlerRegistration, KernelRegistration, MessageInfo, RegistryError, SourceLocation,
    StateRegistration, fmt_message, message_name, nearest,
};
use crate::context::Reply;
use crate::error::RingKernelError;
use crate::message::{MessageLayout, StructLayout, priority};

struct Deposit;
struct Withdrawal;

/// A message type as a derive registers it.
fn message<M: 'static>(name: &'static str, type_id: u64) -> MessageInfo {
    persistent::<M>(name, type_id, None)
}

/// A message type with the id of its handlers, if it has one.
fn persistent<M: 'static>(name: &'static str, type_id: u64, handler_id: Option<u32>) -> MessageInfo {
    let head = &StructLayout { name: "Empty", size: 0, align: 1, fields: &[] };
    let layout = MessageLayout {
        name,
        type_id,
        head,
        id: None,
        correlation: None,
        priority: None,
        default_priority: priority::NORMAL,
        handler_id,
    };
    MessageInfo {
        name,
        type_id,
        layout: Box::leak(Box::new(layout)),
        rust_type: TypeId::of::<M>,
        format: |_, f| f.write_str("a message"),
        check: |_| Ok(()),
    }
}

fn deposit(type_id: u64) -> MessageInfo {
    message::<Deposit>("bank::Deposit", type_id)
}

fn withdrawal(type_id: u64) -> MessageInfo {
    message::<Withdrawal>("bank::Withdrawal", type_id)
}

fn handler(message: MessageInfo) -> HandlerRegistration {
    HandlerRegistration {
        name: "handle",
        message,
        answer: None,
        run: HandlerFn::Sync(|_, _, _| Ok(Reply::none())),
        device: None,
        location: SourceLocation { file: "src/bank.rs", line: 7 },
    }
}

/// A kernel as the macro registers it: for the program's whole life.
fn kernel(
    id: &'static str,
    line: u32,
    handled: Vec<MessageInfo>,
    polled: Vec<MessageInfo>,
) -> &'static KernelRegistration {
    Box::leak(Box::new(KernelRegistration {
        id,
        state: StateRegistration::of::<()>(),
        handlers: handled.into_iter().map(handler).collect::<Vec<_>>().leak(),
        polled: polled.leak(),
        subscribes: &[],
        block_size: None,
        grid_size: None,
        backends: &[],
        location: SourceLocation { file: "src/bank.rs", line },
    }))
}

#[test]
fn registrations_are_found_by_name_and_number() {
    let teller = kernel("teller", 1, vec![deposit(5), withdrawal(6)], vec![]);
    let auditor = kernel("auditor", 2, vec![], vec![deposit(5)]);
    // Each message is known from its derive, from a handler and from a polling kernel.
    let catalog = Catalog::build([teller, auditor], [deposit(5), withdrawal(6)]).expect("no contradiction");
    assert_eq!(catalog.kernel_ids(), ["auditor", "teller"]);
    assert_eq!(catalog.kernel("teller").expect("registered").location.line, 1);
    assert_eq!(catalog.message(6).expect("registered").name, "bank::Withdrawal");
    assert!(catalog.message(7).is_none());
}

#[test]
fn a_missing_kernel_is_answered_with_those_there_are() {
    let catalog =
        Catalog::build([kernel("teller", 1, vec![], vec![]), kernel("auditor", 2, vec![], vec![])], [])
            .expect("no contradiction");
    let error = |id| catalog.kernel(id).expect_err("not registered");
    assert!(matches!(error("teler"), RingKernelError::KernelNotFound { .. }));
    assert_eq!(
        error("teler").to_string(),
        "no kernel is named `teler` (did you mean `teller`?); available: auditor, teller"
    );
    assert_eq!(error("mailman").to_string(), "no kernel is named `mailman`; available: auditor, teller");
    let empty = Catalog::build([], []).expect("nothing to contradict");
    let error = empty.kernel("teller").expect_err("nothing is registered");
    assert_eq!(error.to_string(), "no kernel is named `teller`; available: none");
}

#[test]
fn two_kernels_of_one_id_are_refused_with_both_places() {
    let twice = [kernel("teller", 10, vec![], vec![]), kernel("teller", 20, vec![], vec![])];
    let error = Catalog::build(twice, []).expect_err("one id twice");
    let expected = RegistryError::DuplicateKernel {
        id: "teller".into(),
        first: "src/bank.rs:10".into(),
        second: "src/bank.rs:20".into(),
    };
    assert_eq!(error, expected);
    assert!(error.to_string().contains("at src/bank.rs:10 and at src/bank.rs:20"));
}

#[test]
fn two_types_of_one_number_are_refused_wherever_they_come_from() {
    let collision = |first: &str, second: &str| RegistryError::TypeIdCollision {
        type_id: 5,
        first: first.into(),
        second: second.into(),
    };
    let (deposits, withdrawals) = ("bank::Deposit", "bank::Withdrawal");

    let derived = Catalog::build([], [deposit(5), withdrawal(5)]);
    assert_eq!(derived.err(), Some(collision(deposits, withdrawals)));

    let handled = kernel("teller", 1, vec![withdrawal(5)], vec![]);
    let built = Catalog::build([handled], [deposit(5)]);
    assert_eq!(built.err(), Some(collision(deposits, withdrawals)));

    let polled = kernel("teller", 1, vec![withdrawal(5)], vec![deposit(5)]);
    let built = Catalog::build([polled], []);
    assert_eq!(built.err(), Some(collision(withdrawals, deposits)));

    let text = collision(deposits, withdrawals).to_string();
    assert!(text.contains("share the type id 5; give one of them another with `#[message(type_id = ...)]`"));
}

#[test]
fn one_type_registered_twice_is_no_collision() {
    let catalog = Catalog::build([], [deposit(5), deposit(5)]).expect("it is the same type");
    assert_eq!(catalog.message(5).expect("registered").name, "bank::Deposit");
}

#[test]
fn two_handlers_for_one_message_are_refused() {
    let teller = kernel("teller", 1, vec![deposit(5), withdrawal(6), deposit(5)], vec![]);
    let error = Catalog::build([teller], []).expect_err("one message twice");
    let expected =
        RegistryError::DuplicateHandler { kernel: "teller".into(), message: "bank::Deposit".into() };
    assert_eq!(error, expected);
    assert_eq!(error.to_string(), "kernel `teller` has two handlers for `bank::Deposit`; remove one");
}

#[test]
fn two_handlers_of_one_id_are_refused_with_both() {
    let opened = || persistent::<Deposit>("bank::Deposit", 5, Some(9));
    let closed = || persistent::<Withdrawal>("bank::Withdrawal", 6, Some(9));
    let both = kernel("teller", 1, vec![opened(), closed()], vec![]);
    let error = Catalog::build([both], []).expect_err("one id twice");
    let expected = RegistryError::DuplicateHandlerId {
        kernel: "teller".into(),
        id: 9,
        first: "handle(bank::Deposit)".into(),
        second: "handle(bank::Withdrawal)".into(),
    };
    assert_eq!(error, expected);
    let start = "kernel `teller` has two handlers of the id 9, `handle(bank::Deposit)` and `handle(bank::Withdrawal)`";
    assert!(error.to_string().starts_with(start), "{error}");

    // A request and its response may share an id: each has a kernel of its own, or only one of them has a handler.
    let apart = [kernel("teller", 1, vec![opened()], vec![]), kernel("auditor", 2, vec![closed()], vec![])];
    Catalog::build(apart, []).expect("no contradiction");
    Catalog::build([kernel("teller", 1, vec![opened()], vec![closed()])], []).expect("no contradiction");
}

#[test]
fn a_slip_of_the_pen_finds_the_name_that_was_meant() {
    let known = ["adder", "counter", "account", "é"];
    let check = |name: &str, expected: Option<&str>| {
        assert_eq!(nearest(name, known), expected, "{name}");
    };
    check("adder", Some("adder"));
    check("ader", Some("adder"));
    check("adedr", Some("adder"));
    check("Adder", Some("adder"));
    check("conter", Some("counter"));
    check("acount", Some("account"));
    check("e", Some("é"));
    check("subtracter", None);
    check("", Some("é"));
    assert_eq!(nearest("adder", []), None);
    assert_eq!(nearest("ab", ["ac", "aa"]), Some("aa"), "the first of equals by name");
}

#[test]
fn a_message_of_no_known_type_prints_its_number() {
    struct Shown;
    impl std::fmt::Display for Shown {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            fmt_message(123_456, &[0; 9], f)
        }
    }
    assert_eq!(message_name(123_456), "type id 123456");
    assert_eq!(Shown.to_string(), "message of type id 123456 (9 bytes)");
}
