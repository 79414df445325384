//! `#[derive(RingMessage)]` in every form: encoding, ids, priorities, type ids, and printing.
#![deny(warnings, missing_docs, clippy::all, clippy::pedantic)]
#![forbid(unsafe_code)]

use ringkernel::message::{DecodeError, priority};
use ringkernel::prelude::*;
use uuid::Uuid;

/// Encodes, checks the announced size, decodes.
fn through_bytes<M: RingMessage>(message: &M) -> M {
    let bytes = message.serialize();
    assert_eq!(bytes.len(), message.payload_size());
    M::deserialize(&bytes).expect("its own encoding")
}

/// Prints a message as an envelope does.
fn shown<M: RingMessage>(message: M) -> String {
    struct Shown<M>(M);
    impl<M: RingMessage> std::fmt::Debug for Shown<M> {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            self.0.fmt_message(f)
        }
    }
    format!("{:?}", Shown(message))
}

#[derive(RingMessage, Debug, Clone, PartialEq)]
struct AddRequest {
    #[message(id)]
    id: MessageId,
    a: f32,
    b: f32,
}

#[test]
fn an_id_field_is_the_message_id() {
    let id = MessageId::generate();
    let mut message = AddRequest { id, a: 1.0, b: 2.0 };
    assert_eq!(message.message_id(), id);
    let other = MessageId::generate();
    message.set_message_id(other);
    assert_eq!(message.id, other);
    assert_eq!(through_bytes(&message), message);
    assert_eq!(message.priority(), priority::NORMAL);
    assert_eq!(message.correlation_id(), None);
}

#[test]
fn the_name_is_the_path_and_the_type_id_its_hash() {
    assert_eq!(AddRequest::MESSAGE_TYPE, "derive_message::AddRequest");
    assert_eq!(AddRequest::TYPE_ID, AddRequest::message_type());
    assert_ne!(AddRequest::TYPE_ID & 1 << 63, 0);
}

