//! `#[derive(PersistentMessage)]` in every form: alone and beside `RingMessage`, inline forms, flags, and dispatch.
#![deny(warnings, missing_docs, clippy::all, clippy::pedantic)]
#![forbid(unsafe_code)]

use ringkernel::message::DecodeError;
use ringkernel::persistent_message::{
    DispatchTable, DispatchTableError, HandlerId, HandlerRegistration, MAX_INLINE_PAYLOAD_SIZE, message_flags,
};
use ringkernel::prelude::*;

#[derive(RingMessage, Debug, PartialEq)]
struct Balance {
    cents: i64,
}

/// Derived alone: it is a message all the same.
#[derive(PersistentMessage, Debug, PartialEq, Clone)]
#[persistent_message(handler_id = 4, response = Balance)]
struct Deposit {
    account: u32,
    cents: i64,
}

/// Derived together, because the struct says something about the message.
#[derive(RingMessage, PersistentMessage, Debug, PartialEq)]
#[persistent_message(handler_id = 5, requires_response = true, response = Balance)]
struct Withdraw {
    #[message(id)]
    id: MessageId,
    #[message(priority = "priority::HIGH")]
    urgency: u8,
    cents: i64,
}

/// Derived together without anything said.
#[derive(PersistentMessage, RingMessage, Debug, PartialEq)]
#[persistent_message(handler_id = 0, beside_ring_message)]
struct Note {
    text: String,
}

#[derive(PersistentMessage)]
#[persistent_message(handler_id = 6, requires_response = true)]
struct Sync;

#[derive(PersistentMessage)]
#[persistent_message(handler_id = 1)]
struct Long {
    values: [u64; 5],
}

fn flags_of<M: PersistentMessage>(message: &M) -> u32 {
    message.message_flags()
}

#[test]
fn what_the_attribute_says_is_what_the_type_says() {
    assert_eq!((Deposit::HANDLER_ID, Deposit::REQUIRES_RESPONSE), (HandlerId(4), false));
    assert_eq!((Withdraw::handler_id(), Withdraw::requires_response()), (5, true));
    assert_eq!(Note::HANDLER_ID, HandlerId::from(0));
    assert_eq!(Deposit::MESSAGE_TYPE, "derive_persistent_message::Deposit");
    let deposit = Deposit { account: 1, cents: 5 };
    assert_eq!(MessageEnvelope::new(&deposit).decode::<Deposit>().expect("its own encoding"), deposit);
    let mut withdraw = Withdraw { id: MessageId::NIL, urgency: 0, cents: 5 };
    assert_eq!(MessageEnvelope::pack(&mut withdraw).header.message_id, withdraw.id);
    assert_eq!(ringkernel::registry::message_name(Deposit::TYPE_ID), Deposit::MESSAGE_TYPE);
}

#[test]
fn short_messages_of_one_length_have_an_inline_form() {
    let deposit = Deposit { account: 7, cents: -5 };
    let block = deposit.to_inline_payload().expect("16 bytes fit");
    assert_eq!(block.len(), MAX_INLINE_PAYLOAD_SIZE);
    assert_eq!(Deposit::from_inline_payload(&block), Ok(deposit.clone()));
    assert_eq!(Deposit::from_inline_payload(&block[..16]), Ok(deposit));
    assert_eq!(
        Deposit::from_inline_payload(&block[..15]),
        Err(DecodeError::TooShort { needed: 16, available: 15 })
    );
    let mut changed = block;
    changed[20] = 1;
    assert_eq!(Deposit::from_inline_payload(&changed), Err(DecodeError::NonZeroPadding { at: 20 }));
    let longer = [block.as_slice(), &[0]].concat();
    assert_eq!(Deposit::from_inline_payload(&longer), Err(DecodeError::TrailingBytes { extra: 1 }));

    assert!(Withdraw::can_inline(), "{} bytes", Withdraw::LAYOUT.head.size);
    assert!(Sync::can_inline());
    let note = Note { text: "short".into() };
    assert!(!Note::can_inline(), "a text has no length of its own");
    assert_eq!(note.to_inline_payload(), None);
    assert!(!Long::can_inline());
    assert_eq!(Long { values: [1; 5] }.to_inline_payload(), None);
}

