//! Why one kernel could not send to another: a device type, so that handlers on devices can tell the reasons apart, and
//! keep and send them.

use std::fmt;

use crate::message::{DecodeError, Decoder, Encoder, EnumLayout, GpuType, MessageField, Scalar, TypeLayout};

/// Why a message to another kernel was not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
#[repr(u32)]
pub enum K2KRefusal {
    /// This kernel was launched without `with_k2k(true)`.
    #[error("this kernel was launched without `with_k2k(true)`")]
    NotEnabled = 1,
    /// No such kernel is running, or it was launched without `with_k2k(true)`.
    #[error("no such kernel is running, or it was launched without `with_k2k(true)`")]
    TargetNotFound = 2,
    /// The outbox is full until the handler returns.
    #[error("the outbox is full until the handler returns")]
    OutboxFull = 3,
    /// This kernel has sent to itself, its mailbox is full, and only it can make room.
    #[error(
        "this kernel has sent to itself and its own mailbox is full; only it can make room, by returning"
    )]
    OwnMailboxFull = 4,
    /// The target has no handler for this type, and does not poll it.
    #[error("the target neither handles nor polls this message type")]
    Unhandled = 5,
    /// The message is larger than the target accepts.
    #[error("the message is larger than the target accepts")]
    TooLarge = 6,
    /// The target belongs to another tenant.
    #[error("the target belongs to another tenant; kernels exchange messages within one tenant only")]
    TenantMismatch = 7,
    /// The tenant has used up its messages of this second, or the budget of the engagement.
    #[error("the tenant has used up its messages of this second, or the budget of the engagement")]
    QuotaExceeded = 8,
    /// What was to be published to is no topic, or one more than there may be.
    #[error("what was to be published to is no topic, or one more than there may be")]
    NoTopic = 9,
}

impl K2KRefusal {
    /// All of them. Their numbers count from 1, because 0 means on a device that the message was accepted.
    const ALL: [(&'static str, Self); 9] = [
        ("NotEnabled", Self::NotEnabled),
        ("TargetNotFound", Self::TargetNotFound),
        ("OutboxFull", Self::OutboxFull),
        ("OwnMailboxFull", Self::OwnMailboxFull),
        ("Unhandled", Self::Unhandled),
        ("TooLarge", Self::TooLarge),
        ("TenantMismatch", Self::TenantMismatch),
        ("QuotaExceeded", Self::QuotaExceeded),
        ("NoTopic", Self::NoTopic),
    ];
}

const LAYOUT: &EnumLayout = &EnumLayout {
    name: "K2KRefusal",
    repr: Scalar::U32,
    variants: &{
        let mut variants = [("", 0); K2KRefusal::ALL.len()];
        let mut index = 0;
        while index < variants.len() {
            let (name, refusal) = K2KRefusal::ALL[index];
            variants[index] = (name, refusal as i128);
            index += 1;
        }
        variants
    },
};

impl MessageField for K2KRefusal {
    const LAYOUT: TypeLayout = TypeLayout::Enum(LAYOUT);

    fn encode_at(&self, encoder: &mut Encoder<'_>, offset: usize) {
        (*self as u32).encode_at(encoder, offset);
    }

    fn decode_at(decoder: &mut Decoder<'_>, offset: usize) -> Result<Self, DecodeError> {
        let number = u32::decode_at(decoder, offset)?;
        let known = Self::ALL.iter().find(|(_, refusal)| *refusal as u32 == number);
        known
            .map(|(_, refusal)| *refusal)
            .ok_or(DecodeError::InvalidValue { value: number.into(), expected: "K2KRefusal" })
    }

    fn fmt_field(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

impl GpuType for K2KRefusal {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_travels_as_its_number_and_no_other_number_is_one() {
        for (index, (name, refusal)) in K2KRefusal::ALL.into_iter().enumerate() {
            assert_eq!(format!("{refusal:?}"), name);
            let bytes = (index as u32 + 1).to_le_bytes();
            assert_eq!(K2KRefusal::decode_at(&mut Decoder::new(&bytes), 0), Ok(refusal));
            assert_eq!(LAYOUT.variants[index], (name, index as i128 + 1));
        }
        for number in [0, 10, u32::MAX] {
            let decoded = K2KRefusal::decode_at(&mut Decoder::new(&number.to_le_bytes()), 0);
            assert_eq!(
                decoded,
                Err(DecodeError::InvalidValue { value: number.into(), expected: "K2KRefusal" })
            );
        }
    }
}
