//! The 256-byte header of a message.
//!
//! Who sends what to whom, as part of which conversation, when, and until when. Headers are read by copying, so
//! a byte slice of any alignment and content is fine: what is not a header is a [`HeaderError`].

use core::fmt;

use zerocopy::{FromBytes, transmute_ref};

use crate::layout::shared_struct;
use crate::{ActorRef, AuditTag, CorrelationId, HlcTimestamp, MessageId, TenantId, UNSPECIFIED_TENANT};

shared_struct! {
    /// The header that precedes a message's payload.
    ///
    /// The first cache line holds what routing needs: kind, version, type, size and the two identifiers.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
    pub struct MessageHeader: 256 bytes, align 64 {
        /// [`Self::MAGIC`].
        0 => pub magic: u64,
        /// [`Self::VERSION`].
        8 => pub version: u32,
        /// No flag is defined in version 1: zero.
        12 => pub flags: u32,
        /// Type identifier of the payload.
        16 => pub message_type: u64,
        /// Length of the payload in bytes.
        24 => pub payload_size: u64,
        /// Identifier of this message.
        32 => pub message_id: MessageId,
        /// The conversation this message belongs to, nil when none.
        48 => pub correlation_id: CorrelationId,
        /// The sending actor, [`ActorRef::NONE`] for the host.
        64 => pub source: ActorRef,
        /// The receiving actor, [`ActorRef::NONE`] for the host.
        72 => pub destination: ActorRef,
        /// When the message was sent, by the sender's clock.
        80 => pub timestamp: HlcTimestamp,
        /// When the message becomes worthless, in nanoseconds since the Unix epoch; 0 for never.
        96 => pub deadline_ns: u64,
        /// Priority from 0 (least) to 255 (most urgent).
        104 => pub priority: u8,
        105 => padding: [u8; 7],
        /// The tenant of the sender, as far as whoever carried the message knows it: a claim of the sender counts for nothing.
        112 => pub tenant_id: TenantId,
        /// What the message is done for.
        120 => pub audit_tag: AuditTag,
        136 => reserved: [u8; 120],
    }
}

impl MessageHeader {
    /// The first eight bytes of a header, `RINGKERN` as a big-endian number.
    pub const MAGIC: u64 = 0x5249_4E47_4B45_524E;
    /// The version of this layout.
    pub const VERSION: u32 = 1;
    /// Size of a header in bytes.
    pub const SIZE: usize = size_of::<Self>();

    /// A header for a payload of the given type and length, everything else zero.
    #[inline]
    pub const fn new(message_type: u64, payload_size: u64) -> Self {
        Self {
            magic: Self::MAGIC,
            version: Self::VERSION,
            flags: 0,
            message_type,
            payload_size,
            message_id: MessageId::NIL,
            correlation_id: CorrelationId::NIL,
            source: ActorRef::NONE,
            destination: ActorRef::NONE,
            timestamp: HlcTimestamp::zero(),
            deadline_ns: 0,
            priority: 0,
            padding: [0; 7],
            tenant_id: UNSPECIFIED_TENANT,
            audit_tag: AuditTag::unspecified(),
            reserved: [0; 120],
        }
    }

    /// Checks that these bytes claim to be a header of a known version.
    ///
    /// # Errors
    /// [`HeaderError::BadMagic`] or [`HeaderError::UnsupportedVersion`]. The size of the payload is not judged:
    /// the limit belongs to the receiving kernel.
    pub const fn validate(&self) -> Result<(), HeaderError> {
        if self.magic != Self::MAGIC {
            return Err(HeaderError::BadMagic { found: self.magic });
        }
        if self.version != Self::VERSION {
            return Err(HeaderError::UnsupportedVersion { found: self.version });
        }
        Ok(())
    }

    /// The header's bytes in the byte order of this machine.
    pub fn as_bytes(&self) -> &[u8; Self::SIZE] {
        transmute_ref!(self)
    }

    /// Copies a header out of the first [`Self::SIZE`] bytes of `bytes` and validates it.
    ///
    /// # Errors
    /// [`HeaderError::TooShort`], or what [`Self::validate`] finds.
    pub fn read_from(bytes: &[u8]) -> Result<Self, HeaderError> {
        let (header, _payload) =
            Self::read_from_prefix(bytes).map_err(|_| HeaderError::TooShort { actual: bytes.len() })?;
        header.validate()?;
        Ok(header)
    }
}