#[test]
fn a_message_prints_its_fields() {
    let id = MessageId::NIL;
    let text = shown(AddRequest { id, a: 1.0, b: 2.5 });
    assert_eq!(text, format!("AddRequest {{ id: {id:?}, a: 1.0, b: 2.5 }}"));
    assert_eq!(shown(Ping), "Ping");
    assert_eq!(shown(Raw { r#type: 3 }), "Raw { type: 3 }");
}

#[test]
fn the_head_has_the_offsets_of_c() {
    #[derive(RingMessage)]
    struct Mixed {
        small: u8,
        large: u64,
        text: String,
        flag: bool,
    }
    let message = Mixed { small: 7, large: 0x0102_0304_0506_0708, text: "hi".into(), flag: true };
    let bytes = message.serialize();
    let mut expected = vec![0; 32];
    expected[0] = 7;
    expected[8..16].copy_from_slice(&0x0102_0304_0506_0708_u64.to_le_bytes());
    expected[16..20].copy_from_slice(&32_u32.to_le_bytes());
    expected[20..24].copy_from_slice(&2_u32.to_le_bytes());
    expected[24] = 1;
    expected.extend_from_slice(b"hi");
    assert_eq!(bytes, expected);
    let back = through_bytes(&message);
    assert_eq!((back.small, back.large, back.text.as_str(), back.flag), (7, message.large, "hi", true));
}

/// A message without fields.
#[derive(RingMessage, Debug, PartialEq)]
pub struct Ping;

#[derive(RingMessage, Debug, PartialEq)]
struct Pong {}

#[derive(RingMessage)]
struct Raw {
    r#type: u32,
}

#[test]
fn messages_without_fields_have_no_bytes() {
    assert_eq!(through_bytes(&Ping), Ping);
    assert_eq!(through_bytes(&Pong {}), Pong {});
    assert_eq!(Ping.serialize(), [0; 0]);
    assert_eq!(Ping::deserialize(&[1]).err(), Some(DecodeError::TrailingBytes { extra: 1 }));
    assert_ne!(Ping::TYPE_ID, Pong::TYPE_ID);
    let mut ping = Ping;
    ping.set_message_id(MessageId::generate());
    assert!(ping.message_id().is_nil());
    assert_eq!(Raw::MESSAGE_TYPE, "derive_message::Raw");
}

/// A message with every part of the header, and values of every kind.
#[derive(RingMessage, Debug, Clone, PartialEq)]
pub struct VectorAddRequest {
    /// The id.
    #[message(id)]
    pub id: Uuid,
    /// The priority.
    #[message(priority = "priority::NORMAL")]
    pub priority: u8,
    /// The correlation.
    #[message(correlation)]
    pub correlation_id: Option<Uuid>,
    /// An operand.
    pub a: Vec<f32>,
    /// An operand.
    pub b: Vec<f32>,
    /// What it is called.
    pub name: Option<String>,
    /// Other values.
    pub rest: ([u16; 3], char, (i64, bool)),
}

#[test]
fn uuid_fields_carry_ids_and_correlations() {
    let request = Uuid::from_u128(7);
    let message = VectorAddRequest {
        id: Uuid::from_u128(9),
        priority: 0,
        correlation_id: Some(request),
        a: vec![1.0, 2.0],
        b: vec![],
        name: Some("sum".into()),
        rest: ([1, 2, 3], 'x', (-5, true)),
    };
    assert_eq!(Uuid::from(message.message_id()), message.id);
    assert_eq!(message.correlation_id().map(Uuid::from), Some(request));
    assert_eq!(message.priority(), priority::NORMAL);
    assert_eq!(VectorAddRequest { priority: 200, ..message.clone() }.priority(), 200);
    assert_eq!(through_bytes(&message), message);
    let mut nil = VectorAddRequest { correlation_id: Some(Uuid::nil()), ..message };
    assert_eq!(nil.correlation_id(), None);
    nil.set_message_id(MessageId::from(request));
    assert_eq!(nil.id, request);
}

#[test]
fn truncated_and_foreign_bytes_are_errors() {
    let message = VectorAddRequest {
        id: Uuid::nil(),
        priority: 1,
        correlation_id: None,
        a: vec![1.0; 3],
        b: vec![2.0],
        name: Some("x".into()),
        rest: ([0; 3], 'y', (0, false)),
    };
    let bytes = message.serialize();
    for end in 0..bytes.len() {
        assert!(VectorAddRequest::deserialize(&bytes[..end]).is_err(), "{end}");
    }
    for byte in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[byte] ^= 0xff;
        // Any result is right, as long as there is one.
        let _ = VectorAddRequest::deserialize(&changed);
    }
}

#[test]
fn every_type_of_correlation_is_read() {
    #[derive(RingMessage)]
    struct ByCorrelationId {
        #[message(correlation)]
        to: CorrelationId,
    }
    #[derive(RingMessage)]
    struct ByMessageId {
        #[message(correlation)]
        to: Option<MessageId>,
    }
    #[derive(RingMessage)]
    struct ByOption {
        #[message(correlation)]
        to: Option<CorrelationId>,
    }
    #[derive(RingMessage)]
    struct ByUuid {
        #[message(correlation)]
        to: Uuid,
    }
    let id = MessageId::generate();
    let expected = Some(CorrelationId::from(id));
    assert_eq!(ByCorrelationId { to: id.into() }.correlation_id(), expected);
    assert_eq!(ByMessageId { to: Some(id) }.correlation_id(), expected);
    assert_eq!(ByMessageId { to: None }.correlation_id(), None);
    assert_eq!(ByOption { to: expected }.correlation_id(), expected);
    assert_eq!(ByUuid { to: id.into() }.correlation_id(), expected);
    assert_eq!(ByCorrelationId { to: CorrelationId::NIL }.correlation_id(), None);
}

#[test]
fn default_priorities_are_expressions_in_every_spelling() {
    macro_rules! check {
        ($($name:ident: #[$attribute:meta] => $expected:expr),* $(,)?) => {$({
            #[derive(RingMessage)]
            struct $name {
                #[$attribute]
                urgency: u8,
            }
            assert_eq!($name { urgency: 0 }.priority(), $expected);
            assert_eq!($name { urgency: 3 }.priority(), 3);
        })*};
    }
    const MINE: u8 = 17;
    check! {
        Plain: #[message(priority)] => 128,
        Quoted: #[message(priority = "priority::NORMAL")] => 128,
        Bare: #[message(priority = priority::HIGH)] => 160,
        Computed: #[message(priority = "priority::CRITICAL - 1")] => 223,
        Number: #[message(priority = 100)] => 100,
        QuotedNumber: #[message(priority = "200")] => 200,
        Constant: #[message(priority = MINE)] => 17,
        OtherSpelling: #[ring_message(priority = "MINE + 1")] => 18,
    }
}

#[test]
fn a_priority_enum_field_is_the_priority() {
    #[derive(RingMessage, Debug, PartialEq)]
    struct Urgent {
        #[message(priority)]
        level: Priority,
    }
    let message = Urgent { level: Priority::High };
    assert_eq!(message.priority(), priority::HIGH);
    assert_eq!(through_bytes(&message), message);
    assert!(Urgent::deserialize(&[1]).is_err(), "no level has this number");
}

#[test]
fn explicit_type_ids_are_kept() {
    #[derive(RingMessage)]
    #[message(type_id = 77)]
    struct Numbered;
    #[derive(RingMessage)]
    #[ring_message(type_id = 0x7fff_ffff_ffff_ffff)]
    struct Largest;
    assert_eq!(Numbered::TYPE_ID, 77);
    assert_eq!(Largest::TYPE_ID, (1 << 63) - 1);
}

#[test]
fn derived_messages_are_registered() {
    let name = |id| ringkernel::registry::message_name(id);
    assert_eq!(name(AddRequest::TYPE_ID), "derive_message::AddRequest");
    assert_eq!(name(Ping::TYPE_ID), "derive_message::Ping");
}
