//! Whatever bytes arrive: decoding gives a value or an error, never a panic, and a value decodes to itself.

use std::fmt;

use proptest::prelude::*;
use ringkernel::message::MessageHeader;
use ringkernel::prelude::*;
use ringkernel::registry::MessageInfo;
use ringkernel_testkit::kernels::order::Numbered;

/// Every kind of field that a message can have.
#[derive(RingMessage, Debug, Clone, PartialEq)]
struct Everything {
    #[message(id)]
    id: MessageId,
    #[message(correlation)]
    correlation: CorrelationId,
    #[message(priority)]
    priority: u8,
    flag: bool,
    letter: char,
    small: i8,
    large: u64,
    real: f32,
    uuid: Uuid,
    actor: ActorRef,
    right: ReplyTo,
    time: HlcTimestamp,
    array: [u16; 3],
    maybe: Option<u32>,
    text: String,
    numbers: Vec<u32>,
    texts: Vec<String>,
    nested: Vec<Vec<u8>>,
    pair: (u8, Option<String>),
}

/// A message with a text and a vector, of these bytes.
fn everything(seed: u64, text: String, numbers: Vec<u32>, nested: Vec<Vec<u8>>) -> Everything {
    Everything {
        id: MessageId::from_parts(seed, 1),
        correlation: CorrelationId::from_parts(2, seed),
        priority: seed as u8,
        flag: seed & 1 == 1,
        letter: char::from_u32(seed as u32 % 0xD800).unwrap_or('x'),
        small: seed as i8,
        large: seed,
        real: seed as f32,
        uuid: Uuid::from_u128(seed.into()),
        actor: ActorRef::from_bits(seed),
        right: ReplyTo::from_bits(seed),
        time: HlcTimestamp::new(seed, seed as u32, 7),
        array: [seed as u16, 2, 3],
        maybe: (seed & 2 == 2).then_some(9),
        texts: vec![text.clone(), String::new(), text.clone()],
        pair: (3, (seed & 4 == 4).then(|| text.clone())),
        text,
        numbers,
        nested,
    }
}

/// Prints a message as a dead letter would, which decodes it.
struct Shown<'a>(&'a MessageInfo, &'a [u8]);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (self.0.format)(self.1, f)
    }
}

fn every_message() -> impl Iterator<Item = &'static MessageInfo> {
    inventory::iter::<MessageInfo>()
}

#[test]
fn the_messages_of_the_suite_are_tried() {
    assert!(every_message().count() > 30);
    assert!(every_message().any(|message| message.name.ends_with("::Everything")));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_bytes_do_not_panic_in_any_message(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        for message in every_message() {
            let _ = Shown(message, &bytes).to_string();
        }
    }

    #[test]
    fn a_message_survives_its_encoding(
        seed in any::<u64>(),
        text in ".{0,20}",
        numbers in proptest::collection::vec(any::<u32>(), 0..9),
        nested in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..5), 0..5),
    ) {
        let message = everything(seed, text, numbers, nested);
        let bytes = message.serialize();
        prop_assert_eq!(bytes.len(), message.payload_size());
        prop_assert_eq!(&Everything::deserialize(&bytes).expect("its own encoding"), &message);
    }

    #[test]
    fn a_damaged_message_does_not_panic_and_what_decodes_encodes_again(
        seed in any::<u64>(),
        text in ".{0,20}",
        at in any::<proptest::sample::Index>(),
        value in any::<u8>(),
        cut in any::<proptest::sample::Index>(),
    ) {
        let message = everything(seed, text, vec![1, 2], vec![vec![3]]);
        let mut bytes = message.serialize();
        let index = at.index(bytes.len());
        bytes[index] = value;
        if let Ok(decoded) = Everything::deserialize(&bytes) {
            let again = decoded.serialize();
            prop_assert_eq!(again.len(), bytes.len());
            // Comparing bytes, as a damaged float can be one that differs from itself.
            prop_assert_eq!(Everything::deserialize(&again).expect("its own encoding").serialize(), again);
        }
        prop_assert!(Everything::deserialize(&bytes[..cut.index(bytes.len())]).is_err());
    }

    #[test]
    fn random_envelopes_do_not_panic(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        let _ = MessageEnvelope::from_bytes(&bytes);
        let _ = MessageHeader::read_from(&bytes);
        let mut envelope = MessageEnvelope::new(&Numbered { sender: 1, sequence: 2, priority: 3 });
        envelope.payload = bytes.into();
        let _ = format!("{envelope:?}");
        let _ = envelope.decode::<Numbered>();
    }
}