impl Default for MessageHeader {
    fn default() -> Self {
        Self::new(0, 0)
    }
}

/// Why bytes are not a message header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum HeaderError {
    /// There are fewer bytes than a header has.
    TooShort {
        /// Number of bytes given.
        actual: usize,
    },
    /// The first eight bytes are not [`MessageHeader::MAGIC`].
    BadMagic {
        /// What stands there instead.
        found: u64,
    },
    /// The version is not [`MessageHeader::VERSION`].
    UnsupportedVersion {
        /// The version found.
        found: u32,
    },
    /// The bytes after the header are not as many as the header announces.
    PayloadSize {
        /// Bytes announced.
        announced: u64,
        /// Bytes there are.
        found: u64,
    },
}

impl fmt::Display for HeaderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            HeaderError::TooShort { actual } => {
                write!(f, "a message header has {} bytes, but only {actual} were given", MessageHeader::SIZE)
            }
            HeaderError::PayloadSize { announced, found } => {
                write!(f, "the header announces a payload of {announced} bytes, but {found} bytes follow it")
            }
            HeaderError::BadMagic { found } => write!(
                f,
                "not a message header: it starts with {found:#018x} instead of {:#018x}; the data is of \
                 another kind, damaged, or in another byte order",
                MessageHeader::MAGIC
            ),
            HeaderError::UnsupportedVersion { found } => write!(
                f,
                "the message header has version {found}, this build reads version {}; build both sides \
                 from the same release",
                MessageHeader::VERSION
            ),
        }
    }
}

impl core::error::Error for HeaderError {}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::vec;
    use std::vec::Vec;

    fn sample() -> MessageHeader {
        let mut header = MessageHeader::new(1_042, 24);
        header.message_id = MessageId::from_parts(1, 2);
        header.correlation_id = CorrelationId::from_parts(3, 4);
        header.source = ActorRef::from_parts(5, 6);
        header.timestamp = HlcTimestamp::new(7, 8, 9);
        header.deadline_ns = 10;
        header.priority = 160;
        header
    }

    #[test]
    fn a_header_comes_back_from_its_bytes_at_any_alignment_and_with_a_payload_behind() {
        for shift in 0..64 {
            let mut bytes = vec![0xEE; shift];
            bytes.extend_from_slice(sample().as_bytes());
            bytes.extend_from_slice(b"payload");
            assert_eq!(MessageHeader::read_from(&bytes[shift..]), Ok(sample()));
        }
    }

    #[test]
    fn what_is_not_a_header_is_a_typed_error() {
        let check = |bytes: &[u8], expected: HeaderError| {
            assert_eq!(MessageHeader::read_from(bytes), Err(expected));
        };
        check(&[], HeaderError::TooShort { actual: 0 });
        check(&sample().as_bytes()[..255], HeaderError::TooShort { actual: 255 });
        check(&[0; 256], HeaderError::BadMagic { found: 0 });
        let mut newer = sample();
        newer.version = 2;
        check(newer.as_bytes(), HeaderError::UnsupportedVersion { found: 2 });
    }

    #[test]
    fn errors_say_the_value_and_what_to_do() {
        let text = std::format!("{}", HeaderError::UnsupportedVersion { found: 2 });
        assert!(text.contains("version 2") && text.contains("same release"), "{text}");
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(mut bytes in prop::collection::vec(any::<u8>(), 0..600), real in any::<bool>()) {
            if real && bytes.len() >= 12 {
                bytes[..8].copy_from_slice(&MessageHeader::MAGIC.to_ne_bytes());
                bytes[8..12].copy_from_slice(&MessageHeader::VERSION.to_ne_bytes());
            }
            match MessageHeader::read_from(&bytes) {
                Ok(header) => prop_assert_eq!(header.as_bytes().to_vec(), Vec::from(&bytes[..256])),
                Err(HeaderError::TooShort { actual }) => prop_assert!(actual < 256),
                Err(_) => prop_assert!(!real),
            }
        }
    }
}
