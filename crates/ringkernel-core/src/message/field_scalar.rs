//! Scalars and the fixed-size identifiers as message fields.

use std::fmt;

use ringkernel_abi::{ActorRef, CorrelationId, HlcTimestamp, MessageId, ReplyTo, Scalar, TypeLayout};
use uuid::Uuid;

use super::{DecodeError, Decoder, Encoder, GpuType, MessageField};

macro_rules! scalars {
    ($($type:ty => $scalar:ident),* $(,)?) => {$(
        impl MessageField for $type {
            const SIZE: usize = size_of::<$type>();
            const ALIGN: usize = size_of::<$type>();

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

        impl GpuType for $type {
            const LAYOUT: TypeLayout = TypeLayout::Scalar(Scalar::$scalar);
        }
    )*};
}

scalars! {
    i8 => I8, i16 => I16, i32 => I32, i64 => I64,
    u8 => U8, u16 => U16, u32 => U32, u64 => U64,
    f32 => F32, f64 => F64,
}

impl MessageField for bool {
    const SIZE: usize = 1;
    const ALIGN: usize = 1;

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

impl GpuType for bool {
    const LAYOUT: TypeLayout = TypeLayout::Scalar(Scalar::Bool);
}

impl MessageField for char {
    const SIZE: usize = 4;
    const ALIGN: usize = 4;

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

/// Values that are one or two 64-bit words.
macro_rules! words {
    ($($type:ty, $words:literal, align $align:literal, $to:expr, $from:expr;)*) => {$(
        impl MessageField for $type {
            const SIZE: usize = 8 * $words;
            const ALIGN: usize = $align;

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
    MessageId, 2, align 8, |id: &MessageId| [id.hi(), id.lo()], |[hi, lo]: [u64; 2]| MessageId::from_parts(hi, lo);
    CorrelationId, 2, align 8, |id: &CorrelationId| [id.hi(), id.lo()], |[hi, lo]: [u64; 2]| CorrelationId::from_parts(hi, lo);
    Uuid, 2, align 8, |id: &Uuid| <[u64; 2]>::from(id.as_u64_pair()), |[hi, lo]: [u64; 2]| Uuid::from_u64_pair(hi, lo);
    ActorRef, 1, align 4, |actor: &ActorRef| [actor.to_bits()], |[bits]: [u64; 1]| ActorRef::from_bits(bits);
    ReplyTo, 1, align 8, |reply_to: &ReplyTo| [reply_to.to_bits()], |[bits]: [u64; 1]| ReplyTo::from_bits(bits);
    HlcTimestamp, 2, align 8,
        |at: &HlcTimestamp| [at.physical(), u64::from(at.logical()) | u64::from(at.node_id()) << 32],
        |[physical, rest]: [u64; 2]| HlcTimestamp::new(physical, rest as u32, (rest >> 32) as u32);
}

macro_rules! shared_structs {
    ($($type:ty),*) => {$(
        impl GpuType for $type {
            const LAYOUT: TypeLayout = TypeLayout::Struct(&<$type>::LAYOUT);
        }
    )*};
}

shared_structs!(MessageId, CorrelationId, ActorRef, ReplyTo, HlcTimestamp);
