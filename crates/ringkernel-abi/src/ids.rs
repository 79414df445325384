//! 128-bit identifiers of messages and of the conversations they belong to.
//!
//! Both convert from and to `uuid::Uuid` without loss and print as one. They are two types so that a message's
//! own identifier cannot stand where that of the request it answers is meant.

use core::fmt;

use uuid::Uuid;

use crate::layout::shared_struct;

macro_rules! identifier {
    ($(#[$meta:meta])* $name:ident) => {
        shared_struct! {
            $(#[$meta])*
            #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
            pub struct $name: 16 bytes, align 8 {
                0 => hi: u64,
                8 => lo: u64,
            }
        }

        impl $name {
            /// The identifier that names nothing: all bits zero.
            pub const NIL: Self = Self::from_parts(0, 0);

            /// A fresh identifier, unique without coordination and never nil.
            #[cfg(feature = "std")]
            #[inline]
            pub fn generate() -> Self {
                let (hi, lo) = crate::generate::unique_parts();
                Self::from_parts(hi, lo)
            }

            /// An identifier from its most and least significant 64 bits.
            pub const fn from_parts(hi: u64, lo: u64) -> Self {
                Self { hi, lo }
            }

            /// The most significant 64 bits.
            pub const fn hi(self) -> u64 {
                self.hi
            }

            /// The least significant 64 bits.
            pub const fn lo(self) -> u64 {
                self.lo
            }

            /// True for [`Self::NIL`] alone.
            pub const fn is_nil(self) -> bool {
                self.hi == 0 && self.lo == 0
            }
        }

        impl From<Uuid> for $name {
            fn from(uuid: Uuid) -> Self {
                let (hi, lo) = uuid.as_u64_pair();
                Self { hi, lo }
            }
        }

        impl From<$name> for Uuid {
            fn from(id: $name) -> Self {
                Uuid::from_u64_pair(id.hi, id.lo)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&Uuid::from(*self), f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }
    };
}

identifier! {
    /// Names one message.
    MessageId
}

identifier! {
    /// Ties an answer to its request: usually the request's [`MessageId`].
    CorrelationId
}

impl CorrelationId {
    /// What an answer belongs to, given this correlation of its request: this one, or `request` where it is nil.
    pub const fn or_request(self, request: MessageId) -> Self {
        if self.is_nil() { Self::from_parts(request.hi(), request.lo()) } else { self }
    }
}

impl From<MessageId> for CorrelationId {
    fn from(id: MessageId) -> Self {
        Self { hi: id.hi, lo: id.lo }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::format;

    const TEXT: &str = "00112233-4455-6677-8899-aabbccddeeff";

    #[test]
    fn an_identifier_converts_from_and_to_a_uuid_and_prints_like_it() {
        let uuid = Uuid::parse_str(TEXT).unwrap();
        let id = MessageId::from(uuid);
        assert_eq!((id.hi(), id.lo()), (0x0011_2233_4455_6677, 0x8899_AABB_CCDD_EEFF));
        assert_eq!(Uuid::from(id), uuid);
        assert_eq!(format!("{id} {id:?}"), format!("{TEXT} {TEXT}"));
        assert_eq!(Uuid::from(CorrelationId::from(id)), uuid);
    }

    #[test]
    fn order_is_that_of_the_uuid() {
        let low = MessageId::from_parts(1, u64::MAX);
        let high = MessageId::from_parts(2, 0);
        assert!(low < high && Uuid::from(low) < Uuid::from(high));
    }

    #[test]
    fn nil_is_the_default_and_is_never_generated() {
        assert!(MessageId::default().is_nil() && CorrelationId::NIL.is_nil());
        assert!(!MessageId::from_parts(0, 1).is_nil());
        #[cfg(feature = "std")]
        {
            assert!(!MessageId::generate().is_nil());
            assert_ne!(CorrelationId::generate(), CorrelationId::generate());
        }
    }
}
