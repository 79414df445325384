//! The wire form of an envelope: the header, then the payload.

use proptest::collection::vec;
use proptest::prelude::*;
use ringkernel::message::{HeaderError, MessageEnvelope, MessageHeader};
use ringkernel::{RingKernelError, RingMessage};

use crate::generated::{Identifiers, Scalars, composites, identifiers};

#[test]
fn what_is_no_envelope_is_refused_with_the_reason() {
    #[derive(RingMessage)]
    struct Word {
        word: u32,
    }
    let bytes = MessageEnvelope::new(&Word { word: 1 }).to_bytes();
    assert_eq!(bytes.len(), MessageHeader::SIZE + 4);
    let refused = |bytes: &[u8]| MessageEnvelope::from_bytes(bytes).expect_err("no envelope");

    assert_eq!(refused(&[]), HeaderError::TooShort { actual: 0 });
    assert_eq!(refused(&bytes[..255]), HeaderError::TooShort { actual: 255 });
    let (announced, found) = (4, 3);
    let size = HeaderError::PayloadSize { announced, found };
    assert_eq!(refused(&bytes[..bytes.len() - 1]), size);
    let longer = [bytes.as_slice(), &[0]].concat();
    let size = HeaderError::PayloadSize { announced, found: 5 };
    assert_eq!(refused(&longer), size);
    assert!(matches!(refused(&[0; 300]), HeaderError::BadMagic { found: 0 }));
    let mut newer = bytes.clone();
    newer[8] = 2;
    assert_eq!(refused(&newer), HeaderError::UnsupportedVersion { found: 2 });
}

proptest! {
    #[test]
    fn an_envelope_comes_back_from_its_bytes(message in identifiers(), deadline_ns in any::<u64>()) {
        let envelope = MessageEnvelope::new(&message)
            .with_deadline_ns(deadline_ns)
            .with_priority(message.level);
        let bytes = envelope.to_bytes();
        prop_assert_eq!(bytes.len(), envelope.total_size());
        let back = MessageEnvelope::from_bytes(&bytes).expect("its own bytes");
        prop_assert_eq!(&back, &envelope);
        prop_assert_eq!(back.header.priority, message.level.as_u8());
        prop_assert_eq!(back.decode::<Identifiers>().expect("the message"), message);
    }

    #[test]
    fn another_type_is_refused_by_name(message in composites()) {
        let error = MessageEnvelope::new(&message).decode::<Scalars>().expect_err("another type");
        let RingKernelError::UnexpectedMessageType { expected, actual } = error else {
            panic!("{error:?}")
        };
        prop_assert!(expected.ends_with("::Scalars") && actual.ends_with("::Composites"));
    }

    #[test]
    fn all_bytes_are_an_envelope_or_refused(bytes in vec(any::<u8>(), 0..600)) {
        if let Ok(envelope) = MessageEnvelope::from_bytes(&bytes) {
            prop_assert_eq!(envelope.to_bytes(), bytes);
        }
    }

    #[test]
    fn any_payload_prints(message in identifiers(), payload in vec(any::<u8>(), 0..200)) {
        let mut envelope = MessageEnvelope::new(&message);
        envelope.payload = payload.into();
        let text = format!("{envelope:?}");
        prop_assert!(text.contains("Identifiers"));
    }
}
