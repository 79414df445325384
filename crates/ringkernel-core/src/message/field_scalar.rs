//! Scalars and the fixed-size identifiers as message fields.

use std::fmt;

use ringkernel_abi::{
    ActorRef, CorrelationId, FieldLayout, HasLayout, HlcTimestamp, MessageId, ReplyTo, StructLayout,
    TypeLayout,
};
use uuid::Uuid;

use super::{DecodeError, Decoder, Encoder, GpuType, MessageField};

macro_rules! scalars {
    ($($type:ty),*) => {$(
        impl MessageField for $type {
            const LAYOUT: TypeLayout = <$type as HasLayout>::TYPE_LAYOUT;

            #[inline]
            fn encode_at(&self, encoder: &mut Encoder<'_>, offset: usize) {
                encoder.put(offset, &self.to_le_bytes());
            }

            #[inline]
            fn decode_at(decoder: &mut Decoder<'_>, offset: usize) -> Result<Self, DecodeError> {
                decoder.array(offset).map(Self::from_le_bytes)
            }

            fn fmt_field(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(self, f)
            }
        }

        impl GpuType for $type {}
    )*};
}

scalars!(i8, i16, i32, i64, u8, u16, u32, u64, f32, f64);

impl MessageField for bool {
    const LAYOUT: TypeLayout = <bool as HasLayout>::TYPE_LAYOUT;

    fn encode_at(&self, encoder: &mut Encoder<'_>, offset: usize) {
        encoder.put(offset, &[u8::from(*self)]);
    }

    fn decode_at(decoder: &mut Decoder<'_>, offset: usize) -> Result<Self, DecodeError> {
        match decoder.array(offset)? {
            [0] => Ok(false),
            [1] => Ok(true),
            [other] => Err(DecodeError::InvalidValue { value: other.into(), expected: "bool" }),
        }
    }

    fn fmt_field(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

impl GpuType for bool {}

/// A struct, because not every `u32` is a `char`: devices pass it on and compare it, and make none.
const CHAR: &StructLayout = &StructLayout {
    name: "char",
    size: size_of::<u32>(),
    align: align_of::<u32>(),
    fields: &[FieldLayout { name: "code_point", offset: 0, layout: u32::LAYOUT }],
};

impl MessageField for char {
    const LAYOUT: TypeLayout = TypeLayout::Struct(CHAR);

    fn encode_at(&self, encoder: &mut Encoder<'_>, offset: usize) {
        encoder.put(offset, &u32::from(*self).to_le_bytes());
    }

    fn decode_at(decoder: &mut Decoder<'_>, offset: usize) -> Result<Self, DecodeError> {
        let value = u32::from_le_bytes(decoder.array(offset)?);
        char::from_u32(value).ok_or(DecodeError::InvalidValue { value: value.into(), expected: "char" })
    }

    fn fmt_field(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// The words of `Uuid::as_u64_pair`, as in the identifiers that it converts from and to.
const UUID: &StructLayout = &StructLayout { name: "Uuid", ..MessageId::LAYOUT };

/// Values that are one or two 64-bit words.
macro_rules! words {
    ($($type:ty, $layout:expr, $words:literal, $to:expr, $from:expr;)*) => {$(
        impl MessageField for $type {
            const LAYOUT: TypeLayout = TypeLayout::Struct($layout);

            #[inline]
            fn encode_at(&self, encoder: &mut Encoder<'_>, offset: usize) {
                let words: [u64; $words] = $to(self);
                for (index, word) in words.into_iter().enumerate() {
                    encoder.put(offset + 8 * index, &word.to_le_bytes());
                }
            }

            #[inline]
            fn decode_at(decoder: &mut Decoder<'_>, offset: usize) -> Result<Self, DecodeError> {
                let mut words = [0; $words];
                for (index, word) in words.iter_mut().enumerate() {
                    *word = u64::from_le_bytes(decoder.array(offset + 8 * index)?);
                }
                Ok($from(words))
            }

            fn fmt_field(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(self, f)
            }
        }
    )*};
}

words! {
    MessageId, &MessageId::LAYOUT, 2,
        |id: &MessageId| [id.hi(), id.lo()], |[hi, lo]: [u64; 2]| MessageId::from_parts(hi, lo);
    CorrelationId, &CorrelationId::LAYOUT, 2,
        |id: &CorrelationId| [id.hi(), id.lo()], |[hi, lo]: [u64; 2]| CorrelationId::from_parts(hi, lo);
    Uuid, UUID, 2,
        |id: &Uuid| <[u64; 2]>::from(id.as_u64_pair()), |[hi, lo]: [u64; 2]| Uuid::from_u64_pair(hi, lo);
    ActorRef, &ActorRef::LAYOUT, 1,
        |actor: &ActorRef| [actor.to_bits()], |[bits]: [u64; 1]| ActorRef::from_bits(bits);
    ReplyTo, &ReplyTo::LAYOUT, 1,
        |reply_to: &ReplyTo| [reply_to.to_bits()], |[bits]: [u64; 1]| ReplyTo::from_bits(bits);
    HlcTimestamp, &HlcTimestamp::LAYOUT, 2,
        |at: &HlcTimestamp| [at.physical(), u64::from(at.logical()) | u64::from(at.node_id()) << 32],
        |[physical, rest]: [u64; 2]| HlcTimestamp::new(physical, rest as u32, (rest >> 32) as u32);
}

impl GpuType for MessageId {}
impl GpuType for CorrelationId {}
impl GpuType for ActorRef {}
impl GpuType for ReplyTo {}
impl GpuType for HlcTimestamp {}