#[test]
fn flags_tell_how_a_message_is_carried_and_answered() {
    use message_flags::{FLAG_EXTENDED, FLAG_EXTERNAL_BUFFER, FLAG_HIGH_PRIORITY, FLAG_REQUIRES_RESPONSE};
    assert_eq!(
        [FLAG_EXTENDED, FLAG_HIGH_PRIORITY, FLAG_EXTERNAL_BUFFER, FLAG_REQUIRES_RESPONSE],
        [1, 2, 4, 8]
    );
    assert_eq!(flags_of(&Deposit { account: 1, cents: 2 }), 0);
    let withdraw = |urgency| Withdraw { id: MessageId::NIL, urgency, cents: 1 };
    assert_eq!(flags_of(&withdraw(0)), FLAG_REQUIRES_RESPONSE | FLAG_HIGH_PRIORITY);
    assert_eq!(flags_of(&withdraw(10)), FLAG_REQUIRES_RESPONSE);
    assert_eq!(flags_of(&Note { text: "x".into() }), FLAG_EXTENDED);
    assert_eq!(flags_of(&Note { text: "x".repeat(64) }), FLAG_EXTENDED | FLAG_EXTERNAL_BUFFER);
}

fn table() -> DispatchTable {
    let mut table = DispatchTable::new();
    let balance = |cents| Balance { cents };
    table.register_message("deposit", move |deposit: Deposit| balance(deposit.cents)).expect("a free id");
    table
        .register_message("withdraw", move |withdraw: Withdraw| balance(-withdraw.cents))
        .expect("a free id");
    table.register_message("note", |_: Note| ()).expect("a free id");
    table.register_message("sync", |_: Sync| ()).expect("a free id");
    table
}

#[test]
fn typed_handlers_respond_with_the_type_that_the_message_names() {
    let table = table();
    let balance = table.dispatch_message(&Deposit { account: 1, cents: 30 });
    assert_eq!(balance, Ok(Some(Balance { cents: 30 })));
    assert_eq!(table.dispatch_message(&Note { text: "hello".into() }), Ok(None));
    assert_eq!(table.dispatch_message(&Sync), Ok(Some(())), "an empty response says that it was done");
    let listed: Vec<String> = table.handlers().map(|handler| format!("{handler:?}")).collect();
    assert_eq!(
        listed[1],
        "handler 4 `deposit` for derive_persistent_message::Deposit, responds with derive_persistent_message::Balance"
    );
    assert!(!table.get(0).expect("note").produces_response);
    assert_eq!(table.get(6).expect("sync").response_type_id, Some(<()>::TYPE_ID));
}

#[test]
fn bytes_that_are_no_message_do_not_reach_the_handler() {
    let error = table().dispatch(4, &[1, 2, 3]).expect_err("three bytes are no deposit");
    assert!(matches!(error, DispatchTableError::Handler { .. }), "{error}");
    assert!(error.to_string().contains("16 bytes are needed and there are 3"), "{error}");
    let error = RingKernelError::from(error);
    assert!(error.to_string().starts_with("handler `deposit` did not handle its message"), "{error}");
}

#[test]
fn a_handler_of_another_type_or_with_another_response_is_refused() {
    let deposit = Deposit { account: 1, cents: 2 };
    let with = |message_type_id: u64, response: Option<Vec<u8>>| {
        let mut table = DispatchTable::new();
        let handler = move |_: &[u8]| Ok(response.clone().map(Into::into));
        table.register(HandlerRegistration::new(4, "other", message_type_id, handler)).expect("a free id");
        table.dispatch_message(&deposit)
    };
    let error = with(Note::TYPE_ID, None).expect_err("a handler of notes");
    assert_eq!(
        error.to_string(),
        "handler `other` takes `derive_persistent_message::Note`, and was given `derive_persistent_message::Deposit`"
    );
    assert_eq!(with(Deposit::TYPE_ID, None), Ok(None), "a deposit does not require its response");
    let (handler, expected) = ("other".to_owned(), Balance::MESSAGE_TYPE.to_owned());
    assert_eq!(
        with(Deposit::TYPE_ID, Some(vec![1])),
        Err(DispatchTableError::InvalidResponse { handler, expected })
    );

    let mut table = DispatchTable::new();
    table
        .register(HandlerRegistration::new(5, "mute", Withdraw::TYPE_ID, |_: &[u8]| Ok(None)))
        .expect("a free id");
    let withdraw = Withdraw { id: MessageId::generate(), urgency: 0, cents: 1 };
    assert_eq!(
        table.dispatch_message(&withdraw),
        Err(DispatchTableError::NoResponse { handler: "mute".into() })
    );
}
