//! What holds for every message and for all bytes.

use std::fmt::Debug;

use proptest::collection::vec;
use proptest::prelude::*;
use ringkernel::RingMessage;
use ringkernel::message::DecodeError;

use crate::generated::{Composites, Damage, Identifiers, Scalars, composites, damage, identifiers, scalars};

/// Encoding and decoding give the message back, in exactly as many bytes as announced.
fn round_trips<M: RingMessage + Debug + PartialEq>(message: &M) {
    let bytes = message.serialize();
    assert_eq!(bytes.len(), message.payload_size());
    assert_eq!(M::deserialize(&bytes).as_ref(), Ok(message));
}

/// These bytes are refused, or they are the encoding of what they decode to.
fn canonical<M: RingMessage>(bytes: &[u8]) {
    if let Ok(message) = M::deserialize(bytes) {
        assert_eq!(message.serialize(), bytes, "another encoding of the same value");
    }
}

fn canonical_in_every_type(bytes: &[u8]) {
    canonical::<Scalars>(bytes);
    canonical::<Identifiers>(bytes);
    canonical::<Composites>(bytes);
}

/// The same after some damage, which may make another message of it but never one that reads its bytes twice.
fn survives<M: RingMessage>(message: &M, damages: &[Damage]) {
    let mut bytes = message.serialize();
    for damage in damages {
        if !bytes.is_empty() {
            damage.apply(&mut bytes);
        }
        canonical::<M>(&bytes);
    }
}

/// Every shorter input, every longer one and every flipped bit.
fn survives_everything_small<M: RingMessage>(message: &M) {
    let bytes = message.serialize();
    for length in 0..bytes.len() {
        assert!(M::deserialize(&bytes[..length]).is_err(), "{length} of {} bytes", bytes.len());
    }
    for extra in 1..20 {
        let longer = [bytes.clone(), vec![0; extra]].concat();
        assert_eq!(M::deserialize(&longer).err(), Some(DecodeError::TrailingBytes { extra }));
    }
    for at in 0..bytes.len() {
        for bit in 0..8 {
            let mut changed = bytes.clone();
            changed[at] ^= 1 << bit;
            canonical::<M>(&changed);
        }
    }
}

proptest! {
    #[test]
    fn a_message_of_scalars_is_one_to_one_with_its_bytes(message in scalars(), damages in vec(damage(), 1..4)) {
        round_trips(&message);
        survives(&message, &damages);
    }

    #[test]
    fn a_message_of_identifiers_is_one_to_one_with_its_bytes(message in identifiers(), damages in vec(damage(), 1..4)) {
        round_trips(&message);
        survives(&message, &damages);
    }

    #[test]
    fn a_message_of_composites_is_one_to_one_with_its_bytes(message in composites(), damages in vec(damage(), 1..4)) {
        round_trips(&message);
        survives(&message, &damages);
    }

    #[test]
    fn all_bytes_are_refused_or_canonical(bytes in vec(any::<u8>(), 0..600)) {
        canonical_in_every_type(&bytes);
    }

    #[test]
    fn mostly_zero_bytes_are_refused_or_canonical(
        length in 0..400_usize,
        set in vec((any::<prop::sample::Index>(), any::<u8>()), 0..12),
    ) {
        let mut bytes = vec![0; length];
        for (at, value) in set {
            if length > 0 {
                bytes[at.index(length)] = value;
            }
        }
        canonical_in_every_type(&bytes);
    }
}

proptest! {
    // Each case tries every length and every bit of its message.
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn every_single_change_is_refused_or_canonical(a in scalars(), b in identifiers(), c in composites()) {
        survives_everything_small(&a);
        survives_everything_small(&b);
        survives_everything_small(&c);
    }
}

#[test]
fn a_float_keeps_its_bits() {
    #[derive(RingMessage)]
    struct Floats {
        single: f32,
        double: f64,
    }
    for (single, double) in [(0x7fa0_0001, 0x7ff4_0000_0000_0001), (0xffc0_dead, 0xfff8_0000_0000_beef)] {
        let sent = Floats { single: f32::from_bits(single), double: f64::from_bits(double) };
        let back = Floats::deserialize(&sent.serialize()).expect("its own encoding");
        assert_eq!((back.single.to_bits(), back.double.to_bits()), (single, double));
    }
}

#[test]
fn errors_of_decoding_say_where_and_what() {
    #[derive(RingMessage, Debug)]
    struct Mixed {
        flag: bool,
        number: u32,
        text: String,
    }
    let sent = Mixed { flag: true, number: 7, text: "abc".into() };
    let bytes = sent.serialize();
    let after = |at: usize, value: u8| {
        let mut changed = bytes.clone();
        changed[at] = value;
        Mixed::deserialize(&changed).expect_err("a wrong byte").to_string()
    };
    assert_eq!(after(0, 2), "2 is no valid bool");
    assert_eq!(after(2, 9), "byte 2 is padding and must be zero");
    assert_eq!(after(8, 15), "a part of variable length points to byte 15; it must lie at byte 16");
    assert_eq!(after(12, 4), "20 bytes are needed and there are 19");
    assert_eq!(after(12, 2), "1 bytes follow the end of the message");
    assert_eq!(after(17, 0xff), "the text is not valid UTF-8 after 1 bytes");
}
